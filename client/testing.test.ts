import { decodeJwt } from 'jose';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { AuthError } from '../worker/errors.js';
import * as account from './account.js';
import * as csw from './index.js';
import { createFakeClient, installFakeClient, uninstallFakeClient, type FakeClient } from './testing.js';
import type { SessionConfig } from './types.js';

const CONFIG: SessionConfig = { userPoolId: 'eu-central-1_Pool', userPoolClientId: 'client1' };
const PAGE_URL = 'https://app.example/';
const OAUTH = { domain: 'auth.example.com', redirectSignIn: [PAGE_URL], redirectSignOut: [PAGE_URL] };
const ada = { username: 'ada', password: 'anything' };

afterEach(() => {
  uninstallFakeClient();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** What the client tells from now on, in short. */
function listenTo(client: FakeClient): string[] {
  const heard: string[] = [];
  client.onSessionChange((session, { type }) => heard.push(`${type}: ${session?.userSub ?? 'nobody'}`));
  return heard;
}

describe('a fake client', () => {
  test('begins with nobody, with somebody, or with a guest', async () => {
    expect(await createFakeClient().isAuthenticated()).toBe(false);
    const user = { username: 'ada', userId: 'sub-1', groups: ['admins'], attributes: { name: 'Ada' } };
    const client = createFakeClient({ user });
    expect(client.peekSession()).toBeUndefined();
    expect(await client.getCurrentUser()).toEqual({ userId: 'sub-1', username: 'ada' });
    expect(await client.getUserInfo()).toMatchObject({ sub: 'sub-1', name: 'Ada', groups: ['admins'] });
    const guest = { ...CONFIG, identityPoolId: 'eu-central-1:1a2b', allowGuestAccess: true };
    expect(await createFakeClient({ config: guest }).getCredentials()).not.toBeNull();
  });

  test('knows more than the name of those users that it was told of', async () => {
    const client = createFakeClient({ users: [{ username: 'ada', groups: ['admins'] }] });
    await client.signIn(ada);
    expect((await client.getUserInfo())?.groups).toEqual(['admins']);
    await client.signOut();
    client.fake.signInElsewhere('grace');
    expect(await client.getUserInfo()).toMatchObject({ email: 'grace@example.com', groups: [] });
  });

  test("has tokens with Cognito's claims, and no signature", async () => {
    const client = createFakeClient({ user: 'ada', config: CONFIG, tokenLifeSeconds: 600 });
    const { accessToken, idToken } = (await client.fetchAuthSession()).tokens ?? {};
    expect(accessToken?.header).toEqual({ alg: 'none', typ: 'JWT' });
    expect(accessToken?.signature).toBe('');
    const common = {
      sub: 'sub-of-ada',
      iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Pool',
      auth_time: expect.any(Number),
      iat: expect.any(Number),
      jti: expect.any(String),
    };
    expect(decodeJwt(String(accessToken))).toEqual({
      ...common,
      exp: Number(accessToken?.payload.iat) + 600,
      token_use: 'access',
      client_id: 'client1',
      scope: 'aws.cognito.signin.user.admin',
      username: 'ada',
    });
    expect(decodeJwt(String(idToken))).toEqual({
      ...common,
      exp: Number(idToken?.payload.iat) + 600,
      token_use: 'id',
      aud: 'client1',
      'cognito:username': 'ada',
      email: 'ada@example.com',
      email_verified: true,
    });
  });

  test('goes by the clock of the test', async () => {
    vi.useFakeTimers({ now: 1_700_000_000_000 });
    const config = { ...CONFIG, refreshTokenValiditySeconds: 7_200, exposeRefreshToken: true };
    const client = createFakeClient({ user: 'ada', config });
    const heard = listenTo(client);
    const first = await client.fetchAuthSession();
    expect(first.tokens?.accessToken.payload.exp).toBe(1_700_003_600);
    expect(first.refreshTokenExpiresAt).toEqual(new Date(1_700_007_200_000));
    expect(first.tokens?.refreshToken).toBe('fake-refresh-token-1');
    vi.advanceTimersByTime(3_600_000);
    const second = await client.fetchAuthSession();
    expect(second.tokens?.accessToken.payload.exp).toBe(1_700_007_200);
    expect(second.refreshTokenExpiresAt).toEqual(first.refreshTokenExpiresAt);
    expect(heard).toEqual(['tokenRefresh: sub-of-ada']);
  });

  test('shows what the app called, and with what', async () => {
    const client = createFakeClient();
    await client.signIn(ada);
    await client.getSession();
    await client.fetchAuthSession({ forceRefresh: true });
    expect(client.fake.calls).toEqual([
      { name: 'signIn', arguments: [ada] },
      { name: 'getSession', arguments: [] },
      { name: 'fetchAuthSession', arguments: [{ forceRefresh: true }] },
    ]);
  });

  test('lets the next call of a name fail, by an error or its name, and does nothing then', async () => {
    const client = createFakeClient();
    const heard = listenTo(client);
    const error = new AuthError({ name: 'NetworkError', message: 'No network.' });
    client.fake.failNext('signIn', error);
    client.fake.failNext('signIn', 'UserNotConfirmedException');
    await expect(client.signIn(ada)).rejects.toBe(error);
    const named = await client.signIn(ada).catch((reason: unknown) => reason);
    expect(named).toBeInstanceOf(AuthError);
    expect(named).toMatchObject({ name: 'UserNotConfirmedException' });
    expect(heard).toEqual([]);
    expect(await client.signIn(ada)).toMatchObject({ isSignedIn: true });
  });

  test('tells at once what happens elsewhere', async () => {
    const client = createFakeClient();
    const heard = listenTo(client);
    client.fake.signInElsewhere('ada');
    client.fake.refresh();
    client.fake.failNextRefresh('NetworkError');
    client.fake.refresh();
    client.fake.endSession('rejected', 'NotAuthorizedException');
    expect(heard).toEqual([
      'signedIn: sub-of-ada',
      'tokenRefresh: sub-of-ada',
      'tokenRefresh_failure: sub-of-ada',
      'signedOut: nobody',
    ]);
    expect((await client.inspectSession()).counters).toMatchObject({ refreshes: 1, refreshFailures: 1 });
  });

  test('serves tokens that still live when a refresh before their expiry fails', async () => {
    vi.useFakeTimers({ now: 1_700_000_000_000 });
    const client = createFakeClient({ user: 'ada' });
    const { tokens } = await client.fetchAuthSession();
    vi.advanceTimersByTime(3_400_000);
    client.fake.failNextRefresh('NetworkError');
    expect(String((await client.fetchAuthSession()).tokens?.accessToken)).toBe(String(tokens?.accessToken));
    client.fake.expireTokens();
    client.fake.failNextRefresh('NetworkError');
    await expect(client.fetchAuthSession()).rejects.toMatchObject({ name: 'NetworkError' });
  });

  test('has a wrong code refused by the name of the error, and the step waits on', async () => {
    const client = createFakeClient();
    const step = { signInStep: 'CONFIRM_SIGN_IN_WITH_SMS_CODE' } as const;
    client.fake.answerSignInWith(step, 'CodeMismatchException');
    await client.signIn(ada);
    const wrong = client.confirmSignIn({ challengeResponse: '000000' });
    await expect(wrong).rejects.toMatchObject({ name: 'CodeMismatchException' });
    expect((await client.pendingSignIn())?.nextStep).toEqual(step);
    expect(await client.confirmSignIn({ challengeResponse: '123456' })).toMatchObject({ isSignedIn: true });
  });

  test('sets an authenticator app up', async () => {
    const client = createFakeClient();
    client.fake.answerSignInWith({
      signInStep: 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP',
      totpSetupDetails: { sharedSecret: 'JBSW', accountName: 'ada' },
    });
    const { nextStep } = await client.signIn(ada);
    if (nextStep.signInStep !== 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP') throw new Error(nextStep.signInStep);
    expect(nextStep.totpSetupDetails.getSetupUri('App').href).toBe(
      'otpauth://totp/App:ada?secret=JBSW&issuer=App',
    );
    expect((await client.pendingSignIn())?.nextStep.signInStep).toBe(nextStep.signInStep);
    expect(await client.confirmSignIn({ challengeResponse: '123456' })).toMatchObject({ isSignedIn: true });
  });

  test("goes to Cognito's pages and comes back, and ends their session at a sign-out", async () => {
    vi.stubGlobal('location', { href: PAGE_URL });
    const client = createFakeClient({ config: { ...CONFIG, oauth: OAUTH } });
    const heard = listenTo(client);
    await client.signInWithRedirect({ customState: 'basket' });
    client.fake.returnFromRedirect('ada');
    await client.signOut();
    expect(heard).toEqual([
      'signedIn: sub-of-ada',
      'customOAuthState: sub-of-ada',
      'signInWithRedirect: sub-of-ada',
      'signedOut: nobody',
    ]);
    expect(client.fake.visited.map((url) => new URL(url).pathname)).toEqual(['/oauth2/authorize', '/logout']);
    client.fake.returnFromRedirect(new AuthError({ name: 'OAuthSignInException', message: 'No.' }));
    expect(heard.at(-1)).toBe('signInWithRedirect_failure: nobody');
  });

  test('answers calls about the account, which leave the session alone', async () => {
    const client = createFakeClient({ user: 'ada' });
    const heard = listenTo(client);
    expect(await account.signUp({ username: 'grace', password: 'p' }, { client })).toEqual({
      isSignUpComplete: false,
      userId: 'sub-of-grace',
      nextStep: {
        signUpStep: 'CONFIRM_SIGN_UP',
        codeDeliveryDetails: expect.objectContaining({ deliveryMedium: 'EMAIL' }),
      },
    });
    expect(await account.fetchUserAttributes({ client })).toEqual({
      sub: 'sub-of-ada',
      email: 'ada@example.com',
      email_verified: 'true',
    });
    expect(heard).toEqual([]);
  });

  test('shows what a listener of the app throws as an unhandled rejection, and tells the others', async () => {
    const ofTheRunner = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    const shown = new Promise((resolve) => process.once('unhandledRejection', resolve));
    const error = new Error('a listener of the app');
    const client = createFakeClient();
    client.onSessionChange(() => {
      throw error;
    });
    const heard = listenTo(client);
    client.fake.signInElsewhere('ada');
    expect(await shown).toBe(error);
    for (const listener of ofTheRunner) process.on('unhandledRejection', listener);
    expect(heard).toEqual(['signedIn: sub-of-ada']);
  });
});

describe('a fake client that is installed', () => {
  test("is what the package's functions use, and what configure() gives", async () => {
    const client = installFakeClient({ user: 'ada' });
    expect(csw.configure(CONFIG)).toBe(client);
    expect(csw.defaultClient()).toBe(client);
    expect(await csw.fetchAuthSession()).toMatchObject({ userSub: 'sub-of-ada' });
    expect(csw.peekSession()).toBe(client.peekSession());
    expect(await account.fetchUserAttributes()).toMatchObject({ sub: 'sub-of-ada' });
    expect(client.fake.calls.map(({ name }) => name)).toEqual(['fetchAuthSession', 'account']);
  });

  test('still has a wrong config refused', () => {
    installFakeClient();
    expect(() => csw.configure({})).toThrow(
      expect.objectContaining({ name: 'InvalidConfigurationException' }),
    );
  });

  test('is closed and out of the way when it is uninstalled, or another one is installed', async () => {
    const first = installFakeClient();
    const second = installFakeClient();
    await expect(first.fetchAuthSession()).rejects.toMatchObject({ name: 'ClientClosedException' });
    expect(csw.defaultClient()).toBe(second);
    uninstallFakeClient();
    await expect(csw.fetchAuthSession()).rejects.toMatchObject({ name: 'AuthUserPoolException' });
    expect(csw.peekSession()).toBeUndefined();
  });
});
