/**
 * The flows and the account's calls that npm's cognito-local has, with a server that nobody here wrote. It has passwords in the
 * open only, and no GetTokensFromRefreshToken, so nothing is refreshed here.
 */
import { startCognitoLocal, type CognitoLocal } from '../demo/local-cognito/cognito-local-process.js';
import { attempt, done } from './account-calls.js';
import { expect, test as base } from './fixtures.js';
import {
  FLOW_USERS,
  password,
  walkAppCode,
  walkChosenFactor,
  walkNewPassword,
  walkSentCode,
  type Walk,
} from './flows.js';
import { Tab } from './tab.js';

const options = { authFlowType: 'USER_PASSWORD_AUTH' } as const;

const test = base.extend<{ server: CognitoLocal; walk: Walk }>({
  server: async ({}, use) => {
    const server = await startCognitoLocal(FLOW_USERS);
    await use(server);
    await server.stop();
  },

  walk: async ({ page, site, server }, use) => {
    await page.goto(`${site.url}/`);
    const tab = new Tab(page, server.config);
    await tab.start();
    await use({ tab, lastCode: (username) => server.lastCode(username), options });
  },
});

async function isSignedIn(tab: Tab, username: string): Promise<void> {
  expect((await tab.getCurrentUser()).username).toBe(username);
  expect((await tab.fetch()).accessToken).toBeTruthy();
  await tab.reload();
  expect((await tab.getCurrentUser()).username).toBe(username);
}

test('a password signs in, and a wrong one is refused by name', async ({ walk: { tab } }) => {
  // Cognito's is NotAuthorizedException; see cognito-local-differences.ts.
  expect(await tab.rejection('signIn', { username: 'plain', password: 'nonsense', options })).toBe(
    'InvalidPasswordException',
  );
  await tab.signIn({ username: 'plain', password, options });
  await isSignedIn(tab, 'plain');
});

test('a second factor by SMS is asked for, a wrong code may be given again, the right one signs in', async ({
  walk,
}) => {
  await walkSentCode(walk, 'sms', 'CONFIRM_SIGN_IN_WITH_SMS_CODE');
  await isSignedIn(walk.tab, 'sms');
});

test('the code of an authenticator app signs in', async ({ walk }) => {
  await walkAppCode(walk);
  await isSignedIn(walk.tab, 'app');
});

test('of two second factors one is chosen', async ({ walk }) => {
  await walkChosenFactor(walk);
  await isSignedIn(walk.tab, 'both');
});

test('a temporary password is replaced at sign-in, and the new one holds', async ({ walk }) => {
  await walkNewPassword(walk);
  await isSignedIn(walk.tab, 'new');
});

for (const authFlowType of ['USER_SRP_AUTH', 'USER_AUTH', 'CUSTOM_WITHOUT_SRP'] as const) {
  test(`a flow that the server does not have leaves nobody signed in and nothing waiting: ${authFlowType}`, async ({
    walk: { tab },
  }) => {
    const input = { username: 'plain', password, options: { authFlowType } };
    expect(await tab.rejection('signIn', input)).toBe('Unsupported');
    expect((await tab.fetch()).accessToken).toBeUndefined();
    expect(await tab.run(() => window.csw.pendingSignIn(), undefined)).toBeNull();
  });
}

test('a refresh that the server does not have fails by name and keeps the session', async ({
  walk: { tab },
}) => {
  await tab.signIn({ username: 'plain', password, options });
  expect(await tab.rejection('fetchAuthSession', { forceRefresh: true })).toBe('Unsupported');
  await isSignedIn(tab, 'plain');
});

test('a user signs up, confirms by the code, signs in, and reads the attributes', async ({
  walk: { tab, lastCode },
}) => {
  const hopper = { username: 'hopper', password: 'Flow-Matic-1955' };
  const userAttributes = { email: 'hopper@example.com', name: 'Grace' };
  expect(await done(tab, 'signUp', { ...hopper, options: { userAttributes } })).toMatchObject({
    nextStep: { signUpStep: 'CONFIRM_SIGN_UP' },
  });
  expect(await tab.rejection('signIn', { ...hopper, options })).toBe('UserNotConfirmedException');
  expect(
    await attempt(tab, 'confirmSignUp', { username: 'hopper', confirmationCode: 'wrong1' }),
  ).toMatchObject({ ok: false, error: { name: 'CodeMismatchException', isAuthError: true } });
  const confirmationCode = await lastCode('hopper');
  await done(tab, 'confirmSignUp', { username: 'hopper', confirmationCode });
  await tab.signIn({ ...hopper, options });
  expect(await done(tab, 'fetchUserAttributes')).toMatchObject(userAttributes);
});

test('a forgotten password is replaced by a code, and a known one is changed, while the session goes on', async ({
  walk: { tab, lastCode },
}) => {
  const [first, second] = ['Difference-Engine-1822', 'Third-Engine-1849'];
  await tab.signIn({ username: 'plain', password, options });
  const { accessToken } = await tab.fetch();
  await done(tab, 'resetPassword', { username: 'plain' });
  const confirmationCode = await lastCode('plain');
  const reset = { username: 'plain', confirmationCode, newPassword: first };
  await done(tab, 'confirmResetPassword', reset);
  expect(await attempt(tab, 'confirmResetPassword', reset)).toMatchObject({ ok: false });
  await done(tab, 'updatePassword', { oldPassword: first, newPassword: second });
  expect((await tab.fetch()).accessToken).toBe(accessToken);
  await tab.signOut();
  await tab.signIn({ username: 'plain', password: second, options });
  await isSignedIn(tab, 'plain');
});
