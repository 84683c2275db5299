/** What tabs save before an end that is known beforehand: it comes on time, whatever their handlers do. */
import { describe, expect, test } from 'vitest';
import { END_WATCH_MS, LAST_REFRESH_MS, REQUEST_TIMEOUT_MS, SAVE_MS } from './bounds.js';
import type { RuntimeConfig, SessionPolicy } from './contract.js';
import { openSavingTab } from './testing/saving-tab.js';
import { CONFIG, createSignedInWorld, type World } from './testing/world.js';

const HOUR_MS = 3_600_000;
const IDLE_SECONDS = 600;
const VALIDITY_SECONDS = 2 * 3_600;

const withPolicy = (policy: SessionPolicy, others: Partial<RuntimeConfig> = {}) => ({
  config: { ...CONFIG, ...others, policy },
  random: () => 0,
});
const idle = withPolicy({ idle: { timeoutSeconds: IDLE_SECONDS } });
const expiring = withPolicy({}, { refreshTokenValiditySeconds: VALIDITY_SECONDS });

const ENDS = [
  { reason: 'idle', options: idle, endsInMs: IDLE_SECONDS * 1_000 },
  {
    reason: 'expired',
    options: expiring,
    // With the last access token that can be had.
    endsInMs: VALIDITY_SECONDS * 1_000 - LAST_REFRESH_MS + REQUEST_TIMEOUT_MS + HOUR_MS,
  },
] as const;

const isOver = (world: World): boolean => world.news().includes('signedOut');

describe.each(ENDS)('before an end as $reason', ({ reason, options, endsInMs }) => {
  const signedIn = () => createSignedInWorld({ refreshTokenSeconds: VALIDITY_SECONDS }, options);

  test('all tabs save ahead of it, once, with good tokens, and it comes on time though one hangs', async () => {
    const world = await signedIn();
    const other = world.start(options);
    await other.connect('tab-2');
    const endsAtMs = world.time.clock.wallMs() + endsInMs;
    const tabs = [
      openSavingTab(world, world, 'hangs'),
      openSavingTab(world, world, 'saves', 100),
      openSavingTab(world, other, 'elsewhere', 200),
    ];
    await world.time.advance(endsInMs - SAVE_MS - END_WATCH_MS);
    expect(tabs.map(({ asked }) => asked.length)).toEqual([0, 0, 0]);
    await world.time.advance(END_WATCH_MS + SAVE_MS - 1_000);
    for (const { asked } of tabs) {
      expect(asked).toMatchObject([{ about: 'beforeSignOut', reason }]);
      expect(Math.abs((asked[0]?.deadlineMs ?? 0) - endsAtMs)).toBeLessThan(1_000);
    }
    for (const { session } of [world, other]) {
      expect((await world.time.run(session.session({}))).tokens).toBeDefined();
    }
    expect(isOver(world)).toBe(false);
    await world.time.advance(1_000 + END_WATCH_MS);
    expect(isOver(world)).toBe(true);
    expect(tabs.map(({ asked }) => asked.length)).toEqual([1, 1, 1]);
    // Each of the two runtimes says it once.
    expect(world.hub.posted.filter(({ type }) => type === 'save')).toHaveLength(2);
  });

  test('it is not saved before an end that passed in sleep: no token is given out any more', async () => {
    const world = await signedIn();
    const tab = openSavingTab(world, world, 'a', 100);
    await world.time.advance(endsInMs - HOUR_MS / 10);
    world.time.sleep(HOUR_MS);
    // Where Cognito has the last word, the call that hears it rejects.
    const given = await world.time.run(world.session.session({}).catch(() => undefined));
    expect(given?.tokens).toBeUndefined();
    expect(isOver(world)).toBe(true);
    expect(tab.asked).toEqual([]);
  });

  test('nobody is asked where the app gives no time', async () => {
    const { config } = options;
    const world = await createSignedInWorld(
      { refreshTokenSeconds: VALIDITY_SECONDS },
      { ...options, config: { ...config, policy: { ...config.policy, saveDeadlineSeconds: 0 } } },
    );
    const tab = openSavingTab(world, world, 'a', 100);
    await world.time.advance(endsInMs + END_WATCH_MS);
    expect(isOver(world)).toBe(true);
    expect(tab.asked).toEqual([]);
  });
});

test('activity while tabs save keeps the session, and before the next end they save again', async () => {
  const world = await createSignedInWorld({}, idle);
  const tab = openSavingTab(world, world, 'a', 100);
  await world.time.advance(IDLE_SECONDS * 1_000 - 2_000);
  expect(tab.asked).toHaveLength(1);
  await world.time.run(world.session.active());
  await world.time.advance(IDLE_SECONDS * 1_000 - SAVE_MS - END_WATCH_MS);
  expect(isOver(world)).toBe(false);
  expect(tab.asked).toHaveLength(1);
  await world.time.advance(2 * END_WATCH_MS);
  expect(tab.asked).toHaveLength(2);
});

test('half of a short idle time is left to the user', async () => {
  const policy = { idle: { timeoutSeconds: 10 }, saveDeadlineSeconds: 60 };
  const world = await createSignedInWorld({}, withPolicy(policy));
  const tab = openSavingTab(world, world, 'a', 100);
  await world.time.advance(4_000);
  expect(tab.asked).toEqual([]);
  await world.time.advance(2_000);
  expect(tab.asked).toHaveLength(1);
});

test('a sign-out of the user after an idle end that was slept over waits for no handler', async () => {
  const world = await createSignedInWorld({}, idle);
  openSavingTab(world, world, 'hangs');
  world.time.sleep(IDLE_SECONDS * 1_000);
  const startMs = world.time.clock.monotonicMs();
  await world.time.run(world.session.signOut({}));
  expect(world.time.clock.monotonicMs() - startMs).toBeLessThan(SAVE_MS);
});

test('they save again before the next end after the clock was set back', async () => {
  const world = await createSignedInWorld({}, idle);
  const tab = openSavingTab(world, world, 'a', 100);
  await world.time.advance(IDLE_SECONDS * 1_000 - 2_000);
  await world.time.run(world.session.active());
  world.time.setWall(-HOUR_MS);
  await world.time.advance(IDLE_SECONDS * 1_000 + 2 * END_WATCH_MS);
  expect(isOver(world)).toBe(true);
  expect(tab.asked).toHaveLength(2);
});

test('an idle end comes on time while a sign-out waits for a handler, and the calls of that are answered', async () => {
  const slow = withPolicy({ idle: { timeoutSeconds: 20 }, saveDeadlineSeconds: 60 });
  const world = await createSignedInWorld({}, slow);
  openSavingTab(world, world, 'hangs');
  await world.time.advance(5_000);
  const out = world.session.signOut({});
  await world.time.advance(15_000);
  const startMs = world.time.clock.monotonicMs();
  expect((await world.time.run(world.session.session({}))).tokens).toBeUndefined();
  expect(world.time.clock.monotonicMs() - startMs).toBeLessThan(1_000);
  expect(isOver(world)).toBe(true);
  await world.time.run(out);
});

test('a runtime whose tabs have gone has nobody save', async () => {
  const world = await createSignedInWorld({}, idle);
  const other = world.start(idle);
  await other.connect('tab-2');
  const tab = openSavingTab(world, other, 'a', 100);
  world.session.clients.remove('tab-1');
  await world.time.advance(IDLE_SECONDS * 1_000 - 1_000);
  expect(tab.asked).toHaveLength(1);
  const asking = world.hub.posted.filter(({ type }) => type === 'save').map(({ instanceId }) => instanceId);
  expect(asking).not.toContain(world.deps.instanceId);
});
