/** How the client behaves in one page: signals, closing, configuring, events and the log. */
import { startLocalCognito } from '../demo/local-cognito/server.js';
import { ada, expect, test } from './fixtures.js';
import { REFRESH } from './refreshing.js';

test('an aborted call rejects with the reason of the signal, and the others go on', async ({
  openTab,
  cognito,
}) => {
  const tab = await openTab();
  await tab.signIn(ada);
  const { accessToken } = await tab.fetch();
  const hold = cognito.hold(REFRESH);
  const aborted = tab.page.evaluate(async () => {
    const controller = new AbortController();
    Object.assign(window, { abort: (reason: unknown) => controller.abort(reason) });
    const reason = new Error('the user went on');
    Object.assign(window, { reason });
    try {
      await window.csw.fetchAuthSession({ forceRefresh: true, signal: controller.signal });
      return 'resolved';
    } catch (error) {
      return error === reason ? 'the reason' : String(error);
    }
  });
  const other = tab.fetch({ forceRefresh: true });
  await hold.waitForArrived(1);

  await tab.page.evaluate(() => {
    const { abort, reason } = window as unknown as { abort: (reason: unknown) => void; reason: Error };
    abort(reason);
  });

  expect(await aborted).toBe('the reason');
  hold.release();
  expect((await other).accessToken).not.toBe(accessToken);
  expect(cognito.accepted()[REFRESH]).toBe(1);
});

test('a signal that was aborted before makes every call reject, and Cognito is not asked', async ({
  openTab,
  cognito,
}) => {
  const tab = await openTab();
  await tab.fetch();
  const names = await tab.page.evaluate(async (credentials) => {
    const signal = AbortSignal.abort();
    const { csw } = window;
    const calls = [
      csw.fetchAuthSession({ signal }),
      csw.getCurrentUser({ signal }),
      csw.signIn(credentials, { signal }),
      csw.confirmSignIn({ challengeResponse: 'x' }, { signal }),
      csw.signOut({}, { signal }),
      csw.inspectSession({ signal }),
    ];
    const results = await Promise.allSettled(calls);
    return results.map((result) =>
      result.status === 'rejected' ? (result.reason as Error).name : 'resolved',
    );
  }, ada);
  expect(names).toEqual(Array.from({ length: 6 }, () => 'AbortError'));
  expect(cognito.counts()).toEqual({});
});

test('close ends the calls that are out and all later ones, and leaves other tabs alone', async ({
  openTabs,
  cognito,
}) => {
  const [first, second] = await openTabs(2);
  await first.signIn(ada);
  const { accessToken } = await first.fetch();
  await second?.toldOf('signedIn');
  const hold = cognito.hold(REFRESH);
  const pending = first.attempt('fetchAuthSession', { forceRefresh: true });
  const other = second?.fetch({ forceRefresh: true });
  await hold.waitForArrived(1);

  await first.page.evaluate(() => window.client.close());

  expect(await pending).toMatchObject({
    ok: false,
    error: { name: 'ClientClosedException', isAuthError: true },
  });
  hold.release();
  expect((await other)?.accessToken).not.toBe(accessToken);
  const later = await first.page.evaluate(async () => {
    const { client } = window;
    const calls = [
      client.fetchAuthSession(),
      client.getCurrentUser(),
      client.signOut(),
      client.inspectSession(),
    ];
    const results = await Promise.allSettled(calls);
    return results.map((result) =>
      result.status === 'rejected' ? (result.reason as Error).name : 'resolved',
    );
  });
  expect(later).toEqual(Array.from({ length: 4 }, () => 'ClientClosedException'));
  await second?.toldOf('signedIn', 'tokenRefresh');
  expect(await first.eventNames()).toEqual(['signedIn']);
  // Closed again, nothing happens.
  await first.page.evaluate(() => window.client.close());
});

test('an equal config gives the same client, another one closes the old', async ({ openTab, cognito }) => {
  const tab = await openTab();
  const seen = await tab.page.evaluate(async (config) => {
    const { csw, client } = window;
    const same = csw.configure({ ...config, logger: () => undefined });
    const { endpoints, ...rest } = config;
    const reordered = csw.configure({ endpoints: { ...endpoints }, ...rest, logger: () => undefined });
    const other = csw.configure({ ...config, refreshMarginSeconds: 60 });
    const closed = await client.fetchAuthSession().catch((error: unknown) => (error as Error).name);
    const session = await csw.fetchAuthSession();
    return {
      isSame: same === client,
      isSameReordered: reordered === client,
      isOther: other !== client,
      closed,
      session,
    };
  }, cognito.config);
  expect(seen).toMatchObject({
    isSame: true,
    isSameReordered: true,
    isOther: true,
    closed: 'ClientClosedException',
  });
  expect(seen.session.tokens).toBeUndefined();
});

test('two clients of different pools on one page know nothing of each other', async ({ openTab }) => {
  const otherPool = await startLocalCognito({
    userPoolId: 'eu-central-1_OtherPool',
    clientId: 'otherpoolclient00000000001',
    users: [{ username: 'hedy', password: 'Frequency-Hopping-1942' }],
  });
  const tab = await openTab();
  await tab.signIn(ada);

  const seen = await tab.page.evaluate(async (config) => {
    const other = window.csw.createSessionClient(config);
    const events: string[] = [];
    other.onSessionChange((_session, { type }) => events.push(type));
    const before = await other.fetchAuthSession();
    await other.signIn({ username: 'hedy', password: 'Frequency-Hopping-1942' });
    const [mine, theirs] = [await window.csw.getCurrentUser(), await other.getCurrentUser()];
    await other.signOut();
    other.close();
    return { before: before.tokens, mine: mine.username, theirs: theirs.username, events };
  }, otherPool.config);

  expect(seen).toEqual({ before: undefined, mine: 'ada', theirs: 'hedy', events: ['signedIn', 'signedOut'] });
  expect((await tab.fetch()).accessClaims).toMatchObject({ username: 'ada' });
  await tab.toldOf('signedIn');
  await otherPool.close();
});

test('a listener that unsubscribed is called no more, and one that throws disturbs nobody', async ({
  openTab,
}) => {
  const tab = await openTab();
  await tab.page.evaluate(() => {
    const heard: string[] = [];
    Object.assign(window, { heard });
    window.csw.onSessionChange(() => {
      throw new Error('a listener with a fault');
    });
    const off = window.csw.onSessionChange((_session, { type }) => {
      heard.push(`first ${type}`);
      off();
    });
    window.csw.onSessionChange((_session, { type }) => heard.push(`second ${type}`));
  });
  await tab.signIn(ada);
  await tab.signOut();
  await tab.toldOf('signedIn', 'signedOut:user');
  const heard = await tab.page.evaluate(() => (window as unknown as { heard: string[] }).heard);
  expect(heard).toEqual(['first signedIn', 'second signedIn', 'second signedOut']);
});

test('the logger hears the worker, with its instance and the time', async ({ openTab }) => {
  const tab = await openTab();
  const { workerInstanceId } = await tab.inspect();
  const startedAtMs = Date.now();
  await tab.signIn(ada);
  await tab.fetch({ forceRefresh: true });
  await expect
    .poll(async () => (await tab.logs()).map(({ message }) => message))
    .toContain('The tokens were refreshed.');
  for (const entry of await tab.logs()) {
    expect(['debug', 'info', 'warn', 'error']).toContain(entry.level);
    expect(entry.message).not.toBe('');
    expect(entry.instanceId).toBe(workerInstanceId);
    expect(Math.abs(entry.atMs - startedAtMs)).toBeLessThan(60_000);
  }
});
