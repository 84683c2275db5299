/** Promise: sign-out is final, everywhere, and revokes. */
import { ada, expect, grace, test } from './fixtures.js';
import type { Tab } from './tab.js';
import { refreshWith } from './wiretap.js';
import { REFRESH } from './refreshing.js';

test('every one of 8 tabs is told, and the refresh token is dead', async ({ openTabs, cognito, wiretap }) => {
  const tabs = await openTabs(8, { config: { endpoints: wiretap.endpoints } });
  await tabs[0].signIn(ada);
  await tabs[0].fetch({ forceRefresh: true });
  for (const tab of tabs) await tab.toldOf('signedIn', 'tokenRefresh');
  const refreshTokens = wiretap.refreshTokens();
  expect(refreshTokens).toHaveLength(2);

  const output = await tabs[0].signOut();

  expect(output).toEqual({ revoked: true, clients: 8 });
  for (const tab of tabs) {
    expect((await tab.fetch()).accessToken).toBeUndefined();
    expect((await tab.fetch()).credentials).toBeUndefined();
    expect(await tab.rejection('getCurrentUser')).toBe('UserUnAuthenticatedException');
    await tab.toldOf('signedIn', 'tokenRefresh', 'signedOut:user');
    expect((await tab.events())[2]?.session).toBeNull();
  }
  // The newest and the one of the sign-in: revoking one between them would leave the family alive.
  expect(new Set(wiretap.of('RevokeToken').map(({ request }) => request['Token']))).toEqual(
    new Set(refreshTokens),
  );
  for (const token of refreshTokens) expect(await refreshWith(cognito, token)).toMatchObject({ status: 400 });
});

test('without rotation one call revokes the session', async ({ openTab, cognito, wiretap }) => {
  cognito.change({ rotation: { enabled: false, graceSeconds: 0 } });
  const tab = await openTab({ config: { endpoints: wiretap.endpoints } });
  await tab.signIn(ada);
  const [refreshToken = ''] = wiretap.refreshTokens();
  expect(await refreshWith(cognito, refreshToken)).toMatchObject({ status: 200 });

  expect((await tab.signOut()).revoked).toBe(true);

  expect(cognito.accepted()['RevokeToken']).toBe(1);
  expect(await refreshWith(cognito, refreshToken)).toEqual({ status: 400, type: 'NotAuthorizedException' });
});

test('no fetchAuthSession begun after signOut resolved returns tokens, in any tab of any worker', async ({
  openTab,
  openTabs,
}) => {
  const [first, ...others] = [
    ...(await openTabs(5)),
    await openTab({ config: { refreshMarginSeconds: 60 } }),
    await openTab({ config: { refreshMarginSeconds: 60 } }),
  ] as [Tab, ...Tab[]];
  await first.signIn(ada);
  await first.fetch();
  // Every other tab asks without a pause until it has seen the sign-out and asked 50 times more.
  const records = Promise.all(
    others.map((tab) =>
      tab.page.evaluate(async () => {
        const calls: { startedAtMs: number; hadTokens: boolean }[] = [];
        for (let afterwards = 0; afterwards < 50;) {
          const startedAtMs = Date.now();
          const session = await window.csw.fetchAuthSession();
          calls.push({ startedAtMs, hadTokens: session.tokens !== undefined });
          if (session.tokens === undefined) afterwards++;
          // A page that never comes back to its event loop would hear no news.
          await new Promise((resolve) => requestAnimationFrame(resolve));
        }
        return calls;
      }),
    ),
  );
  for (const tab of others)
    await expect.poll(() => tab.page.evaluate(() => window.csw.peekSession()?.userSub)).toBeTruthy();

  const resolvedAtMs = await first.page.evaluate(async () => {
    await window.csw.signOut();
    return Date.now();
  });

  for (const calls of await records) {
    expect(
      calls.filter(({ hadTokens }) => hadTokens).length,
      'the tab was in the middle of it',
    ).toBeGreaterThan(0);
    expect(calls.filter(({ startedAtMs, hadTokens }) => startedAtMs > resolvedAtMs && hadTokens)).toEqual([]);
  }
});

