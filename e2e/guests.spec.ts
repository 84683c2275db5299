/** Promise: guests share one identity, and signing in links it. */
import { ada, expect, grace, test } from './fixtures.js';

const GET_ID = 'GetId';
const GET_CREDENTIALS = 'GetCredentialsForIdentity';
const asGuest = { config: { allowGuestAccess: true } };

test('8 cold tabs with nobody signed in cost one GetId and one GetCredentialsForIdentity', async ({
  openTabs,
  openTab,
  cognito,
}) => {
  cognito.change({ guestsAllowed: true });
  const tabs = await openTabs(8, asGuest);
  const hold = cognito.hold(GET_ID);
  const calls = Promise.all(tabs.map((tab) => tab.fetch()));
  await hold.waitForArrived(1);
  await Promise.all(tabs.map((tab) => tab.callsHaveArrived()));
  hold.release();

  const [session, ...others] = await calls;

  expect(session?.accessToken).toBeUndefined();
  expect(session?.identityId).toMatch(/^eu-central-1:/);
  expect(session?.credentials?.secretAccessKey).toBeTruthy();
  for (const other of others) expect(other).toEqual(session);
  expect(await (await openTab(asGuest)).fetch()).toEqual(session);
  expect(cognito.counts()).toEqual({ [GET_ID]: 1, [GET_CREDENTIALS]: 1 });
});

test('without allowGuestAccess nobody asks for guest credentials', async ({ openTab, cognito }) => {
  cognito.change({ guestsAllowed: true });
  const tab = await openTab();
  const session = await tab.fetch();
  expect(session.credentials).toBeUndefined();
  expect(session.identityId).toBeUndefined();
  expect(cognito.counts()).toEqual({});
});

test('the guest survives a reload, also with a new worker', async ({ openTab, cognito, killWorkers }) => {
  cognito.change({ guestsAllowed: true });
  const tab = await openTab(asGuest);
  const session = await tab.fetch();
  await tab.reload();
  expect(await tab.fetch()).toEqual(session);
  await killWorkers();
  await tab.reload();
  expect(await tab.fetch()).toEqual(session);
  expect(cognito.counts()).toEqual({ [GET_ID]: 1, [GET_CREDENTIALS]: 1 });
});

test('signing in links the guest: the identity stays, the credentials are new', async ({
  openTabs,
  cognito,
}) => {
  cognito.change({ guestsAllowed: true });
  const tabs = await openTabs(3, asGuest);
  const guest = await tabs[0].fetch();
  await tabs[0].signIn(ada);

  const session = await tabs[0].fetch();

  expect(session.userSub).toBeTruthy();
  expect(session.identityId).toBe(guest.identityId);
  expect(session.credentials?.accessKeyId).not.toBe(guest.credentials?.accessKeyId);
  for (const tab of tabs) {
    await tab.toldOf('signedIn');
    expect(await tab.fetch()).toEqual(session);
  }
  expect(cognito.accepted()).toMatchObject({ [GET_ID]: 1, [GET_CREDENTIALS]: 2 });
});

test("a user's identity is never used for the next user, nor for the next guest", async ({
  openTabs,
  cognito,
  wiretap,
}) => {
  cognito.change({ guestsAllowed: true });
  const tabs = await openTabs(2, { config: { ...asGuest.config, endpoints: wiretap.endpoints } });
  const [first, second] = tabs;
  await first.fetch();
  await first.signIn(ada);
  const adas = await first.fetch();
  await first.signOut();
  const before = wiretap.exchanges.length;

  const guest = await second?.fetch();
  await second?.signIn(grace);
  const graces = await second?.fetch();
  await second?.signOut();
  await second?.signIn(ada);
  const adasAgain = await second?.fetch();

  expect(guest?.identityId).toBeTruthy();
  expect(guest?.identityId).not.toBe(adas.identityId);
  expect(graces?.identityId).not.toBe(adas.identityId);
  expect(graces?.credentials?.accessKeyId).not.toBe(guest?.credentials?.accessKeyId);
  // The identity belongs to her, so the server gives it to her again.
  expect(adasAgain?.identityId).toBe(adas.identityId);
  const lastSignIn = wiretap.exchanges.findLastIndex(
    ({ operation }) => operation === 'RespondToAuthChallenge',
  );
  const between = wiretap.exchanges.slice(before, lastSignIn);
  expect(between.map(({ operation }) => operation)).toContain(GET_CREDENTIALS);
  for (const { request } of between) expect(request['IdentityId']).not.toBe(adas.identityId);
});

