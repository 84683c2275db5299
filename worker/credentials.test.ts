import { describe, expect, test } from 'vitest';
import { scopeName, type SessionView } from './contract.js';
import type { CredentialsAnswer, StoredIdentity } from './deps.js';
import { answered, unanswered } from './testing/scripted-cognito.js';
import { settle } from './testing/virtual-time.js';
import {
  CONFIG,
  createSignedInWorld,
  createWorld,
  IDENTITY_CONFIG,
  type Runtime,
  type World,
} from './testing/world.js';

const HOUR_MS = 3_600_000;
const GUEST_CONFIG = { ...IDENTITY_CONFIG, allowGuestAccess: true };
const LOCK = `${scopeName(CONFIG)}:credentials`;

type Both = World & Runtime;

const withIdentityPool = (settings = {}): Promise<Both> =>
  createSignedInWorld(settings, { config: IDENTITY_CONFIG });

async function guestWorld(settings = {}): Promise<Both> {
  const world = createWorld();
  Object.assign(world.cognito.settings, settings);
  const runtime = world.start({ config: GUEST_CONFIG });
  await runtime.connect();
  return { ...world, ...runtime };
}

const fetchSession = (
  { time, session }: Pick<Both, 'time' | 'session'>,
  request = {},
): Promise<SessionView> => time.run(session.session(request));

const counts = ({ cognito }: World): [ids: number, credentials: number] => [
  cognito.count('identityId'),
  cognito.count('credentials'),
];

const asked = ({ cognito }: World) =>
  cognito.requests
    .filter(({ operation }) => operation === 'credentials')
    .map(({ input }) => input as { identityId: string; logins: Record<string, string> });
const logins = (world: World) => asked(world).map((input) => input.logins);
const identityIds = (world: World) => asked(world).map((input) => input.identityId);

/** Somebody changes the stored identity behind the back of this runtime, which then answers from what it finds. */
function fetchAfter(world: Both, change: Partial<StoredIdentity>): Promise<SessionView> {
  const { record } = world.backing;
  const revision = (record?.revision ?? 0) + 1;
  world.backing.raw = { ...record, revision, identity: { ...record?.identity, ...change } };
  return fetchSession(world, { minRevision: revision });
}

