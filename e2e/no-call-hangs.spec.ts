/** Promise: every wait is bounded; a worker that is gone is replaced. */
import { ada, expect, test } from './fixtures.js';
import { REFRESH } from './refreshing.js';

test('after the worker died, the next call is answered by a new one, with the session', async ({
  openTabs,
  cognito,
  killWorkers,
}) => {
  const tabs = await openTabs(2);
  await tabs[0].signIn(ada);
  const session = await tabs[0].fetch();
  const { workerInstanceId } = await tabs[0].inspect();
  cognito.clearLog();

  await killWorkers();

  for (const tab of tabs) expect((await tab.fetch({ forceRefresh: true })).userSub).toBe(session.userSub);
  expect((await tabs[0].inspect()).workerInstanceId).not.toBe(workerInstanceId);
  expect(cognito.accepted()[REFRESH]).toBe(2);
  for (const tab of tabs) await tab.toldOf('signedIn', 'tokenRefresh', 'tokenRefresh');
});

test('tabs that hear nothing more from a dead worker still share one session and one refresh afterwards', async ({
  openTabs,
  cognito,
  killWorkers,
  liveWorkers,
}) => {
  const tabs = await openTabs(3);
  await tabs[0].signIn(ada);
  await tabs[0].fetch();
  await killWorkers();
  for (const tab of tabs) await tab.inspect();
  expect(await liveWorkers()).toHaveLength(1);
  cognito.clearLog();

  const hold = cognito.hold(REFRESH);
  const calls = Promise.all(tabs.map((tab) => tab.fetch({ forceRefresh: true })));
  await hold.waitForArrived(1);
  await Promise.all(tabs.map((tab) => tab.callsHaveArrived()));
  hold.release();

  const sessions = await calls;
  for (const session of sessions) expect(session).toEqual(sessions[0]);
  expect(cognito.counts()[REFRESH]).toBe(1);
});

test('a call that was out when the worker died is repeated', async ({ openTab, cognito, killWorkers }) => {
  cognito.change({ rotation: { enabled: true, graceSeconds: 30 } });
  const tab = await openTab();
  await tab.signIn(ada);
  const { accessToken } = await tab.fetch();
  const hold = cognito.hold(REFRESH);
  const call = tab.fetch({ forceRefresh: true });
  await hold.waitForArrived(1);

  await killWorkers();
  hold.release();

  expect((await call).accessToken).not.toBe(accessToken);
});

test('a sign-in that was out when the worker died is not repeated behind the user', async ({
  openTab,
  cognito,
  killWorkers,
}) => {
  const tab = await openTab();
  const hold = cognito.hold('InitiateAuth');
  const call = tab.attempt('signIn', { ...ada, options: { authFlowType: 'USER_PASSWORD_AUTH' } });
  await hold.waitForArrived(1);

  await killWorkers();
  hold.release();

  expect(await call).toMatchObject({
    ok: false,
    error: { name: 'WorkerRestartedException', isAuthError: true },
  });
  expect(cognito.counts()['InitiateAuth']).toBe(1);
  // The user can try again.
  await tab.signIn(ada);
});

test('a server that never answers a refresh keeps nobody waiting for ever', async ({ openTab, cognito }) => {
  const tab = await openTab();
  await tab.signIn(ada);
  const { accessToken } = await tab.fetch();
  const hold = cognito.hold(REFRESH);
  const startedAtMs = Date.now();

  expect(['NetworkError', 'TimeoutException']).toContain(
    await tab.rejection('fetchAuthSession', { forceRefresh: true }),
  );

  // 8 s for a call's attempts, with room for a busy machine.
  expect(Date.now() - startedAtMs).toBeLessThan(12_000);
  expect((await tab.fetch()).accessToken).toBe(accessToken);
  hold.release();
});

test('a server that never answers a sign-in keeps nobody waiting for ever', async ({ openTab, cognito }) => {
  const tab = await openTab();
  const hold = cognito.hold('InitiateAuth');
  const startedAtMs = Date.now();

  expect(['NetworkError', 'TimeoutException']).toContain(await tab.rejection('signIn', ada));

  expect(Date.now() - startedAtMs).toBeLessThan(15_000);
  hold.release();
  await tab.signIn(ada);
  await tab.toldOf('signedIn');
});

test('a server that never answers the revocation holds a sign-out up for 3 s at most, and no news of it', async ({
  openTabs,
  cognito,
}) => {
  const tabs = await openTabs(3);
  await tabs[0].signIn(ada);
  for (const tab of tabs) await tab.toldOf('signedIn');
  const hold = cognito.hold('RevokeToken');
  const startedAtMs = Date.now();
  let isDone = false;
  const signingOut = tabs[0].signOut().finally(() => (isDone = true));
  await hold.waitForArrived(1);

  for (const tab of tabs) {
    await tab.toldOf('signedIn', 'signedOut:user');
    expect((await tab.fetch()).accessToken).toBeUndefined();
  }
  expect(isDone, 'the sign-out itself waits').toBe(false);

  expect((await signingOut).revoked).toBe(false);
  expect(Date.now() - startedAtMs).toBeLessThan(6_000);
  hold.release();
});

test('without IndexedDB the session lives in the memory of the one worker', async ({ openTabs }) => {
  const tabs = await openTabs(2, {
    config: { persistence: 'memory' },
    prepare: (page) => page.addInitScript(() => Reflect.deleteProperty(window, 'indexedDB')),
  });
  await tabs[0].signIn(ada);
  const session = await tabs[0].fetch();
  for (const tab of tabs) expect(await tab.fetch()).toEqual(session);
});
