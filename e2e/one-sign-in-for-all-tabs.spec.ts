/** Promise: who signs in in one tab is signed in in all of them. */
import { ada, expect, grace, test } from './fixtures.js';
import type { AuthFlowType } from '../worker/contract.js';

const FLOWS: AuthFlowType[] = ['USER_SRP_AUTH', 'USER_PASSWORD_AUTH'];

for (const authFlowType of FLOWS) {
  test(`a sign-in by ${authFlowType} in one tab signs in every open tab, and tells each of them once`, async ({
    openTabs,
    cognito,
    liveWorkers,
  }) => {
    const tabs = await openTabs(4);
    const [first] = tabs;
    expect((await first.fetch()).accessToken).toBeUndefined();

    const output = await first.signIn({ ...ada, options: { authFlowType } });

    expect(output).toEqual({ isSignedIn: true, nextStep: { signInStep: 'DONE' } });
    const session = await first.fetch();
    expect(session.accessClaims).toMatchObject({ username: 'ada', token_use: 'access' });
    expect(session.idClaims).toMatchObject({
      email: 'ada@example.com',
      'custom:team': 'engine',
      token_use: 'id',
    });
    expect(session.userSub).toBe(session.accessClaims?.sub);
    expect(session.credentials?.accessKeyId).toBeTruthy();
    expect(session.identityId).toMatch(/^eu-central-1:/);
    for (const tab of tabs) {
      expect(await tab.fetch()).toEqual(session);
      await tab.toldOf('signedIn');
    }
    expect(cognito.accepted()).toEqual({
      InitiateAuth: 1,
      ...(authFlowType === 'USER_SRP_AUTH' && { RespondToAuthChallenge: 1 }),
      GetId: 1,
      GetCredentialsForIdentity: 1,
    });
    expect(await liveWorkers()).toHaveLength(1);

    // What comes next comes after all that could come twice.
    await first.signOut();
    for (const tab of tabs) await tab.toldOf('signedIn', 'signedOut:user');
  });
}

test('the session that comes with the signedIn event is the new one', async ({ openTabs }) => {
  const tabs = await openTabs(2);
  await tabs[0].signIn(ada);
  const { accessToken } = await tabs[0].fetch();
  for (const tab of tabs) {
    await tab.toldOf('signedIn');
    expect((await tab.events())[0]?.session?.accessToken).toBe(accessToken);
  }
});

test('a tab opened after the sign-in has the session, asks Cognito nothing and is told of nothing', async ({
  openTab,
  cognito,
}) => {
  const first = await openTab();
  await first.signIn(ada);
  const session = await first.fetch();
  cognito.clearLog();

  const later = await openTab();

  expect(await later.fetch()).toEqual(session);
  expect(await later.getCurrentUser()).toMatchObject({ username: 'ada' });
  expect(cognito.counts()).toEqual({});
  // The next event is the first that it hears of.
  await first.fetch({ forceRefresh: true });
  await later.toldOf('tokenRefresh');
  // Nor was anything asked behind its back.
  expect(cognito.counts()).toEqual({ GetTokensFromRefreshToken: 1, GetCredentialsForIdentity: 1 });
});

test('every tab knows who signed in and how', async ({ openTabs, openTab }) => {
  const [first, second] = await openTabs(2);
  expect(await first.rejection('getCurrentUser')).toBe('UserUnAuthenticatedException');

  await first.signIn({ ...ada, options: { authFlowType: 'USER_PASSWORD_AUTH' } });

  const { userSub } = await first.fetch();
  for (const tab of [first, second, await openTab()]) {
    expect(await tab?.getCurrentUser()).toEqual({
      userId: userSub,
      username: 'ada',
      signInDetails: { loginId: 'ada', authFlowType: 'USER_PASSWORD_AUTH' },
    });
  }
});

test('tabs whose configs differ in a detail have different workers and the same session', async ({
  openTab,
  cognito,
  liveWorkers,
}) => {
  const first = await openTab();
  const second = await openTab({ config: { refreshMarginSeconds: 60 } });
  await first.signIn(ada);
  const session = await first.fetch();
  await second.toldOf('signedIn');

  expect(await second.fetch()).toEqual(session);
  expect(await liveWorkers()).toHaveLength(2);
  expect(cognito.counts()).toMatchObject({ InitiateAuth: 1, GetId: 1, GetCredentialsForIdentity: 1 });
});

test('signIn while somebody is signed in is refused in every tab and changes nothing', async ({
  openTabs,
  cognito,
}) => {
  const tabs = await openTabs(2);
  await tabs[0].signIn(ada);
  const session = await tabs[0].fetch();

  for (const tab of tabs)
    expect(await tab.rejection('signIn', grace)).toBe('UserAlreadyAuthenticatedException');

  for (const tab of tabs) expect(await tab.fetch()).toEqual(session);
  expect(cognito.counts()['InitiateAuth'], 'the refused ones reach nobody').toBe(1);
});

test('another user can sign in once the first has signed out', async ({ openTabs }) => {
  const tabs = await openTabs(2);
  await tabs[0].signIn(ada);
  const adas = await tabs[0].fetch();
  await tabs[0].signOut();
  await tabs[0].signIn(grace);

  const graces = await tabs[0].fetch();

  expect(graces.accessClaims).toMatchObject({ username: 'grace' });
  expect(graces.identityId).not.toBe(adas.identityId);
  expect(graces.credentials?.accessKeyId).not.toBe(adas.credentials?.accessKeyId);
  for (const tab of tabs) {
    expect(await tab.fetch()).toEqual(graces);
    await tab.toldOf('signedIn', 'signedOut:user', 'signedIn');
  }
});

test.describe('with a user who must set a new password', () => {
  const newcomer = { username: 'emmy', password: 'Temporary-1882' };
  test.use({ cognitoOptions: { users: [{ ...newcomer, status: 'FORCE_CHANGE_PASSWORD' }] } });

  for (const authFlowType of FLOWS) {
    test(`confirmSignIn with the new password after ${authFlowType} signs in every tab`, async ({
      openTabs,
      openTab,
    }) => {
      const [first, second] = await openTabs(2);

      const challenge = await first.signIn({ ...newcomer, options: { authFlowType } });

      expect(challenge).toMatchObject({
        isSignedIn: false,
        nextStep: { signInStep: 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED' },
      });
      expect((await first.fetch()).accessToken).toBeUndefined();

      const output = await first.confirmSignIn({
        challengeResponse: 'Invariant-Theory-1918',
        options: { userAttributes: { name: 'Emmy Noether' } },
      });

      expect(output).toEqual({ isSignedIn: true, nextStep: { signInStep: 'DONE' } });
      const session = await first.fetch();
      expect(session.idClaims).toMatchObject({ 'cognito:username': 'emmy', name: 'Emmy Noether' });
      for (const tab of [first, second, await openTab()]) expect(await tab?.fetch()).toEqual(session);

      // The new password counts from now on.
      await first.signOut();
      expect(await first.rejection('signIn', newcomer)).toBe('NotAuthorizedException');
      await first.signIn({ username: 'emmy', password: 'Invariant-Theory-1918' });
    });
  }
});

test('confirmSignIn with no sign-in under way is refused', async ({ openTab }) => {
  const tab = await openTab();
  expect(await tab.rejection('confirmSignIn', { challengeResponse: 'Invariant-Theory-1918' })).toBe(
    'SignInException',
  );
});