describe('credentials', () => {
  test('cost one GetId and one GetCredentialsForIdentity for all calls at once', async () => {
    const world = await withIdentityPool();
    const views = await world.time.run(
      Promise.all([{}, {}, {}].map((request) => world.session.session(request))),
    );
    expect(counts(world)).toEqual([1, 1]);
    expect(new Set(views.map((view) => view.credentials?.accessKeyId)).size).toBe(1);
  });

  test('cost one each for all runtimes together', async () => {
    const world = await withIdentityPool();
    const other = world.start({ config: IDENTITY_CONFIG });
    await other.connect('tab-2');
    const views = await world.time.run(Promise.all([world.session.session({}), other.session.session({})]));
    expect(counts(world)).toEqual([1, 1]);
    expect(views[0].credentials).toEqual(views[1].credentials);
    expect(views[0].identityId).toBe('eu-central-1:identity-1');
  });

  test('that fail cost all calls at once one attempt', async () => {
    const world = await withIdentityPool();
    world.cognito.fail('identityId', unanswered(), 5);
    await world.time.run(Promise.all([{}, {}, {}].map((request) => world.session.session(request))));
    expect(counts(world)).toEqual([1, 0]);
  });

  test('are asked for under a lock of their own for each app client', async () => {
    const world = await withIdentityPool();
    const answer = world.cognito.hold('credentials');
    const call = world.session.session({});
    await world.time.until(() => world.cognito.count('credentials') === 1);
    expect([...world.locks.held]).toEqual([LOCK]);
    answer.release();
    await world.time.run(call);
    expect([...world.locks.held]).toEqual([]);
  });

  test('that are good for long take no turn at the lock', async () => {
    const world = await withIdentityPool();
    await fetchSession(world);
    world.locks.freeze(LOCK);
    await fetchSession(world);
    expect(world.locks.queue(LOCK).waiting).toBe(0);
  });

  test('of whoever has signed out while they waited for their turn are not asked for', async () => {
    const world = await withIdentityPool();
    world.locks.freeze(LOCK);
    const call = world.session.session({});
    await world.time.until(() => world.locks.queue(LOCK).waiting === 1);
    await world.time.run(world.session.signOut({}));
    world.locks.thaw(LOCK);
    await world.time.run(call);
    expect(counts(world)).toEqual([0, 0]);
  });

  test('are kept over a restart, with the identity', async () => {
    const world = await withIdentityPool();
    const before = await fetchSession(world);
    const next = world.start({ config: IDENTITY_CONFIG });
    await next.connect('tab-2');
    expect((await fetchSession({ ...world, ...next })).credentials).toEqual(before.credentials);
    expect(counts(world)).toEqual([1, 1]);
  });

  test('are got for the ID token under the name of the user pool', async () => {
    const world = await withIdentityPool();
    const { tokens } = await fetchSession(world);
    expect(logins(world)).toEqual([
      { 'cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Pool': tokens?.idToken },
    ]);
  });

  test.each([0, HOUR_MS, -HOUR_MS])(
    'hold their expiry as a Date of this device, whose clock is %d ms slow, over a restart too',
    async (clockOffsetMs) => {
      const world = await withIdentityPool({ clockOffsetMs });
      const expiration = new Date(world.time.clock.wallMs() + HOUR_MS);
      expect((await fetchSession(world)).credentials?.expiration).toEqual(expiration);
      world.time.sleep(1_000);
      const next = world.start({ config: IDENTITY_CONFIG });
      await next.connect('tab-2');
      expect((await fetchSession({ ...world, ...next }, { peek: true })).credentials?.expiration).toEqual(
        expiration,
      );
    },
  );

  test.each([900, 3_600])(
    'that live %d s are got again by their own expiry, with the identity kept',
    async (seconds) => {
      const world = await withIdentityPool({ credentialsSeconds: seconds, tokenSeconds: 86_400 });
      await fetchSession(world);
      const marginMs = Math.min(300_000, (seconds * 1_000) / 2);
      world.time.sleep(seconds * 1_000 - marginMs - 1);
      await fetchSession(world);
      expect(counts(world)).toEqual([1, 1]);
      world.time.sleep(1);
      const view = await fetchSession(world);
      await settle();
      expect(counts(world)).toEqual([1, 2]);
      // Inside the margin the call is answered with the living ones, at once.
      expect(view.credentials?.accessKeyId).toBe('AKID3');
    },
  );

  test('that have run out are waited for', async () => {
    const world = await withIdentityPool({ tokenSeconds: 86_400 });
    const before = await fetchSession(world);
    world.time.sleep(HOUR_MS - 9_000);
    const after = await fetchSession(world);
    expect(after.credentials?.accessKeyId).not.toBe(before.credentials?.accessKeyId);
  });

  test('are not got again by a refresh of the tokens that nobody forced', async () => {
    const world = await withIdentityPool({ tokenSeconds: 600 });
    await fetchSession(world);
    world.time.sleep(600_000);
    await fetchSession(world);
    expect([world.cognito.count('refresh'), ...counts(world)]).toEqual([1, 1, 1]);
  });

  test('are got again by a forced refresh, once for all that force it at once', async () => {
    const world = await withIdentityPool();
    const before = await fetchSession(world);
    const calls = Array.from({ length: 8 }, () => world.session.session({ forceRefresh: true }));
    const views = await world.time.run(Promise.all(calls));
    expect([world.cognito.count('refresh'), ...counts(world)]).toEqual([1, 1, 2]);
    expect(views.map((view) => view.credentials?.accessKeyId)).not.toContain(before.credentials?.accessKeyId);
  });

  test('of tokens before a forced refresh will not do for the call that forced it', async () => {
    const world = await withIdentityPool();
    const answer = world.cognito.hold('credentials');
    const plain = world.session.session({});
    await world.time.until(() => world.cognito.count('credentials') === 1);
    const forced = world.session.session({ forceRefresh: true });
    await world.time.until(() => world.cognito.count('refresh') === 1);
    await settle();
    answer.release();
    await world.time.run(plain);
    const view = await world.time.run(forced);
    expect(counts(world)).toEqual([1, 2]);
    expect(Object.values(logins(world)[1] ?? {})).toEqual([view.tokens?.idToken]);
  });

  test('are got again once when two runtimes force a refresh at once', async () => {
    const world = await withIdentityPool();
    const other = world.start({ config: IDENTITY_CONFIG });
    await other.connect('tab-2');
    await fetchSession(world);
    const calls = [world, other].map(({ session }) => session.session({ forceRefresh: true }));
    const [first, second] = await world.time.run(Promise.all(calls));
    expect([world.cognito.count('refresh'), ...counts(world)]).toEqual([1, 1, 2]);
    expect(first?.credentials).toEqual(second?.credentials);
  });

  test('are not asked for without an identity pool, nor is a turn at the lock', async () => {
    const world = await createSignedInWorld();
    world.locks.freeze(LOCK);
    const startMs = world.time.clock.monotonicMs();
    const view = await fetchSession(world);
    expect(world.time.clock.monotonicMs()).toBe(startMs);
    expect(counts(world)).toEqual([0, 0]);
    expect(view).not.toHaveProperty('credentialsError');
  });

  test('are not asked for by a peek', async () => {
    const world = await withIdentityPool();
    await fetchSession(world, { peek: true });
    expect(counts(world)).toEqual([0, 0]);
  });
});

