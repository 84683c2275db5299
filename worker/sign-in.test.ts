import { describe, expect, test } from 'vitest';
import type { ConfirmSignInInput, SignInInput, SignInProgress } from './contract.js';
import type { TokenAnswer } from './deps.js';
import { createCryptoAdapter } from './platform.js';
import { startSrp } from './srp.js';
import { answered } from './testing/scripted-cognito.js';
import { makeTokenPair } from './testing/tokens.js';
import { settle, START_MS } from './testing/virtual-time.js';
import { CONFIG, createSignedInWorld, createWorld, type Runtime, type World } from './testing/world.js';

type Both = World & Runtime;

async function signedOut(): Promise<Both> {
  const world = createWorld();
  const runtime = world.start();
  await runtime.connect();
  return { ...world, ...runtime };
}

const byPassword = (username = 'ada', password = 'right'): SignInInput => ({
  username,
  password,
  options: { authFlowType: 'USER_PASSWORD_AUTH' },
});

const signIn = ({ time, session }: Both, input: SignInInput, clientId = 'tab-1'): Promise<SignInProgress> =>
  time.run(session.signIn(input, clientId));
const confirm = (
  { time, session }: Both,
  input: ConfirmSignInInput,
  clientId = 'tab-1',
): Promise<SignInProgress> => time.run(session.confirmSignIn(input, clientId));

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
    world.cognito.answerWith('initiateAuth', () => ({
      type: 'challenge',
      name: 'ADMIN_NO_SRP_AUTH',
      parameters: {},
    }));
    await expect(signIn(world, byPassword())).rejects.toMatchObject({
      name: 'SignInException',
      message: expect.stringContaining('ADMIN_NO_SRP_AUTH') as string,
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
});

describe('a sign-in by SRP', () => {
  const CHALLENGE = {
    USER_ID_FOR_SRP: 'ada-in-the-pool',
    SALT: 'abcd',
    SRP_B: '1234567890abcdef',
    SECRET_BLOCK: btoa('block'),
  };
  const input = { username: 'ada', password: 'Analytical-Engine' };

  function challenge(world: World, parameters: Record<string, string>, session?: string): void {
    const answer = { type: 'challenge', name: 'PASSWORD_VERIFIER', parameters };
    world.cognito.answerWith('initiateAuth', () => (session === undefined ? answer : { ...answer, session }));
  }

  test('proves the password for the name that the pool has after its region', async () => {
    const world = createWorld();
    const random = <T extends ArrayBufferView | null>(array: T): T => {
      if (array instanceof Uint8Array) array.fill(7);
      return array;
    };
    const crypto = Object.assign(createCryptoAdapter(), { getRandomValues: random });
    const runtime = world.start({ crypto });
    await runtime.connect();
    challenge(world, CHALLENGE);
    await runtime.session.signIn(input, 'tab-1');
    const srp = await startSrp({ crypto, wallMs: () => START_MS });
    const { signatureBase64, timestamp } = await srp.answer({
      poolName: 'Pool',
      userIdForSrp: 'ada-in-the-pool',
      password: input.password,
      saltHex: CHALLENGE.SALT,
      srpBHex: CHALLENGE.SRP_B,
      secretBlockBase64: CHALLENGE.SECRET_BLOCK,
    });
    expect(world.cognito.requests.at(-1)?.input).toMatchObject({
      responses: { PASSWORD_CLAIM_SIGNATURE: signatureBase64, TIMESTAMP: timestamp },
    });
  });

  test("answers in Cognito's session", async () => {
    const world = await signedOut();
    challenge(world, CHALLENGE, 'srp-session');
    await world.session.signIn(input, 'tab-1');
    expect(world.cognito.requests.at(-1)?.input).toMatchObject({ session: 'srp-session' });
  });

  test('names no session where Cognito gave none', async () => {
    const world = await signedOut();
    challenge(world, CHALLENGE);
    await world.session.signIn(input, 'tab-1');
    expect(world.cognito.requests.at(-1)?.input).not.toHaveProperty('session');
  });

  test('is done when Cognito gives tokens without a challenge', async () => {
    const world = await signedOut();
    expect(await world.session.signIn(input, 'tab-1')).toEqual(DONE);
    expect(world.cognito.requests).toHaveLength(1);
  });

  test('goes on with another challenge that comes first', async () => {
    const world = await signedOut();
    world.cognito.answerWith('initiateAuth', () => ({
      type: 'challenge',
      name: 'NEW_PASSWORD_REQUIRED',
      parameters: {},
    }));
    expect(await world.session.signIn(input, 'tab-1')).toMatchObject({ isSignedIn: false });
    expect(world.cognito.requests).toHaveLength(1);
  });

  test.each(Object.keys(CHALLENGE))('answers no challenge that lacks %s', async (missing) => {
    const world = await signedOut();
    challenge(world, Object.fromEntries(Object.entries(CHALLENGE).filter(([name]) => name !== missing)));
    await expect(world.session.signIn(input, 'tab-1')).rejects.toMatchObject({
      fields: { name: 'NetworkError', message: expect.stringContaining('InitiateAuth') as string },
    });
    expect(world.cognito.requests).toHaveLength(1);
  });
});

