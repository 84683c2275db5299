import { describe, expect, test } from 'vitest';
import type { SessionView } from './contract.js';
import type { Channel } from './deps.js';
import { createSchedule } from './schedule.js';
import { answered } from './testing/scripted-cognito.js';
import { createVirtualTime, settle } from './testing/virtual-time.js';
import { createSignedInWorld, REFRESH_LOCK, type Runtime, type World } from './testing/world.js';

const HOUR_MS = 3_600_000;
const MARGIN_MS = 300_000;

type Both = World & Runtime;

const fetchSession = (
  { time, session }: Pick<Both, 'time' | 'session'>,
  request = {},
): Promise<SessionView> => time.run(session.session(request));

const DEAF: Channel = { post: () => undefined, listen: () => undefined };

/** Another runtime refreshes, and its news reaches nobody. */
async function refreshUnheard(world: Both): Promise<string | undefined> {
  const other = world.start({ channel: DEAF });
  await other.connect('tab-2');
  const view = await fetchSession({ ...world, ...other }, { forceRefresh: true });
  return view.tokens?.accessToken;
}

describe('a call with tokens that are good', () => {
  test('takes no turn at the refresh lock', async () => {
    const world = await createSignedInWorld();
    world.locks.freeze(REFRESH_LOCK);
    await fetchSession(world);
    await settle();
    expect(world.locks.queue(REFRESH_LOCK).waiting).toBe(0);
  });

  test('takes none either when there is no ID token', async () => {
    const world = await createSignedInWorld();
    world.cognito.answerWith('refresh', ({ idToken: _none, ...answer }: { idToken?: string }) => answer);
    await fetchSession(world, { forceRefresh: true });
    world.time.sleep(2_000);
    world.locks.freeze(REFRESH_LOCK);
    const startMs = world.time.clock.monotonicMs();
    expect((await fetchSession(world)).tokens).not.toHaveProperty('idToken');
    expect(world.time.clock.monotonicMs()).toBe(startMs);
  });

  test('takes none for a rejected token that is another one than these', async () => {
    const world = await createSignedInWorld();
    world.locks.freeze(REFRESH_LOCK);
    const startMs = world.time.clock.monotonicMs();
    await fetchSession(world, { rejectedToken: 'another' });
    expect(world.time.clock.monotonicMs()).toBe(startMs);
  });
});

describe('a call', () => {
  test.each([
    [MARGIN_MS + 1, 0],
    [MARGIN_MS, 1],
  ])('when %d ms are left refreshes behind as often as this: %d', async (leftMs, times) => {
    const world = await createSignedInWorld();
    world.time.sleep(HOUR_MS - leftMs);
    await fetchSession(world);
    await settle();
    expect(world.cognito.count('refresh')).toBe(times);
  });

  test.each([{ tenant: 'a' }, undefined])(
    'sends its client metadata with the refresh that it needs: %j',
    async (clientMetadata) => {
      const world = await createSignedInWorld();
      world.time.sleep(HOUR_MS);
      await fetchSession(world, clientMetadata && { clientMetadata });
      const refreshes = world.cognito.requests.filter(({ operation }) => operation === 'refresh');
      expect(refreshes.map(({ input }) => (input as { clientMetadata?: object }).clientMetadata)).toEqual([
        clientMetadata,
      ]);
    },
  );

  test('with tokens that ran out takes those that another runtime has got meanwhile', async () => {
    const world = await createSignedInWorld();
    world.time.sleep(HOUR_MS);
    const newer = await refreshUnheard(world);
    expect((await fetchSession(world)).tokens?.accessToken).toBe(newer);
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('with a rejected token does so too', async () => {
    const world = await createSignedInWorld();
    const rejectedToken = (await fetchSession(world)).tokens?.accessToken;
    const newer = await refreshUnheard(world);
    expect((await fetchSession(world, { rejectedToken })).tokens?.accessToken).toBe(newer);
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test.each([9_000, 0])(
    "rejects with Cognito's verdict on the refresh that it waits for, with %d ms left",
    async (leftMs) => {
      const world = await createSignedInWorld();
      world.time.sleep(HOUR_MS - leftMs);
      const verdict = answered('TokenRevokedException');
      world.cognito.fail('refresh', verdict);
      await expect(fetchSession(world)).rejects.toBe(verdict);
      expect((await fetchSession(world)).status).toBe('signed-out');
    },
  );

  test('resolves signed out when somebody signs out while it waits for the refresh', async () => {
    const world = await createSignedInWorld();
    world.time.sleep(HOUR_MS);
    const answer = world.cognito.hold('refresh');
    const call = world.session.session({});
    await world.time.until(() => world.cognito.count('refresh') === 1);
    await world.time.run(world.session.signOut({}));
    answer.release();
    expect((await world.time.run(call)).status).toBe('signed-out');
  });
});

test.each([
  [1_000, 1_000, 'due'],
  [1_000, 1_001, 'due'],
  [1_001, 1_000, 'look'],
])('what is due in %d ms with a look in %d ms comes first: %s', async (dueMs, lookMs, first) => {
  const time = createVirtualTime();
  const called: string[] = [];
  const schedule = createSchedule(
    time,
    () => called.push('due'),
    () => called.push('look'),
  );
  schedule.plan(dueMs, lookMs);
  await time.advance(1_000);
  expect(called).toEqual([first]);
});
