/** The entry for the account: a user signs up, forgets the password and changes it, and the session of every tab goes on. */
import type { LocalCognito } from '../demo/local-cognito/server.js';
import { attempt, done, type Ended } from './account-calls.js';
import { ada, expect, test } from './fixtures.js';

const codeFor = (cognito: LocalCognito, username: string): string =>
  cognito.codes(username).at(-1)?.code ?? '';

const NEW_PASSWORD = 'Difference-Engine-1822';
const hopper = { username: 'hopper', password: 'Flow-Matic-1955' };

test('a user signs up, has the code sent again, confirms, and signs in for all tabs', async ({
  openTab,
  cognito,
}) => {
  const [first, second] = [await openTab(), await openTab()];
  const options = { userAttributes: { email: 'hopper@example.com', name: 'Grace' } };
  const codeDeliveryDetails = { destination: 'h***@e***', deliveryMedium: 'EMAIL', attributeName: 'email' };

  expect(await done(first, 'signUp', { ...hopper, options })).toMatchObject({
    isSignUpComplete: false,
    nextStep: { signUpStep: 'CONFIRM_SIGN_UP', codeDeliveryDetails },
  });
  expect(await done(second, 'resendSignUpCode', { username: 'hopper' })).toEqual(codeDeliveryDetails);
  const confirmationCode = codeFor(cognito, 'hopper');
  expect(await done(first, 'confirmSignUp', { username: 'hopper', confirmationCode })).toEqual({
    isSignUpComplete: true,
    nextStep: { signUpStep: 'DONE' },
  });

  expect(await first.eventNames()).toEqual([]);
  await first.signIn(hopper);
  await second.toldOf('signedIn');
  expect(await done(second, 'fetchUserAttributes')).toMatchObject({
    email: 'hopper@example.com',
    email_verified: 'true',
    name: 'Grace',
  });
});

test('a forgotten password is replaced by a code, and a known one is changed, while the session goes on', async ({
  openTab,
  cognito,
}) => {
  const [first, second] = [await openTab(), await openTab()];
  await first.signIn(ada);
  await second.toldOf('signedIn');
  const { accessToken } = await second.fetch();

  await done(first, 'resetPassword', { username: 'ada' });
  const confirmationCode = codeFor(cognito, 'ada');
  await done(second, 'confirmResetPassword', {
    username: 'ada',
    confirmationCode,
    newPassword: NEW_PASSWORD,
  });
  await done(first, 'updatePassword', { oldPassword: NEW_PASSWORD, newPassword: ada.password });

  expect((await second.fetch()).accessToken).toBe(accessToken);
  expect(await second.eventNames()).toEqual(['signedIn']);
  expect(cognito.counts()).toMatchObject({ ConfirmForgotPassword: 1, ChangePassword: 1 });
  // The last password is the one that holds.
  await first.signOut();
  await first.signIn(ada);
});

test('calls that need a session say so where there is none, and ask nothing', async ({
  openTab,
  cognito,
}) => {
  const tab = await openTab();
  for (const ended of [
    await attempt(tab, 'fetchUserAttributes'),
    await attempt(tab, 'updatePassword', { oldPassword: ada.password, newPassword: NEW_PASSWORD }),
  ]) {
    const error = { name: 'UserUnAuthenticatedException', isAuthError: true };
    expect(ended).toMatchObject({ ok: false, error });
  }
  expect(cognito.requests).toEqual([]);
});

test('what Cognito refuses comes as an AuthError with advice and no secret, and the session stays', async ({
  openTab,
  cognito,
}) => {
  const tab = await openTab();
  await tab.signIn(ada);
  await done(tab, 'resetPassword', { username: 'ada' });
  const code = codeFor(cognito, 'ada');
  const wrongCode = code.replace(/^./, (digit) => String((Number(digit) + 1) % 10));
  const message = `No more of ${code} and ${NEW_PASSWORD}`;
  const reset = { username: 'ada', confirmationCode: code, newPassword: NEW_PASSWORD };

  const refusals: [name: string, ended: Ended][] = [
    ['UsernameExistsException', await attempt(tab, 'signUp', ada)],
    ['InvalidPasswordException', await attempt(tab, 'signUp', { username: 'new', password: 'short' })],
    [
      'CodeMismatchException',
      await attempt(tab, 'confirmResetPassword', { ...reset, confirmationCode: wrongCode }),
    ],
    ['ExpiredCodeException', await attempt(tab, 'confirmResetPassword', { ...reset, username: 'grace' })],
  ];
  cognito.addFault({
    operation: 'ConfirmForgotPassword',
    kind: 'error',
    status: 400,
    type: 'LimitExceededException',
    message,
  });
  refusals.push(['LimitExceededException', await attempt(tab, 'confirmResetPassword', reset)]);

  for (const [name, ended] of refusals) {
    expect(ended, name).toMatchObject({ ok: false, error: { name, isAuthError: true } });
    if (!ended.ok) expect(ended.error.recoverySuggestion, name).toBeTruthy();
    for (const secret of [code, wrongCode, NEW_PASSWORD, ada.password])
      expect(JSON.stringify(ended), name).not.toContain(secret);
  }
  expect((await tab.fetch()).accessToken).toBeDefined();
  expect(await tab.eventNames()).toEqual(['signedIn']);
});