describe('a wrong device clock', () => {
  test.each([-2 * HOUR_MS, -HOUR_MS / 2, HOUR_MS / 2, 2 * HOUR_MS])(
    'of %d ms changes nothing of when a user needs new ones',
    async (offset) => {
      const world = await withIdentityPool({ clockOffsetMs: offset, tokenSeconds: 86_400 });
      await fetchSession(world);
      world.time.sleep(HOUR_MS - 301_000);
      await fetchSession(world);
      expect(counts(world)).toEqual([1, 1]);
      world.time.sleep(300_000);
      await fetchSession(world);
      expect(counts(world)).toEqual([1, 2]);
    },
  );

  test.each([-2 * HOUR_MS, -HOUR_MS, 2 * HOUR_MS])(
    'of %d ms, for a guest without tokens to compare with, counts as the hour that they live',
    async (offset) => {
      const world = await guestWorld({ clockOffsetMs: offset });
      await fetchSession(world);
      world.time.sleep(HOUR_MS - 301_000);
      await fetchSession(world);
      expect(counts(world)).toEqual([1, 1]);
      world.time.sleep(301_000);
      await fetchSession(world);
      expect(counts(world)).toEqual([1, 2]);
    },
  );

  test('that is set back makes no credentials younger: expired ones are not given out', async () => {
    const world = await withIdentityPool({ tokenSeconds: 86_400 });
    const before = await fetchSession(world);
    await world.time.advance(HOUR_MS / 2);
    world.time.setWall(-HOUR_MS);
    expect((await fetchSession(world)).credentials).toEqual(before.credentials);
    await world.time.advance(HOUR_MS / 2);
    expect((await fetchSession(world)).credentials?.accessKeyId).not.toBe(before.credentials?.accessKeyId);
    expect(counts(world)).toEqual([1, 2]);
  });

  test('that was set back before this run of the worker tells nothing of their age: they are got again', async () => {
    const world = await withIdentityPool({ tokenSeconds: 86_400 });
    await fetchSession(world);
    world.time.setWall(-1_000);
    const next = world.start({ config: IDENTITY_CONFIG });
    await next.connect('tab-2');
    await fetchSession({ ...world, ...next });
    expect(counts(world)).toEqual([1, 2]);
  });
});

