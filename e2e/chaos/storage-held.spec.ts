/** Promise: a store that somebody else keeps to himself makes no call hang, and ends no session. */
import { expect, test } from './fixtures.js';
import { hogStore } from './hog.js';
import { expectKept } from './kept.js';
import { expectStored, storeHealth } from './stored.js';

/** A call over the port. */
const CALL_MS = 15_000;

test('somebody keeps a transaction open: calls are answered within their bounds, and the worker comes back to the store', async ({
  openSignedIn,
  cognito,
  insideWorker,
  killWorkers,
}) => {
  const { tabs, accessToken } = await openSignedIn();
  const hog = await hogStore(tabs[3]);
  const startedAtMs = Date.now();

  const forced = Promise.all(tabs.map((tab) => tab.fetch({ forceRefresh: true })));

  for (const tab of tabs) expect((await tab.fetch()).accessToken).toBe(accessToken);
  for (const session of await forced) expect(session.accessToken).not.toBe(accessToken);
  expect(Date.now() - startedAtMs).toBeLessThan(CALL_MS);
  for (const tab of tabs) {
    expect(await storeHealth(tab)).toEqual({ storage: 'memory', storageError: 'TimeoutError' });
  }

  await hog.letGo();
  // For half a minute the worker does not wait for the store again.
  await (
    await insideWorker()
  ).evaluate(() => {
    const now = performance.now.bind(performance);
    performance.now = () => now() + 31_000;
  });
  await tabs[1].fetch({ forceRefresh: true });
  expect(await storeHealth(tabs[0])).toEqual({ storage: 'indexeddb' });
  await expectStored(tabs, killWorkers);
  await expectKept(tabs, cognito);
});

test('a worker that starts meanwhile takes nobody for signed out, and has the session as soon as it can read it', async ({
  openSignedIn,
  cognito,
  killWorkers,
}) => {
  const { tabs, accessToken } = await openSignedIn();
  const hog = await hogStore(tabs[3]);
  await killWorkers();
  const startedAtMs = Date.now();

  // Forced, for a tab may yet answer by itself, under its lease.
  const calls = tabs.map((tab) => tab.attempt('fetchAuthSession', { forceRefresh: true }));
  for (const outcome of await Promise.all(calls)) {
    expect(outcome).toMatchObject({ ok: false, error: { name: 'TimeoutException', isAuthError: true } });
  }

  expect(Date.now() - startedAtMs).toBeLessThan(CALL_MS);
  for (const tab of tabs) await tab.toldOf('signedIn');
  await hog.letGo();
  await expect.poll(async () => (await tabs[0].attempt('fetchAuthSession')).ok).toBe(true);
  for (const tab of tabs) expect((await tab.fetch()).accessToken).toBe(accessToken);
  expect(await storeHealth(tabs[0])).toEqual({ storage: 'indexeddb' });
  await expectKept(tabs, cognito);
});
