/** What apps build around the session: who the user is, what the tokens are, credentials for the AWS SDK, an end without revocation. */
import { ada, expect, test } from './fixtures.js';
import type { Tab } from './tab.js';

const DAY_SECONDS = 86_400;

/** The helpers' answers in one tab, as plain data. */
const everyHelper = (tab: Tab): Promise<Record<string, unknown>> =>
  tab.run(async () => {
    const { csw } = window;
    const session = await csw.getSession();
    const provided = await csw
      .credentialsProvider()()
      .catch((error: unknown) => window.plainError(error).name);
    return {
      isThere: session !== null,
      initialized: (await csw.initialize()) !== null,
      isAuthenticated: await csw.isAuthenticated(),
      credentials: await csw.getCredentials(),
      tokens: await csw.describeTokens(),
      user: await csw.getUserInfo(),
      provided,
      access: await csw.bearerToken('access').catch((error: unknown) => window.plainError(error).name),
      id: await csw.bearerToken('id').catch((error: unknown) => window.plainError(error).name),
    };
  }, undefined);

test('signed in, every helper tells of the same session, in a tab that did not sign in, too', async ({
  openTabs,
  cognito,
}) => {
  const [first, second = first] = await openTabs(2);
  await first.signIn(ada);
  const session = await second.fetch();
  const answers = await everyHelper(second);
  expect(answers).toMatchObject({
    isThere: true,
    initialized: true,
    isAuthenticated: true,
    access: session.accessToken,
    id: session.idToken,
    credentials: { accessKeyId: session.credentials?.accessKeyId },
    provided: { accessKeyId: session.credentials?.accessKeyId, identityId: session.identityId },
    user: {
      sub: session.userSub,
      email: 'ada@example.com',
      emailVerified: true,
      groups: ['admins'],
      customAttributes: { team: 'engine' },
    },
  });
  expect(answers['tokens']).toEqual({
    accessToken: {
      purpose: 'API authorization',
      expiresAt: new Date((session.accessClaims?.exp ?? 0) * 1_000),
      clientId: cognito.config.userPoolClientId,
      groups: ['admins'],
      scopes: ['aws.cognito.signin.user.admin'],
    },
    idToken: {
      purpose: 'User identity',
      expiresAt: new Date((session.idClaims?.exp ?? 0) * 1_000),
      clientId: cognito.config.userPoolClientId,
      groups: ['admins'],
    },
    refreshToken: { purpose: 'Token refresh', isHeld: true },
  });
});

test('signed out, every helper says so and none hangs', async ({ openTab }) => {
  const tab = await openTab();
  expect(await everyHelper(tab)).toEqual({
    isThere: false,
    initialized: false,
    isAuthenticated: false,
    credentials: null,
    tokens: null,
    user: null,
    provided: 'CredentialsException',
    access: 'UserUnAuthenticatedException',
    id: 'UserUnAuthenticatedException',
  });
});

test('the end of the refresh token is counted from the sign-in, and rotation does not prolong it', async ({
  openTab,
  cognito,
}) => {
  cognito.change({ rotation: { enabled: true, graceSeconds: 0 } });
  const tab = await openTab({ config: { refreshTokenValiditySeconds: DAY_SECONDS } });
  await tab.signIn(ada);
  const endsAtMs = (): Promise<number | undefined> =>
    tab.run(async () => (await window.csw.refreshSession(true)).refreshTokenExpiresAt?.getTime(), undefined);
  const { accessClaims } = await tab.fetch();
  const expected = (Number(accessClaims?.['auth_time']) + DAY_SECONDS) * 1_000;
  expect([await endsAtMs(), await endsAtMs()]).toEqual([expected, expected]);
  const described = await tab.run(async () => (await window.csw.describeTokens())?.refreshToken, undefined);
  expect(described).toEqual({ purpose: 'Token refresh', isHeld: true, expiresAt: new Date(expected) });
});

test('only a page whose app asked for it is given the refresh token, and the rotated one follows', async ({
  openTab,
  cognito,
}) => {
  cognito.change({ rotation: { enabled: true, graceSeconds: 0 } });
  const asking = await openTab({ config: { exposeRefreshToken: true } });
  const other = await openTab();
  await asking.signIn(ada);
  const first = (await asking.fetch()).refreshToken;
  const second = (await asking.fetch({ forceRefresh: true })).refreshToken;
  const usable = cognito.refreshTokens().filter(({ isUsable }) => isUsable);
  expect(first).toBeTruthy();
  expect(second).not.toBe(first);
  expect(usable.map(({ token }) => token)).toEqual([second]);
  expect((await other.fetch()).refreshToken).toBeUndefined();
});

test('a session that is cleared ends in every tab, and Cognito is not told', async ({
  openTabs,
  cognito,
}) => {
  const [first, second = first] = await openTabs(2);
  await first.signIn(ada);
  await second.fetch();
  cognito.clearLog();
  await first.run(() => window.csw.clearSession(), undefined);
  expect((await second.fetch()).accessToken).toBeUndefined();
  expect((await second.eventNames()).at(-1)).toBe('signedOut:user');
  expect(cognito.counts()).not.toHaveProperty('RevokeToken');
  // Another sign-in works, and a sign-out revokes only what is its own.
  await second.signIn(ada);
  expect(await second.signOut()).toMatchObject({ revoked: true });
});
