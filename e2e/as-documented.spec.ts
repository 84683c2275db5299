/** Promise: the calls, types and fields of session management, as Amplify's guides to it use them, are here and give what they promise. */
import { testOfApp } from './app-fixtures.js';
import type { WayOn } from './as-documented/errors.js';
import type { Shown } from './as-documented/session-manager.js';
import { ada, expect } from './fixtures.js';
import { REFRESH } from './refreshing.js';
import type { Tab } from './tab.js';

const mary = { username: 'mary', password: 'Celestial-Mechanics-1831' };
const joan = { username: 'joan', password: 'Banburismus-Table-1941' };
const DAY_SECONDS = 86_400;

const ATTRIBUTES = {
  email: 'ada@example.com',
  email_verified: 'true',
  name: 'Ada Lovelace',
  given_name: 'Ada',
  family_name: 'Lovelace',
  'custom:team': 'engine',
};
const USERS = [
  { ...ada, attributes: ATTRIBUTES, groups: ['admins'] },
  { ...mary, status: 'UNCONFIRMED' as const },
  { ...joan, status: 'RESET_REQUIRED' as const },
];

const test = testOfApp(new URL('as-documented/page.ts', import.meta.url)).extend({
  cognitoOptions: async ({ cognitoOptions }, use) => use({ ...cognitoOptions, users: USERS }),
});

const NOBODY: Shown = { isSignedIn: false, hasIdToken: false, hasRefreshToken: false };

const show = (tab: Tab, forceRefresh = false): Promise<Shown> =>
  tab.run((forced) => window.documented.sessionManager.showSession({ forceRefresh: forced }), forceRefresh);

test.describe('a session manager', () => {
  const manager = (tab: Tab) =>
    tab.run(async () => {
      const { sessionManager, shown } = window.documented.sessionManager;
      return {
        started: shown(await sessionManager.initialize()),
        session: shown(await sessionManager.getSession()),
        isNull: (await sessionManager.getSession()) === null,
        isAuthenticated: await sessionManager.isAuthenticated(),
        accessKeyId: (await sessionManager.getCredentials())?.accessKeyId,
      };
    }, undefined);

  test('knows of nobody before the sign-in, and in every tab of the user after it', async ({ openApps }) => {
    const [first, second = first] = await openApps(2);
    expect(await manager(first)).toEqual({
      started: NOBODY,
      session: NOBODY,
      isNull: true,
      isAuthenticated: false,
      accessKeyId: undefined,
    });

    await first.signIn(ada);

    const { accessClaims, identityId, credentials } = await first.fetch();
    const session = {
      isSignedIn: true,
      userId: accessClaims?.sub,
      accessTokenEndsAtMs: (accessClaims?.exp ?? 0) * 1_000,
      hasIdToken: true,
      hasRefreshToken: false,
      identityId,
      accessKeyId: credentials?.accessKeyId,
    };
    for (const tab of [first, second]) {
      expect(await show(tab)).toEqual(session);
      expect(await manager(tab)).toEqual({
        started: session,
        session,
        isNull: false,
        isAuthenticated: true,
        accessKeyId: credentials?.accessKeyId,
      });
      expect(await tab.run(() => window.documented.sessionManager.greeting(), undefined)).toBe(
        `ada (${accessClaims?.sub})`,
      );
    }
  });

  test('refreshes when it is told to, once for the calls of all tabs, and not otherwise', async ({
    openApps,
    cognito,
  }) => {
    const [first, second = first] = await openApps(2);
    await first.signIn(ada);
    const before = (await first.fetch()).accessToken;
    const refresh = (tab: Tab, force?: boolean): Promise<string | undefined> =>
      tab.run(async (forceRefresh) => {
        const { sessionManager } = window.documented.sessionManager;
        return (await sessionManager.refreshSession(forceRefresh)).tokens?.accessToken.toString();
      }, force);

    expect(await refresh(second)).toBe(before);
    expect(cognito.counts()[REFRESH]).toBeUndefined();
    const after = await refresh(second, true);
    expect(after).not.toBe(before);
    expect(await refresh(first)).toBe(after);
    expect(cognito.counts()[REFRESH]).toBe(1);
    await show(first, true);
    expect((await second.fetch()).accessToken).not.toBe(after);
    expect(cognito.counts()[REFRESH]).toBe(2);
  });

  test('tells listeners of a change in any tab until they leave, and of a cleared session with null', async ({
    openApps,
    cognito,
  }) => {
    const [first, second = first] = await openApps(2);
    const [kept, left] = await Promise.all([
      first.page.evaluateHandle(() => window.documented.sessionManager.follow()),
      first.page.evaluateHandle(() => window.documented.sessionManager.follow()),
    ]);
    const told = () => kept.evaluate(({ told: list }) => list.map(({ isSignedIn }) => isSignedIn));

    await second.signIn(ada);
    await expect.poll(told).toEqual([true]);
    await left.evaluate(({ stop }) => stop());
    await second.run(() => window.documented.sessionManager.sessionManager.clearSession(), undefined);

    await expect.poll(told).toEqual([true, false]);
    expect(await kept.evaluate(({ told: list }) => list[1])).toEqual(NOBODY);
    expect(await left.evaluate(({ told: list }) => list.length)).toBe(1);
    for (const tab of [first, second]) expect(await show(tab)).toEqual(NOBODY);
    expect(cognito.counts()).not.toHaveProperty('RevokeToken');
  });
});

