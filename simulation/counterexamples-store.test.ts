/** Schedules that once broke a promise: a store that hangs, fails, is erased, damaged, or of a later version. */
import { expect, test } from 'vitest';
import {
  adaSignedIn,
  crashTab,
  DEDICATED,
  fetchIn,
  forceIn,
  killWorker,
  NETWORK_GOES,
  openTab,
  pass,
  RECORD_DAMAGED,
  refreshMeets,
  SHARED,
  SHARED_LATER,
  STORE_ERASED,
  STORE_WORKS,
  storeBecomes,
  until,
  withGrace,
} from './by-hand.js';
import { replay } from './schedule.js';

test('who starts on a store that hangs is not called signed out', async () => {
  const [page] = await replay(adaSignedIn(SHARED), [
    storeBecomes('hung'),
    killWorker(),
    fetchIn(),
    pass(20_000),
  ]);
  expect(page).toEqual({ told: ['signedIn ada'], answers: ['done', 'TimeoutException'] });
});

test('a verdict on an old token does not end a session whose new tokens only another worker has', async () => {
  const [behind, ahead] = await replay(withGrace(0, adaSignedIn(SHARED, DEDICATED)), [
    storeBecomes('broken'),
    forceIn(1),
    pass(1_000),
    forceIn(0),
    pass(5_000),
  ]);
  expect(behind?.answers).toEqual(['done', 'TimeoutException']);
  expect(behind?.told).not.toContain('signedOut');
  expect(ahead?.told).toEqual(['signedIn ada', 'tokenRefresh ada']);
});

test('an erased store gets the newest session again, although a worker that knew an older one was faster', async () => {
  const diaries = await replay(withGrace(0, adaSignedIn(SHARED, DEDICATED)), [
    forceIn(0),
    until('answer of refresh'),
    until('store committed'),
    STORE_ERASED,
    pass(1_000),
    forceIn(1),
    pass(20_000),
  ]);
  for (const { told } of diaries) expect(told).not.toContain('signedOut');
});

test('an erased store gets the session back', async () => {
  await replay(adaSignedIn(SHARED), [STORE_ERASED]);
});

test('a damaged record is replaced by what the worker knows', async () => {
  const [page] = await replay(adaSignedIn(SHARED), [RECORD_DAMAGED, forceIn(), pass(1_000)]);
  expect(page?.told).toEqual(['signedIn ada', 'tokenRefresh ada']);
});

test('a refresh keeps the fields of a later version', async () => {
  await replay(adaSignedIn(SHARED_LATER, SHARED), [forceIn(1), pass(1_000)]);
});

test('a worker that refreshed in its memory keeps the fields that a later version stored meanwhile', async () => {
  const [page] = await replay(adaSignedIn(SHARED), [
    openTab(SHARED_LATER),
    pass(1_000),
    storeBecomes('broken'),
    forceIn(0),
    pass(1_000),
    STORE_WORKS,
    refreshMeets({ kind: 'dropped' }),
    forceIn(1),
    until('broken connection'),
    killWorker(1),
    crashTab(1),
    pass(1_000),
  ]);
  expect(page?.answers).toEqual(['done', 'ada']);
});

test('two workers that can read no store do not drive each other to refresh', async () => {
  const diaries = await replay(adaSignedIn(SHARED, DEDICATED), [
    NETWORK_GOES,
    forceIn(),
    pass(2_000),
    storeBecomes('broken'),
    pass(60_000),
  ]);
  for (const { told } of diaries) expect(told).not.toContain('signedOut');
});
