/** Promise: a session ends by a sign-out, a policy or Cognito's verdict, and by nothing else. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault } from '../demo/local-cognito/server.js';
import { ada, expect, test } from './fixtures.js';
import { REFRESH } from './refreshing.js';

test('the session survives a reload', async ({ openTab, cognito }) => {
  const tab = await openTab();
  await tab.signIn(ada);
  const session = await tab.fetch();
  cognito.clearLog();

  await tab.reload();

  expect(await tab.fetch()).toEqual(session);
  expect(await tab.getCurrentUser()).toMatchObject({ username: 'ada', signInDetails: { loginId: 'ada' } });
  expect(cognito.counts()).toEqual({});
  await tab.fetch({ forceRefresh: true });
  await tab.toldOf('tokenRefresh');
});

test('the session survives a new tab and the end of the old one', async ({ openTab, cognito }) => {
  const first = await openTab();
  await first.signIn(ada);
  const session = await first.fetch();
  cognito.clearLog();

  const second = await openTab();
  await first.page.close();

  expect(await second.fetch()).toEqual(session);
  expect(cognito.counts()).toEqual({});
});

test('the session survives the end of all tabs and of the worker', async ({
  openTab,
  cognito,
  killWorkers,
}) => {
  const first = await openTab();
  await first.signIn(ada);
  const session = await first.fetch();
  const { workerInstanceId } = await first.inspect();
  cognito.clearLog();

  await first.page.close();
  await killWorkers();
  const later = await openTab();

  expect(await later.fetch()).toEqual(session);
  expect((await later.inspect()).workerInstanceId).not.toBe(workerInstanceId);
  expect(cognito.counts()).toEqual({});
  // The stored refresh token is the live one.
  expect((await later.fetch({ forceRefresh: true })).accessToken).not.toBe(session.accessToken);
});

test('the session survives the end of the browser', async ({
  playwright,
  launchOptions,
  openTab,
  cognito,
}) => {
  const profile = await mkdtemp(join(tmpdir(), 'session-survives-'));
  const before = await playwright.chromium.launchPersistentContext(profile, launchOptions);
  const first = await openTab({ context: before });
  await first.signIn(ada);
  await first.fetch({ forceRefresh: true });
  const session = await first.fetch();
  await before.close();
  cognito.clearLog();

  const after = await playwright.chromium.launchPersistentContext(profile, launchOptions);
  const later = await openTab({ context: after });

  expect(await later.fetch()).toEqual(session);
  expect(cognito.counts()).toEqual({});
  await after.close();
  await rm(profile, { recursive: true, force: true });
});

test("with persistence 'memory' a second tab shares the session, and nothing is stored", async ({
  openTabs,
  killWorkers,
}) => {
  const [first, second] = await openTabs(2, { config: { persistence: 'memory' } });
  await first.signIn(ada);
  const session = await first.fetch();
  await second?.toldOf('signedIn');
  expect(await second?.fetch()).toEqual(session);

  await killWorkers();

  await first.reload();
  expect((await first.fetch()).accessToken).toBeUndefined();
});

const FAILURES: { title: string; fault: Fault; name: string }[] = [
  { title: 'a network failure', fault: { kind: 'drop' }, name: 'NetworkError' },
  {
    title: 'an internal error of the service',
    fault: { kind: 'error', status: 500, type: 'InternalErrorException' },
    name: 'InternalErrorException',
  },
  {
    title: 'too many requests',
    fault: { kind: 'error', status: 429, type: 'TooManyRequestsException' },
    name: 'TooManyRequestsException',
  },
  { title: 'an answer that is a web page', fault: { kind: 'garbage' }, name: 'NetworkError' },
  {
    title: 'an answer without tokens',
    fault: { kind: 'garbage', body: '{}', contentType: 'application/x-amz-json-1.1' },
    name: 'NetworkError',
  },
];

for (const { title, fault, name } of FAILURES) {
  test(`the session survives ${title} and recovers`, async ({ openTabs, cognito }) => {
    const tabs = await openTabs(2);
    const [first, second] = tabs;
    await first.signIn(ada);
    const { accessToken } = await first.fetch();
    for (const tab of tabs) await tab.toldOf('signedIn');
    cognito.addFault({ ...fault, operation: REFRESH, times: 1_000 });

    expect(await first.rejection('fetchAuthSession', { forceRefresh: true })).toBe(name);
    for (const tab of tabs) expect((await tab.fetch()).accessToken).toBe(accessToken);

    cognito.clearFaults();
    expect((await second?.fetch({ forceRefresh: true }))?.accessToken).not.toBe(accessToken);
    for (const tab of tabs) {
      await expect.poll(async () => (await tab.eventNames()).at(-1)).toBe('tokenRefresh');
      expect(await tab.eventNames()).not.toContain('signedOut:rejected');
      expect(await tab.eventNames()).not.toContain('signedOut:expired');
    }
  });
}

test('what is neither a passing failure nor a verdict is reported, and the session is kept', async ({
  openTab,
  cognito,
}) => {
  const tab = await openTab();
  await tab.signIn(ada);
  const { accessToken } = await tab.fetch();
  const names = [
    'ResourceNotFoundException',
    'ForbiddenException',
    'UserLambdaValidationException',
    'UnexpectedLambdaException',
    'InvalidLambdaResponseException',
    'InvalidParameterException',
  ];
  cognito.clearLog();

  for (const name of names) {
    cognito.addFault({ kind: 'error', status: 400, type: name, operation: REFRESH });
    expect(await tab.rejection('fetchAuthSession', { forceRefresh: true })).toBe(name);
    expect((await tab.fetch()).accessToken).toBe(accessToken);
  }

  expect(cognito.counts()[REFRESH]).toBe(names.length);
  await tab.toldOf('signedIn', ...names.map(() => 'tokenRefresh_failure'));
  expect((await tab.fetch({ forceRefresh: true })).accessToken).not.toBe(accessToken);
});

test('one failure is retried, and the caller never learns of it', async ({ openTab, cognito }) => {
  const tab = await openTab();
  await tab.signIn(ada);
  const { accessToken } = await tab.fetch();
  cognito.addFault({ kind: 'error', status: 500, type: 'InternalErrorException', operation: REFRESH });

  expect((await tab.fetch({ forceRefresh: true })).accessToken).not.toBe(accessToken);

  await tab.toldOf('signedIn', 'tokenRefresh');
  expect(cognito.counts()[REFRESH]).toBe(2);
});

test('tokens that run out while the server is down are replaced when it is back', async ({
  openTabs,
  cognito,
}) => {
  cognito.change({ accessTokenSeconds: 4, idTokenSeconds: 4 });
  const tabs = await openTabs(2);
  const [first, second] = tabs;
  cognito.addFault({ kind: 'drop', operation: REFRESH, times: 1_000 });
  await first.signIn(ada);
  const { accessToken } = await first.fetch();

  await expect
    .poll(async () => (await first.attempt('fetchAuthSession')).ok, {
      message: 'the call rejects',
      timeout: 20_000,
    })
    .toBe(false);
  expect(await first.rejection('fetchAuthSession')).toBe('NetworkError');

  cognito.clearFaults();
  cognito.change({ accessTokenSeconds: 3_600, idTokenSeconds: 3_600 });
  await expect.poll(async () => (await first.attempt('fetchAuthSession')).ok, { timeout: 20_000 }).toBe(true);
  const recovered = await first.fetch();
  expect(recovered.accessToken).not.toBe(accessToken);
  expect((await second?.fetch())?.accessToken).toBe(recovered.accessToken);
  for (const tab of tabs) {
    const names = await tab.eventNames();
    expect(names.filter((name) => name.startsWith('signedOut'))).toEqual([]);
    expect(names.filter((name) => name === 'signedIn')).toHaveLength(1);
  }
});

test('an answer lost on the way is fetched again within the grace period', async ({ openTab, cognito }) => {
  cognito.change({ rotation: { enabled: true, graceSeconds: 30 } });
  const tab = await openTab();
  await tab.signIn(ada);
  const { accessToken } = await tab.fetch();
  cognito.addFault({ kind: 'lose-answer', operation: REFRESH });

  const session = await tab.fetch({ forceRefresh: true });

  expect(session.accessToken).not.toBe(accessToken);
  expect((await tab.fetch({ forceRefresh: true })).accessToken).not.toBe(session.accessToken);
  await tab.toldOf('signedIn', 'tokenRefresh', 'tokenRefresh');
});

test('a worker that dies in the middle of a refresh loses nothing within the grace period', async ({
  openTab,
  cognito,
  killWorkers,
}) => {
  cognito.change({ rotation: { enabled: true, graceSeconds: 30 } });
  const tab = await openTab();
  await tab.signIn(ada);
  const { accessToken } = await tab.fetch();
  cognito.addFault({ kind: 'lose-answer', operation: REFRESH });
  const hold = cognito.hold(REFRESH);
  const refreshing = tab.attempt('fetchAuthSession', { forceRefresh: true });
  await hold.waitForArrived(1);

  await killWorkers();
  hold.release();
  await refreshing;

  const session = await tab.fetch({ forceRefresh: true });
  expect(session.accessToken).not.toBe(accessToken);
  expect(await tab.eventNames()).not.toContain('signedOut:rejected');
});

test('a device clock that is wrong by three hours ends no session and causes no refresh', async ({
  openTab,
  cognito,
}) => {
  for (const clockOffsetSeconds of [3_600 * 3, -3_600 * 3]) {
    cognito.change({ clockOffsetSeconds });
    const tab = await openTab();
    await tab.signIn(ada);
    cognito.clearLog();

    expect((await tab.fetch()).accessToken).toBeTruthy();
    expect((await tab.fetch()).accessToken).toBeTruthy();

    expect(cognito.counts()[REFRESH] ?? 0).toBe(0);
    await tab.signOut();
    await tab.page.close();
  }
});
