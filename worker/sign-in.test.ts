import { describe, expect, test } from 'vitest';
import type { ConfirmSignInInput, SignInOutput } from './contract.js';
import type { TokenAnswer } from './deps.js';
import type { CompleteSignInInput } from './sign-in.js';
import { answered } from './testing/scripted-cognito.js';
import { makeTokenPair } from './testing/tokens.js';
import { settle, START_MS } from './testing/virtual-time.js';
import { createSignedInWorld, createWorld, type Runtime, type World } from './testing/world.js';

type Both = World & Runtime;

async function signedOut(): Promise<Both> {
  const world = createWorld();
  const runtime = world.start();
  await runtime.connect();
  return { ...world, ...runtime };
}

const byPassword = (username = 'ada', password = 'right'): CompleteSignInInput => ({
  username,
  password,
  options: { authFlowType: 'USER_PASSWORD_AUTH' },
});

const signIn = (
  { time, session }: Both,
  input: CompleteSignInInput,
  clientId = 'tab-1',
): Promise<SignInOutput> => time.run(session.signIn(input, clientId));
const confirm = (
  { time, session }: Both,
  input: ConfirmSignInInput,
  clientId = 'tab-1',
): Promise<SignInOutput> => time.run(session.confirmSignIn(input, clientId));

const DONE = { isSignedIn: true, nextStep: { signInStep: 'DONE' } };

describe('a sign-in', () => {
  test('by password is done with one request, stored, and told', async () => {
    const world = await signedOut();
    expect(await signIn(world, byPassword())).toEqual(DONE);
    expect(world.cognito.requests).toMatchObject([
      {
        operation: 'initiateAuth',
        input: { flow: 'USER_PASSWORD_AUTH', parameters: { USERNAME: 'ada', PASSWORD: 'right' } },
      },
    ]);
    expect(world.backing.record?.session).toMatchObject({
      loginId: 'ada',
      authFlowType: 'USER_PASSWORD_AUTH',
    });
    expect(world.news()).toEqual(['signedIn']);
  });

  test('that the store keeps and can not confirm is done: its tokens are not revoked', async () => {
    const world = await signedOut();
    world.backing.isConfirmationLost = true;
    expect(await signIn(world, byPassword())).toEqual(DONE);
    await world.time.advance(1_000);
    expect(world.cognito.count('revoke')).toBe(0);
    expect(world.news()).toEqual(['signedIn']);
  });

  test('is seen by every call after it, with the user and how it was done', async () => {
    const world = await createSignedInWorld();
    const view = await world.time.run(world.session.session({}));
    expect(view).toMatchObject({
      status: 'signed-in',
      user: {
        userId: 'sub-ada',
        username: 'ada',
        signInDetails: { loginId: 'ada', authFlowType: 'USER_PASSWORD_AUTH' },
      },
    });
    expect(JSON.stringify(view)).not.toContain('refresh-');
  });

  test('by SRP is the default, and the password is in no request', async () => {
    const world = await signedOut();
    world.cognito.answerWith('initiateAuth', () => ({
      type: 'challenge',
      name: 'PASSWORD_VERIFIER',
      parameters: {
        USER_ID_FOR_SRP: 'ada-in-the-pool',
        SALT: 'abcd',
        SRP_B: '1234567890abcdef',
        SECRET_BLOCK: btoa('block'),
      },
    }));
    // WebCrypto is at work between the two requests, on real time.
    expect(await world.session.signIn({ username: 'ada', password: 'Analytical-Engine' }, 'tab-1')).toEqual(
      DONE,
    );
    const [first, second] = world.cognito.requests;
    expect(first?.input).toMatchObject({ flow: 'USER_SRP_AUTH', parameters: { USERNAME: 'ada' } });
    expect(second?.input).toMatchObject({
      name: 'PASSWORD_VERIFIER',
      responses: { USERNAME: 'ada-in-the-pool', PASSWORD_CLAIM_SECRET_BLOCK: btoa('block') },
    });
    expect(JSON.stringify(world.cognito.requests)).not.toContain('Analytical-Engine');
  });

  test('passes client metadata on', async () => {
    const world = await signedOut();
    const input = byPassword();
    await signIn(world, { ...input, options: { ...input.options, clientMetadata: { tenant: 'a' } } });
    expect(world.cognito.requests[0]?.input).toMatchObject({ clientMetadata: { tenant: 'a' } });
  });

  test.each([
    'NotAuthorizedException',
    'UserNotFoundException',
    'UserNotConfirmedException',
    'PasswordResetRequiredException',
  ])("rejects with Cognito's %s, and nobody is signed in", async (name) => {
    const world = await signedOut();
    world.cognito.fail('initiateAuth', answered(name));
    await expect(signIn(world, byPassword())).rejects.toMatchObject({ fields: { name } });
    expect((await world.time.run(world.session.session({}))).status).toBe('signed-out');
    expect(world.news()).toEqual([]);
  });

  test('is refused where there is no user pool', async () => {
    const world = createWorld();
    const runtime = world.start({
      config: {
        identityPoolId: 'eu-central-1:pool',
        allowGuestAccess: true,
        endpoints: {},
        refreshMarginSeconds: 300,
        persistence: 'memory',
      },
    });
    await runtime.connect();
    await expect(signIn({ ...world, ...runtime }, byPassword())).rejects.toMatchObject({
      name: 'AuthUserPoolException',
    });
  });

  test('tells of a challenge that this version cannot answer', async () => {
    const world = await signedOut();
    world.cognito.answerWith('initiateAuth', () => ({ type: 'challenge', name: 'SMS_MFA', parameters: {} }));
    await expect(signIn(world, byPassword())).rejects.toMatchObject({
      name: 'SignInException',
      message: expect.stringContaining('SMS_MFA') as string,
    });
  });
});