describe('guests', () => {
  test('who sign in while their credentials are on the way get those of the user', async () => {
    const world = await guestWorld();
    const answer = world.cognito.hold('credentials');
    const asGuest = world.session.session({});
    await settle();
    await world.signIn();
    const asUser = world.session.session({});
    await settle();
    answer.release();
    await world.time.run(asGuest);
    const view = await world.time.run(asUser);
    expect(view.user?.userId).toBe('sub-ada');
    expect(view.credentials).toBeDefined();
    expect(logins(world).at(-1)).toBeDefined();
  });

  test('have an identity and credentials, one for all tabs, if the app allows it', async () => {
    const world = await guestWorld();
    const view = await fetchSession(world);
    expect(view).toMatchObject({ status: 'signed-out', identityId: 'eu-central-1:identity-1' });
    expect(view.credentials).toBeDefined();
    await fetchSession(world);
    expect(counts(world)).toEqual([1, 1]);
    expect(logins(world)).toStrictEqual([undefined]);
  });

  test('are told why they have none, whatever words it is said in', async () => {
    const world = await guestWorld();
    world.cognito.fail('credentials', answered('NotAuthorizedException', 400, 'Token expired.'));
    expect(await fetchSession(world)).toMatchObject({
      credentialsError: { name: 'NotAuthorizedException' },
    });
  });

  test('are not asked for while a user is still being signed out', async () => {
    const world = await guestWorld();
    await world.signIn();
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    let operations = 0;
    // The sign-out reads the record, and then it writes.
    world.backing.gate = () => ((operations += 1) === 1 ? Promise.resolve() : gate);
    const signOut = world.session.signOut({});
    await settle();
    expect(operations).toBe(2);
    expect(await fetchSession(world)).toMatchObject({ status: 'signed-out' });
    expect(counts(world)).toEqual([0, 0]);
    open();
    await world.time.run(signOut);
  });

  test('have nothing if it does not', async () => {
    const world = createWorld();
    const runtime = world.start({ config: IDENTITY_CONFIG });
    await runtime.connect();
    expect(await fetchSession({ ...world, ...runtime })).not.toHaveProperty('identityId');
    expect(counts(world)).toEqual([0, 0]);
  });

  test('who sign in keep their identity: it is linked', async () => {
    const world = await guestWorld();
    const asGuest = await fetchSession(world);
    await world.signIn();
    const asUser = await fetchSession(world);
    expect(asUser.identityId).toBe(asGuest.identityId);
    expect(asUser.credentials?.accessKeyId).not.toBe(asGuest.credentials?.accessKeyId);
    expect(counts(world)).toEqual([1, 2]);
    expect(world.backing.record?.identity?.userId).toBe('sub-ada');
  });

  test("who come after a user are never given the user's identity", async () => {
    const world = await guestWorld();
    await world.signIn();
    const asUser = await fetchSession(world);
    await world.time.run(world.session.signOut({}));
    const asGuest = await fetchSession(world);
    expect(asGuest.status).toBe('signed-out');
    expect(asGuest.identityId).toBeDefined();
    expect(asGuest.identityId).not.toBe(asUser.identityId);
    expect(asGuest.credentials?.accessKeyId).not.toBe(asUser.credentials?.accessKeyId);
  });
});

describe('users', () => {
  test('never mix: the next one is asked for with nothing of the one before', async () => {
    const world = await withIdentityPool();
    const ada = await fetchSession(world);
    await world.time.run(world.session.signOut({}));
    await world.signIn('grace');
    const grace = await fetchSession(world);
    expect(grace.identityId).not.toBe(ada.identityId);
    expect(identityIds(world)).toEqual([ada.identityId, grace.identityId]);
  });

  test("are not asked for with another user's identity, even if it stands in the store", async () => {
    const world = await withIdentityPool();
    const ada = await fetchSession(world);
    const view = await fetchAfter(world, { userId: 'sub-grace', identityId: 'eu-central-1:of-grace' });
    expect(identityIds(world)).not.toContain('eu-central-1:of-grace');
    expect(view.identityId).toBe(ada.identityId);
  });

  test('who change while credentials are on their way get none of those', async () => {
    const world = await withIdentityPool();
    const answer = world.cognito.hold('credentials');
    const call = world.session.session({});
    await world.time.until(() => world.cognito.count('credentials') === 1);
    await world.time.run(world.session.signOut({}));
    await world.signIn('grace');
    answer.release();
    await world.time.run(call);
    expect(JSON.stringify(world.backing.written.map(({ identity }) => identity))).not.toContain('sub-ada');
    expect(world.news()).toEqual(['signedIn', 'signedOut', 'signedIn', 'changed']);
    const grace = await fetchSession(world);
    expect(grace.user?.userId).toBe('sub-grace');
    expect(grace.identityId).toBe('eu-central-1:identity-2');
  });
});

