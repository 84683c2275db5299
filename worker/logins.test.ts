import { describe, expect, test } from 'vitest';
import { scopeName, type RuntimeConfig, type SessionView } from './contract.js';
import type { SessionRecord } from './deps.js';
import { answered } from './testing/scripted-cognito.js';
import { makeToken } from './testing/tokens.js';
import { createWorld, IDENTITY_CONFIG, type Runtime, type World } from './testing/world.js';

const GOOGLE = 'accounts.google.com';
const HOUR_MS = 3_600_000;
const { userPoolId: _pool, userPoolClientId: _client, ...POOLLESS } = IDENTITY_CONFIG;
const EXPIRED = answered('NotAuthorizedException', 400, 'Invalid login token. Token expired: 2 >= 1');

interface Device extends World {
  /** What the app's `logins()` gives; undefined: it is silent. */
  logins: Record<string, string> | null | undefined;
  /** How often it was asked. */
  asked: number;
  run(config?: RuntimeConfig): Promise<Runtime>;
  token(sub: string, lifeSeconds?: number): string;
}

function device(): Device {
  const world = createWorld();
  let pages = 0;
  const result: Device = {
    ...world,
    logins: {},
    asked: 0,
    token(sub, lifeSeconds = 3_600) {
      const iat = world.time.clock.wallMs() / 1_000;
      return makeToken({ sub, iat, exp: iat + lifeSeconds, token_use: 'id' });
    },
    async run(config = POOLLESS) {
      const runtime = world.start({ config });
      const page = `tab-${(pages += 1)}`;
      const { questions } = runtime.session;
      questions.join(page, ['logins'], ({ id }) => {
        result.asked += 1;
        if (result.logins !== undefined) questions.answer(page, { id, value: result.logins });
      });
      await runtime.connect(page);
      return runtime;
    },
  };
  return result;
}

const fetchWith = ({ time }: World, { session }: Runtime, request = {}): Promise<SessionView> =>
  time.run(session.session(request));
const stored = ({ backing }: World): SessionRecord | undefined =>
  backing.entry(scopeName(POOLLESS)).record as SessionRecord | undefined;
const sent = ({ cognito }: World) =>
  cognito.requests
    .filter(({ operation }) => operation === 'credentials')
    .map(
      ({ input }) => input as { identityId: string; logins?: Record<string, string>; customRoleArn?: string },
    );