for (const { title, config, busyMs } of [
  { title: 'signOut waits for a tab of the same worker that is too busy to listen', config: {}, busyMs: 600 },
  {
    title: 'signOut waits for a tab of another worker, as after a deploy, that is too busy to listen',
    config: { refreshMarginSeconds: 60 },
    busyMs: 600,
  },
  {
    title: 'a tab that is too busy to listen for longer than signOut waits has no view left to answer from',
    config: {},
    busyMs: 1_500,
  },
]) {
  test(title, async ({ openTab }) => {
    const first = await openTab();
    const busy = await openTab({ config });
    await first.signIn(ada);
    await busy.toldOf('signedIn');
    const signedOutAtMs = first.page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          new BroadcastChannel('test').onmessage = () => {
            void window.csw.signOut().then(() => resolve(Date.now()));
          };
        }),
    );
    await first.callsHaveArrived();

    // Under its lease, this tab could still answer from what it holds, and no news gets through.
    const call = await busy.page.evaluate(async (forMs) => {
      const channel = new BroadcastChannel('test');
      await window.csw.fetchAuthSession();
      channel.postMessage('now');
      const busyUntilMs = Date.now() + forMs;
      while (Date.now() < busyUntilMs);
      const startedAtMs = Date.now();
      const session = await window.csw.fetchAuthSession();
      return { startedAtMs, hadTokens: session.tokens !== undefined };
    }, busyMs);

    const resolvedAtMs = await signedOutAtMs;
    expect(call.hadTokens && call.startedAtMs > resolvedAtMs).toBe(false);
    expect((await busy.fetch()).accessToken).toBeUndefined();
  });
}

test('a sign-out during a refresh stays signed out, and the tokens that arrive late are dead', async ({
  openTabs,
  cognito,
  wiretap,
}) => {
  const tabs = await openTabs(3, { config: { endpoints: wiretap.endpoints } });
  const [first, second] = tabs;
  await first.signIn(ada);
  await first.fetch();
  for (const tab of tabs) await tab.toldOf('signedIn');
  const hold = cognito.hold(REFRESH);
  const refreshing = first.attempt('fetchAuthSession', { forceRefresh: true });
  await hold.waitForArrived(1);

  await second?.signOut();
  hold.release();

  const outcome = await refreshing;
  expect(outcome.ok ? outcome.value.accessToken : undefined).toBeUndefined();
  // The server had done the work, so there is a token that nobody but the worker knows.
  await expect.poll(() => wiretap.refreshTokens()).toHaveLength(2);
  const [, late] = wiretap.refreshTokens();
  await expect.poll(() => wiretap.of('RevokeToken').map(({ request }) => request['Token'])).toContain(late);
  for (const token of wiretap.refreshTokens()) {
    await expect.poll(async () => (await refreshWith(cognito, token)).status).toBe(400);
  }
  for (const tab of tabs) {
    expect((await tab.fetch()).accessToken).toBeUndefined();
    await tab.toldOf('signedIn', 'signedOut:user');
  }
  await tabs[0].reload();
  expect((await tabs[0].fetch()).accessToken).toBeUndefined();
});

test("tokens that arrive after the next user's sign-in never displace that user", async ({
  openTabs,
  cognito,
  wiretap,
}) => {
  const tabs = await openTabs(2, { config: { endpoints: wiretap.endpoints } });
  const [first, second] = tabs;
  await first.signIn(ada);
  await first.fetch();
  const hold = cognito.hold(REFRESH);
  const refreshing = first.attempt('fetchAuthSession', { forceRefresh: true });
  await hold.waitForArrived(1);
  await second?.signOut();
  await second?.signIn(grace);
  const session = await second?.fetch();

  hold.release();

  await refreshing;
  const late = (): string | undefined => wiretap.refreshTokens()[2];
  await expect.poll(late).toBeTruthy();
  await expect.poll(() => wiretap.of('RevokeToken').map(({ request }) => request['Token'])).toContain(late());
  expect(session?.accessClaims).toMatchObject({ username: 'grace' });
  for (const tab of tabs) {
    expect(await tab.fetch()).toEqual(session);
    await tab.toldOf('signedIn', 'signedOut:user', 'signedIn');
  }
  // Her own refresh token is the one in store.
  expect((await first.fetch({ forceRefresh: true })).userSub).toBe(session?.userSub);
});

