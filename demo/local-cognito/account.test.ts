import {
  confirmResetPassword,
  confirmSignUp,
  fetchUserAttributes,
  resendSignUpCode,
  resetPassword,
  signIn,
  signOut,
  signUp,
  updatePassword,
} from 'aws-amplify/auth';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { configureAmplify } from './amplify-client.js';
import { startLocalCognito, type LocalCognito } from './server.js';

const PASSWORD = 'Nanosecond-Wire-1906';
const NEW_PASSWORD = 'Flow-Matic-1955';
const DAY_SECONDS = 24 * 3600;

// A busy machine needs longer for keys and big numbers than the default of 5 s.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let server: LocalCognito;

beforeAll(async () => {
  server = await startLocalCognito();
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  configureAmplify(server);
});
beforeEach(() => server.reset());
afterEach(() => signOut());
afterAll(() => server.close());

const codeOf = (username: string): string => server.codes(username).at(-1)?.code ?? 'no code';
const wrong = (code: string): string => code.replace(/^./, (digit) => String((Number(digit) + 1) % 10));
const begin = () =>
  signUp({
    username: 'grace',
    password: PASSWORD,
    options: { userAttributes: { email: 'grace@example.com', name: 'Grace Hopper' } },
  });
const confirm = (confirmationCode = codeOf('grace')) =>
  confirmSignUp({ username: 'grace', confirmationCode });
const delivery = { destination: 'g***@e***', deliveryMedium: 'EMAIL', attributeName: 'email' };

describe("Amplify's client", () => {
  it('signs up, confirms by the code, and signs in, by the e-mail address too', async () => {
    expect(await begin()).toMatchObject({
      isSignUpComplete: false,
      nextStep: { signUpStep: 'CONFIRM_SIGN_UP', codeDeliveryDetails: delivery },
    });
    await expect(signIn({ username: 'grace', password: PASSWORD })).resolves.toMatchObject({
      isSignedIn: false,
      nextStep: { signInStep: 'CONFIRM_SIGN_UP' },
    });
    expect(await confirm()).toEqual({ isSignUpComplete: true, nextStep: { signUpStep: 'DONE' } });
    await signIn({ username: 'grace@example.com', password: PASSWORD });
    expect(await fetchUserAttributes()).toMatchObject({
      email: 'grace@example.com',
      email_verified: 'true',
      name: 'Grace Hopper',
    });
  });

  it('has a code sent again, and then the old one is of no use', async () => {
    await begin();
    const old = codeOf('grace');
    expect(await resendSignUpCode({ username: 'grace' })).toEqual(delivery);
    // One in a million times they are the same.
    if (codeOf('grace') !== old)
      await expect(confirm(old)).rejects.toMatchObject({ name: 'CodeMismatchException' });
    await confirm();
  });

  it('resets a forgotten password by a code', async () => {
    expect(await resetPassword({ username: 'ada' })).toEqual({
      isPasswordReset: false,
      nextStep: {
        resetPasswordStep: 'CONFIRM_RESET_PASSWORD_WITH_CODE',
        codeDeliveryDetails: { ...delivery, destination: 'a***@e***' },
      },
    });
    const confirmation = { username: 'ada', confirmationCode: codeOf('ada'), newPassword: NEW_PASSWORD };
    await confirmResetPassword(confirmation);
    await signIn({ username: 'ada', password: NEW_PASSWORD });
    await expect(confirmResetPassword(confirmation)).rejects.toMatchObject({ name: 'ExpiredCodeException' });
  });

  it('changes a password that it knows', async () => {
    await signIn({ username: 'ada', password: 'Analytical-Engine-1843' });
    await expect(updatePassword({ oldPassword: PASSWORD, newPassword: NEW_PASSWORD })).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    });
    await updatePassword({ oldPassword: 'Analytical-Engine-1843', newPassword: NEW_PASSWORD });
    await signOut();
    await signIn({ username: 'ada', password: NEW_PASSWORD });
  });
});

describe('is refused', () => {
  it('a name that is taken, and a password under 8 characters', async () => {
    await expect(signUp({ username: 'ada', password: PASSWORD })).rejects.toMatchObject({
      name: 'UsernameExistsException',
    });
    for (const attempt of [
      () => signUp({ username: 'grace', password: 'short' }),
      () => confirmResetPassword({ username: 'ada', confirmationCode: '1', newPassword: 'short' }),
    ])
      await expect(attempt()).rejects.toMatchObject({ name: 'InvalidPasswordException' });
  });

  it('a wrong code, which leaves the right one good; one that is too old; and a second confirmation', async () => {
    await begin();
    await expect(confirm(wrong(codeOf('grace')))).rejects.toMatchObject({ name: 'CodeMismatchException' });
    server.change({ clockOffsetSeconds: DAY_SECONDS });
    await expect(confirm()).rejects.toMatchObject({ name: 'ExpiredCodeException' });
    server.change({ clockOffsetSeconds: DAY_SECONDS - 60 });
    await confirm();
    await expect(confirm()).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    await expect(resendSignUpCode({ username: 'grace' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });

  it('a reset code that is older than an hour, or wrong', async () => {
    await resetPassword({ username: 'ada' });
    const confirmReset = (confirmationCode: string) =>
      confirmResetPassword({ username: 'ada', confirmationCode, newPassword: NEW_PASSWORD });
    await expect(confirmReset(wrong(codeOf('ada')))).rejects.toMatchObject({ name: 'CodeMismatchException' });
    server.change({ clockOffsetSeconds: 3600 });
    await expect(confirmReset(codeOf('ada'))).rejects.toMatchObject({ name: 'ExpiredCodeException' });
  });

  it("an e-mail address that is another user's, unless the alias is forced over", async () => {
    await signUp({
      username: 'countess',
      password: PASSWORD,
      options: { userAttributes: { email: 'ada@example.com' } },
    });
    const confirmation = { username: 'countess', confirmationCode: codeOf('countess') };
    await expect(confirmSignUp(confirmation)).rejects.toMatchObject({ name: 'AliasExistsException' });
    await confirmSignUp({ ...confirmation, options: { forceAliasCreation: true } });
    await signIn({ username: 'ada@example.com', password: PASSWORD });
  });

  it('a password reset for whom no code can reach', async () => {
    await begin();
    await expect(resetPassword({ username: 'grace' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });
});

it('an unknown user is told of, unless the pool hides who exists', async () => {
  const username = 'nobody';
  const confirmation = { username, confirmationCode: '123456' };
  const newPassword = NEW_PASSWORD;
  for (const attempt of [
    () => resetPassword({ username }),
    () => resendSignUpCode({ username }),
    () => confirmSignUp(confirmation),
    () => confirmResetPassword({ ...confirmation, newPassword }),
  ])
    await expect(attempt()).rejects.toMatchObject({ name: 'UserNotFoundException' });

  server.change({ preventUserExistenceErrors: true });
  expect(await resetPassword({ username })).toMatchObject({ isPasswordReset: false });
  expect(await resendSignUpCode({ username })).toMatchObject({ deliveryMedium: 'EMAIL' });
  await expect(confirmSignUp(confirmation)).rejects.toMatchObject({ name: 'ExpiredCodeException' });
  await expect(confirmResetPassword({ ...confirmation, newPassword })).rejects.toMatchObject({
    name: 'CodeMismatchException',
  });
  expect(server.codes()).toEqual([]);
});