test.describe('tokens', () => {
  test('can be taken apart, and tell the same as the session', async ({ openApps, cognito }) => {
    const [tab] = await openApps(1);
    const analyze = () => tab.run(() => window.documented.tokens.analyzeTokens(), undefined);
    expect(await analyze()).toBeNull();
    cognito.change({ accessTokenSeconds: 1_800 });
    await tab.signIn(ada);
    const { userSub } = await tab.fetch();
    const { userPoolId, userPoolClientId: clientId } = cognito.config;
    // Cognito's header names no type.
    const header = { alg: 'RS256', kid: expect.any(String) as unknown };
    const both = {
      header,
      subject: userSub,
      issuer: `https://cognito-idp.eu-central-1.amazonaws.com/${userPoolId}`,
      isExpired: false,
      isWhole: true,
    };

    expect(await analyze()).toEqual({
      access: {
        ...both,
        use: 'access',
        lifeSeconds: 1_800,
        scope: 'aws.cognito.signin.user.admin',
        clientId,
        audience: undefined,
      },
      id: {
        ...both,
        use: 'id',
        lifeSeconds: 3_600,
        audience: clientId,
        clientId: undefined,
        scope: undefined,
      },
      hasRefreshToken: false,
    });
    const { accessToken, idToken } = await tab.fetch();
    const authorization = (use: 'access' | 'id'): Promise<string> =>
      tab.run((which) => window.documented.tokens.authorization(which), use);
    expect(await authorization('access')).toBe(`Bearer ${accessToken}`);
    expect(await authorization('id')).toBe(`Bearer ${idToken}`);
  });

  test('tell who the user is, in claims and in words', async ({ openApps, cognito }) => {
    const [tab] = await openApps(1);
    const described = () => tab.run(() => window.documented.tokens.described(), undefined);
    const fromClaims = () => tab.run(() => window.documented.tokens.userFromClaims(), undefined);
    expect(await described()).toEqual({ tokens: null, user: null });
    expect(await fromClaims()).toBeNull();

    await tab.signIn(ada);
    const { userSub, accessClaims } = await tab.fetch();
    const user = {
      sub: userSub,
      email: 'ada@example.com',
      emailVerified: true,
      name: 'Ada Lovelace',
      givenName: 'Ada',
      familyName: 'Lovelace',
      groups: ['admins'],
      customAttributes: { team: 'engine' },
    };
    expect(await fromClaims()).toEqual(user);
    const clientId = cognito.config.userPoolClientId;
    const expiresAt = new Date((accessClaims?.exp ?? 0) * 1_000);
    const token = { clientId, expiresAt, groups: ['admins'] };
    expect(await described()).toEqual({
      user,
      tokens: {
        accessToken: { ...token, purpose: 'API authorization', scopes: ['aws.cognito.signin.user.admin'] },
        idToken: { ...token, purpose: 'User identity' },
        refreshToken: { purpose: 'Token refresh', isHeld: true },
      },
    });
  });

  test("the refresh token's end is reckoned from the sign-in; the token itself is shown to who asked for it", async ({
    openApps,
    openTab,
  }) => {
    const [tab] = await openApps(1);
    const configured = { refreshTokenValiditySeconds: DAY_SECONDS, exposeRefreshToken: true };
    await tab.run((config) => window.start(config), { ...tab.config, ...configured });
    await tab.signIn(ada);
    const { accessClaims } = await tab.fetch({ forceRefresh: true });
    const endMs = (Number(accessClaims?.['auth_time']) + DAY_SECONDS) * 1_000;

    const end = await tab.run((day) => window.documented.tokens.refreshTokenEnd(day), DAY_SECONDS);
    expect(end).toEqual({ reckonedMs: endMs, toldMs: endMs });
    expect(await show(tab)).toMatchObject({ hasRefreshToken: true });
    expect((await (await openTab()).fetch()).refreshToken).toBeUndefined();
  });
});