describe('a sign-in while somebody is signed in', () => {
  test('is refused before anything is asked', async () => {
    const world = await createSignedInWorld();
    const before = world.cognito.requests.length;
    await expect(signIn(world, byPassword('grace'))).rejects.toMatchObject({
      name: 'UserAlreadyAuthenticatedException',
    });
    expect(world.cognito.requests).toHaveLength(before);
  });

  test('who came meanwhile, is refused at its commit: that session stays, and the new tokens are revoked', async () => {
    const world = await signedOut();
    const other = world.start();
    await other.connect('tab-2');
    const answer = world.cognito.hold('initiateAuth');
    const slow = world.session.signIn(byPassword('ada'), 'tab-1');
    const fast = other.session.signIn(byPassword('grace'), 'tab-2');
    await world.time.until(() => world.cognito.count('initiateAuth') === 2);
    answer.release();
    const outcomes = await world.time.run(Promise.allSettled([slow, fast]));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { name: 'UserAlreadyAuthenticatedException' },
    });
    await settle();
    const kept = world.backing.record?.session?.refreshToken ?? '';
    expect(world.cognito.isAlive(kept)).toBe(true);
    const revoked = world.cognito.requests
      .filter(({ operation }) => operation === 'revoke')
      .map(({ input }) => input);
    expect(revoked).toHaveLength(1);
    expect(revoked).not.toContain(kept);
    expect(world.backing.record).not.toHaveProperty('revocations');
    expect(world.news()).toEqual(['signedIn']);
  });
});

describe('an answer to a sign-in that lacks what it must hold', () => {
  const ada = makeTokenPair('sub-ada', START_MS, 3_600);
  const grace = makeTokenPair('sub-grace', START_MS, 3_600);
  const WRONG: [string, TokenAnswer][] = [
    ['no refresh token', ada],
    ['an access token that is none', { ...ada, accessToken: 'garbage', refreshToken: 'r' }],
    ['the ID token of somebody else', { ...ada, idToken: grace.idToken, refreshToken: 'r' }],
  ];
  test.each(WRONG)('(%s) signs nobody in', async (_what, tokens) => {
    const world = await signedOut();
    world.cognito.answerWith('initiateAuth', () => ({ type: 'tokens', tokens }));
    await expect(signIn(world, byPassword())).rejects.toMatchObject({ fields: { name: 'NetworkError' } });
    expect(world.backing.record).not.toHaveProperty('session');
  });

  test('(a verifier challenge without its numbers) signs nobody in', async () => {
    const world = await signedOut();
    world.cognito.answerWith('initiateAuth', () => ({
      type: 'challenge',
      name: 'PASSWORD_VERIFIER',
      parameters: {},
    }));
    await expect(world.session.signIn({ username: 'ada', password: 'x' }, 'tab-1')).rejects.toMatchObject({
      fields: { name: 'NetworkError' },
    });
  });
});