describe('the challenge of a new password', () => {
  const challenge = (world: World, parameters: Record<string, string>): void =>
    world.cognito.answerWith('initiateAuth', () => ({
      type: 'challenge',
      name: 'NEW_PASSWORD_REQUIRED',
      parameters,
    }));

  test('is still good after exactly a quarter of an hour', async () => {
    const world = await signedOut();
    await signIn(world, byPassword('ada', 'temporary'));
    world.time.sleep(15 * 60_000);
    expect(await confirm(world, { challengeResponse: 'better' })).toEqual(DONE);
  });

  test('is answered for the user that Cognito names, and in no session where it gave none', async () => {
    const world = await signedOut();
    challenge(world, { USER_ID_FOR_SRP: 'ada-in-the-pool' });
    await signIn(world, byPassword());
    await confirm(world, { challengeResponse: 'better' });
    const answer = world.cognito.requests.at(-1)?.input;
    expect(answer).toMatchObject({ responses: { USERNAME: 'ada-in-the-pool' } });
    expect(answer).not.toHaveProperty('session');
  });

  test('is answered for the user who was typed in where Cognito names none', async () => {
    const world = await signedOut();
    challenge(world, {});
    await signIn(world, byPassword());
    await confirm(world, { challengeResponse: 'better' });
    expect(world.cognito.requests.at(-1)?.input).toMatchObject({ responses: { USERNAME: 'ada' } });
  });

  test.each([undefined, '[]', '{}', 'no JSON'])('names no missing attributes for %j', async (json) => {
    const world = await signedOut();
    challenge(world, json === undefined ? {} : { requiredAttributes: json });
    const { nextStep } = await signIn(world, byPassword());
    expect(nextStep).not.toHaveProperty('missingAttributes');
  });

  test('takes the prefix of an attribute from its beginning only', async () => {
    const world = await signedOut();
    challenge(world, { requiredAttributes: '["userAttributes.email","custom:userAttributes.x"]' });
    const { nextStep } = await signIn(world, byPassword());
    expect(nextStep).toMatchObject({ missingAttributes: ['email', 'custom:userAttributes.x'] });
  });
});

describe('a sign-in that is refused says why, and what to do', () => {
  test('when its answer can not be read', async () => {
    const world = await signedOut();
    world.cognito.answerWith('initiateAuth', () => ({
      type: 'tokens',
      tokens: makeTokenPair('sub-ada', START_MS, 3_600),
    }));
    await expect(signIn(world, byPassword())).rejects.toMatchObject({
      fields: { message: 'The sign-in answered with something unreadable.' },
    });
  });

  test('when there is nothing to confirm', async () => {
    const world = await signedOut();
    await expect(confirm(world, { challengeResponse: 'x' })).rejects.toMatchObject({
      message: 'There is no sign-in that waits for an answer.',
      recoverySuggestion: 'Call signIn() first.',
    });
  });

  test('when somebody is signed in', async () => {
    const world = await createSignedInWorld();
    await expect(signIn(world, byPassword('grace'))).rejects.toMatchObject({
      message: 'There is already a signed in user.',
      recoverySuggestion: 'Call signOut() before signing in again.',
    });
  });

  test('when somebody signed out meanwhile', async () => {
    const world = await signedOut();
    await signIn(world, byPassword('ada', 'temporary'));
    await world.time.run(world.session.signOut({}));
    await expect(confirm(world, { challengeResponse: 'x' })).rejects.toMatchObject({
      message: 'Somebody signed out while this sign-in was under way.',
      recoverySuggestion: 'Sign in again.',
    });
    expect(world.cognito.count('respondToChallenge')).toBe(0);
  });

  test('when the challenge is one that this version can not answer', async () => {
    const world = await signedOut();
    world.cognito.answerWith('initiateAuth', () => ({
      type: 'challenge',
      name: 'ADMIN_NO_SRP_AUTH',
      parameters: {},
    }));
    await expect(signIn(world, byPassword())).rejects.toMatchObject({
      recoverySuggestion: 'Switch this challenge off for the user or the app client.',
    });
  });

  test('when there is no user pool', async () => {
    const world = createWorld();
    const { userPoolId: _pool, userPoolClientId: _client, ...rest } = CONFIG;
    const runtime = world.start({
      config: { ...rest, identityPoolId: 'eu-central-1:pool', allowGuestAccess: true },
    });
    await runtime.connect();
    await expect(signIn({ ...world, ...runtime }, byPassword())).rejects.toMatchObject({
      message: 'No user pool is configured.',
      recoverySuggestion: 'Give configure() a userPoolId and a userPoolClientId.',
    });
  });
});
