/** The fake client keeps what the real one keeps: every statement here is made about both. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { filledIn, makeFakeTokens } from '../worker/fake-tokens.js';
import { settle } from '../worker/testing/virtual-time.js';
import { readConfig } from './config.js';
import { createFakeStage, createRealStage, PAGE_URL, STAGE_CONFIG, type Stage } from './testing/stages.js';
import type {
  AuthSession,
  BeforeSignOutHandler,
  SessionClient,
  SessionConfig,
  SessionEvent,
} from './types.js';

const ADA = { username: 'ada', password: 'right', options: { authFlowType: 'USER_PASSWORD_AUTH' as const } };
const IDENTITY = { ...STAGE_CONFIG, identityPoolId: 'eu-central-1:11111111-2222' };
const DONE = { isSignedIn: true, nextStep: { signInStep: 'DONE' } };
const SMS = { isSignedIn: false, nextStep: { signInStep: 'CONFIRM_SIGN_IN_WITH_SMS_CODE' } };
const OAUTH = { domain: 'auth.example.com', redirectSignIn: [PAGE_URL], redirectSignOut: [PAGE_URL] };

describe.each([
  ['the fake client', createFakeStage],
  ['the real client', createRealStage],
])('%s', (_which, createStage) => {
  let stage: Stage;
  let client: SessionClient;
  let events: [AuthSession | null, SessionEvent][];

  function open(config: SessionConfig = STAGE_CONFIG): void {
    stage = createStage(config);
    ({ client } = stage);
    events = [];
    client.onSessionChange((session, event) => events.push([session, event]));
  }
  beforeEach(() => {
    vi.stubGlobal('location', { href: PAGE_URL });
    open();
  });
  afterEach(() => {
    stage.close();
    vi.unstubAllGlobals();
  });

  async function hears(...expected: string[]): Promise<void> {
    await vi.waitFor(() => expect(events.map(([, { type }]) => type)).toEqual(expected), { interval: 5 });
    await settle();
    expect(events.map(([, { type }]) => type)).toEqual(expected);
  }

  describe('while nobody is signed in', () => {
    test('has a session without tokens, and says so in every call', async () => {
      expect(await client.fetchAuthSession()).toEqual({});
      expect(client.peekSession()).toEqual({});
      expect(await client.getSession()).toBeNull();
      expect(await client.initialize()).toBeNull();
      expect(await client.isAuthenticated()).toBe(false);
      expect(await client.getCredentials()).toBeNull();
      expect(await client.describeTokens()).toBeNull();
      expect(await client.getUserInfo()).toBeNull();
      expect(await client.pendingSignIn()).toBeNull();
      expect(await client.refreshSession(true)).toEqual({});
      await hears();
    });

    test('has nothing to peek at before anything was asked', () => {
      expect(createStage(STAGE_CONFIG).client.peekSession()).toBeUndefined();
    });

    test('extends nothing, and resolves', async () => {
      expect(await client.extendSession()).toBeUndefined();
      await hears();
    });

    test('signs out without an event', async () => {
      await client.fetchAuthSession();
      expect(await client.signOut()).toMatchObject({ revoked: false });
      await hears();
    });
  });

  describe('when it is to adopt a session', () => {
    test('somebody is signed in, by the tokens of a session that began elsewhere', async () => {
      const user = { userId: 'sub-of-ada', username: 'ada' };
      const atMs = stage.nowMs();
      const issue = {
        user: filledIn(user),
        serial: 1,
        issuedAtMs: atMs,
        authTimeMs: atMs,
        lifeSeconds: 3_600,
      };
      const tokens = makeFakeTokens(readConfig(STAGE_CONFIG), issue);
      const given = { ...tokens, refreshToken: 'refresh-elsewhere', clockDrift: 0 };
      expect(await client.adoptSession(given)).toEqual(user);
      await hears('signedIn');
      expect(await client.getCurrentUser()).toEqual(user);
      expect(await client.adoptSession(given)).toEqual(user);
      await hears('signedIn');
    });

    test('refuses what is no token, and nobody is signed in', async () => {
      const junk = { accessToken: 'junk', refreshToken: 'refresh-elsewhere' };
      await expect(client.adoptSession(junk)).rejects.toMatchObject({ name: 'InvalidTokenException' });
      expect(await client.isAuthenticated()).toBe(false);
      await hears();
    });
  });

  describe('when somebody signs in', () => {
    test('tells it once, with the session, and the same object comes from a fetch', async () => {
      expect(await client.signIn(ADA)).toEqual(DONE);
      await hears('signedIn');
      expect(events[0]?.[1]).toEqual({ type: 'signedIn', resumed: false });
      const session = await client.fetchAuthSession();
      expect(events[0]?.[0]).toBe(session);
      expect(client.peekSession()).toBe(session);
      expect(Object.keys(session).sort()).toEqual(['tokens', 'userSub']);
      expect(Object.isFrozen(session)).toBe(true);
      expect(session.tokens?.accessToken.payload).toMatchObject({ token_use: 'access', username: 'ada' });
      expect(session.tokens?.idToken?.payload).toMatchObject({ token_use: 'id', 'cognito:username': 'ada' });
      expect(session.userSub).toBe(session.tokens?.accessToken.payload.sub);
      expect(await client.getSession()).toBe(session);
      expect(await client.bearerToken('access')).toBe(session.tokens?.accessToken.toString());
    });

    test('says who it is', async () => {
      await client.signIn(ADA);
      const { userSub: userId } = await client.fetchAuthSession();
      expect(await client.getCurrentUser()).toEqual({
        userId,
        username: 'ada',
        signInDetails: { loginId: 'ada', authFlowType: 'USER_PASSWORD_AUTH' },
      });
      expect(await client.isAuthenticated()).toBe(true);
      expect(await client.getUserInfo()).toMatchObject({ sub: userId, groups: [], customAttributes: {} });
      expect(await client.describeTokens()).toMatchObject({
        accessToken: { purpose: 'API authorization', groups: [] },
        idToken: { purpose: 'User identity', groups: [] },
        refreshToken: { purpose: 'Token refresh', isHeld: true },
      });
    });

    test('hears of it from another tab', async () => {
      await client.fetchAuthSession();
      await stage.signInElsewhere();
      await hears('signedIn');
      expect(client.peekSession()?.tokens).toBeDefined();
    });

    test('goes on after a code, and after a wrong one the step waits on', async () => {
      stage.askForCode();
      expect(await client.signIn(ADA)).toEqual(SMS);
      expect(await client.pendingSignIn()).toEqual(SMS);
      stage.refuse('code', 'CodeMismatchException');
      await expect(client.confirmSignIn({ challengeResponse: '1' })).rejects.toMatchObject({
        name: 'CodeMismatchException',
      });
      expect(await client.pendingSignIn()).toEqual(SMS);
      expect((await client.fetchAuthSession()).tokens).toBeUndefined();
      expect(await client.confirmSignIn({ challengeResponse: '2' })).toEqual(DONE);
      expect(await client.pendingSignIn()).toBeNull();
      await hears('signedIn');
    });

    test('rejects what Cognito rejects, and tells nothing', async () => {
      stage.refuse('sign-in', 'NotAuthorizedException');
      await expect(client.signIn(ADA)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
      expect((await client.fetchAuthSession()).tokens).toBeUndefined();
      await hears();
    });
  });

  describe('when tokens are refreshed', () => {
    beforeEach(async () => {
      await client.signIn(ADA);
      await hears('signedIn');
    });

    test('tells it, and gives others: when it is forced, and when they have expired', async () => {
      const first = await client.fetchAuthSession();
      const second = await client.fetchAuthSession({ forceRefresh: true });
      await hears('signedIn', 'tokenRefresh');
      stage.sleepPastExpiry();
      const third = await client.fetchAuthSession();
      await hears('signedIn', 'tokenRefresh', 'tokenRefresh');
      expect(new Set([first, second, third].map(({ tokens }) => String(tokens?.accessToken))).size).toBe(3);
      expect(events.at(-1)?.[0]).toBe(third);
    });

    test('refreshes for a token that was refused, unless it is an old one', async () => {
      const rejectedToken = await client.bearerToken('access');
      const { tokens } = await client.fetchAuthSession({ rejectedToken });
      expect(String(tokens?.accessToken)).not.toBe(rejectedToken);
      await client.fetchAuthSession({ rejectedToken });
      await hears('signedIn', 'tokenRefresh');
    });

    test('tells a failure, keeps the session, and goes on with the next try', async () => {
      const { tokens } = await client.fetchAuthSession();
      stage.refuseNextRefresh('InvalidParameterException', 'kept');
      const failure = { name: 'InvalidParameterException' };
      await expect(client.fetchAuthSession({ forceRefresh: true })).rejects.toMatchObject(failure);
      await hears('signedIn', 'tokenRefresh_failure');
      expect(events.at(-1)).toMatchObject([{ userSub: expect.any(String) }, { error: failure }]);
      expect(String(client.peekSession()?.tokens?.accessToken)).toBe(String(tokens?.accessToken));
      await client.fetchAuthSession({ forceRefresh: true });
      await hears('signedIn', 'tokenRefresh_failure', 'tokenRefresh');
    });

    test("ends by Cognito's word: the call rejects once, and the event has the reason", async () => {
      stage.refuseNextRefresh('NotAuthorizedException', 'ended');
      const error = { name: 'NotAuthorizedException' };
      await expect(stage.inTime(client.fetchAuthSession({ forceRefresh: true }))).rejects.toMatchObject(
        error,
      );
      await hears('signedIn', 'signedOut');
      expect(events.at(-1)).toMatchObject([null, { reason: 'rejected', error }]);
      expect(await client.fetchAuthSession()).toEqual({});
    });
  });

  describe('when somebody signs in after a session that Cognito ended', () => {
    beforeEach(async () => {
      await client.signIn(ADA);
      stage.refuseNextRefresh('NotAuthorizedException', 'ended');
      await stage.inTime(client.fetchAuthSession({ forceRefresh: true })).catch(() => undefined);
      await hears('signedIn', 'signedOut');
    });

    test('tells that the session is resumed, once', async () => {
      await client.signIn(ADA);
      await hears('signedIn', 'signedOut', 'signedIn');
      expect(events.at(-1)?.[1]).toEqual({ type: 'signedIn', resumed: true });
      await client.signOut();
      await client.signIn(ADA);
      await hears('signedIn', 'signedOut', 'signedIn', 'signedOut', 'signedIn');
      expect(events.at(-1)?.[1]).toEqual({ type: 'signedIn', resumed: false });
    });

    test('tells whose it was, if another one’s', async () => {
      const userId: unknown = events[0]?.[0]?.userSub;
      await client.signIn({ ...ADA, username: 'bob' });
      await hears('signedIn', 'signedOut', 'signedIn');
      const previousUser = { userId, username: 'ada' };
      expect(events.at(-1)?.[1]).toEqual({ type: 'signedIn', resumed: false, previousUser });
    });
  });

  describe('when somebody signs out', () => {
    beforeEach(() => client.signIn(ADA));

    test.each<[how: string, leave: () => Promise<unknown>]>([
      ['by signOut()', () => client.signOut()],
      ['by clearSession()', () => client.clearSession()],
      ['in another tab', () => stage.signOutElsewhere()],
    ])('tells it once, without a session: %s', async (_how, leave) => {
      await hears('signedIn');
      await leave();
      await hears('signedIn', 'signedOut');
      expect(events.at(-1)).toEqual([null, { type: 'signedOut', reason: 'user' }]);
      expect(await client.fetchAuthSession()).toEqual({});
      expect(client.peekSession()).toEqual({});
    });

    test('says that the refresh token is revoked', async () => {
      expect(await client.signOut()).toMatchObject({ revoked: true });
    });
  });

  describe('with an identity pool', () => {
    test('has credentials for a user, others after a sign-in, and none for nobody', async () => {
      open(IDENTITY);
      expect(await client.fetchAuthSession()).toEqual({});
      await client.signIn(ADA);
      const session = await client.fetchAuthSession();
      expect(Object.keys(session).sort()).toEqual(['credentials', 'identityId', 'tokens', 'userSub']);
      expect(Object.keys(session.credentials ?? {}).sort()).toEqual([
        'accessKeyId',
        'expiration',
        'secretAccessKey',
        'sessionToken',
      ]);
      expect(await client.getCredentials()).toBe(session.credentials);
      const given = { ...session.credentials, identityId: session.identityId };
      expect(await client.credentialsProvider()()).toEqual(given);
      expect(await client.withAWSCredentials((credentials) => credentials)).toEqual(given);
    });

    test('has credentials for guests, who are not signed in', async () => {
      open({ ...IDENTITY, allowGuestAccess: true });
      const guest = await client.fetchAuthSession();
      expect(Object.keys(guest).sort()).toEqual(['credentials', 'identityId']);
      expect(await client.getSession()).toBe(guest);
      expect(await client.isAuthenticated()).toBe(false);
      await client.signIn(ADA);
      const user = await client.fetchAuthSession();
      expect(user.credentials?.accessKeyId).not.toBe(guest.credentials?.accessKeyId);
      await client.signOut();
      expect(Object.keys(await client.fetchAuthSession()).sort()).toEqual(['credentials', 'identityId']);
    });
  });

  describe('with managed login', () => {
    test("goes to Cognito's pages, and not for who is signed in", async () => {
      open({ ...STAGE_CONFIG, oauth: OAUTH });
      await client.signInWithRedirect({ provider: 'Google' });
      const url = new URL(stage.visited() ?? '');
      expect(url.origin + url.pathname).toBe('https://auth.example.com/oauth2/authorize');
      expect(url.searchParams.get('identity_provider')).toBe('Google');
      await client.signIn(ADA);
      await expect(client.signInWithRedirect()).rejects.toMatchObject({
        name: 'UserAlreadyAuthenticatedException',
      });
    });
  });

  describe('with unsaved work', () => {
    test('refuses a sign-out that respects it, and no other', async () => {
      await client.signIn(ADA);
      const release = client.holdSession('a letter');
      await settle();
      await expect(client.signOut({ respectHolds: true })).rejects.toMatchObject({
        name: 'UnsavedWorkException',
        message: expect.stringContaining('a letter'),
      });
      expect(await client.isAuthenticated()).toBe(true);
      await client.signOut();
      expect(await client.isAuthenticated()).toBe(false);
      await client.signIn(ADA);
      release();
      await settle();
      await client.signOut({ respectHolds: true });
      expect(await client.isAuthenticated()).toBe(false);
    });
  });

  describe('with a handler before a sign-out', () => {
    test('waits for it, once, with tokens, and in a sign-out that clears', async () => {
      await client.signIn(ADA);
      const saved: unknown[] = [];
      const handler: BeforeSignOutHandler = async ({ reason, deadlineMs, signal }) => {
        const { tokens } = await client.fetchAuthSession();
        const leftMs = deadlineMs - stage.nowMs();
        saved.push([reason, tokens !== undefined, leftMs > 4_000 && leftMs <= 5_000, signal.aborted]);
      };
      const leave = client.onBeforeSignOut(handler);
      const leaveToo = client.onBeforeSignOut(handler);
      await client.inspectSession();
      await client.signOut();
      expect(saved).toEqual([['user', true, true, false]]);
      await client.signOut();
      await client.signIn(ADA);
      leave();
      await client.inspectSession();
      await client.clearSession();
      expect(saved).toHaveLength(2);
      await client.signIn(ADA);
      leaveToo();
      await client.inspectSession();
      await client.signOut();
      expect(saved).toHaveLength(2);
    });

    test('does not run it where the app gives it no time', async () => {
      open({ ...STAGE_CONFIG, policy: { saveDeadlineSeconds: 0 } });
      await client.signIn(ADA);
      const handler = vi.fn();
      client.onBeforeSignOut(handler);
      await client.inspectSession();
      await client.signOut();
      expect(handler).not.toHaveBeenCalled();
    });
  });

  describe('a call that waits for a sign-in', () => {
    test('has the session of whoever signs in elsewhere, and at once while somebody is signed in', async () => {
      const waiting = client.fetchAuthSession({ waitForSignIn: true });
      await client.fetchAuthSession();
      await stage.signInElsewhere();
      const session = await waiting;
      expect(session.tokens?.accessToken.payload).toMatchObject({ username: 'ada' });
      expect(await client.fetchAuthSession({ waitForSignIn: true })).toBe(session);
      await hears('signedIn');
    });

    test('waits on when Cognito ends the session upon it', async () => {
      await client.signIn(ADA);
      await hears('signedIn');
      stage.refuseNextRefresh('NotAuthorizedException', 'ended');
      const waiting = client.fetchAuthSession({ waitForSignIn: true, forceRefresh: true });
      await stage.inTime(vi.waitUntil(() => events.length === 2, { interval: 5 }));
      await hears('signedIn', 'signedOut');
      await stage.signInElsewhere();
      expect((await waiting).tokens).toBeDefined();
      await hears('signedIn', 'signedOut', 'signedIn');
    });

    test('rejects for another failure, with the reason of its signal, and when its client is closed', async () => {
      const leaving = new AbortController();
      const { signal } = leaving;
      const aborted = client.fetchAuthSession({ waitForSignIn: true, signal });
      leaving.abort(new Error('the user went elsewhere'));
      await expect(aborted).rejects.toBe(signal.reason);
      await client.signIn(ADA);
      stage.refuseNextRefresh('InvalidParameterException', 'kept');
      const failing = client.fetchAuthSession({ waitForSignIn: true, forceRefresh: true });
      await expect(failing).rejects.toMatchObject({ name: 'InvalidParameterException' });
      await client.signOut();
      const closing = client.fetchAuthSession({ waitForSignIn: true });
      await client.fetchAuthSession();
      client.close();
      await expect(closing).rejects.toMatchObject({ name: 'ClientClosedException' });
    });
  });

  describe('aborted or closed', () => {
    test('rejects with the reason of its signal, and does nothing', async () => {
      const signal = AbortSignal.abort(new Error('the user went elsewhere'));
      await expect(client.fetchAuthSession({ signal })).rejects.toBe(signal.reason);
      await expect(client.getSession({ signal })).rejects.toBe(signal.reason);
      await expect(client.signIn(ADA, { signal })).rejects.toBe(signal.reason);
      expect(await client.isAuthenticated()).toBe(false);
    });

    test('rejects once it is closed, knows nothing, and is quiet', async () => {
      await client.signIn(ADA);
      await hears('signedIn');
      client.close();
      await expect(client.fetchAuthSession()).rejects.toMatchObject({ name: 'ClientClosedException' });
      expect(await client.getSession()).toBeNull();
      expect(client.peekSession()).toBeUndefined();
      await stage.signOutElsewhere().catch(() => undefined);
      await hears('signedIn');
    });
  });

  test('tells a listener no more that has left, and one that was added twice, twice', async () => {
    const heard: string[] = [];
    const listener = (_session: AuthSession | null, { type }: SessionEvent): void => void heard.push(type);
    const leave = client.onSessionChange(listener);
    client.onSessionChange(listener);
    await client.signIn(ADA);
    await vi.waitFor(() => expect(heard).toEqual(['signedIn', 'signedIn']), { interval: 5 });
    leave();
    await client.signOut();
    await hears('signedIn', 'signedOut');
    await vi.waitFor(() => expect(heard).toEqual(['signedIn', 'signedIn', 'signedOut']), { interval: 5 });
  });
});

/** How a call rejects, in what an app can rely on. */
async function refusal(call: Promise<unknown>): Promise<object> {
  const error: unknown = await call.then(
    () => new Error('It resolved.'),
    (reason: unknown) => reason,
  );
  const { name, message, recoverySuggestion } = error as Error & { recoverySuggestion?: string };
  return { name, message, recoverySuggestion };
}

