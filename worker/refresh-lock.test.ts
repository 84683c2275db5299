import { describe, expect, test } from 'vitest';
import { INTENT_YOUNG_MS, LOCK_WAIT_MS } from './bounds.js';
import type { SessionView } from './contract.js';
import { withIntent, withRefresh } from './record.js';
import type { StoredSession } from './deps.js';
import { makeTokenPair } from './testing/tokens.js';
import { settle } from './testing/virtual-time.js';
import { createSignedInWorld, REFRESH_LOCK, type Runtime, type World } from './testing/world.js';

const HOUR_MS = 3_600_000;

const accessToken = (view: SessionView): string => view.tokens?.accessToken ?? 'none';

/** What a runtime wrote that began a refresh so long ago and was frozen or killed. */
function leaveIntent({ backing, time }: World, agoMs: number): void {
  if (!backing.record) throw new Error('nobody is signed in');
  backing.raw = withIntent(backing.record, {
    instanceId: 'another-run',
    startedAtMs: time.clock.wallMs() - agoMs,
  });
}

describe('an intent without its commit', () => {
  test('found at a start is taken up at once with the old token, however fresh the tokens are', async () => {
    const world = await createSignedInWorld({ graceSeconds: 60 });
    leaveIntent(world, 2_000);
    await world.start().connect();
    await world.time.until(() => world.cognito.count('refresh') === 1, 1_000);
    expect(world.cognito.requests.at(-1)?.input).toMatchObject({ refreshToken: 'refresh-sub-ada-1.0' });
    await settle();
    expect(world.backing.record).not.toHaveProperty('intent');
  });

  test('found under the lock is taken up by a forced call, though another runtime has committed before it', async () => {
    const world = await createSignedInWorld({ graceSeconds: 60 });
    leaveIntent(world, 2_000);
    world.backing.raw = { ...world.backing.record, sequence: 7 };
    await world.time.run(world.session.session({ forceRefresh: true }));
    expect(world.cognito.count('refresh')).toBe(1);
  });
});

