/** Schedules that once broke a promise: refreshes whose worker dies, sleeps or is run again, or whose tokens come late. */
import { expect, test } from 'vitest';
import {
  adaSignedIn,
  crashTab,
  DEDICATED,
  fetchIn,
  freezeWorker,
  forceIn,
  killWorker,
  nobodySignedIn,
  openTab,
  pass,
  refreshMeets,
  runWorkerAgain,
  SHARED,
  signIn,
  sleep,
  step,
  STORE_WORKS,
  storeBecomes,
  until,
  withGrace,
  withSeed,
} from './by-hand.js';
import { replay } from './schedule.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

test.each([
  ['a sign-in', nobodySignedIn(SHARED), signIn(0, 'ada'), 'arrival of initiateAuth'],
  ['a refresh', adaSignedIn(SHARED), forceIn(), 'arrival of refresh'],
])('tokens of %s are as old as the sleep before their answer', async (_what, setup, ask, arrival) => {
  await replay(setup, [ask, until(arrival), sleep(DAY_MS), pass(1_000), fetchIn(), pass(1_000)]);
});

test('a refresh whose tab died with its worker is taken up at once by another worker', async () => {
  const [other] = await replay(withGrace(40, adaSignedIn(SHARED, DEDICATED)), [
    forceIn(1),
    until('arrival of refresh'),
    crashTab(1),
    pass(5_000),
  ]);
  expect(other?.told).toEqual(['signedIn ada', 'tokenRefresh ada']);
});

test('a refresh that died with everybody is taken up by the first tab that opens', async () => {
  const [page] = await replay(adaSignedIn(SHARED), [
    forceIn(),
    until('arrival of refresh'),
    killWorker(),
    crashTab(),
    openTab(SHARED),
    pass(1_000),
  ]);
  expect(page?.told).toEqual(['tokenRefresh ada']);
});

test('a refresh whose worker died is taken up within the grace period, though nobody calls', async () => {
  const [page] = await replay(adaSignedIn(SHARED), [
    refreshMeets({ kind: 'late', byMs: 10_000 }),
    pass(HOUR_MS - 300_000),
    until('arrival of refresh'),
    killWorker(),
    pass(20_000),
  ]);
  expect(page?.told).toEqual(['signedIn ada', 'tokenRefresh ada']);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'a worker that was frozen while it waited for the lock does not refresh beside the one that has it (%i)',
  async (seed) => {
    await replay(withSeed(seed, adaSignedIn(SHARED, SHARED)), [
      fetchIn(),
      sleep(HOUR_MS),
      step(4),
      step(0, 0, 0),
      freezeWorker(),
      pass(HOUR_MS),
      sleep(30_000),
      sleep(30_000),
      { do: 'machine is slow', ms: 1 },
    ]);
  },
);

test('a call that was out when the script was run again under its port is asked again', async () => {
  const [page] = await replay(adaSignedIn(SHARED), [
    forceIn(),
    until('arrival of refresh'),
    runWorkerAgain(),
    pass(5_000),
  ]);
  expect(page).toEqual({ told: ['signedIn ada', 'tokenRefresh ada'], answers: ['done', 'ada'] });
});

test('tokens that had come before a forced call are no answer to it', async () => {
  const [page] = await replay(adaSignedIn(SHARED), [
    forceIn(),
    until('arrival of refresh'),
    storeBecomes('hung'),
    pass(1_000),
    forceIn(),
    pass(1_000),
    STORE_WORKS,
    pass(1_000),
  ]);
  expect(page?.told).toEqual(['signedIn ada', 'tokenRefresh ada', 'tokenRefresh ada']);
  expect(page?.answers).toEqual(['done', 'ada', 'ada']);
});