describe('a known identity', () => {
  test.each<Partial<StoredIdentity>>([
    { identityPoolId: 'eu-central-1:another' },
    { endpoint: 'http://127.0.0.1:9' },
  ])('of another pool or endpoint is not used, nor are its credentials: %j', async (change) => {
    const world = await withIdentityPool();
    await fetchSession(world);
    await fetchAfter(world, { ...change, identityId: 'eu-central-1:of-another' });
    expect(counts(world)).toEqual([2, 2]);
    expect(identityIds(world)).not.toContain('eu-central-1:of-another');
  });

  test.each<Partial<StoredIdentity>>([
    { identityPoolId: 'eu-central-1:another' },
    { endpoint: 'http://127.0.0.1:9' },
  ])('of a guest of another pool or endpoint is not linked: %j', async (change) => {
    const world = await guestWorld();
    await fetchSession(world);
    const { record } = world.backing;
    world.backing.raw = {
      ...record,
      identity: { ...record?.identity, ...change, identityId: 'eu-central-1:of-another' },
    };
    await world.signIn();
    await fetchSession(world);
    expect(identityIds(world)).not.toContain('eu-central-1:of-another');
  });

  test.each([undefined, 'http://127.0.0.1:9'])(
    'is stored with its pool and endpoint: %s',
    async (identityPool) => {
      const endpoints = identityPool === undefined ? {} : { identityPool };
      const world = await createSignedInWorld({}, { config: { ...IDENTITY_CONFIG, endpoints } });
      await fetchSession(world);
      expect(world.backing.record?.identity).toMatchObject({
        identityPoolId: 'eu-central-1:pool',
        endpoint: identityPool ?? '',
      });
    },
  );

  test('that has no credentials yet is kept, and they are got for it', async () => {
    const world = await withIdentityPool();
    const { identityId } = await fetchSession(world);
    const view = await fetchAfter(world, { credentials: undefined } as object);
    expect(view.identityId).toBe(identityId);
    expect(view.credentials).toBeDefined();
    expect(counts(world)).toEqual([1, 2]);
  });
});

describe('a known identity that is refused', () => {
  test('is replaced once by a new one', async () => {
    const world = await withIdentityPool();
    const before = await fetchSession(world);
    world.cognito.deletedIdentities.add(before.identityId ?? '');
    world.time.sleep(HOUR_MS);
    const after = await fetchSession(world);
    expect(after.identityId).toBe('eu-central-1:identity-2');
    expect(after.credentials).toBeDefined();
    expect(counts(world)).toEqual([2, 3]);
  });

  test('and the new one as well, is reported, and the tokens are good all the same', async () => {
    const world = await withIdentityPool();
    await fetchSession(world);
    world.cognito.fail('credentials', answered('NotAuthorizedException', 400, "Logins don't match."), 2);
    world.time.sleep(HOUR_MS);
    const view = await fetchSession(world);
    expect(view).toMatchObject({ status: 'signed-in', credentialsError: { name: 'NotAuthorizedException' } });
    expect(view).not.toHaveProperty('credentials');
    expect(counts(world)).toEqual([2, 3]);
  });
});

