/** Promise: a session that nobody uses in any tab ends in all of them, and says so before. */
import { ada, expect, test } from './fixtures.js';

const TIMEOUT_SECONDS = 10;
const TIMEOUT_MS = TIMEOUT_SECONDS * 1_000;
const config = { policy: { idle: { timeoutSeconds: TIMEOUT_SECONDS, warnSeconds: 5 } } };

test('a key in one tab keeps both; without one both are warned, and end', async ({ openTabs }) => {
  const tabs = await openTabs(2, { config });
  const [first, second] = tabs;
  await first.signIn(ada);
  const signedInAtMs = Date.now();
  for (const tab of tabs) await tab.toldOf('signedIn');

  // Before the warning, which comes after five seconds.
  await expect.poll(() => Date.now(), { intervals: [100] }).toBeGreaterThan(signedInAtMs + 3_500);
  await first.page.keyboard.press('a');
  const usedAtMs = Date.now();
  const isPastFirstEnd = expect.poll(() => Date.now(), { timeout: TIMEOUT_MS });
  await isPastFirstEnd.toBeGreaterThan(signedInAtMs + TIMEOUT_MS + 1_000);
  for (const tab of tabs) await tab.toldOf('signedIn', 'sessionEnding');
  expect((await second?.fetch())?.accessToken, 'a call does not end it').toBeTruthy();

  const names = ['signedIn', 'sessionEnding', 'signedOut:idle'];
  for (const tab of tabs) await expect.poll(() => tab.eventNames(), { timeout: TIMEOUT_MS }).toEqual(names);
  expect(Date.now() - usedAtMs, 'not early').toBeGreaterThanOrEqual(TIMEOUT_MS - 1_000);
  expect((await second?.fetch())?.accessToken).toBeUndefined();
});

test('extendSession() in one tab takes the warning back in the other', async ({ openTabs }) => {
  const tabs = await openTabs(2, { config });
  const [first, second] = tabs;
  await first.signIn(ada);
  for (const tab of tabs) {
    await expect.poll(() => tab.eventNames(), { timeout: TIMEOUT_MS }).toEqual(['signedIn', 'sessionEnding']);
  }
  expect((await second?.attempt('extendSession'))?.ok).toBe(true);
  for (const tab of tabs) await tab.toldOf('signedIn', 'sessionEnding', 'sessionExtended');
});
