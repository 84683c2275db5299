/** Schedules that once broke a promise: sessions that policies end. */
import { expect, test } from 'vitest';
import { adaSignedIn, pass, setClock, SHARED, SHARED_LATER, sleep, use, withIdle, work } from './by-hand.js';
import { replay } from './schedule.js';

const HOUR_MS = 3_600_000;

test('use right after other use keeps the session for the whole time', async () => {
  const [page] = await replay(withIdle(60, adaSignedIn(SHARED)), [work(20_000), use(), pass(HOUR_MS)]);
  expect(page?.told).toEqual(['signedIn ada', 'sessionEnding ada', 'signedOut']);
});

test('of two workers that see one after the other that the clock was set back, the second is no user', async () => {
  const [page] = await replay(withIdle(60, adaSignedIn(SHARED, SHARED_LATER)), [
    setClock(-72 * HOUR_MS),
    pass(900),
    pass(HOUR_MS),
  ]);
  expect(page?.told.at(-1)).toBe('signedOut');
});

test('a session that nobody used in sleep is over for all tabs, and warned of by nobody', async () => {
  const pages = await replay(withIdle(300, adaSignedIn(SHARED, SHARED_LATER)), [sleep(HOUR_MS), pass(2_000)]);
  for (const { told } of pages) expect(told).toEqual(['signedIn ada', 'signedOut']);
});