describe('an ID token that the identity pool calls expired', () => {
  const expired = answered('NotAuthorizedException', 400, 'Invalid login token. Token expired: 1 >= 0');

  test('is refreshed once, and the credentials are got with the new one', async () => {
    const world = await withIdentityPool();
    world.cognito.fail('credentials', expired);
    const view = await fetchSession(world);
    expect(view.credentials).toBeDefined();
    expect(world.cognito.count('refresh')).toBe(1);
    const [first, second] = logins(world).map((login) => Object.values(login)[0]);
    expect(second).not.toBe(first);
    expect(second).toBe(view.tokens?.idToken);
  });

  test('and Cognito ends the session over it, the call rejects with that', async () => {
    const world = await withIdentityPool();
    const verdict = answered('NotAuthorizedException', 400, 'Refresh Token has been revoked');
    world.cognito.fail('credentials', expired);
    world.cognito.fail('refresh', verdict);
    await expect(fetchSession(world)).rejects.toBe(verdict);
    expect(await fetchSession(world)).toMatchObject({ status: 'signed-out' });
  });

  test('costs no identity that is known', async () => {
    const world = await withIdentityPool();
    const { identityId } = await fetchSession(world);
    world.time.sleep(HOUR_MS);
    world.cognito.fail('credentials', expired);
    expect((await fetchSession(world)).identityId).toBe(identityId);
    expect(counts(world)).toEqual([1, 3]);
  });

  test('and the new one too, is reported, and not refreshed again by every call', async () => {
    const world = await withIdentityPool();
    world.cognito.fail('credentials', expired, 20);
    const view = await fetchSession(world);
    expect(view).toMatchObject({ status: 'signed-in', credentialsError: { name: 'NotAuthorizedException' } });
    await fetchSession(world);
    await fetchSession(world);
    expect(world.cognito.count('refresh')).toBe(1);
  });
});

describe('credentials that cannot be had', () => {
  test.each([
    ['no network', unanswered(), 'NetworkError'],
    [
      'a broken pool',
      answered('InvalidIdentityPoolConfigurationException'),
      'InvalidIdentityPoolConfigurationException',
    ],
    ['a busy service', answered('TooManyRequestsException', 429), 'TooManyRequestsException'],
  ])(
    'for %s do not make the call reject: it resolves with tokens and says why',
    async (_what, failure, name) => {
      const world = await withIdentityPool();
      world.cognito.fail('identityId', failure);
      const view = await fetchSession(world);
      expect(view.tokens).toBeDefined();
      expect(view.credentialsError).toMatchObject({ name });
    },
  );

  test('are not asked for again by each call, but after ever longer pauses up to half a minute', async () => {
    const world = await withIdentityPool();
    world.cognito.fail('identityId', unanswered(), 1_000);
    for (let second = 0; second < 120; second += 1) {
      await fetchSession(world);
      await world.time.advance(1_000);
    }
    const times = world.cognito.requests
      .filter(({ operation }) => operation === 'identityId')
      .map(({ atMs }) => atMs);
    const pauses = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 32_000]);
  });

  test('come back when the service does, and the error goes', async () => {
    const world = await withIdentityPool();
    world.cognito.fail('identityId', unanswered());
    await fetchSession(world);
    await world.time.advance(1_000);
    const view = await fetchSession(world);
    expect(view.credentials).toBeDefined();
    expect(view).not.toHaveProperty('credentialsError');
  });

  test('for one user are asked for at once for the next', async () => {
    const world = await withIdentityPool();
    world.cognito.fail('identityId', unanswered(), 4);
    // Now and after 1, 2 and 4 s: the next pause is 8 s.
    for (const pauseMs of [1_000, 2_000, 4_000, 0]) {
      await fetchSession(world);
      await world.time.advance(pauseMs);
    }
    expect(world.cognito.count('identityId')).toBe(4);
    await world.time.run(world.session.signOut({}));
    await world.signIn('grace');
    const view = await fetchSession(world);
    expect(view.credentials).toBeDefined();
  });

  test('because there is no ID token say so, without a request', async () => {
    const world = createWorld();
    const runtime = world.start({ config: IDENTITY_CONFIG });
    await runtime.connect();
    world.cognito.answerWith('initiateAuth', (answer: { tokens: { idToken?: string } }) => {
      const { idToken: _idToken, ...tokens } = answer.tokens;
      return { ...answer, tokens };
    });
    await runtime.signIn();
    const view = await fetchSession({ ...world, ...runtime });
    expect(view.credentialsError).toMatchObject({ name: 'CredentialsException' });
    expect(counts(world)).toEqual([0, 0]);
  });

  test('while the old ones still live leave those in use', async () => {
    const world = await withIdentityPool({ tokenSeconds: 86_400 });
    const before = await fetchSession(world);
    world.time.sleep(HOUR_MS - 100_000);
    world.cognito.fail('credentials', unanswered());
    await fetchSession(world);
    await settle();
    const after = await fetchSession(world);
    expect(after.credentials).toEqual(before.credentials);
    expect(after).not.toHaveProperty('credentialsError');
  });

  test('in an answer that names another identity, that one is taken over', async () => {
    const world = await withIdentityPool();
    world.cognito.answerWith('credentials', (answer: CredentialsAnswer) => ({
      ...answer,
      identityId: 'merged',
    }));
    expect((await fetchSession(world)).identityId).toBe('merged');
  });
});

