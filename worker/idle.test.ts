/** A session that nobody uses ends, and one that somebody uses in any tab goes on. */
import { describe, expect, test } from 'vitest';
import { END_WATCH_MS } from './bounds.js';
import type { RuntimeConfig, SessionView } from './contract.js';
import { CONFIG, createSignedInWorld, type Runtime, type World } from './testing/world.js';

const MINUTE_MS = 60_000;
const TIMEOUT_SECONDS = 600;
const TIMEOUT_MS = TIMEOUT_SECONDS * 1_000;
const WARN_MS = 60_000;
const config: RuntimeConfig = { ...CONFIG, policy: { idle: { timeoutSeconds: TIMEOUT_SECONDS } } };
const options = { config, random: () => 0 };

const view = ({ time, session }: Pick<World & Runtime, 'time' | 'session'>): Promise<SessionView> =>
  time.run(session.session({}));
const count = (world: World, wanted: string): number => world.news().filter((type) => type === wanted).length;
const signedIn = (): Promise<World & Runtime> => createSignedInWorld({}, options);
const use = ({ time, session }: Pick<World & Runtime, 'time' | 'session'>, agoMs?: number): Promise<void> =>
  time.run(session.active(agoMs));

const IDLE = { status: 'signed-out', ended: { reason: 'idle' } };

describe('a session that nobody uses', () => {
  test('ends on time, is told as idle, and its refresh token is revoked', async () => {
    const world = await signedIn();
    await world.time.advance(TIMEOUT_MS - 1_000);
    expect((await view(world)).status).toBe('signed-in');
    await world.time.advance(1_000 + END_WATCH_MS);
    expect(count(world, 'signedOut')).toBe(1);
    expect(await view(world)).toMatchObject(IDLE);
    expect(world.cognito.count('revoke')).toBeGreaterThan(0);
  });

  test('is not kept by calls and refreshes', async () => {
    const world = await signedIn();
    for (let minute = 0; minute < 9; minute += 1) {
      await world.time.advance(MINUTE_MS);
      await world.time.run(world.session.session({ forceRefresh: true }));
    }
    await world.time.advance(MINUTE_MS);
    expect(await view(world)).toMatchObject(IDLE);
  });

  test('lends no page its tokens for longer than it lasts', async () => {
    const world = await signedIn();
    await world.time.advance(TIMEOUT_MS - 200);
    const { leaseMs } = await view(world);
    expect(leaseMs).toBeGreaterThan(0);
    expect(leaseMs).toBeLessThanOrEqual(200);
  });

  test('gives nothing to the first call after a sleep', async () => {
    const world = await signedIn();
    world.time.sleep(TIMEOUT_MS);
    const given = await view(world);
    expect(given).toMatchObject(IDLE);
    expect(given.tokens).toBeUndefined();
    expect(world.cognito.count('refresh')).toBe(0);
  });

  test('ends within two seconds of waking though nobody calls', async () => {
    const world = await signedIn();
    world.time.sleep(TIMEOUT_MS);
    await world.time.advance(END_WATCH_MS);
    expect(count(world, 'signedOut')).toBe(1);
  });

  test('is over for the first tab after all were closed for longer', async () => {
    const world = await signedIn();
    world.session.clients.remove('tab-1');
    await world.time.advance(TIMEOUT_MS);
    const next = world.start(options);
    next.session.join(config);
    next.session.clients.seen('tab-2');
    const first = await world.time.run(next.session.session({ peek: true }));
    expect(first).toMatchObject(IDLE);
    expect(first.tokens).toBeUndefined();
  });

  test('gives its place to the next sign-in, without a call before it', async () => {
    const world = await signedIn();
    world.session.clients.remove('tab-1');
    await world.time.advance(TIMEOUT_MS);
    const next = world.start(options);
    next.session.join(config);
    next.session.clients.seen('tab-2');
    await next.signIn('ada', 'tab-2');
    expect((await view({ ...world, ...next })).status).toBe('signed-in');
  });

  test('is ended once by two runtimes', async () => {
    const world = await signedIn();
    const other = world.start(options);
    await other.connect('tab-2');
    await world.time.advance(TIMEOUT_MS + END_WATCH_MS);
    expect(count(world, 'signedOut')).toBe(1);
    expect(count(world, 'sessionEnding')).toBe(1);
  });

  test('is not brought back by activity that came after its end', async () => {
    const world = await signedIn();
    world.time.sleep(TIMEOUT_MS);
    await use(world);
    expect(await view(world)).toMatchObject(IDLE);
  });

  test('goes on where the app has no such policy', async () => {
    const world = await createSignedInWorld({}, { random: () => 0 });
    await world.time.advance(10 * TIMEOUT_MS);
    expect((await view(world)).status).toBe('signed-in');
  });
});