test.describe('AWS credentials', () => {
  test('list a bucket by a client that renews them, by one of the moment, and in one call', async ({
    openApps,
    bucket,
    cognito,
  }) => {
    const [tab] = await openApps(1);
    await tab.signIn(ada);
    const listed = await tab.run(async (address) => {
      const { clientThatRenews, clientOfTheMoment, listObjects, listOnce } = window.documented.credentials;
      const { name, ...where } = address;
      return [
        await listObjects(clientThatRenews(where), name),
        await listObjects(await clientOfTheMoment(where), name),
        await listOnce(address),
      ];
    }, bucket.address);
    expect(listed).toEqual([bucket.keys, bucket.keys, bucket.keys]);
    expect(cognito.counts()).toMatchObject({ GetCredentialsForIdentity: 1 });
  });

  test('that are not there, and what the service refuses, reach the caller as what they are', async ({
    openApps,
    bucket,
  }) => {
    const [tab] = await openApps(1);
    const outcome = (): Promise<{ name: string; isAuthError: boolean }> =>
      tab.run(
        (address) =>
          window.documented.credentials.listOnce(address).then(
            () => ({ name: 'none', isAuthError: false }),
            (error: unknown) => window.plainError(error),
          ),
        bucket.address,
      );

    expect(await outcome()).toMatchObject({ name: 'CredentialsException', isAuthError: true });
    expect(bucket.requests).toEqual([]);
    await tab.signIn(ada);
    expect(await outcome()).toMatchObject({ name: 'none' });
    for (const credentials of [...bucket.admitted]) bucket.admit({ ...credentials, expiresAtMs: 0 });
    expect(await outcome()).toMatchObject({ name: 'ExpiredToken', isAuthError: false });
  });
});

test.describe('errors', () => {
  const refreshing = (tab: Tab): Promise<WayOn> =>
    tab.run(
      () => window.documented.errors.wayOnAfter(() => window.csw.fetchAuthSession({ forceRefresh: true })),
      undefined,
    );
  const signingIn = (tab: Tab, user: typeof ada): Promise<WayOn> =>
    tab.run((input) => window.documented.errors.wayOnAfter(() => window.csw.signIn(input)), user);
  const isGood = (tab: Tab): Promise<boolean> =>
    tab.run(() => window.documented.errors.isGoodForAWhile(), undefined);

  test('of a session that Cognito ended leads to the sign-in, once, and to nothing in the other tabs', async ({
    openApps,
    cognito,
  }) => {
    const [first, second = first] = await openApps(2);
    await first.signIn(ada);
    expect(await refreshing(first)).toBe('go on');
    expect(await isGood(second)).toBe(true);

    cognito.revokeUserSessions('ada');
    expect(await refreshing(first)).toBe('sign in');
    expect(await refreshing(second)).toBe('go on');
    expect(await show(second)).toEqual(NOBODY);

    await first.signIn(ada);
    cognito.revokeUserSessions('ada');
    expect([await isGood(second), await isGood(first)]).toEqual([false, false]);
    await first.signIn(ada);
    cognito.deleteUser('ada');
    expect(await refreshing(first)).toBe('forget the user');
  });

  test('of a user who cannot sign in say why', async ({ openApps }) => {
    const [tab] = await openApps(1);
    expect(await signingIn(tab, mary)).toBe('confirm the address');
    expect(await signingIn(tab, joan)).toBe('reset the password');
    expect(await signingIn(tab, { ...ada, username: 'nobody' })).toBe('forget the user');
    expect(await signingIn(tab, { ...ada, password: 'Wrong-Password-1' })).toBe('sign in');
    expect(await signingIn(tab, ada)).toBe('go on');
  });

  test('of the way to Cognito, and of Cognito itself, keep the session', async ({ openApps, cognito }) => {
    const [tab] = await openApps(1);
    await tab.signIn(ada);
    cognito.addFault({ kind: 'drop', operation: REFRESH, times: 1_000 });
    expect(await refreshing(tab)).toBe('show that it is offline');
    cognito.clearFaults();

    const type = 'ResourceNotFoundException';
    cognito.addFault({ kind: 'error', status: 400, type, message: 'No such client.', operation: REFRESH });
    expect(await refreshing(tab)).toMatch(/^tell: No such client\. ./);

    expect(await refreshing(tab)).toBe('go on');
    expect(await show(tab)).toMatchObject({ isSignedIn: true });
  });
});
