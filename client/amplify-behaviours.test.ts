/**
 * What people know of Amplify's session calls: B1 to B13, its `fetchAuthSession`, `decodeJWT`, expiry and sharing of requests. Each
 * test runs the real client over the real worker code, and Amplify itself, against a local Cognito of its own. `differs:` is meant
 * to be otherwise here, and the test beside it shows what Amplify does.
 */
import { Amplify } from 'aws-amplify';
import { decodeJWT as amplifyDecode, fetchAuthSession as amplifyFetch } from 'aws-amplify/auth';
import { expect, test, vi } from 'vitest';
import {
  GET_CREDENTIALS,
  GET_ID,
  guests,
  here,
  inAmplify,
  onBothSides,
  refuse,
  REFRESH,
  rejection,
  tokensOnly,
} from '../simulation/on-both-sides.js';
import { makeToken } from '../worker/testing/tokens.js';
import { decodeJWT } from './decode-jwt.js';
import { fetchAuthSession } from './index.js';

const HOUR_MS = 3_600_000;

const realNowMs = Date.now.bind(Date);

/** Sets the device's clock, and with it that of the local Cognito, to this much after the real time. */
function moveClock(toMs: number): void {
  vi.spyOn(Date, 'now').mockImplementation(() => realNowMs() + toMs);
}

test('B1, B39 differs: without a configuration a call rejects and says so; Amplify resolves with nothing', async () => {
  Amplify.configure({});
  expect(await amplifyFetch()).toEqual({
    tokens: undefined,
    credentials: undefined,
    identityId: undefined,
    userSub: undefined,
  });
  await expect(fetchAuthSession()).rejects.toMatchObject({
    name: 'AuthUserPoolException',
    recoverySuggestion: 'Call configure() first.',
  });
});

onBothSides(
  'B2, B11 with an identity pool alone there are credentials, and no user pool is missed',
  { ...guests, pools: 'identity pool' },
  async (side) => {
    const session = await side.fetch();
    expect(session).toMatchObject({ accessToken: undefined, userSub: undefined });
    expect(session.accessKeyId).toMatch(/^ASIA/);
    expect(session.identityId).toMatch(/^eu-central-1:/);
  },
);

onBothSides(
  'B3, B12 with a user pool alone there are tokens with their claims, userSub and no credentials',
  tokensOnly,
  async (side) => {
    await side.signIn();
    const session = await side.fetch();
    expect(session.payload).toMatchObject({ token_use: 'access', username: 'ada' });
    expect(session.userSub).toBe(session.payload?.['sub']);
    expect(session).toMatchObject({ accessKeyId: undefined, identityId: undefined });
    expect(side.cognito.counts()).toEqual({ InitiateAuth: 1 });
  },
);

onBothSides(
  "B4 with both pools the credentials are the user's, and come with the identity",
  {},
  async (side) => {
    await side.signIn();
    const session = await side.fetch();
    expect(session.accessKeyId).toBeTruthy();
    const [identity, ...others] = side.cognito.identities();
    expect(others).toEqual([]);
    expect(session.identityId).toBe(identity?.identityId);
    expect(identity?.providers).toHaveLength(1);
  },
);

onBothSides('B5 signed out, a guest has credentials and no tokens', guests, async (side) => {
  const session = await side.fetch();
  expect(session).toMatchObject({ accessToken: undefined, idToken: undefined, userSub: undefined });
  expect(session.accessKeyId).toBeTruthy();
  expect(side.cognito.identities()).toMatchObject([{ identityId: session.identityId, providers: [] }]);
});

onBothSides('B6 forceRefresh asks for new tokens, and credentials with them', {}, async (side) => {
  await side.signIn();
  const before = await side.fetch();
  side.cognito.clearLog();
  const after = await side.fetch({ forceRefresh: true });
  expect(after.accessToken).not.toBe(before.accessToken);
  expect(after.idToken).not.toBe(before.idToken);
  expect(after.accessKeyId).not.toBe(before.accessKeyId);
  expect(side.cognito.accepted()).toMatchObject({ [REFRESH]: 1, [GET_CREDENTIALS]: 1 });
});

onBothSides('B7 when the tokens cannot be had, the call rejects with the reason', {}, async (side) => {
  await side.signIn();
  refuse(side, REFRESH, { type: 'UserLambdaValidationException' });
  expect((await rejection(side.fetch({ forceRefresh: true }))).name).toBe('UserLambdaValidationException');
});

test('B8 decodeJWT reads any script in the claims, and gives the token back as a string', () => {
  const claims = {
    ...{ sub: 'ada', iat: 1, exp: 2, token_use: 'id' as const },
    name: 'Ада 算法 🧮 "ÿ"',
  };
  const token = makeToken(claims);
  for (const decode of [decodeJWT, amplifyDecode]) {
    const jwt = decode(token);
    expect(jwt.payload).toMatchObject(claims);
    expect(jwt.toString()).toBe(token);
  }
});