describe('activity', () => {
  test('keeps the session for the whole time from then on, and is no news', async () => {
    const world = await signedIn();
    await world.time.advance(TIMEOUT_MS - 2 * MINUTE_MS);
    const before = world.news().length;
    await use(world);
    expect(world.news()).toHaveLength(before);
    await world.time.advance(TIMEOUT_MS - 1_000);
    expect((await view(world)).status).toBe('signed-in');
    await world.time.advance(1_000 + END_WATCH_MS);
    expect(await view(world)).toMatchObject(IDLE);
  });

  test('in two tabs at nearly the same time counts from the later one', async () => {
    const world = await signedIn();
    await world.time.advance(MINUTE_MS);
    await use(world);
    await world.time.advance(900);
    await use(world);
    await world.time.advance(TIMEOUT_MS - 1);
    expect((await view(world)).status).toBe('signed-in');
  });

  test('of a thousand tabs at once is stored in two goes', async () => {
    const world = await signedIn();
    await world.time.advance(MINUTE_MS);
    let goes = 0;
    world.backing.gate = async () => void (goes += 1);
    await world.time.run(Promise.all(Array.from({ length: 1_000 }, () => world.session.active())));
    expect(goes).toBeLessThanOrEqual(2);
  });

  test('in another runtime counts here', async () => {
    const world = await signedIn();
    const other = world.start(options);
    await other.connect('tab-2');
    await world.time.advance(TIMEOUT_MS - 2 * MINUTE_MS);
    await use({ ...world, ...other });
    await world.time.advance(TIMEOUT_MS - MINUTE_MS - 1_000);
    expect(count(world, 'signedOut')).toBe(0);
    expect((await view(world)).status).toBe('signed-in');
  });

  test('in another runtime is found when the end is due here, where nothing was looked at before', async () => {
    // Not when the store is looked at every minute anyway.
    const timeoutSeconds = TIMEOUT_SECONDS + 30;
    const idle = { timeoutSeconds, warnSeconds: 0 };
    const quiet = { config: { ...CONFIG, policy: { idle } }, random: () => 0 };
    const world = await createSignedInWorld({}, quiet);
    const other = world.start(quiet);
    await other.connect('tab-2');
    await world.time.advance(timeoutSeconds * 1_000 - 2_000);
    await use({ ...world, ...other });
    await world.time.advance(MINUTE_MS);
    expect(count(world, 'signedOut')).toBe(0);
    await world.time.advance(timeoutSeconds * 1_000);
    expect(count(world, 'signedOut')).toBe(1);
  });

  test('outlives the runtime that was told of it', async () => {
    const world = await signedIn();
    await world.time.advance(TIMEOUT_MS - 2 * MINUTE_MS);
    await use(world);
    world.session.clients.remove('tab-1');
    const next = world.start(options);
    await next.connect('tab-2');
    await world.time.advance(TIMEOUT_MS - 2_000);
    expect((await view({ ...world, ...next })).status).toBe('signed-in');
  });

  test('counts from when it was, though the page tells it later', async () => {
    const world = await signedIn();
    await world.time.advance(5 * MINUTE_MS);
    await use(world, 5_000);
    await world.time.advance(TIMEOUT_MS - 5_000 + END_WATCH_MS);
    expect(await view(world)).toMatchObject(IDLE);
  });

  test.each([NaN, -1, 1e9, 'x', null])('of no time that can be counts as now: %s', async (agoMs) => {
    const world = await signedIn();
    await world.time.advance(5 * MINUTE_MS);
    await world.time.run(world.session.active(agoMs));
    await world.time.advance(TIMEOUT_MS - 1_000);
    expect((await view(world)).status).toBe('signed-in');
  });

  test('is counted from now on when the clock is set back', async () => {
    const world = await signedIn();
    world.time.setWall(-60 * MINUTE_MS);
    await world.time.advance(TIMEOUT_MS - 1_000);
    expect((await view(world)).status).toBe('signed-in');
    await world.time.advance(1_000 + 2 * END_WATCH_MS);
    expect(await view(world)).toMatchObject(IDLE);
  });

  test('is counted once from then on, by the first of two runtimes that sees that the clock was set back', async () => {
    const world = await signedIn();
    await world.time.advance(900);
    const other = world.start(options);
    await other.connect('tab-2');
    const before = world.backing.written.length;
    world.time.setWall(-60 * MINUTE_MS);
    await world.time.advance(3 * END_WATCH_MS);
    const counted = world.backing.written.slice(before).map(({ session }) => session?.activeAtMs);
    expect(new Set(counted).size).toBe(1);
  });

  test('of a session from before there was this policy counts from when it is first seen', async () => {
    const world = await signedIn();
    await world.time.run(
      world.deps.store.update((record) => {
        const { activeAtMs: _none, ...session } = record.session ?? never();
        return { record: { ...record, session }, result: undefined };
      }),
    );
    world.session.clients.remove('tab-1');
    await world.time.advance(2 * TIMEOUT_MS);
    const next = world.start(options);
    await next.connect('tab-2');
    expect((await view({ ...world, ...next })).status).toBe('signed-in');
    await world.time.advance(TIMEOUT_MS + END_WATCH_MS);
    expect(await view({ ...world, ...next })).toMatchObject(IDLE);
  });
});

