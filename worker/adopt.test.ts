import { describe, expect, test } from 'vitest';
import type { AdoptSessionInput, AuthUser, RuntimeConfig, SessionView } from './contract.js';
import { unanswered } from './testing/scripted-cognito.js';
import { makeOwnTokens as tokens, type ClaimsChange } from './testing/tokens.js';
import { START_MS } from './testing/virtual-time.js';
import { CONFIG, createWorld, IDENTITY_CONFIG, type Runtime, type World } from './testing/world.js';

const MINUTE_MS = 60_000;
const LIFE_SECONDS = 3_600;
const ADA = { userId: 'sub-ada', username: 'ada' };
const DEVICE = { deviceKey: 'eu-central-1_device', deviceGroupKey: 'group', randomPassword: 'device-secret' };

type Both = World & Runtime;

async function device(config: RuntimeConfig = CONFIG): Promise<Both> {
  const world = createWorld();
  const runtime = world.start({ config });
  await runtime.connect();
  return { ...world, ...runtime };
}

/** A session of Amplify's, whose refresh token this Cognito takes. */
async function given(
  world: World,
  issuedAtMs = START_MS,
  change: ClaimsChange = {},
): Promise<AdoptSessionInput> {
  const issued = await world.cognito.exchangeCode({ code: '', verifier: '', redirectUri: '' });
  world.cognito.requests.length = 0;
  return { ...tokens(issuedAtMs, change), refreshToken: issued.refreshToken ?? '', clockDrift: 0 };
}

const adopt = (
  { time, session }: Pick<Both, 'time' | 'session'>,
  input: AdoptSessionInput,
): Promise<AuthUser> => time.run(session.adoptSession(input));

const view = ({ time, session }: Pick<Both, 'time' | 'session'>, request = {}): Promise<SessionView> =>
  time.run(session.session(request));

describe('an adopted session', () => {
  test('is stored, told as a sign-in, and served without a request', async () => {
    const world = await device();
    const input = await given(world);
    expect(await adopt(world, input)).toEqual(ADA);
    expect(world.news()).toEqual(['signedIn']);
    const { accessToken, idToken, refreshToken } = input;
    expect(world.backing.record?.session).toMatchObject({ accessToken, idToken, refreshToken });
    expect(await view(world)).toMatchObject({ tokens: { accessToken, idToken }, user: ADA });
    expect(world.cognito.requests).toEqual([]);
  });

  test('has the details that are known, and none where none are', async () => {
    const world = await device();
    const signInDetails = { loginId: 'ada@example.com', authFlowType: 'USER_SRP_AUTH' } as const;
    expect(await adopt(world, { ...(await given(world)), signInDetails })).toEqual({ ...ADA, signInDetails });
    const other = await device();
    await adopt(other, await given(other));
    expect((await view(other)).user).not.toHaveProperty('signInDetails');
  });

  test('needs no ID token: its user is the one of the access token', async () => {
    const world = await device();
    const { idToken: _none, ...input } = await given(world);
    expect(await adopt(world, input)).toEqual(ADA);
    expect((await view(world)).tokens).not.toHaveProperty('idToken');
  });

  test('is refreshed with rotation, and what it was begun with is revoked at the sign-out', async () => {
    const world = await device();
    const input = await given(world);
    await adopt(world, input);
    await view(world, { forceRefresh: true });
    const { refreshToken = '', originalRefreshToken } = world.backing.record?.session ?? {};
    expect(originalRefreshToken).toBe(input.refreshToken);
    expect(world.cognito.isAlive(refreshToken)).toBe(true);
    await world.time.run(world.session.signOut({}));
    const revoked = world.cognito.requests.filter(({ operation }) => operation === 'revoke');
    expect(revoked.map(({ input: token }) => token)).toEqual([refreshToken, originalRefreshToken]);
  });

  test('goes on in the next run of the worker', async () => {
    const world = await device();
    await adopt(world, await given(world));
    const next = world.start();
    await next.connect('tab-2');
    expect(await view({ ...world, ...next })).toMatchObject({ status: 'signed-in', user: ADA });
  });

  test("makes a guest's identity the user's", async () => {
    const world = await device({ ...IDENTITY_CONFIG, allowGuestAccess: true });
    const { identityId } = await view(world);
    await adopt(world, await given(world));
    const user = await view(world);
    expect(identityId).toBeDefined();
    expect(user).toMatchObject({ status: 'signed-in', identityId });
    expect(user.credentials).toBeDefined();
  });

  test('that began on Cognito’s pages ends there', async () => {
    const PAGE = 'https://app.example/';
    const oauth = { domain: 'auth.example.com', redirectSignIn: [PAGE], redirectSignOut: [PAGE] };
    const world = await device({ ...CONFIG, oauth });
    await adopt(world, { ...(await given(world)), oauthSignIn: true });
    const { redirectUrl } = await world.time.run(world.session.signOut({ pageUrl: PAGE }));
    expect(redirectUrl).toContain('https://auth.example.com/logout');
  });

  test('is not revoked by a sign-out that fences it off; it is told, and nobody is signed in', async () => {
    const world = await device();
    const input = await given(world);
    let fenced = false;
    world.backing.gate = async () => {
      const { record } = world.backing;
      // Another runtime signs somebody in and out between the look and the commit.
      if (fenced && record) world.backing.raw = { ...record, fence: record.fence + 2 };
      fenced = true;
    };
    await expect(adopt(world, input)).rejects.toMatchObject({ name: 'SignInException' });
    expect(world.backing.record).not.toHaveProperty('session');
    await world.time.advance(1_000);
    expect(world.cognito.count('revoke')).toBe(0);
  });

  test('no token of it is logged', async () => {
    const world = await device();
    const input = { ...(await given(world)), deviceMetadata: DEVICE };
    await adopt(world, input);
    const text = JSON.stringify(world.log);
    for (const secret of [input.accessToken, input.idToken, input.refreshToken, DEVICE.randomPassword]) {
      expect(text).not.toContain(secret);
    }
  });
});