describe('a new password that is required', () => {
  const NEXT_STEP = {
    isSignedIn: false,
    nextStep: { signInStep: 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED', missingAttributes: ['email'] },
  };

  test('is asked for, and given with its attributes in the same sign-in', async () => {
    const world = await signedOut();
    expect(await signIn(world, byPassword('ada', 'temporary'))).toEqual(NEXT_STEP);
    expect(world.news()).toEqual([]);
    const input = {
      challengeResponse: 'a better one',
      options: { userAttributes: { email: 'ada@example.com' }, clientMetadata: { tenant: 'a' } },
    };
    expect(await confirm(world, input)).toEqual(DONE);
    expect(world.cognito.requests.at(-1)?.input).toEqual({
      name: 'NEW_PASSWORD_REQUIRED',
      session: 'challenge-session',
      responses: { USERNAME: 'ada', NEW_PASSWORD: 'a better one', 'userAttributes.email': 'ada@example.com' },
      clientMetadata: { tenant: 'a' },
    });
    expect(world.backing.record?.session?.loginId).toBe('ada');
  });

  test('may be given again after one that Cognito refused', async () => {
    const world = await signedOut();
    await signIn(world, byPassword('ada', 'temporary'));
    world.cognito.fail('respondToChallenge', answered('InvalidPasswordException'));
    await expect(confirm(world, { challengeResponse: 'weak' })).rejects.toMatchObject({
      fields: { name: 'InvalidPasswordException' },
    });
    expect(await confirm(world, { challengeResponse: 'stronger' })).toEqual(DONE);
  });

  test('waits a quarter of an hour, not longer', async () => {
    const world = await signedOut();
    await signIn(world, byPassword('ada', 'temporary'));
    world.time.sleep(15 * 60_000 + 1);
    await expect(confirm(world, { challengeResponse: 'x' })).rejects.toMatchObject({
      name: 'SignInException',
    });
  });

  test.each(['before any sign-in', 'after the one that was done'])(
    '%s there is nothing to confirm',
    async (when) => {
      const world = when === 'before any sign-in' ? await signedOut() : await createSignedInWorld();
      await expect(confirm(world, { challengeResponse: 'x' })).rejects.toMatchObject({
        name: 'SignInException',
      });
    },
  );

  test('stands beside a session that another tab began, and displaces it not', async () => {
    const world = await signedOut();
    await signIn(world, byPassword('ada', 'temporary'));
    const other = world.start();
    await other.connect('tab-2');
    await other.signIn('grace');
    expect((await world.time.run(world.session.session({}))).user?.userId).toBe('sub-grace');
    await expect(confirm(world, { challengeResponse: 'x' })).rejects.toMatchObject({
      name: 'UserAlreadyAuthenticatedException',
    });
    expect((await world.time.run(world.session.session({}))).user?.userId).toBe('sub-grace');
  });
});

describe('a sign-in that was begun before a sign-out', () => {
  const startSlowSignIn = (world: Both): { done: Promise<unknown>; release(): void } => {
    const { release } = world.cognito.hold('initiateAuth');
    return { done: world.session.signIn(byPassword('ada'), 'tab-1'), release };
  };
  const sessionOf = ({ time, session }: Both) => time.run(session.session({}));

  test('signs nobody in, and its tokens are revoked', async () => {
    const world = await signedOut();
    const slow = startSlowSignIn(world);
    const refused = expect(slow.done).rejects.toMatchObject({ name: 'SignInException' });
    await settle();
    await world.time.run(world.session.signOut({}));
    slow.release();
    await refused;
    await settle();
    expect((await sessionOf(world)).status).toBe('signed-out');
    expect(world.backing.record).not.toHaveProperty('session');
    expect(world.cognito.isAlive('refresh-sub-ada-1.0')).toBe(false);
  });

  test('signs nobody in either when another runtime signed somebody in and out meanwhile', async () => {
    const world = await signedOut();
    const slow = startSlowSignIn(world);
    const refused = expect(slow.done).rejects.toMatchObject({ name: 'SignInException' });
    await settle();
    const tokens = { ...makeTokenPair('sub-grace', START_MS, 3_600), refreshToken: 'refresh-of-grace' };
    const initiateAuth = () => Promise.resolve({ type: 'tokens' as const, tokens });
    const other = world.start({ cognito: { ...world.cognito, initiateAuth } });
    await other.connect('tab-2');
    await other.signIn('grace', 'tab-2');
    await world.time.run(other.session.signOut({}));
    slow.release();
    await refused;
    expect((await sessionOf({ ...world, ...other })).status).toBe('signed-out');
  });

  test('and waits for the new password can not be confirmed after it', async () => {
    const world = await signedOut();
    await signIn(world, byPassword('ada', 'temporary'));
    await world.time.run(world.session.signOut({}));
    await expect(confirm(world, { challengeResponse: 'better' })).rejects.toMatchObject({
      name: 'SignInException',
    });
    expect((await sessionOf(world)).status).toBe('signed-out');
  });
});

describe('two tabs that are both asked for a new password', () => {
  test('answer each for its own user', async () => {
    const world = await signedOut();
    world.session.clients.seen('tab-2');
    await signIn(world, byPassword('ada', 'temporary'), 'tab-1');
    await signIn(world, byPassword('grace', 'temporary'), 'tab-2');
    await confirm(world, { challengeResponse: 'better' }, 'tab-1');
    expect(world.cognito.requests.at(-1)?.input).toMatchObject({
      responses: { USERNAME: 'ada', NEW_PASSWORD: 'better' },
    });
    expect(world.backing.record?.session?.loginId).toBe('ada');
  });

  test('have nothing to do with a third one', async () => {
    const world = await signedOut();
    await signIn(world, byPassword('ada', 'temporary'), 'tab-1');
    await expect(confirm(world, { challengeResponse: 'better' }, 'tab-3')).rejects.toMatchObject({
      name: 'SignInException',
    });
    expect(world.cognito.count('respondToChallenge')).toBe(0);
  });
});