describe('the warning', () => {
  test('is told once, a minute ahead where the app does not say, with the end', async () => {
    const world = await signedIn();
    const startedMs = world.time.clock.wallMs();
    await world.time.advance(TIMEOUT_MS - WARN_MS - 1_000);
    expect(count(world, 'sessionEnding')).toBe(0);
    await world.time.advance(WARN_MS);
    expect(count(world, 'sessionEnding')).toBe(1);
    const { idleEnding } = await view(world);
    expect(idleEnding).toMatchObject({ cause: 'idle', beforeSeconds: 60 });
    expect(Math.abs((idleEnding?.endsAtMs ?? 0) - startedMs - TIMEOUT_MS)).toBeLessThan(2_000);
  });

  test('is not told with 0 seconds', async () => {
    const policy = { idle: { timeoutSeconds: TIMEOUT_SECONDS, warnSeconds: 0 } };
    const world = await createSignedInWorld({}, { config: { ...CONFIG, policy } });
    await world.time.advance(TIMEOUT_MS + END_WATCH_MS);
    expect(count(world, 'sessionEnding')).toBe(0);
    expect(await view(world)).toMatchObject(IDLE);
  });

  test('is taken back by activity, which is news, and told again', async () => {
    const world = await signedIn();
    await world.time.advance(TIMEOUT_MS - WARN_MS + 2_000);
    const { revision } = await view(world);
    await use(world);
    const now = await view(world);
    expect(now.idleEnding).toBeUndefined();
    expect(now.revision).toBe(revision + 1);
    expect(world.news().at(-1)).toBe('changed');
    await world.time.advance(TIMEOUT_MS - WARN_MS + 2_000);
    expect(count(world, 'sessionEnding')).toBe(2);
  });

  test('leaves those of the refresh token told once for each threshold', async () => {
    const hour = 3_600;
    const both: RuntimeConfig = { ...config, refreshTokenValiditySeconds: 2 * hour };
    const world = await createSignedInWorld(
      { refreshTokenSeconds: 2 * hour },
      { config: both, random: () => 0 },
    );
    const step = 5 * MINUTE_MS;
    for (let passed = 0; passed < 2.5 * hour * 1_000; passed += step) {
      await world.time.advance(step);
      await use(world);
    }
    expect((await view(world)).ending?.beforeSeconds).toBe(hour);
    const told = count(world, 'sessionEnding');
    await world.time.advance(TIMEOUT_MS - WARN_MS + 2_000);
    expect(count(world, 'sessionEnding')).toBe(told + 1);
    await use(world);
    await world.time.advance(MINUTE_MS);
    expect(count(world, 'sessionEnding')).toBe(told + 1);
    expect(await view(world)).toMatchObject({ ending: { beforeSeconds: hour } });
  });
});

function never(): never {
  throw new Error('Nobody is signed in.');
}