describe('the age of adopted tokens', () => {
  test.each<[string, { clockDrift?: number | undefined }, number]>([
    ['whose age is not known', { clockDrift: undefined }, 0],
    ['that were issued while the clock was an hour off', { clockDrift: 60 * MINUTE_MS }, 0],
    ['that this clock says will be issued in a minute', { clockDrift: 0 }, MINUTE_MS],
    ['that have expired', {}, -2 * LIFE_SECONDS * 1_000],
  ])('%s: they are refreshed before they are given out', async (_what, change, issuedInMs) => {
    const world = await device();
    const input = { ...(await given(world, START_MS + issuedInMs)), ...change };
    await adopt(world, input as AdoptSessionInput);
    const { tokens: served } = await view(world);
    expect(served?.accessToken).not.toBe(input.accessToken);
    expect(world.cognito.count('refresh')).toBe(1);
    // From then on it is known.
    await view(world);
    expect(world.cognito.count('refresh')).toBe(1);
    expect(world.backing.record?.session).not.toHaveProperty('isAgeUnknown');
  });

  test('it is not believed after a restart either', async () => {
    const world = await device();
    world.cognito.fail('refresh', unanswered(), 100);
    const { clockDrift: _unknown, ...input } = await given(world);
    await adopt(world, input);
    const next = world.start();
    await next.connect('tab-2');
    await view({ ...world, ...next });
    expect(world.cognito.count('refresh')).toBeGreaterThan(0);
  });

  test('where no refresh can be had, they are served for as long as this clock lets them live', async () => {
    const world = await device();
    world.cognito.fail('refresh', unanswered(), 100);
    const { clockDrift: _unknown, ...input } = await given(world, START_MS - 30 * MINUTE_MS);
    await adopt(world, input);
    expect((await view(world)).tokens?.accessToken).toBe(input.accessToken);
    await world.time.advance(31 * MINUTE_MS);
    await expect(view(world)).rejects.toMatchObject({ fields: { name: 'NetworkError' } });
    expect(world.backing.record?.session).toMatchObject({ refreshToken: input.refreshToken });
  });

  test('counts by the drift that was measured when they were issued', async () => {
    const world = await device();
    // The device is half a minute behind Cognito.
    const issuedAtMs = START_MS - 58 * MINUTE_MS;
    await adopt(world, { ...(await given(world, issuedAtMs + 30_000)), clockDrift: 30_000 });
    expect(world.backing.record?.session).toMatchObject({ askedAtMs: issuedAtMs });
  });
});