test('credentials of an identity that was deleted are had again with a new one, asked for once', async ({
  openTabs,
  cognito,
}) => {
  const tabs = await openTabs(2);
  const [first, second] = tabs;
  await first.signIn(ada);
  const before = await first.fetch();
  cognito.deleteIdentity(before.identityId ?? '');
  cognito.clearLog();

  const after = await first.fetch({ forceRefresh: true });

  expect(after.credentialsError).toBeUndefined();
  expect(after.identityId).not.toBe(before.identityId);
  expect(after.credentials?.accessKeyId).not.toBe(before.credentials?.accessKeyId);
  expect(await second?.fetch()).toEqual(after);
  expect(cognito.counts()).toEqual({ GetTokensFromRefreshToken: 1, [GET_ID]: 1, [GET_CREDENTIALS]: 2 });
});

test('an identity that stays unknown costs one new one each time, and is reported as credentialsError', async ({
  openTab,
  cognito,
}) => {
  cognito.change({ credentialsSeconds: 2 });
  const tab = await openTab();
  await tab.signIn(ada);
  const { identityId } = await tab.fetch();
  cognito.addFault({
    kind: 'error',
    status: 400,
    type: 'ResourceNotFoundException',
    message: `Identity '${identityId}' not found.`,
    operation: GET_CREDENTIALS,
    times: 1_000,
  });
  cognito.clearLog();

  // What lives is served; then there is nothing to serve.
  await expect
    .poll(async () => (await tab.fetch()).credentialsError)
    .toMatchObject({ name: 'ResourceNotFoundException', isAuthError: true });

  const session = await tab.fetch();
  expect(session.accessToken).toBeTruthy();
  expect(session.credentials).toBeUndefined();
  const { [GET_ID]: getIds = 0, [GET_CREDENTIALS]: getCredentials } = cognito.counts();
  expect(getIds).toBeGreaterThan(0);
  expect(getCredentials).toBe(2 * getIds);
});

for (const operation of [GET_ID, GET_CREDENTIALS]) {
  test(`tokens are good though ${operation} fails, and credentials come when it works again`, async ({
    openTabs,
    cognito,
  }) => {
    const tabs = await openTabs(2);
    const [first, second] = tabs;
    cognito.addFault({
      kind: 'error',
      status: 400,
      type: 'InvalidIdentityPoolConfigurationException',
      operation,
      times: 1_000,
    });
    await first.signIn(ada);

    for (const tab of tabs) {
      const session = await tab.fetch();
      expect(session.accessToken).toBeTruthy();
      expect(session.credentials).toBeUndefined();
      expect(session.credentialsError).toMatchObject({
        name: 'InvalidIdentityPoolConfigurationException',
        isAuthError: true,
      });
    }

    cognito.clearFaults();
    await expect.poll(async () => (await first.fetch()).credentials?.accessKeyId).toBeTruthy();
    const session = await first.fetch();
    expect(session.credentialsError).toBeUndefined();
    await expect.poll(() => second?.fetch()).toEqual(session);
    for (const tab of tabs) await tab.toldOf('signedIn');
  });
}

test('a guest pool that refuses guests is reported, and tokens come all the same after the sign-in', async ({
  openTab,
  cognito,
}) => {
  cognito.change({ guestsAllowed: false });
  const tab = await openTab(asGuest);
  const guest = await tab.attempt('fetchAuthSession');
  expect(guest.ok ? guest.value.credentialsError?.name : guest.error.name).toBe('NotAuthorizedException');
  await tab.signIn(ada);
  const session = await tab.fetch();
  expect(session.credentialsError).toBeUndefined();
  expect(session.credentials?.accessKeyId).toBeTruthy();
});

test('an identity pool alone serves guests, and signIn says that there is no user pool', async ({
  openTab,
  cognito,
  site,
  context,
}) => {
  cognito.change({ guestsAllowed: true });
  const { identityPoolId, endpoints } = cognito.config;
  const tab = await openTab();
  await tab.page.goto(`${site.url}/`);
  await tab.page.evaluate((config) => window.start(config), {
    identityPoolId,
    endpoints: { identityPool: endpoints.identityPool },
    allowGuestAccess: true,
  });

  const session = await tab.fetch();

  expect(session.credentials?.accessKeyId).toBeTruthy();
  expect(await tab.rejection('signIn', ada)).toBe('AuthUserPoolException');
  expect(context.pages()).toHaveLength(1);
});