describe('the log', () => {
  const told = ({ log }: Both, level: string) => log.filter((entry) => entry.level === level);

  test('tells, as a warning, by what error credentials could not be had', async () => {
    const world = await withIdentityPool();
    world.cognito.fail('identityId', unanswered());
    await fetchSession(world);
    expect(told(world, 'warn')).toEqual([
      {
        level: 'warn',
        message: expect.stringMatching(/credentials/i) as string,
        details: { error: 'NetworkError' },
      },
    ]);
  });

  test('tells of new credentials, and of an identity that is another one now', async () => {
    const world = await withIdentityPool();
    const renew = async (): Promise<string[]> => {
      const before = told(world, 'info').length;
      world.time.sleep(HOUR_MS);
      await fetchSession(world);
      const texts = told(world, 'info').slice(before);
      return texts.map(({ message }) => message).filter((text) => /credentials|identity/i.test(text));
    };
    const fresh = expect.stringMatching(/new.*credentials/i) as string;
    const changed = expect.stringMatching(/identity changed/i) as string;
    const refused = expect.stringMatching(/identity was refused/i) as string;
    // The first, without a known identity; the same again; another one in the answer; one that is refused.
    expect(await renew()).toEqual([fresh]);
    expect(await renew()).toEqual([fresh]);
    world.cognito.answerWith('credentials', (answer: CredentialsAnswer) => ({
      ...answer,
      identityId: 'merged',
    }));
    expect(await renew()).toEqual([changed, fresh]);
    expect(await renew()).toEqual([refused, changed, fresh]);
  });
});

describe('a custom role', () => {
  const ROLE = 'arn:aws:iam::123456789012:role/editors';
  const OTHER = 'arn:aws:iam::123456789012:role/readers';
  const roles = ({ cognito }: World) =>
    cognito.requests.flatMap(({ operation, input }) =>
      operation === 'credentials' ? [(input as { customRoleArn?: string }).customRoleArn] : [],
    );

  test("is asked for with a user's credentials, and not with those of a guest", async () => {
    const world = createWorld();
    const runtime = world.start({ config: { ...GUEST_CONFIG, customRoleArn: ROLE } });
    await runtime.connect();
    await fetchSession({ ...world, ...runtime });
    await runtime.signIn();
    await fetchSession({ ...world, ...runtime });
    expect(roles(world)).toEqual([undefined, ROLE]);
  });

  test("never serves another role's credentials, and keeps the identity", async () => {
    const world = await withIdentityPool();
    const before = await fetchSession(world);
    for (const customRoleArn of [ROLE, OTHER]) {
      const next = world.start({ config: { ...IDENTITY_CONFIG, customRoleArn } });
      await next.connect(customRoleArn);
      const held = await world.time.run(next.session.session({ peek: true }));
      expect(held).toMatchObject({ identityId: before.identityId, leaseMs: 0 });
      expect(held.credentials).toBeUndefined();
      const after = await fetchSession({ ...world, ...next });
      expect(after.identityId).toBe(before.identityId);
      expect(after.credentials?.accessKeyId).toBeTruthy();
      expect(world.backing.record?.identity?.credentials?.customRoleArn).toBe(customRoleArn);
    }
    expect(roles(world)).toEqual([undefined, ROLE, OTHER]);
    expect(world.cognito.count('identityId')).toBe(1);
  });

  test('is kept over a restart with the credentials', async () => {
    const config = { ...IDENTITY_CONFIG, customRoleArn: ROLE };
    const world = await createSignedInWorld({}, { config });
    const before = await fetchSession(world);
    const next = world.start({ config });
    await next.connect('tab-2');
    expect((await fetchSession({ ...world, ...next })).credentials).toEqual(before.credentials);
    expect(roles(world)).toEqual([ROLE]);
  });
});