test('B8 differs: a JWT also has its header and signature, and what is no JWT gets an AuthError', () => {
  const token = makeToken({ sub: 'ada', iat: 1, exp: 2, token_use: 'id' });
  expect(decodeJWT(token)).toMatchObject({ header: { alg: 'RS256' }, signature: token.split('.')[2] });
  expect(Object.keys(amplifyDecode(token)).sort()).toEqual(['payload', 'toString']);
  expect(() => decodeJWT('a.b')).toThrow(expect.objectContaining({ name: 'InvalidTokenException' }));
  expect(() => amplifyDecode('a.b')).toThrow(expect.objectContaining({ name: 'Error' }));
});

onBothSides('B9 tokens with more than five minutes left are not refreshed', tokensOnly, async (side) => {
  await side.signIn();
  const { accessToken } = await side.fetch();
  moveClock(HOUR_MS - 310_000);
  expect((await side.fetch()).accessToken).toBe(accessToken);
  expect(side.cognito.counts()).toEqual({ InitiateAuth: 1 });
});

here(
  'B9 differs: five minutes before the end a refresh begins, and calls are answered meanwhile',
  tokensOnly,
  async (side) => {
    await side.signIn();
    const { accessToken } = await side.fetch();
    moveClock(HOUR_MS - 290_000);
    expect((await side.fetch()).accessToken).toBe(accessToken);
    await side.cognito.waitForRequest(REFRESH);
    await vi.waitUntil(async () => (await side.fetch()).accessToken !== accessToken, { interval: 5 });
    expect(side.cognito.accepted()[REFRESH]).toBe(1);
  },
);

inAmplify(
  'B9 differs: tokens are refreshed in their last five seconds, by the call that then waits',
  tokensOnly,
  async (side) => {
    await side.signIn();
    const { accessToken } = await side.fetch();
    moveClock(HOUR_MS - 290_000);
    expect((await side.fetch()).accessToken).toBe(accessToken);
    moveClock(HOUR_MS - 4_500);
    expect((await side.fetch()).accessToken).not.toBe(accessToken);
    expect(side.cognito.accepted()[REFRESH]).toBe(1);
  },
);

onBothSides('B9 expired tokens are never handed out', tokensOnly, async (side) => {
  await side.signIn();
  const { accessToken } = await side.fetch();
  moveClock(HOUR_MS + 1_000);
  expect((await side.fetch()).accessToken).not.toBe(accessToken);
  expect(side.cognito.accepted()[REFRESH]).toBe(1);
});

onBothSides('B10 calls at once share one refresh; a call after it makes another', {}, async (side) => {
  await side.signIn();
  await side.fetch();
  side.cognito.clearLog();
  const hold = side.cognito.hold(REFRESH);
  const calls = Promise.all([1, 2, 3, 4].map(() => side.fetch({ forceRefresh: true })));
  await hold.waitForArrived(1);
  hold.release();
  expect(new Set((await calls).map(({ accessToken }) => accessToken)).size).toBe(1);
  expect(side.cognito.accepted()[REFRESH]).toBe(1);
  await side.fetch({ forceRefresh: true });
  expect(side.cognito.accepted()[REFRESH]).toBe(2);
});

here('B10 differs: calls at once also share credentials, and one event tells of it', {}, async (side) => {
  await side.signIn();
  await side.fetch();
  side.cognito.clearLog();
  await Promise.all([1, 2, 3, 4].map(() => side.fetch({ forceRefresh: true })));
  expect(side.cognito.counts()).toEqual({ [REFRESH]: 1, [GET_CREDENTIALS]: 1 });
  await vi.waitUntil(() => side.told().length > 1, { interval: 5 });
  expect(side.told()).toEqual(['signedIn', 'tokenRefresh']);
});

inAmplify(
  'B10 differs: each call at once asks for credentials and tells of the refresh',
  {},
  async (side) => {
    await side.signIn();
    await Promise.all([1, 2, 3, 4].map(() => side.fetch({ forceRefresh: true })));
    expect(side.cognito.counts()).toMatchObject({ [REFRESH]: 1, [GET_ID]: 4, [GET_CREDENTIALS]: 4 });
    expect(side.told().filter((name) => name === 'tokenRefresh')).toHaveLength(4);
  },
);

onBothSides('B13 client metadata goes with the refresh', tokensOnly, async (side) => {
  await side.signIn();
  await side.fetch({ forceRefresh: true, clientMetadata: { reason: 'audit' } });
  expect(side.cognito.requests.at(-1)).toMatchObject({
    operation: REFRESH,
    clientMetadata: { reason: 'audit' },
  });
});