test('a sign-out just after a refresh leaves nobody with the new tokens', async ({
  openTabs,
  cognito,
  wiretap,
}) => {
  const [first, second] = await openTabs(2, { config: { endpoints: wiretap.endpoints } });
  await first.signIn(ada);
  const refreshing = first.attempt('fetchAuthSession', { forceRefresh: true });
  await cognito.waitForRequest(REFRESH);
  await second?.signOut();
  await refreshing;

  expect((await first.fetch()).accessToken).toBeUndefined();
  for (const token of wiretap.refreshTokens()) {
    await expect.poll(async () => (await refreshWith(cognito, token)).status).toBe(400);
  }
});

test('global sign-out ends the session on the other device too', async ({ openTab, browser, cognito }) => {
  const elsewhere = await browser.newContext();
  const here = await openTab();
  const there = await openTab({ context: elsewhere });
  await here.signIn(ada);
  await there.signIn(ada);

  await here.signOut({ global: true });

  expect(cognito.accepted()['GlobalSignOut']).toBe(1);
  expect((await here.fetch()).accessToken).toBeUndefined();
  expect(await there.rejection('fetchAuthSession', { forceRefresh: true })).toBe('NotAuthorizedException');
  await there.toldOf('signedIn', 'signedOut:rejected');
  await elsewhere.close();
});

test('a local sign-out leaves the other device alone', async ({ openTab, browser }) => {
  const elsewhere = await browser.newContext();
  const here = await openTab();
  const there = await openTab({ context: elsewhere });
  await here.signIn(ada);
  await there.signIn(ada);

  await here.signOut();

  expect((await there.fetch({ forceRefresh: true })).accessToken).toBeTruthy();
  await elsewhere.close();
});

test('with the server out of reach everybody is signed out all the same, and signOut says that it did not revoke', async ({
  openTabs,
  cognito,
}) => {
  const tabs = await openTabs(3);
  await tabs[0].signIn(ada);
  for (const tab of tabs) await tab.toldOf('signedIn');
  cognito.addFault({ kind: 'drop', operation: 'RevokeToken', times: 1_000 });

  const { revoked } = await tabs[0].signOut();

  expect(revoked).toBe(false);
  for (const tab of tabs) {
    expect((await tab.fetch()).accessToken).toBeUndefined();
    await tab.toldOf('signedIn', 'signedOut:user');
  }
});

test('a revocation that could not be made is made up for at the next start', async ({
  openTab,
  cognito,
  wiretap,
  killWorkers,
}) => {
  const tab = await openTab({ config: { endpoints: wiretap.endpoints } });
  await tab.signIn(ada);
  cognito.addFault({ kind: 'drop', operation: 'RevokeToken', times: 1_000 });
  expect((await tab.signOut()).revoked).toBe(false);
  await tab.page.close();
  await killWorkers();
  const [refreshToken = ''] = wiretap.refreshTokens();
  cognito.clearFaults();
  cognito.clearLog();

  const later = await openTab({ config: { endpoints: wiretap.endpoints } });
  expect((await later.fetch()).accessToken).toBeUndefined();

  await expect.poll(() => cognito.accepted()['RevokeToken'] ?? 0).toBeGreaterThan(0);
  expect(await refreshWith(cognito, refreshToken)).toMatchObject({ status: 400 });
});

test('signOut while signed out resolves and says nothing new', async ({ openTabs, cognito }) => {
  const tabs = await openTabs(2);
  await tabs[0].signOut();
  await tabs[0].signIn(ada);
  for (const tab of tabs) await tab.toldOf('signedIn');
  await tabs[1]?.signOut();
  await tabs[0].signOut();
  await tabs[0].signIn(ada);
  for (const tab of tabs) await tab.toldOf('signedIn', 'signedOut:user', 'signedIn');
  expect(cognito.accepted()['InitiateAuth']).toBe(2);
});
