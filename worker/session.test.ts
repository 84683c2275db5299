import { describe, expect, test, vi } from 'vitest';
import { ACKNOWLEDGE_MS, RECHECK_MS, SET_ASIDE_KEPT_MS, UNKNOWN_STORE_REST_MS } from './bounds.js';
import { LEASE_MS, type SessionRequest, type SessionView } from './contract.js';
import type { SessionRecord, StoredSession } from './deps.js';
import { withIntent, withoutSession, withRefresh, withSignIn } from './record.js';
import { answered, unanswered } from './testing/scripted-cognito.js';
import { makeTokenPair } from './testing/tokens.js';
import { settle, START_MS } from './testing/virtual-time.js';
import {
  CONFIG,
  IDENTITY_CONFIG,
  createSignedInWorld,
  createWorld,
  REFRESH_LOCK,
  type Runtime,
  type World,
} from './testing/world.js';

const HOUR_MS = 3_600_000;

type Both = World & Runtime;

const accessToken = (view: SessionView): string => view.tokens?.accessToken ?? 'none';
const fetchSession = (
  { time, session }: Pick<Both, 'time' | 'session'>,
  request = {},
): Promise<SessionView> => time.run(session.session(request));

describe('the proactive refresh', () => {
  test('comes a margin before the tokens expire, and no earlier', async () => {
    const world = await createSignedInWorld({}, { random: () => 0 });
    await world.time.advance(HOUR_MS - 300_001);
    expect(world.cognito.count('refresh')).toBe(0);
    await world.time.advance(1);
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('is put off by chance, by a tenth of the margin at most, so that devices do not move in step', async () => {
    const world = await createSignedInWorld({}, { random: () => 1 });
    await world.time.advance(HOUR_MS - 300_000 + 28_000);
    expect(world.cognito.count('refresh')).toBe(0);
    await world.time.advance(2_000);
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('goes on for as long as a tab is open', async () => {
    const world = await createSignedInWorld({}, { random: () => 0 });
    await world.time.advance(4 * HOUR_MS);
    expect(world.cognito.count('refresh')).toBe(4);
    expect(world.backing.record?.session?.refreshToken).toBe('refresh-sub-ada-1.4');
  });

  test('does not come when no tab is open', async () => {
    const world = await createSignedInWorld();
    world.session.clients.remove('tab-1');
    await world.time.advance(2 * HOUR_MS);
    expect(world.cognito.count('refresh')).toBe(0);
    expect(world.time.waiting).toBe(0);
  });

  test('comes at once when a tab opens and it is overdue', async () => {
    const world = await createSignedInWorld();
    world.session.clients.remove('tab-1');
    await world.time.advance(HOUR_MS - 100_000);
    world.session.clients.seen('tab-2');
    await world.time.advance(0);
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('is caught up on after sleep within a minute, though nobody says that the device woke', async () => {
    const world = await createSignedInWorld();
    await world.time.advance(1_000);
    world.time.sleep(HOUR_MS - 100_000);
    await world.time.advance(RECHECK_MS);
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('is caught up on after sleep, when the page says that the device woke', async () => {
    const world = await createSignedInWorld();
    world.time.sleep(8 * HOUR_MS);
    world.session.wake();
    await world.time.advance(0);
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('of two runtimes is one request', async () => {
    const world = await createSignedInWorld();
    const other = world.start();
    await other.connect('tab-2');
    await world.time.advance(HOUR_MS);
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('uses half of the life of tokens that live shorter than the margin', async () => {
    const world = await createSignedInWorld({ tokenSeconds: 60 }, { random: () => 0 });
    await world.time.advance(29_999);
    expect(world.cognito.count('refresh')).toBe(0);
    await world.time.advance(1);
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('that fails is tried again later, never in a loop, and the session is kept', async () => {
    const world = await createSignedInWorld({}, { random: () => 0 });
    world.cognito.fail('refresh', unanswered(), 1_000);
    await world.time.advance(HOUR_MS + 600_000);
    expect(world.cognito.count('refresh')).toBeGreaterThan(10);
    expect(world.cognito.count('refresh')).toBeLessThan(200);
    expect(world.backing.record?.session).toBeDefined();
  });

  test('stops with the session', async () => {
    const world = await createSignedInWorld();
    await world.time.run(world.session.signOut({}));
    expect(world.time.waiting).toBe(0);
  });
});

describe('inside the margin', () => {
  test('a call is answered at once with the living token, and refreshed behind', async () => {
    const world = await createSignedInWorld();
    const before = accessToken(await fetchSession(world));
    world.time.sleep(HOUR_MS - 200_000);
    const answer = world.cognito.hold('refresh');
    expect(accessToken(await fetchSession(world))).toBe(before);
    await world.time.until(() => world.cognito.count('refresh') === 1);
    answer.release();
    await settle();
    expect(accessToken(await fetchSession(world))).not.toBe(before);
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('a call waits in the last ten seconds', async () => {
    const world = await createSignedInWorld();
    const before = accessToken(await fetchSession(world));
    world.time.sleep(HOUR_MS - 10_000);
    expect(accessToken(await fetchSession(world))).not.toBe(before);
  });

  test('a token that cannot be refreshed but still lives is served', async () => {
    const world = await createSignedInWorld();
    const before = accessToken(await fetchSession(world));
    world.time.sleep(HOUR_MS - 9_900);
    world.cognito.fail('refresh', unanswered(), 100);
    expect(accessToken(await fetchSession(world))).toBe(before);
    expect(world.cognito.count('refresh')).toBe(3);
  });

  test('a token that is being refreshed is not asked for twice, however many calls there are', async () => {
    const world = await createSignedInWorld();
    world.time.sleep(HOUR_MS - 200_000);
    const answer = world.cognito.hold('refresh');
    for (let call = 0; call < 5; call += 1) await fetchSession(world);
    answer.release();
    await settle();
    expect(world.cognito.count('refresh')).toBe(1);
  });
});

describe('a restart', () => {
  test('finds the session again, without a request', async () => {
    const world = await createSignedInWorld();
    const before = await fetchSession(world);
    const next = world.start();
    await next.connect();
    expect(await fetchSession({ ...world, ...next })).toEqual(before);
    expect(world.cognito.requests).toHaveLength(1);
  });

  test('on a device whose clock was off by more than a minute refreshes before it serves', async () => {
    const world = await createSignedInWorld({ clockOffsetMs: 120_000 });
    const before = accessToken(await fetchSession(world));
    const next = world.start();
    await next.connect();
    expect(accessToken(await fetchSession({ ...world, ...next }))).not.toBe(before);
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('on such a device without a network serves the token for as long as it lives', async () => {
    const world = await createSignedInWorld({ clockOffsetMs: 120_000 });
    const before = accessToken(await fetchSession(world));
    world.cognito.fail('refresh', unanswered(), 100);
    const next = world.start();
    await next.connect();
    expect(accessToken(await fetchSession({ ...world, ...next }))).toBe(before);
  });

  test('erases what was set aside more than seven days ago', async () => {
    const world = createWorld();
    world.backing.keepAside('an old record', START_MS - SET_ASIDE_KEPT_MS);
    world.backing.keepAside('a younger one', START_MS - SET_ASIDE_KEPT_MS + 1);
    await world.start().connect();
    await settle();
    expect(world.backing.setAside).toEqual(['a younger one']);
  });
});

describe('news', () => {
  test('holds no token: every message on the channel is free of secrets', async () => {
    const world = await createSignedInWorld();
    const { tokens } = await fetchSession(world);
    await fetchSession(world, { forceRefresh: true });
    world.cognito.fail('refresh', unanswered(), 3);
    await fetchSession(world, { forceRefresh: true }).catch(() => undefined);
    await world.time.run(world.session.signOut({}));
    const text = JSON.stringify(world.hub.posted);
    expect(world.news()).toEqual(['signedIn', 'tokenRefresh', 'tokenRefresh_failure', 'signedOut']);
    for (const secret of ['refresh-', 'eyJ', tokens?.idToken ?? '']) expect(text).not.toContain(secret);
  });

  test('carries a revision that goes up with each change', async () => {
    const world = await createSignedInWorld();
    await fetchSession(world, { forceRefresh: true });
    await world.time.run(world.session.signOut({}));
    const revisions = world.hub.posted.flatMap((message) =>
      message.type === 'news' ? [message.revision] : [],
    );
    expect(revisions).toEqual([1, 2, 3]);
  });

  test('of another runtime is followed: a sign-in there is a sign-in here', async () => {
    const world = createWorld();
    const [here, there] = [world.start(), world.start()];
    await here.connect('tab-1');
    await there.connect('tab-2');
    await there.signIn();
    await settle();
    expect((await fetchSession({ ...world, ...here }, { peek: true })).user?.username).toBe('ada');
  });

  test('of another runtime is followed: a sign-out there is a sign-out here', async () => {
    const world = await createSignedInWorld();
    const there = world.start();
    await there.connect('tab-2');
    await world.time.run(there.session.signOut({}));
    expect(await fetchSession(world)).toMatchObject({ status: 'signed-out', ended: { reason: 'user' } });
  });

  test('that was missed is made up for by asking for a revision', async () => {
    const world = await createSignedInWorld();
    const deaf = world.start({ channel: { post: () => undefined, listen: () => undefined } });
    await deaf.connect('tab-2');
    await world.time.run(world.session.signOut({}));
    const asked = { minRevision: world.session.revision };
    expect((await fetchSession({ ...world, ...deaf }, asked)).status).toBe('signed-out');
  });

  test.each<unknown>([
    null,
    { type: 'news', instanceId: 'x', revision: 1_000 },
    { type: 'news', instanceId: 'x', revision: 1_000, event: { type: 'signedOut', reason: 'user' } },
    { type: 'news', instanceId: 'x', revision: NaN, event: { type: 'signedOut', reason: 'user' } },
    { type: 'claim', instanceId: 'x', scope: { userPoolId: 'another' } },
    { type: 'settled', instanceId: 'x', revision: NaN, clients: NaN },
  ])('that is forged ends no session: %j', async (message) => {
    const world = await createSignedInWorld();
    world.hub.forge(message);
    await world.time.advance(2_000);
    expect((await fetchSession(world)).status).toBe('signed-in');
    expect(world.backing.record?.session).toBeDefined();
  });
});

test.each(['of the future', 'of this revision', 'of the past'])(
  'a forged sign-out %s costs no tab its place: the proactive refresh goes on',
  async (when) => {
    const world = await createSignedInWorld();
    const now = world.session.revision;
    const revision = when === 'of the future' ? 999 : when === 'of the past' ? now - 1 : now;
    const event = { type: 'signedOut', reason: 'user' };
    world.hub.forge({ type: 'news', instanceId: 'x', revision, event });
    await world.time.advance(2_000);
    expect(world.session.clients.count).toBe(1);
    await world.time.advance(HOUR_MS);
    expect(world.cognito.count('refresh')).toBe(1);
  },
);

test('a flood of forged news and of calls that want a later revision reads the store a few times', async () => {
  const world = await createSignedInWorld();
  const reads = vi.spyOn(world.backing, 'update');
  const event = { type: 'tokenRefresh' };
  for (let revision = 1_000; revision < 2_000; revision += 1) {
    world.hub.forge({ type: 'news', instanceId: 'x', revision, event });
  }
  const calls = Array.from({ length: 1_000 }, () =>
    world.session.session({ peek: true, minRevision: 5_000 }),
  );
  for (const view of await world.time.run(Promise.all(calls))) expect(view.status).toBe('signed-in');
  expect(reads.mock.calls.length).toBeLessThan(10);
});

test('a flood of wakes revokes what is to be revoked once at a time', async () => {
  const world = await createSignedInWorld();
  world.cognito.fail('revoke', unanswered());
  await world.time.run(world.session.signOut({}));
  const before = world.cognito.count('revoke');
  const hold = world.cognito.hold('revoke');
  for (let woken = 0; woken < 100; woken += 1) world.session.wake();
  await world.time.until(() => world.cognito.count('revoke') > before);
  await world.time.advance(100);
  expect(world.cognito.count('revoke')).toBe(before + 1);
  hold.release();
});

describe('storage that hangs', () => {
  /** Each operation is given up after 3 s. */
  function hang({ backing }: World): void {
    backing.gate = () => new Promise(() => undefined);
  }

  async function tookMs({ time }: World, work: () => Promise<unknown>): Promise<number> {
    const startedAtMs = time.clock.monotonicMs();
    await time.run(work());
    return time.clock.monotonicMs() - startedAtMs;
  }

  test('lets no fresh worker call a user signed out: its calls reject until the store has answered once', async () => {
    const world = await createSignedInWorld();
    const open = world.backing.gate;
    hang(world);
    const { session } = world.start();
    session.join(CONFIG);
    const rejection = { name: 'TimeoutException' };
    expect(await tookMs(world, () => expect(session.session({})).rejects.toMatchObject(rejection))).toBe(
      3_000,
    );
    expect(await tookMs(world, () => expect(session.session({})).rejects.toMatchObject(rejection))).toBe(0);
    world.backing.gate = open;
    await world.time.advance(1_000);
    expect((await world.time.run(session.session({}))).user?.username).toBe('ada');
  });

  test('lets a fresh worker sign somebody in all the same, and that stands when the store is back', async () => {
    const world = await createSignedInWorld();
    const open = world.backing.gate;
    hang(world);
    const fresh = world.start();
    fresh.session.join(CONFIG);
    await fresh.signIn('grace', 'tab-2');
    expect((await world.time.run(fresh.session.session({}))).user?.username).toBe('grace');
    world.backing.gate = open;
    await world.time.advance(30_000);
    await world.time.run(fresh.session.session({ forceRefresh: true }));
    expect((await fetchSession(world)).user?.username).toBe('grace');
    expect(world.cognito.isAlive('refresh-sub-ada-1.0')).toBe(false);
  });

  test('makes no sign-out in a fresh worker any less final', async () => {
    const world = await createSignedInWorld();
    const open = world.backing.gate;
    hang(world);
    const fresh = world.start();
    fresh.session.join(CONFIG);
    fresh.session.clients.seen('tab-2');
    await world.time.run(fresh.session.signOut({}));
    world.backing.gate = open;
    await world.time.advance(31_000);
    await world.time.run(fresh.session.session({}));
    await settle();
    expect((await fetchSession(world)).status).toBe('signed-out');
    expect(world.cognito.isAlive('refresh-sub-ada-1.0')).toBe(false);
  });

  test('delays a refresh once', async () => {
    const world = await createSignedInWorld();
    hang(world);
    expect(await tookMs(world, () => world.session.session({ forceRefresh: true }))).toBe(3_000);
    expect(world.news()).toEqual(['signedIn', 'tokenRefresh']);
  });

  test('delays a sign-out once, beside the wait for the tabs', async () => {
    const world = await createSignedInWorld();
    hang(world);
    expect(await tookMs(world, () => world.session.signOut({}))).toBe(3_000 + ACKNOWLEDGE_MS);
    expect((await fetchSession(world)).status).toBe('signed-out');
    expect(world.cognito.isAlive('refresh-sub-ada-1.0')).toBe(false);
  });
});

describe('storage that fails under a living runtime', () => {
  test('ends no session, and refreshes go on in memory', async () => {
    const world = await createSignedInWorld();
    world.backing.isFailing = true;
    world.time.sleep(HOUR_MS);
    expect((await fetchSession(world)).status).toBe('signed-in');
    world.time.sleep(HOUR_MS);
    expect((await fetchSession(world)).status).toBe('signed-in');
    world.backing.isFailing = false;
    await fetchSession(world, { forceRefresh: true });
    expect(world.backing.record?.session?.refreshToken).toBe('refresh-sub-ada-1.3');
  });

  test('by being erased, ends no session', async () => {
    const world = await createSignedInWorld();
    world.backing.raw = undefined;
    expect((await fetchSession(world, { forceRefresh: true })).status).toBe('signed-in');
    expect(world.backing.record?.session).toBeDefined();
  });
});

describe('while credentials are fetched', () => {
  const config = { ...IDENTITY_CONFIG, allowGuestAccess: true };

  test('a session comes to light: it is refreshed before it is given out, and has credentials of its own', async () => {
    const world = await createSignedInWorld({}, { config });
    world.time.sleep(HOUR_MS);
    world.backing.isFailing = true;
    const next = world.start({ config });
    await next.connect('tab-2');
    const hold = world.cognito.hold('credentials');
    const call = next.session.session({});
    await world.time.until(() => world.cognito.count('credentials') === 1);
    world.backing.isFailing = false;
    next.session.wake();
    await settle();
    hold.release();
    const view = await world.time.run(call);
    expect(view.user?.username).toBe('ada');
    expect(world.cognito.count('refresh')).toBe(1);
    expect(view.tokens?.accessToken).toBe(world.backing.record?.session?.accessToken);
    expect(world.backing.record?.identity?.userId).toBe('sub-ada');
    expect(view.credentials?.accessKeyId).toBe(world.backing.record?.identity?.credentials?.accessKeyId);
  });

  test('the device sleeps over the expiry: the tokens are refreshed before they are given out', async () => {
    const world = await createSignedInWorld({}, { config });
    const hold = world.cognito.hold('credentials');
    const call = world.session.session({});
    await world.time.until(() => world.cognito.count('credentials') === 1);
    world.time.sleep(HOUR_MS);
    hold.release();
    const view = await world.time.run(call);
    expect(world.cognito.count('refresh')).toBe(1);
    expect(view.tokens?.accessToken).toBe(world.backing.record?.session?.accessToken);
  });
});

test('a verdict reaches every runtime as a sign-out that says why', async () => {
  const world = await createSignedInWorld();
  const other = world.start();
  await other.connect('tab-2');
  world.cognito.fail('refresh', answered('RefreshTokenReuseException'));
  await fetchSession(world, { forceRefresh: true }).catch(() => undefined);
  await settle();
  expect(await fetchSession({ ...world, ...other })).toMatchObject({
    status: 'signed-out',
    ended: { reason: 'rejected', error: { name: 'RefreshTokenReuseException' } },
  });
});

describe('what a runtime tells of itself', () => {
  test('is at first that nothing has happened', () => {
    expect(createWorld().start().session.inspect()).toEqual({
      clients: 0,
      storage: 'indexeddb',
      counters: {
        refreshRequests: 0,
        refreshes: 0,
        refreshFailures: 0,
        refreshesTakenUp: 0,
        lateTokens: 0,
        lockTimeouts: 0,
        storeFailures: 0,
      },
    });
  });

  test('is how many tabs there are, when it will refresh, and how the last refresh went', async () => {
    const world = await createSignedInWorld({}, { random: () => 0 });
    const { time, session } = world;
    expect(session.inspect()).toMatchObject({
      clients: 1,
      nextRefreshAtMs: time.clock.wallMs() + HOUR_MS - 300_000,
    });
    await fetchSession(world, { forceRefresh: true });
    expect(session.inspect()).toMatchObject({
      lastRefresh: { outcome: 'refreshed', atMs: time.clock.wallMs() },
      counters: { refreshRequests: 1, refreshes: 1, refreshFailures: 0 },
    });
    world.cognito.fail('refresh', unanswered(), 3);
    await fetchSession(world, { forceRefresh: true }).catch(() => undefined);
    expect(session.inspect()).toMatchObject({
      lastRefresh: { outcome: 'failed', error: 'NetworkError' },
      counters: { refreshRequests: 4, refreshes: 1, refreshFailures: 1 },
    });
    await time.run(session.signOut({}));
    expect(session.inspect()).not.toHaveProperty('nextRefreshAtMs');
  });

  test('is that the store fails, and why, until it works again', async () => {
    const world = await createSignedInWorld();
    world.backing.isFailing = true;
    await fetchSession(world, { forceRefresh: true });
    expect(world.session.inspect()).toMatchObject({
      storage: 'memory',
      storageError: 'Error',
      counters: { storeFailures: 1 },
    });
    world.backing.isFailing = false;
    await fetchSession(world, { forceRefresh: true });
    expect(world.session.inspect()).toMatchObject({ storage: 'indexeddb' });
    expect(world.session.inspect()).not.toHaveProperty('storageError');
  });

  test('is that it took up what another run had begun, and that it waited for the lock in vain', async () => {
    const world = await createSignedInWorld({ graceSeconds: 60 });
    world.time.sleep(HOUR_MS);
    world.locks.freeze(REFRESH_LOCK);
    const call = world.session.session({});
    await world.time.advance(5_000);
    const record = world.backing.record as SessionRecord;
    world.backing.raw = withIntent(record, { instanceId: 'gone', startedAtMs: START_MS });
    await world.time.run(call);
    expect(world.session.inspect().counters).toMatchObject({ lockTimeouts: 1, refreshesTakenUp: 1 });
  });

  test('is that tokens came too late for their session', async () => {
    const world = await createSignedInWorld({ graceSeconds: 60 });
    const answer = world.cognito.hold('refresh');
    const call = world.session.session({ forceRefresh: true });
    await world.time.until(() => world.cognito.count('refresh') === 1);
    await world.time.run(world.session.signOut({}));
    answer.release();
    await world.time.run(call);
    expect(world.session.inspect().counters).toMatchObject({ lateTokens: 1, refreshes: 0 });
  });

  test('holds no secret', async () => {
    const world = await createSignedInWorld();
    await fetchSession(world, { forceRefresh: true });
    const text = JSON.stringify(world.session.inspect());
    for (const secret of ['refresh-sub', 'eyJ']) expect(text).not.toContain(secret);
  });
});

describe('a change that nobody told of, for its runtime died', () => {
  /** Another runtime changes the store, and is gone before its news. */
  function changeSilently(world: World, change: (record: SessionRecord) => SessionRecord): void {
    world.backing.raw = change(world.backing.record as SessionRecord);
  }
  const end = (record: SessionRecord): SessionRecord => withoutSession(record, { reason: 'user' }, START_MS);

  test('is seen by who comes new', async () => {
    const world = await createSignedInWorld();
    changeSilently(world, end);
    await world.connect('tab-2');
    expect((await fetchSession(world)).status).toBe('signed-out');
  });

  test('is seen and told when a page wakes', async () => {
    const world = await createSignedInWorld();
    changeSilently(world, end);
    world.session.wake();
    await settle();
    expect(world.news()).toEqual(['signedIn', 'changed']);
    expect((await fetchSession(world)).ended).toEqual({ reason: 'user' });
  });

  test('is seen and told within a minute, once', async () => {
    const world = await createSignedInWorld();
    changeSilently(world, end);
    await world.time.advance(2 * RECHECK_MS);
    expect(world.news()).toEqual(['signedIn', 'changed']);
  });

  test('is told also when it was a refresh', async () => {
    const world = await createSignedInWorld();
    const newer = { ...makeTokenPair('sub-ada', START_MS, 3_600), refreshToken: 'newer' };
    changeSilently(world, (record) =>
      withRefresh(record, record.session as StoredSession, newer, START_MS, 'sub-ada'),
    );
    world.session.wake();
    await settle();
    expect(world.news()).toEqual(['signedIn', 'changed']);
    expect((await fetchSession(world)).tokens?.accessToken).toBe(newer.accessToken);
  });
});

test('a refresh whose runtime dies is taken up by another one that lives, though nobody asks for anything', async () => {
  const world = await createSignedInWorld({ graceSeconds: 60 });
  const dying = world.start();
  await dying.connect('tab-2');
  const answer = world.cognito.hold('refresh');
  void dying.session.session({ forceRefresh: true });
  await world.time.until(() => world.cognito.count('refresh') === 1);
  // It is gone with its lock, and what comes does not reach it.
  dying.deps.store.update = () => new Promise(() => undefined);
  answer.release();
  world.locks.thaw(REFRESH_LOCK);
  await world.time.until(() => world.cognito.count('refresh') === 2, 1_000);
  await settle();
  expect(world.backing.record).toMatchObject({ sequence: 2 });
  expect(world.backing.record).not.toHaveProperty('intent');
  expect(world.session.inspect().counters).toMatchObject({ refreshesTakenUp: 1 });
});

describe('a device that sleeps while a refresh is out', () => {
  async function sleptThrough(request: SessionRequest): Promise<{ world: Both; view: SessionView }> {
    const world = await createSignedInWorld();
    const answer = world.cognito.hold('refresh');
    const forced = world.session.session({ forceRefresh: true });
    await world.time.until(() => world.cognito.count('refresh') === 1);
    const call = world.session.session(request);
    world.time.sleep(24 * HOUR_MS);
    answer.release();
    const view = await world.time.run(call);
    await world.time.run(forced);
    return { world, view };
  }

  test.each([{}, { forceRefresh: true }])(
    'gives out no token that has expired meanwhile: %j',
    async (request) => {
      const { world, view } = await sleptThrough(request);
      expect(world.cognito.count('refresh')).toBe(2);
      expect(view.tokens?.accessToken).toBe(world.backing.record?.session?.accessToken);
      expect(world.backing.record?.session?.askedAtMs).toBe(world.time.clock.wallMs());
    },
  );
});

test('a verdict on a token that another runtime has refreshed, and could not store, ends no session', async () => {
  const world = await createSignedInWorld();
  const other = world.start();
  await other.connect('tab-2');
  world.backing.isFailing = true;
  await fetchSession(world, { forceRefresh: true });
  world.backing.isFailing = false;
  const call = other.session.session({ forceRefresh: true });
  expect((await world.time.run(call)).status).toBe('signed-in');
  expect(world.news()).not.toContain('signedOut');
  expect(world.backing.record?.session?.refreshToken).toBe('refresh-sub-ada-1.1');
  expect(world.cognito.isAlive('refresh-sub-ada-1.1')).toBe(true);
});

describe('the roll', () => {
  const calls = ({ hub }: World): number => hub.posted.filter(({ type }) => type === 'roll-call').length;

  test('is called for the first tab, not for each one', async () => {
    const world = await createSignedInWorld();
    const before = calls(world);
    world.session.clients.seen('tab-2');
    world.session.clients.remove('tab-2');
    expect(calls(world)).toBe(before);
  });

  test('is not called by a runtime that serves nobody', async () => {
    const world = createWorld();
    world.start().session.join(CONFIG);
    await settle();
    expect(calls(world)).toBe(0);
  });

  test('is not answered to oneself', async () => {
    const world = await createSignedInWorld();
    await settle();
    const before = world.hub.posted.length;
    world.hub.forge({ type: 'roll-call', instanceId: world.deps.instanceId });
    await settle();
    expect(world.hub.posted).toHaveLength(before);
  });
});

describe('news of another runtime', () => {
  const forge = (world: World, revision: number, type = 'changed'): void =>
    world.hub.forge({ type: 'news', instanceId: 'x', revision, event: { type } });
  const end = (record: SessionRecord): SessionRecord => withoutSession(record, { reason: 'user' }, START_MS);

  test('of what is known already reads no store', async () => {
    const world = await createSignedInWorld();
    await settle();
    const updates = vi.spyOn(world.backing, 'update');
    forge(world, world.session.revision);
    await settle();
    expect(updates).not.toHaveBeenCalled();
  });

  test('is looked up by who went on in memory, however many changes it counted there', async () => {
    const world = await createSignedInWorld();
    const other = world.start();
    await other.connect('tab-2');
    world.backing.isFailing = true;
    await fetchSession(world, { forceRefresh: true });
    await world.time.advance(2_000);
    await fetchSession(world, { forceRefresh: true });
    world.backing.isFailing = false;
    await world.time.run(other.session.signOut({}));
    expect((await fetchSession(world, { peek: true })).status).toBe('signed-out');
  });

  test('that no store bears out hides no later change', async () => {
    const world = await createSignedInWorld();
    forge(world, 999);
    await settle();
    world.backing.raw = end(world.backing.record as SessionRecord);
    world.session.wake();
    await settle();
    expect(world.news()).toEqual(['signedIn', 'changed']);
  });

  test('that is older than what the store holds makes the rest be told', async () => {
    const world = await createSignedInWorld();
    const record = end(world.backing.record as SessionRecord);
    world.backing.raw = { ...record, revision: record.revision + 1 };
    forge(world, record.revision);
    await settle();
    expect(world.news()).toEqual(['signedIn', 'changed']);
  });

  test('that is of no sign-out costs no tab its place while nobody is signed in', async () => {
    const world = await createSignedInWorld();
    const signingOut = world.session.signOut({});
    await settle();
    world.session.clients.acknowledge('tab-1', world.session.revision);
    await world.time.run(signingOut);
    world.session.clients.seen('tab-2');
    forge(world, world.session.revision);
    await world.time.advance(2 * ACKNOWLEDGE_MS);
    expect(world.session.clients.count).toBe(2);
  });

  test('that is of no refresh begins none', async () => {
    const world = await createSignedInWorld();
    world.hub.forge({ type: 'left', instanceId: 'x' });
    await settle();
    expect(world.session.inspect()).not.toHaveProperty('lastRefresh');
  });
});

describe('a call reads the store', () => {
  async function readsOf(
    overrides: Parameters<World['start']>[0],
    quietMs: number,
    request: SessionRequest = {},
  ): Promise<number> {
    const world = await createSignedInWorld({}, overrides);
    await fetchSession(world);
    await world.time.advance(quietMs);
    const updates = vi.spyOn(world.backing, 'update');
    await fetchSession(world, { peek: true, ...request });
    return updates.mock.calls.length;
  }

  test('not for a revision that is known', async () => {
    expect(await readsOf({}, 0, { minRevision: 1 })).toBe(0);
    expect(await readsOf({}, 0, { minRevision: 2 })).toBe(1);
  });

  test('after it was quiet for longer than a lease, and only where the runtime sleeps with its page', async () => {
    expect(await readsOf({ sleepsWithPage: true }, LEASE_MS)).toBe(0);
    expect(await readsOf({ sleepsWithPage: true }, LEASE_MS + 1)).toBe(1);
    expect(await readsOf({ sleepsWithPage: false }, LEASE_MS + 1)).toBe(0);
  });
});

describe('a call whose session changes while credentials are fetched', () => {
  test('forces no refresh of the session that came', async () => {
    const world = await createSignedInWorld({}, { config: IDENTITY_CONFIG });
    const other = world.start({ config: IDENTITY_CONFIG });
    await other.connect('tab-2');
    const hold = world.cognito.hold('credentials');
    const call = world.session.session({ forceRefresh: true });
    await world.time.until(() => world.cognito.count('credentials') === 1);
    await world.time.run(other.session.signOut({}));
    await other.signIn('grace', 'tab-2');
    await settle();
    hold.release();
    expect((await world.time.run(call)).user?.userId).toBe('sub-grace');
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('refreshes with the metadata that it came with', async () => {
    const world = await createSignedInWorld({}, { config: IDENTITY_CONFIG });
    const hold = world.cognito.hold('credentials');
    const call = world.session.session({ clientMetadata: { tenant: 'a' } });
    await world.time.until(() => world.cognito.count('credentials') === 1);
    world.time.sleep(HOUR_MS);
    hold.release();
    await world.time.run(call);
    const refresh = world.cognito.requests.find(({ operation }) => operation === 'refresh');
    expect(refresh?.input).toMatchObject({ clientMetadata: { tenant: 'a' } });
  });

  test('needs no refresh when another runtime has replaced the ID token that was refused', async () => {
    const world = await createSignedInWorld({}, { config: IDENTITY_CONFIG });
    const other = world.start();
    await other.connect('tab-2');
    world.cognito.answerWith('credentials', () => {
      throw answered('NotAuthorizedException', 400, 'Invalid login token. Token expired.');
    });
    const hold = world.cognito.hold('credentials');
    const call = world.session.session({});
    await world.time.until(() => world.cognito.count('credentials') === 1);
    await world.time.run(other.session.session({ forceRefresh: true }));
    hold.release();
    expect((await world.time.run(call)).credentials).toBeDefined();
    expect(world.cognito.count('refresh')).toBe(1);
  });
});

describe('a refresh that nobody waits for', () => {
  test('is not begun by calls while the last one has just failed', async () => {
    const world = await createSignedInWorld();
    world.time.sleep(HOUR_MS - 200_000);
    world.cognito.fail('refresh', unanswered(), 100);
    await fetchSession(world);
    await settle();
    await fetchSession(world);
    await settle();
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('asks for nothing that another runtime has stored unheard', async () => {
    const world = await createSignedInWorld();
    const deaf = world.start({
      channel: { post: () => undefined, listen: () => undefined },
      random: () => 0,
    });
    await deaf.connect('tab-2');
    await world.time.advance(HOUR_MS - 330_000);
    await fetchSession(world, { forceRefresh: true });
    await world.time.advance(30_000);
    expect(deaf.session.inspect().lastRefresh).toMatchObject({ outcome: 'unneeded' });
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('is not begun for the one of another runtime while the last one has just failed', async () => {
    const world = await createSignedInWorld();
    world.cognito.fail('refresh', unanswered(), 100);
    await fetchSession(world, { forceRefresh: true }).catch(() => undefined);
    const before = world.cognito.count('refresh');
    world.hub.forge({ type: 'begun', instanceId: 'x' });
    await settle();
    expect(world.cognito.count('refresh')).toBe(before);
  });

  test('and that takes up the one of another runtime tries once, and says at once that it failed', async () => {
    const world = await createSignedInWorld();
    const record = world.backing.record as SessionRecord;
    world.backing.raw = withIntent(record, { instanceId: 'gone', startedAtMs: START_MS });
    world.cognito.fail('refresh', unanswered(), 100);
    world.session.wake();
    await settle();
    expect(world.cognito.count('refresh')).toBe(1);
    expect(world.session.inspect().lastRefresh).toMatchObject({ outcome: 'failed' });
  });

  test('is not begun for its own that failed, once no tab is open', async () => {
    const world = await createSignedInWorld();
    world.cognito.fail('refresh', unanswered(), 100);
    await fetchSession(world, { forceRefresh: true }).catch(() => undefined);
    const before = world.cognito.count('refresh');
    world.session.clients.remove('tab-1');
    world.session.wake();
    await world.time.advance(1_000);
    expect(world.cognito.count('refresh')).toBe(before);
  });
});

describe('within a minute', () => {
  test('a sign-in that nobody told of is seen and told', async () => {
    const world = createWorld();
    const runtime = world.start();
    await runtime.connect();
    const tokens = { ...makeTokenPair('sub-ada', START_MS, 3_600), refreshToken: 'first' };
    world.backing.raw = withSignIn(world.backing.record as SessionRecord, tokens, { askedAtMs: START_MS });
    await world.time.advance(RECHECK_MS);
    expect(world.news()).toEqual(['changed']);
  });

  test('what was done in memory comes into the store, though no tab is open', async () => {
    const world = await createSignedInWorld();
    world.backing.isFailing = true;
    await fetchSession(world, { forceRefresh: true });
    world.session.clients.remove('tab-1');
    world.backing.isFailing = false;
    await world.time.advance(RECHECK_MS);
    expect(world.backing.record?.session?.refreshToken).toBe('refresh-sub-ada-1.1');
  });
});

test('a store that is silent from the start is named to who calls, with what to do', async () => {
  const world = createWorld();
  world.backing.gate = () => new Promise(() => undefined);
  const { session } = world.start();
  session.join(CONFIG);
  const refused = expect(session.session({})).rejects.toMatchObject({
    message: "The browser's store does not answer.",
    recoverySuggestion: 'Try again. The session is kept.',
  });
  await world.time.run(refused);
});

test('a store that is silent from the start costs no sign-in by redirect: none is begun, and one that comes back is completed later', async () => {
  const PAGE = 'https://app.example/';
  const config = { ...CONFIG, oauth: { domain: 'auth.example.com', redirectSignIn: [PAGE] } };
  const world = createWorld();
  const runtime = world.start({ config });
  await runtime.connect();
  // WebCrypto is at work meanwhile, on real time.
  const { searchParams } = new URL(await runtime.session.beginRedirect({ pageUrl: PAGE }));
  world.backing.gate = () => new Promise(() => undefined);
  const { session } = world.start({ config });
  const url = `${PAGE}?code=c&state=${searchParams.get('state') ?? ''}`;
  const silent = { name: 'TimeoutException', message: "The browser's store does not answer." };
  await expect(world.time.run(session.completeRedirect({ url }))).rejects.toMatchObject(silent);
  await expect(world.time.run(session.beginRedirect({ pageUrl: PAGE }))).rejects.toMatchObject(silent);
  world.backing.gate = () => Promise.resolve();
  await world.time.advance(UNKNOWN_STORE_REST_MS);
  await world.time.run(session.completeRedirect({ url }));
  expect(world.cognito.count('exchangeCode')).toBe(1);
});