type Ask = (client: SessionClient) => Promise<unknown>;
const GUESTS_ALONE: SessionConfig = { identityPoolId: IDENTITY.identityPoolId, allowGuestAccess: true };
const WITH_OAUTH: SessionConfig = { ...STAGE_CONFIG, oauth: OAUTH };

describe('a call that rejects, does so in the same words with both clients', () => {
  test.each<[name: string, call: string, ask: Ask, config?: SessionConfig]>([
    ['UserUnAuthenticatedException', 'getCurrentUser', (of) => of.getCurrentUser()],
    ['UserUnAuthenticatedException', 'bearerToken', (of) => of.bearerToken('id')],
    [
      'UserUnAuthenticatedException',
      'account',
      (of) => of.account({ operation: 'fetchUserAttributes', input: undefined }),
    ],
    ['SignInException', 'confirmSignIn', (of) => of.confirmSignIn({ challengeResponse: '1' })],
    ['CredentialsException', 'withAWSCredentials', (of) => of.withAWSCredentials(() => 1)],
    ['CredentialsException', 'credentialsProvider', (of) => of.credentialsProvider()()],
    ['OAuthNotConfigureException', 'signInWithRedirect', (of) => of.signInWithRedirect()],
    [
      'InvalidOriginException',
      'signInWithRedirect of another origin',
      (of) => of.signInWithRedirect(),
      { ...WITH_OAUTH, oauth: { ...OAUTH, redirectSignIn: ['https://other.example/'] } },
    ],
    [
      'InvalidPreferredRedirectUrlException',
      'signOut to another URL',
      (of) => of.signOut({ oauth: { redirectUrl: 'https://other.example/' } }),
      WITH_OAUTH,
    ],
    ['InvalidInputException', 'signIn without a name', (of) => of.signIn({ username: '' })],
    [
      'InvalidInputException',
      'confirmSignIn without an answer',
      (of) => of.confirmSignIn({ challengeResponse: '' }),
    ],
    ['AuthUserPoolException', 'signIn without a user pool', (of) => of.signIn(ADA), GUESTS_ALONE],
    [
      'AuthUserPoolException',
      'getCurrentUser without a user pool',
      (of) => of.getCurrentUser(),
      GUESTS_ALONE,
    ],
    [
      'UserAlreadyAuthenticatedException',
      'a second signIn',
      async (of) => {
        await of.signIn(ADA);
        await of.signIn(ADA);
      },
    ],
    [
      'ClientClosedException',
      'fetchAuthSession of a closed client',
      async (of) => {
        of.close();
        await of.fetchAuthSession();
      },
    ],
  ])('%s: %s', async (name, _call, ask, config = STAGE_CONFIG) => {
    vi.stubGlobal('location', { href: PAGE_URL });
    const [fake, real] = [createFakeStage(config), createRealStage(config)];
    const expected = await refusal(ask(real.client));
    expect(expected).toMatchObject({ name });
    expect(await refusal(ask(fake.client))).toEqual(expected);
    for (const stage of [fake, real]) stage.close();
    vi.unstubAllGlobals();
  });
});
