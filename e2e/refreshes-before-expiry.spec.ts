/** Promise: a token refreshes itself before it expires. */
import { ada, expect, test } from './fixtures.js';
import { REFRESH } from './refreshing.js';

test('with nobody calling, the token is replaced before it runs out, once for all tabs', async ({
  openTabs,
  cognito,
}) => {
  cognito.change({ accessTokenSeconds: 6, idTokenSeconds: 6 });
  const tabs = await openTabs(4);
  await tabs[0].signIn(ada);
  cognito.change({ accessTokenSeconds: 3_600, idTokenSeconds: 3_600 });

  for (const tab of tabs) await tab.toldOf('signedIn', 'tokenRefresh');

  const [signedIn, refreshed] = await tabs[0].events();
  const old = signedIn?.session?.accessClaims;
  const [request] = cognito.requests.filter(({ operation }) => operation === REFRESH);
  expect((request?.atMs ?? 0) / 1_000).toBeLessThan(old?.exp ?? 0);
  // The margin is at most half of the token's life: not sooner.
  expect((request?.atMs ?? 0) / 1_000).toBeGreaterThan((old?.iat ?? 0) + 2);
  for (const tab of tabs) {
    expect((await tab.events())[1]?.session?.accessToken).toBe(refreshed?.session?.accessToken);
  }
  expect(cognito.counts()[REFRESH]).toBe(1);
});

test('the margin is what the config says', async ({ openTab, cognito }) => {
  cognito.change({ accessTokenSeconds: 9, idTokenSeconds: 9 });
  const tab = await openTab({ config: { refreshMarginSeconds: 2 } });
  await tab.signIn(ada);
  const { accessClaims } = await tab.fetch();
  cognito.clearLog();

  await cognito.waitForRequest(REFRESH);

  const ageSeconds =
    (cognito.requests.find(({ operation }) => operation === REFRESH)?.atMs ?? 0) / 1_000 -
    (accessClaims?.iat ?? 0);
  expect(ageSeconds).toBeGreaterThan(6);
  expect(ageSeconds).toBeLessThan(9);
});

test('two live workers refresh an expiring token once', async ({ openTab, cognito, liveWorkers }) => {
  cognito.change({ accessTokenSeconds: 6, idTokenSeconds: 6 });
  const tabs = [await openTab(), await openTab({ config: { refreshMarginSeconds: 299 } })];
  await tabs[0]?.signIn(ada);
  for (const tab of tabs) await tab.toldOf('signedIn');
  expect(await liveWorkers()).toHaveLength(2);
  cognito.change({ accessTokenSeconds: 3_600, idTokenSeconds: 3_600 });

  for (const tab of tabs) await tab.toldOf('signedIn', 'tokenRefresh');

  const sessions = await Promise.all(tabs.map((tab) => tab.fetch()));
  expect(sessions[1]?.accessToken).toBe(sessions[0]?.accessToken);
  expect(cognito.counts()[REFRESH]).toBe(1);
});

test('nothing is refreshed once the user has signed out', async ({ openTab, browser, cognito }) => {
  cognito.change({ accessTokenSeconds: 6, idTokenSeconds: 6 });
  const tab = await openTab();
  await tab.signIn(ada);
  await tab.fetch();
  await tab.signOut();
  cognito.clearLog();

  // Another device, signed in later with tokens of the same life: when it refreshes, the first one's time is over.
  const elsewhere = await browser.newContext();
  const control = await openTab({ context: elsewhere });
  await control.signIn(ada);
  await expect
    .poll(async () => (await control.eventNames()).filter((name) => name === 'tokenRefresh').length)
    .toBeGreaterThanOrEqual(2);

  const refreshes = (await control.eventNames()).filter((name) => name === 'tokenRefresh').length;
  expect(cognito.accepted()[REFRESH]).toBe(refreshes);
  await tab.toldOf('signedIn', 'signedOut:user');
  await elsewhere.close();
});

test('credentials are had again by their own expiry, while the tokens stay', async ({
  openTabs,
  cognito,
}) => {
  cognito.change({ credentialsSeconds: 6 });
  const tabs = await openTabs(2);
  await tabs[0].signIn(ada);
  const before = await tabs[0].fetch();
  const lifeMs = (before.credentials?.expiration?.getTime() ?? 0) - Date.now();
  expect(lifeMs).toBeLessThan(7_000);

  await expect
    .poll(async () => (await tabs[0].fetch()).credentials?.accessKeyId, { timeout: 10_000, intervals: [200] })
    .not.toBe(before.credentials?.accessKeyId);

  const request = cognito.requests.findLast(({ operation }) => operation === 'GetCredentialsForIdentity');
  expect(request?.atMs).toBeLessThan(before.credentials?.expiration?.getTime() ?? 0);
  const after = await tabs[0].fetch();
  expect(after.accessToken).toBe(before.accessToken);
  expect(after.identityId).toBe(before.identityId);
  expect(cognito.counts()[REFRESH]).toBeUndefined();
  expect(cognito.counts()['GetId']).toBe(1);
  for (const tab of tabs) await tab.toldOf('signedIn');
});

test('credentials that live long are not asked for again', async ({ openTabs, cognito }) => {
  cognito.change({ accessTokenSeconds: 6, idTokenSeconds: 6 });
  const tabs = await openTabs(2);
  await tabs[0].signIn(ada);
  const { credentials } = await tabs[0].fetch();

  for (const tab of tabs) await expect.poll(async () => (await tab.eventNames()).at(-1)).toBe('tokenRefresh');

  // A token that nobody has is no reason to refresh, but the worker is asked, whatever the page holds.
  expect((await tabs[0].fetch({ rejectedToken: 'of another session' })).credentials).toEqual(credentials);
  expect(cognito.counts()['GetCredentialsForIdentity']).toBe(1);
});