describe('a remembered device', () => {
  test('is named in each refresh, and proves itself at the next sign-in', async () => {
    const world = await device();
    const signInDetails = { loginId: 'ada@example.com' };
    await adopt(world, { ...(await given(world)), deviceMetadata: DEVICE, signInDetails });
    await view(world, { forceRefresh: true });
    expect(world.cognito.requests).toMatchObject([{ input: { deviceKey: DEVICE.deviceKey } }]);
    expect(world.backing.record?.devices).toEqual([{ ...DEVICE, usernames: ['ada@example.com', 'ada'] }]);
  });

  test('of which only the key is known is named in each refresh, and not remembered', async () => {
    const world = await device();
    const deviceMetadata = { deviceKey: DEVICE.deviceKey };
    await adopt(world, { ...(await given(world)), deviceMetadata });
    await view(world, { forceRefresh: true });
    expect(world.cognito.requests).toMatchObject([{ input: deviceMetadata }]);
    expect(world.backing.record).not.toHaveProperty('devices');
  });
});

describe('tokens that are refused', () => {
  const OTHER_POOL = { iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Other' };
  const CASES: [what: string, change: Partial<AdoptSessionInput>, message: RegExp][] = [
    ['an access token that is none', { accessToken: 'x.y.z' }, /^accessToken is not an access token/],
    ['an ID token that is none', { idToken: 'not a token' }, /^idToken is not an ID token/],
    ['an ID token for an access token', { accessToken: tokens(START_MS).idToken }, /^accessToken is not/],
    ['an access token for an ID token', { idToken: tokens(START_MS).accessToken }, /^idToken is not/],
    ['tokens of another pool', tokens(START_MS, OTHER_POOL), /another user pool/],
    ['an ID token of another pool', tokens(START_MS, {}, OTHER_POOL), /another user pool/],
    ['tokens of another app client', tokens(START_MS, { client_id: 'client2' }), /app client/],
    ['an ID token for another audience', tokens(START_MS, {}, { aud: 'client2' }), /app client/],
    ['tokens of two users', tokens(START_MS, {}, { sub: 'sub-grace' }), /different users/],
    ['tokens whose issuer is no text', tokens(START_MS, { iss: 5 }), /another user pool/],
    ['an access token issued at no date', tokens(START_MS, { iat: -1e306 }), /^accessToken is not/],
    ['an ID token that expires at no date', tokens(START_MS, {}, { exp: 1e306 }), /^idToken is not/],
    ['an access token without a user', tokens(START_MS, { sub: undefined }), /^accessToken is not/],
  ];

  test.each(CASES)('%s: nothing is stored, told or revoked', async (_what, change, message) => {
    const world = await device();
    const error = { name: 'InvalidTokenException', message: expect.stringMatching(message) as string };
    const input = { ...(await given(world)), ...change };
    await expect(adopt(world, input)).rejects.toMatchObject(error);
    await world.time.advance(1_000);
    expect(world.backing.record).not.toHaveProperty('session');
    expect(world.news()).toEqual([]);
    expect(world.cognito.requests).toEqual([]);
  });

  test.each(CASES)('%s: the session that goes on stays as it is', async (_what, change) => {
    const world = await device();
    await world.signIn('grace');
    const before = world.backing.record;
    await expect(adopt(world, { ...(await given(world)), ...change })).rejects.toBeDefined();
    expect(world.backing.record).toEqual(before);
  });

  test('say what is to be done, and hold no token', async () => {
    const world = await device();
    const input = { ...(await given(world)), accessToken: 'a-secret.not-a-token.at-all' };
    const error: unknown = await adopt(world, input).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ recoverySuggestion: expect.any(String) as string });
    const { message, recoverySuggestion } = error as { message: string; recoverySuggestion: string };
    expect(message + recoverySuggestion).not.toContain('secret');
  });

  test('all, where there is no user pool', async () => {
    const { userPoolId: _pool, userPoolClientId: _client, ...config } = IDENTITY_CONFIG;
    const world = await device(config);
    await expect(adopt(world, await given(world))).rejects.toMatchObject({ name: 'AuthUserPoolException' });
  });

  test('all, while the store does not answer: what only memory had could be lost', async () => {
    const world = createWorld();
    const input = await given(world);
    world.backing.gate = () => new Promise<void>(() => undefined);
    const runtime = world.start();
    await expect(adopt({ ...world, ...runtime }, input)).rejects.toMatchObject({ name: 'TimeoutException' });
    expect(world.news()).toEqual([]);
  });
});

