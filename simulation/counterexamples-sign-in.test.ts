/** Schedules that once broke a promise: who is signed in, and what the tabs hear of it. */
import { expect, test } from 'vitest';
import {
  adaSignedIn,
  crashTab,
  DEDICATED,
  fetchIn,
  forceIn,
  freezeWorker,
  killWorker,
  nobodySignedIn,
  openTab,
  pass,
  refreshMeets,
  SHARED,
  SHARED_LATER,
  signIn,
  signOut,
  STORE_WORKS,
  storeBecomes,
  thawWorker,
  until,
} from './by-hand.js';
import { replay } from './schedule.js';

test.each([
  ['a tab that opens', [openTab(SHARED), pass(1_000)]],
  ['the next look into the store', [pass(61_000)]],
])('a sign-in whose worker died before it told of it is heard of by %s', async (_how, deeds) => {
  const [other] = await replay(nobodySignedIn(SHARED, SHARED_LATER), [
    signIn(1, 'ada'),
    until('answer of initiateAuth'),
    until('store commit'),
    killWorker(1),
    ...deeds,
  ]);
  expect(other?.told).toEqual(['signedIn ada']);
});

test('a sign-out whose worker died before it told of it is told once the store, which hung meanwhile, works', async () => {
  const [page] = await replay(adaSignedIn(SHARED, SHARED), [
    signOut(1),
    until('store commit of'),
    until('store commit of'),
    { do: 'kill worker', which: 0, isAborted: false },
    crashTab(1),
    storeBecomes('hung'),
    fetchIn(0),
    pass(20_000),
    STORE_WORKS,
    pass(3_000),
    fetchIn(0),
    pass(1_000),
  ]);
  expect(page).toEqual({
    told: ['signedIn ada', 'signedOut'],
    answers: ['done', 'TimeoutException', 'signed out'],
  });
});

test('a sign-in is told as one although the news of a later refresh came first', async () => {
  const diaries = await replay(nobodySignedIn(SHARED, DEDICATED), [
    signIn(0, 'ada'),
    until('answer of initiateAuth'),
    until('store commit'),
    freezeWorker(),
    pass(1_000),
    forceIn(1),
    pass(1_000),
    thawWorker(),
    pass(1_000),
  ]);
  for (const { told } of diaries) expect(told).toEqual(['signedIn ada']);
});

test('a refresh that is answered after the sign-out brings nobody back', async () => {
  const [page] = await replay(adaSignedIn(SHARED), [
    refreshMeets({ kind: 'late', byMs: 3_000 }),
    forceIn(),
    until('arrival of refresh'),
    signOut(),
    pass(5_000),
  ]);
  expect(page).toEqual({
    told: ['signedIn ada', 'signedOut'],
    answers: ['done', 'signed out', 'done'],
  });
});

test('a worker that refreshed in its memory brings no session back that was signed out meanwhile', async () => {
  const [behind, ahead] = await replay(adaSignedIn(SHARED, DEDICATED), [
    storeBecomes('broken'),
    forceIn(0),
    pass(1_000),
    STORE_WORKS,
    signOut(1),
    pass(1_000),
    openTab(SHARED),
    pass(1_000),
  ]);
  expect(behind?.told).toEqual(['signedIn ada', 'tokenRefresh ada', 'signedOut']);
  expect(ahead?.told).toEqual(['signedIn ada', 'signedOut']);
});

test('a worker that refreshed in its memory follows the news of a sign-out at once', async () => {
  const [behind] = await replay(adaSignedIn(SHARED, DEDICATED), [
    storeBecomes('broken'),
    forceIn(0),
    pass(1_000),
    STORE_WORKS,
    signOut(1),
    pass(2_000),
    fetchIn(0),
    pass(1_000),
  ]);
  expect(behind).toEqual({
    told: ['signedIn ada', 'tokenRefresh ada', 'signedOut'],
    answers: ['done', 'ada', 'signed out'],
  });
});

test('of two users who signed in while the store was broken, one stays, and every tab hears who', async () => {
  const [first, second] = await replay(nobodySignedIn(SHARED, DEDICATED), [
    storeBecomes('broken'),
    signIn(0, 'ada'),
    pass(1_000),
    signIn(1, 'grace'),
    pass(1_000),
    STORE_WORKS,
    pass(70_000),
  ]);
  expect(first?.told[0]).toBe('signedIn ada');
  expect(second?.told[0]).toBe('signedIn grace');
  expect(first?.told.at(-1)).toBe(second?.told.at(-1));
});

test('a worker that had counted further in its memory takes over who signed in elsewhere', async () => {
  const [, second] = await replay(adaSignedIn(SHARED, DEDICATED), [
    storeBecomes('broken'),
    ...[1, 2, 3, 4].flatMap(() => [forceIn(1), pass(2_000)]),
    signOut(0),
    pass(2_000),
    signIn(0, 'grace'),
    pass(1_000),
    STORE_WORKS,
    openTab(SHARED),
    pass(70_000),
  ]);
  expect(second?.told.at(-1)).toBe('signedIn grace');
});