describe('when the lock cannot be had', () => {
  async function expiredWithFrozenHolder(): Promise<World & Runtime> {
    const world = await createSignedInWorld({ graceSeconds: 60 });
    world.time.sleep(HOUR_MS);
    world.locks.freeze(REFRESH_LOCK);
    return world;
  }

  test('for a short while, the call waits', async () => {
    const world = await expiredWithFrozenHolder();
    const call = world.session.session({});
    await world.time.advance(LOCK_WAIT_MS - 1);
    expect(world.cognito.count('refresh')).toBe(0);
    world.locks.thaw(REFRESH_LOCK);
    expect((await world.time.run(call)).status).toBe('signed-in');
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('and its holder wrote no intent, the refresh goes on without it after 10 s', async () => {
    const world = await expiredWithFrozenHolder();
    const call = world.session.session({});
    await world.time.advance(LOCK_WAIT_MS);
    expect(world.cognito.count('refresh')).toBe(1);
    expect((await world.time.run(call)).status).toBe('signed-in');
  });

  test('and its holder wrote an intent long ago, the refresh goes on without it after 10 s', async () => {
    const world = await expiredWithFrozenHolder();
    leaveIntent(world, INTENT_YOUNG_MS);
    const call = world.session.session({});
    await world.time.advance(LOCK_WAIT_MS);
    expect(world.cognito.count('refresh')).toBe(1);
    await world.time.run(call);
  });

  test('and its holder wrote an intent just now, the call waits on for that one to end', async () => {
    const world = await expiredWithFrozenHolder();
    const call = world.session.session({});
    await world.time.advance(LOCK_WAIT_MS - 5_000);
    leaveIntent(world, 0);
    await world.time.advance(5_000 + LOCK_WAIT_MS - 1);
    expect(world.cognito.count('refresh')).toBe(0);
    await world.time.advance(1);
    expect(world.cognito.count('refresh')).toBe(1);
    await world.time.run(call);
  });

  test('and the holder ends its work meanwhile, its tokens are used', async () => {
    const world = await expiredWithFrozenHolder();
    leaveIntent(world, 0);
    const call = world.session.session({});
    await world.time.advance(5_000);
    const nowMs = world.time.clock.wallMs();
    const newer = { ...makeTokenPair('sub-ada', nowMs, 3_600), refreshToken: 'newer' };
    const { record } = world.backing;
    if (!record) throw new Error('nobody is signed in');
    world.backing.raw = withRefresh(record, record.session as StoredSession, newer, nowMs, 'sub-ada');
    world.locks.thaw(REFRESH_LOCK);
    expect(accessToken(await world.time.run(call))).toBe(newer.accessToken);
    expect(world.cognito.count('refresh')).toBe(0);
  });

  test('two that have waited as long refresh once: the second sees that the first has just begun', async () => {
    const world = await expiredWithFrozenHolder();
    const other = world.start();
    await other.connect('tab-2');
    const answer = world.cognito.hold('refresh');
    const calls = [world, other].map(({ session }) => session.session({}));
    await world.time.advance(LOCK_WAIT_MS);
    await settle();
    answer.release();
    const tokens = (await Promise.all(calls.map((call) => world.time.run(call)))).map(accessToken);
    expect(tokens[0]).toBe(tokens[1]);
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('an intent of the future, from before the clock was set back, keeps nobody waiting', async () => {
    const world = await expiredWithFrozenHolder();
    leaveIntent(world, -HOUR_MS);
    const call = world.session.session({});
    await world.time.advance(LOCK_WAIT_MS);
    expect(world.cognito.count('refresh')).toBe(1);
    await world.time.run(call);
  });
});

describe('the fence', () => {
  test('sign-out during a refresh stays signed out: the tokens that still come are revoked, not stored', async () => {
    const world = await createSignedInWorld({ graceSeconds: 60 });
    const answer = world.cognito.hold('refresh');
    const call = world.session.session({ forceRefresh: true });
    await world.time.until(() => world.cognito.count('refresh') === 1);
    await world.time.run(world.session.signOut({}));
    answer.release();
    expect((await world.time.run(call)).status).toBe('signed-out');
    await settle();
    expect(world.backing.record).not.toHaveProperty('session');
    expect(
      world.cognito.requests.filter(({ operation }) => operation === 'revoke').map(({ input }) => input),
    ).toContain('refresh-sub-ada-1.1');
    expect(world.backing.record).not.toHaveProperty('revocations');
    expect(world.news()).toEqual(['signedIn', 'signedOut']);
  });

  test('sign-out in one runtime ends the refresh of another: its tokens are revoked there', async () => {
    const world = await createSignedInWorld({ graceSeconds: 60 });
    const other = world.start();
    await other.connect('tab-2');
    const answer = world.cognito.hold('refresh');
    const call = other.session.session({ forceRefresh: true });
    await world.time.until(() => world.cognito.count('refresh') === 1);
    await world.time.run(world.session.signOut({}));
    answer.release();
    expect((await world.time.run(call)).status).toBe('signed-out');
    await settle();
    expect(world.cognito.requests.at(-1)).toMatchObject({
      operation: 'revoke',
      input: 'refresh-sub-ada-1.1',
    });
    expect(world.backing.record).not.toHaveProperty('session');
  });

  test("another user's session that began meanwhile is not touched by the late tokens", async () => {
    const world = await createSignedInWorld({ graceSeconds: 60 });
    const answer = world.cognito.hold('refresh');
    const call = world.session.session({ forceRefresh: true });
    await world.time.until(() => world.cognito.count('refresh') === 1);
    await world.time.run(world.session.signOut({}));
    await world.signIn('grace');
    answer.release();
    const view = await world.time.run(call);
    expect(view.user?.userId).toBe('sub-grace');
    expect(world.backing.record?.session?.refreshToken).toBe('refresh-sub-grace-2.0');
    await settle();
    expect(world.cognito.requests.at(-1)).toMatchObject({
      operation: 'revoke',
      input: 'refresh-sub-ada-1.1',
    });
  });
});