describe('while somebody is signed in', () => {
  test('another sign-in is refused, and neither is touched', async () => {
    const world = await device();
    await adopt(world, await given(world));
    const before = world.backing.record;
    const input = await given(world, START_MS + 5_000, { origin_jti: 'sign-in-2' });
    await expect(adopt(world, input)).rejects.toMatchObject({ name: 'UserAlreadyAuthenticatedException' });
    expect(world.backing.record).toEqual(before);
    await world.time.advance(1_000);
    expect(world.cognito.count('revoke')).toBe(0);
  });

  test('another sign-in that comes at once is refused as well', async () => {
    const world = await device();
    const first = await given(world);
    const input = await given(world, START_MS + 5_000, { origin_jti: 'sign-in-2' });
    const both = [world.session.adoptSession(first), world.session.adoptSession(input)];
    const [, refused] = await world.time.run(Promise.allSettled(both));
    expect(refused).toMatchObject({ reason: { name: 'UserAlreadyAuthenticatedException' } });
    expect(world.backing.record?.session).toMatchObject({ refreshToken: first.refreshToken });
    expect(world.news()).toEqual(['signedIn']);
  });

  test('the same tokens change nothing, are told once, and have the same answer, also after a refresh', async () => {
    const world = await device();
    const input = await given(world);
    await adopt(world, input);
    const before = world.backing.record;
    expect(await adopt(world, input)).toEqual(ADA);
    expect(world.backing.record).toEqual(before);
    await view(world, { forceRefresh: true });
    const refreshed = world.backing.record;
    expect(await adopt(world, input)).toEqual(ADA);
    expect(world.backing.record).toEqual(refreshed);
    expect(world.news()).toEqual(['signedIn', 'tokenRefresh']);
  });

  test('later tokens of the same sign-in take the place of those held', async () => {
    const world = await device();
    const first = await given(world);
    await adopt(world, { ...first, deviceMetadata: DEVICE });
    const later = { ...first, ...tokens(START_MS + 5_000), refreshToken: 'rotated-elsewhere' };
    await world.time.advance(6_000);
    expect(await adopt(world, later)).toEqual(ADA);
    expect(world.news()).toEqual(['signedIn', 'tokenRefresh']);
    expect(world.backing.record?.session).toMatchObject({
      accessToken: later.accessToken,
      refreshToken: 'rotated-elsewhere',
      originalRefreshToken: first.refreshToken,
      deviceKey: DEVICE.deviceKey,
    });
    expect((await view(world)).tokens).toMatchObject({ accessToken: later.accessToken });
  });

  test('tokens of the same second are later if nobody has refreshed here', async () => {
    const world = await device();
    const first = await given(world);
    await adopt(world, first);
    const rotated = { ...first, ...tokens(START_MS), refreshToken: 'rotated-elsewhere' };
    await adopt(world, rotated);
    expect(world.backing.record?.session).toMatchObject({ refreshToken: 'rotated-elsewhere' });
  });

  test.each(['one run', 'two runs'])(
    'take their place also where two tabs give them at once, to %s of the worker',
    async (runs) => {
      const world = await device();
      const other = runs === 'one run' ? world : world.start();
      await other.connect('tab-2');
      const first = await given(world);
      const later = { ...first, ...tokens(START_MS + 5_000), refreshToken: 'rotated-elsewhere' };
      const both = [world.session.adoptSession(first), other.session.adoptSession(later)];
      expect(await world.time.run(Promise.all(both))).toEqual([ADA, ADA]);
      expect(world.backing.record?.session).toMatchObject({ refreshToken: 'rotated-elsewhere' });
    },
  );

  test('and are served by their own age, and with their own ID token or none', async () => {
    const world = await device();
    const { clockDrift: _unknown, ...first } = await given(world);
    await adopt(world, first);
    const { idToken: _none, ...later } = { ...first, ...tokens(START_MS), refreshToken: 'rotated-elsewhere' };
    await adopt(world, { ...later, clockDrift: 0 });
    const served = await view(world);
    expect(served.tokens).toEqual({ accessToken: later.accessToken });
    expect(world.cognito.count('refresh')).toBe(0);
  });

  test('earlier tokens of the same sign-in do not displace those of a refresh here', async () => {
    const world = await device();
    const first = await given(world);
    await adopt(world, first);
    await world.time.advance(5_000);
    const issued = tokens(START_MS + 5_000);
    world.cognito.answerWith('refresh', () => ({ ...issued, refreshToken: 'rotated-here' }));
    await view(world, { forceRefresh: true });
    for (const other of [
      { ...first, ...tokens(START_MS + 2_000), refreshToken: 'rotated-elsewhere' },
      { ...first, ...tokens(START_MS + 5_000), refreshToken: 'rotated-elsewhere' },
      // Amplify writes one key after the other: new tokens beside the old refresh token.
      { ...first, ...tokens(START_MS + 7_000) },
    ]) {
      expect(await adopt(world, other)).toEqual(ADA);
      expect(world.backing.record?.session).toMatchObject({ ...issued, refreshToken: 'rotated-here' });
    }
  });

  test("another user's tokens are not taken for the same sign-in, whatever stands beside them", async () => {
    const world = await device();
    const first = await given(world);
    await adopt(world, first);
    const forged = { ...first, ...tokens(START_MS + 5_000, { sub: 'sub-grace' }) };
    await expect(adopt(world, forged)).rejects.toMatchObject({ name: 'UserAlreadyAuthenticatedException' });
  });

  test("another user's tokens that come during a refresh are refused, and the refresh goes on", async () => {
    const world = await device();
    const input = await given(world);
    await adopt(world, input);
    const held = world.cognito.hold('refresh');
    const refreshing = view(world, { forceRefresh: true });
    await world.time.until(() => world.cognito.count('refresh') === 1);
    const other = { ...input, ...tokens(START_MS + 9_000, { sub: 'sub-grace' }) };
    await expect(world.session.adoptSession(other)).rejects.toMatchObject({
      name: 'UserAlreadyAuthenticatedException',
    });
    held.release();
    expect((await refreshing).user).toEqual(ADA);
    expect(world.cognito.isAlive(world.backing.record?.session?.refreshToken ?? '')).toBe(true);
  });

  test('tokens that say nothing of their sign-in are another one', async () => {
    const world = await device();
    await adopt(world, await given(world, START_MS, { origin_jti: undefined }));
    const other = await given(world, START_MS + 5_000, { origin_jti: undefined });
    await expect(adopt(world, other)).rejects.toMatchObject({ name: 'UserAlreadyAuthenticatedException' });
  });
});

