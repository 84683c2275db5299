/** Promise: a worker that hangs is noticed and replaced by one of another name, and waiting calls are answered within 15 s. */
import { ada, expect, test } from './fixtures.js';
import { hang, hangForEver } from './hang.js';
import { expectKept } from './kept.js';
import { refreshesAreOver } from './refresh-lock.js';
import { REFRESH } from '../refreshing.js';

const CALL_MS = 15_000;
/** For what the test itself does about a call, on a busy machine. */
const ROOM_MS = 2_000;

test('four tabs call a worker that hangs: they are answered by one worker of another name', async ({
  openSignedIn,
  cognito,
  insideWorker,
  liveWorkers,
}) => {
  const { tabs, accessToken } = await openSignedIn();
  const { workerInstanceId } = await tabs[0].inspect();
  await hangForEver(await insideWorker());
  const startedAtMs = Date.now();

  const sessions = await Promise.all(tabs.map((tab) => tab.fetch({ forceRefresh: true })));

  expect(Date.now() - startedAtMs).toBeLessThan(CALL_MS + ROOM_MS);
  for (const session of sessions) expect(session.accessToken).not.toBe(accessToken);
  const inspections = await Promise.all(tabs.map((tab) => tab.inspect()));
  const ids = new Set(inspections.map((inspection) => inspection.workerInstanceId));
  expect(ids.size).toBe(1);
  expect(ids).not.toContain(workerInstanceId);
  for (const { transport } of inspections) expect(transport).toBe('shared-worker');
  // The one that hangs lives on under the old name. The tabs agreed on the next name by a number.
  expect(await liveWorkers()).toHaveLength(2);
  const number = (): string | null => localStorage.getItem('cognito-session-worker/number');
  for (const tab of tabs) expect(await tab.run(number, undefined)).toBe('1');
  await expectKept(tabs, cognito);
});

test('a sign-in that was out when the worker began to hang rejects, and is not repeated behind the user', async ({
  openTabs,
  cognito,
  insideWorker,
}) => {
  const tabs = await openTabs();
  const hold = cognito.hold('InitiateAuth');
  const startedAtMs = Date.now();
  const call = tabs[0].attempt('signIn', { ...ada, options: { authFlowType: 'USER_PASSWORD_AUTH' } });
  await hold.waitForArrived(1);
  await hangForEver(await insideWorker());
  hold.release();

  expect(await call).toMatchObject({
    ok: false,
    error: { name: 'WorkerRestartedException', isAuthError: true },
  });

  expect(Date.now() - startedAtMs).toBeLessThan(CALL_MS + ROOM_MS);
  expect((await tabs[1].fetch()).accessToken).toBeUndefined();
  expect(cognito.counts()['InitiateAuth']).toBe(1);
  await tabs[0].signIn(ada);
  for (const tab of tabs) await tab.toldOf('signedIn');
  await expectKept(tabs, cognito);
});

test('a worker that hangs in mid-refresh, with the lock, is gone around; when it comes back it spoils nothing', async ({
  openSignedIn,
  cognito,
  insideWorker,
}) => {
  cognito.change({ rotation: { enabled: true, graceSeconds: 60 } });
  const { tabs, accessToken } = await openSignedIn();
  cognito.clearLog();
  const hold = cognito.hold(REFRESH);
  const startedAtMs = Date.now();
  const forced = tabs.map((tab) => tab.attempt('fetchAuthSession', { forceRefresh: true }));
  await hold.waitForArrived(1);
  const hung = await hang(await insideWorker());
  hold.release();

  // The token that lives is given out without the lock.
  for (const tab of tabs) expect((await tab.fetch()).accessToken).toBe(accessToken);
  for (const outcome of await Promise.all(forced)) {
    if (!outcome.ok) expect(outcome.error.name).toBe('TimeoutException');
  }
  expect(Date.now() - startedAtMs).toBeLessThan(CALL_MS + ROOM_MS);
  await expect.poll(() => cognito.accepted()[REFRESH], { timeout: 20_000 }).toBe(2);
  for (const tab of tabs) await expect.poll(() => tab.eventNames()).toContain('tokenRefresh');
  const { accessToken: renewed } = await tabs[0].fetch();
  expect(renewed).not.toBe(accessToken);

  await hung.end();

  // It has the answer to its own request now, whose tokens were overtaken.
  await refreshesAreOver(tabs[0]);
  await expectKept(tabs, cognito);
});