describe('without a user pool, whoever is logged in elsewhere', () => {
  test('is signed out with an identity and credentials, had once for all calls', async () => {
    const world = device();
    world.logins = { [GOOGLE]: world.token('ada') };
    const runtime = await world.run();
    const [view, other] = await Promise.all([fetchWith(world, runtime), fetchWith(world, runtime)]);
    expect(view).toMatchObject({
      status: 'signed-out',
      identityId: 'eu-central-1:identity-1',
      leaseMs: 1_000,
    });
    expect(view.credentials).toBeDefined();
    expect(view.user).toBeUndefined();
    expect(other.credentials).toEqual(view.credentials);
    expect([world.asked, world.cognito.count('identityId')]).toEqual([1, 1]);
    expect(sent(world)).toEqual([{ identityId: 'eu-central-1:identity-1', logins: world.logins }]);
  });

  test('gets credentials of the custom role', async () => {
    const world = device();
    world.logins = { [GOOGLE]: world.token('ada') };
    const customRoleArn = 'arn:aws:iam::123456789012:role/editors';
    const view = await fetchWith(world, await world.run({ ...POOLLESS, customRoleArn }));
    expect(view.credentials).toBeDefined();
    expect(sent(world)[0]?.customRoleArn).toBe(customRoleArn);
  });

  test('keeps them over a restart, once the page has told that it is still the same', async () => {
    const world = device();
    world.logins = { [GOOGLE]: world.token('ada') };
    const before = await fetchWith(world, await world.run());
    const next = await world.run();
    const peeked = await fetchWith(world, next, { peek: true });
    expect(peeked).toMatchObject({ leaseMs: 0 });
    expect(peeked.identityId).toBeUndefined();
    expect(peeked.credentials).toBeUndefined();
    world.logins = { [GOOGLE]: world.token('ada') };
    expect((await fetchWith(world, next)).credentials).toEqual(before.credentials);
    expect(sent(world)).toHaveLength(1);
  });

  test.each([
    ['a JWT', (world: Device, name: string) => world.token(name)],
    ['no JWT', (_world: Device, name: string) => `opaque-token-of-${name}`],
  ])('never gets the identity of somebody else, with a token that is %s', async (_what, token) => {
    const world = device();
    world.cognito.identityId = (logins) => {
      world.cognito.requests.push({ operation: 'identityId', input: logins, atMs: 0 });
      return Promise.resolve(`eu-central-1:${logins?.[GOOGLE]?.slice(-40) ?? 'guest'}`);
    };
    world.cognito.credentials = (identityId, logins) => {
      world.cognito.requests.push({ operation: 'credentials', input: { identityId, logins }, atMs: 0 });
      const expirationMs = world.time.clock.wallMs() + HOUR_MS;
      return Promise.resolve({ identityId, accessKeyId: identityId, secretAccessKey: 's', expirationMs });
    };
    world.logins = { [GOOGLE]: token(world, 'ada') };
    const adas = await fetchWith(world, await world.run());
    world.logins = { [GOOGLE]: token(world, 'grace') };
    const next = await world.run();
    const graces = await fetchWith(world, next);
    expect(graces.identityId).not.toBe(adas.identityId);
    expect(graces.credentials?.accessKeyId).not.toBe(adas.credentials?.accessKeyId);
    expect(sent(world).map(({ identityId }) => identityId)).toEqual([adas.identityId, graces.identityId]);
  });

  test('is told apart by a forced call, within one run', async () => {
    const world = device();
    const runtime = await world.run({ ...POOLLESS, allowGuestAccess: true });
    const guest = await fetchWith(world, runtime);
    world.logins = { [GOOGLE]: world.token('ada') };
    const adas = await fetchWith(world, runtime, { forceRefresh: true });
    // A guest who logs in keeps the identity: it is linked.
    expect(adas.identityId).toBe(guest.identityId);
    expect(adas.credentials).not.toEqual(guest.credentials);
    world.logins = { [GOOGLE]: world.token('grace') };
    const graces = await fetchWith(world, runtime, { forceRefresh: true });
    expect(graces.identityId).not.toBe(adas.identityId);
    world.logins = {};
    const nextGuest = await fetchWith(world, runtime, { forceRefresh: true });
    expect([adas.identityId, graces.identityId]).not.toContain(nextGuest.identityId);
    expect(nextGuest.credentials).toBeDefined();
  });

  test('is noticed by a forced call that many make at once, with one question and one request', async () => {
    const world = device();
    world.logins = { [GOOGLE]: world.token('ada') };
    const runtime = await world.run();
    await fetchWith(world, runtime);
    const forced = { forceRefresh: true };
    await Promise.all([fetchWith(world, runtime, forced), fetchWith(world, runtime, forced)]);
    expect([world.asked, sent(world).length]).toEqual([2, 2]);
  });

  test('who is logged in in one tab is not taken for who was in another', async () => {
    const world = device();
    world.logins = { [GOOGLE]: world.token('ada') };
    const [first, second] = [await world.run(), await world.run()];
    await fetchWith(world, first);
    await fetchWith(world, second);
    world.logins = { [GOOGLE]: world.token('grace') };
    const graces = await fetchWith(world, second, { forceRefresh: true });
    expect((await fetchWith(world, first)).identityId).toBe(graces.identityId);
  });

  test('has nothing while nobody is, and nobody is asked about guests', async () => {
    const world = device();
    const view = await fetchWith(world, await world.run());
    expect(view.credentialsError).toBeUndefined();
    expect(view).toMatchObject({ status: 'signed-out', leaseMs: 0 });
    expect(world.cognito.requests).toEqual([]);
  });

  test('is no guest when the page is silent: that is told, and no request is made', async () => {
    const world = device();
    world.logins = undefined;
    const view = await fetchWith(world, await world.run({ ...POOLLESS, allowGuestAccess: true }));
    expect(view.credentialsError?.name).toBe('CredentialsException');
    expect(view.identityId).toBeUndefined();
    expect(world.cognito.requests).toEqual([]);
  });

  test('signs out with the session, and is asked about again', async () => {
    const world = device();
    world.logins = { [GOOGLE]: world.token('ada') };
    const runtime = await world.run();
    await fetchWith(world, runtime);
    expect(stored(world)?.identity).toBeDefined();
    world.logins = {};
    await world.time.run(runtime.session.signOut({}));
    const view = await fetchWith(world, runtime);
    expect(view.identityId).toBeUndefined();
    expect(view.credentials).toBeUndefined();
    expect(stored(world)?.identity).toBeUndefined();
  });
});