describe('a session that somebody signed out of here', () => {
  const out = ({ time, session }: Both, revoke: boolean) => time.run(session.signOut({ revoke }));

  test('is not brought back by whoever has kept its tokens, also later ones, and in the next run', async () => {
    const world = await device();
    const input = await given(world);
    await adopt(world, input);
    await out(world, true);
    const next = world.start();
    await next.connect('tab-2');
    const later = { ...input, ...tokens(START_MS + 5_000), refreshToken: 'rotated-elsewhere' };
    for (const kept of [input, later]) {
      await expect(adopt({ ...world, ...next }, kept)).rejects.toMatchObject({
        name: 'TokenRevokedException',
      });
    }
    expect(world.backing.record).not.toHaveProperty('session');
    expect(world.news()).toEqual(['signedIn', 'signedOut']);
  });

  test('is no obstacle to another one', async () => {
    const world = await device();
    await adopt(world, await given(world));
    await out(world, true);
    expect(await adopt(world, await given(world, START_MS, { origin_jti: 'sign-in-2' }))).toEqual(ADA);
  });

  test('without revoking it may be adopted again, as it goes on elsewhere', async () => {
    const world = await device();
    const input = await given(world);
    await adopt(world, input);
    await out(world, false);
    expect(await adopt(world, input)).toEqual(ADA);
  });
});

describe('an adoption that was cut short', () => {
  test('after its commit is repeated in the next run of the worker, and told', async () => {
    const world = await device();
    const input = await given(world);
    await adopt(world, input);
    const next = world.start();
    const page = { ...world, ...next };
    await next.connect('tab-2');
    expect(await adopt(page, input)).toEqual(ADA);
    expect(world.backing.record).toMatchObject({ session: { refreshToken: input.refreshToken }, fence: 1 });
  });

  test('by a store that keeps and can not confirm is done, and told once', async () => {
    const world = await device();
    world.backing.isConfirmationLost = true;
    const first = await given(world);
    expect(await adopt(world, first)).toEqual(ADA);
    expect(world.news()).toEqual(['signedIn']);
    expect(await adopt(world, { ...first, ...tokens(START_MS), refreshToken: 'rotated' })).toEqual(ADA);
    expect(world.news()).toEqual(['signedIn', 'changed']);
    await world.time.advance(1_000);
    expect(world.cognito.count('revoke')).toBe(0);
  });
});