describe('tokens of other providers', () => {
  test('are not asked for again while they live, and are when they have expired', async () => {
    const world = device();
    world.cognito.settings.credentialsSeconds = 900;
    world.logins = { [GOOGLE]: world.token('ada', 1_200) };
    const runtime = await world.run();
    await fetchWith(world, runtime);
    world.time.sleep(890_000);
    await fetchWith(world, runtime);
    expect(world.asked).toBe(1);
    world.logins = { [GOOGLE]: world.token('ada') };
    world.time.sleep(890_000);
    const view = await fetchWith(world, runtime);
    expect(world.asked).toBe(2);
    expect(view.credentialsError).toBeUndefined();
    expect(sent(world).at(-1)?.logins).toEqual(world.logins);
    expect(world.cognito.count('identityId')).toBe(1);
  });

  test("are asked for once more when Cognito calls them expired, whatever the device's clock says", async () => {
    const world = device();
    world.logins = { [GOOGLE]: world.token('ada', 86_400) };
    const runtime = await world.run();
    await fetchWith(world, runtime);
    world.time.sleep(HOUR_MS);
    world.logins = { [GOOGLE]: world.token('ada', 86_400) };
    world.cognito.fail('credentials', EXPIRED);
    const view = await fetchWith(world, runtime);
    expect(view.credentialsError).toBeUndefined();
    expect(view.credentials).toBeDefined();
    expect(world.asked).toBe(2);
    expect(sent(world).at(-1)?.logins).toEqual(world.logins);
  });

  test("that turn out to be somebody else's now are not sent for the identity of the one before", async () => {
    const world = device();
    world.logins = { [GOOGLE]: world.token('ada', 86_400) };
    const runtime = await world.run();
    const adas = await fetchWith(world, runtime);
    world.time.sleep(HOUR_MS);
    const graces = { [GOOGLE]: world.token('grace', 86_400) };
    world.logins = graces;
    world.cognito.fail('credentials', EXPIRED);
    expect((await fetchWith(world, runtime)).credentials).toBeUndefined();
    await world.time.advance(1_000);
    const view = await fetchWith(world, runtime);
    expect(view.credentials).toBeDefined();
    expect(view.identityId).not.toBe(adas.identityId);
    for (const { identityId, logins } of sent(world))
      if (identityId === adas.identityId) expect(logins).not.toEqual(graces);
  });

  test('that are expired as they come are reported, and not asked for in a circle', async () => {
    const world = device();
    world.logins = { [GOOGLE]: world.token('ada') };
    world.cognito.fail('credentials', EXPIRED, 5);
    const view = await fetchWith(world, await world.run());
    expect(view.credentialsError?.name).toBe('NotAuthorizedException');
    expect(world.asked).toBe(1);
  });

  test('stand in no store, no log and no news', async () => {
    const world = device();
    const token = world.token('ada');
    world.logins = { [GOOGLE]: token, 'graph.facebook.com': 'opaque-token' };
    const runtime = await world.run();
    world.cognito.fail('credentials', EXPIRED, 1);
    await fetchWith(world, runtime);
    await fetchWith(world, runtime, { forceRefresh: true });
    expect(stored(world)?.identity?.credentials).toBeDefined();
    const seen = JSON.stringify([stored(world), runtime.log, world.hub.posted]);
    for (const secret of [token, token.split('.')[2] ?? '', 'opaque-token'])
      expect(seen).not.toContain(secret);
  });
});

describe('with a user pool', () => {
  const OWN = 'cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Pool';

  test("other logins go together with the user pool's, which they never replace", async () => {
    const world = device();
    world.logins = { [GOOGLE]: world.token('ada-at-google'), [OWN]: 'forged' };
    const runtime = await world.run(IDENTITY_CONFIG);
    await runtime.signIn();
    const { tokens, identityId } = await fetchWith(world, runtime);
    expect(sent(world)).toEqual([
      { identityId, logins: { [OWN]: tokens?.idToken, [GOOGLE]: world.logins[GOOGLE] } },
    ]);
    expect(world.backing.record?.identity?.userId).toBe('sub-ada');
  });

  test.each([null, undefined, {}])(
    'credentials come without other logins where there are none: %j',
    async (logins) => {
      const world = device();
      world.logins = logins;
      const runtime = await world.run(IDENTITY_CONFIG);
      await runtime.signIn();
      const { tokens, credentials } = await fetchWith(world, runtime);
      expect(credentials).toBeDefined();
      expect(sent(world).map(({ logins }) => logins)).toEqual([{ [OWN]: tokens?.idToken }]);
    },
  );

  test('nobody who is signed out gets an identity by other logins', async () => {
    const world = device();
    world.logins = { [GOOGLE]: world.token('ada') };
    const view = await fetchWith(world, await world.run(IDENTITY_CONFIG), { forceRefresh: true });
    expect(view.identityId).toBeUndefined();
    expect([world.asked, world.cognito.requests.length]).toEqual([0, 0]);
  });

  test('an ID token that has expired is refreshed, whatever the age of other logins', async () => {
    const world = device();
    world.logins = { [GOOGLE]: world.token('ada', 86_400) };
    const runtime = await world.run(IDENTITY_CONFIG);
    await runtime.signIn();
    await fetchWith(world, runtime);
    world.cognito.settings.credentialsSeconds = 900;
    const { tokens } = await fetchWith(world, runtime, { forceRefresh: true });
    world.time.sleep(895_000);
    world.cognito.fail('credentials', EXPIRED, 2);
    const view = await fetchWith(world, runtime);
    expect(view.credentialsError).toBeUndefined();
    expect(view.tokens?.idToken).not.toBe(tokens?.idToken);
    expect(sent(world).at(-1)?.logins?.[OWN]).toBe(view.tokens?.idToken);
  });
});
