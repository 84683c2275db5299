/** What happens towards the end of a refresh token, whose validity the app has told. */
import { describe, expect, test } from 'vitest';
import { END_WATCH_MS, LAST_REFRESH_MS, REQUEST_TIMEOUT_MS } from './bounds.js';
import type { RuntimeConfig, SessionView } from './contract.js';
import { settle } from './testing/virtual-time.js';
import { CONFIG, createSignedInWorld, createWorld, type Runtime, type World } from './testing/world.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const VALIDITY_SECONDS = 2 * 3_600;
const VALIDITY_MS = VALIDITY_SECONDS * 1_000;
const DAY_SECONDS = 24 * 3_600;

const config: RuntimeConfig = { ...CONFIG, refreshTokenValiditySeconds: VALIDITY_SECONDS };
const twoHours = { refreshTokenSeconds: VALIDITY_SECONDS };
const exactly = { config, random: () => 0 };

/** When such a session ends: with the last access token that can be had. */
const END_MS = VALIDITY_MS - LAST_REFRESH_MS + REQUEST_TIMEOUT_MS + HOUR_MS;

const view = ({ time, session }: Pick<World & Runtime, 'time' | 'session'>): Promise<SessionView> =>
  time.run(session.session({}));

const warnings = (world: World): number => world.news().filter((type) => type === 'sessionEnding').length;

async function at(world: World & Runtime, afterMs: number, sinceMs: number): Promise<void> {
  await world.time.advance(sinceMs + afterMs - world.time.clock.wallMs());
}

describe('the last refresh', () => {
  test('is made just before the refresh token ends, though the tokens are fresh, and by one of two runtimes', async () => {
    const world = await createSignedInWorld(twoHours, exactly);
    const other = world.start(exactly);
    await other.connect('tab-2');
    await world.time.advance(VALIDITY_MS - LAST_REFRESH_MS);
    const before = world.cognito.count('refresh');
    await world.time.advance(LAST_REFRESH_MS);
    expect(world.cognito.count('refresh')).toBe(before + 1);
  });

  test('carries the session over the refresh token, to the end of its access token', async () => {
    const world = await createSignedInWorld(twoHours, exactly);
    await world.time.advance(END_MS - 1_000);
    expect((await view(world)).status).toBe('signed-in');
    const before = world.cognito.count('refresh');
    await world.time.advance(2_000);
    expect(world.cognito.count('refresh'), 'Cognito is asked for its verdict').toBe(before + 1);
    expect(await view(world)).toMatchObject({ status: 'signed-out', ended: { reason: 'expired' } });
    expect(world.news().at(-1)).toBe('signedOut');
  });

  test('without a validity, the session ends by Cognito’s verdict, as before', async () => {
    const world = await createSignedInWorld(twoHours, { random: () => 0 });
    await world.time.advance(VALIDITY_MS + HOUR_MS);
    expect((await view(world)).ended?.reason).toBe('rejected');
    expect(warnings(world)).toBe(0);
  });

  test('where the validity is longer than was told, the session goes on', async () => {
    const world = await createSignedInWorld({ refreshTokenSeconds: 2 * VALIDITY_SECONDS }, exactly);
    await world.time.advance(END_MS + MINUTE_MS);
    expect((await view(world)).status).toBe('signed-in');
  });

  test('of tokens whose margin begins after it is not followed by another try', async () => {
    const world = await createSignedInWorld(twoHours, exactly);
    await world.time.advance(VALIDITY_MS - 1_000);
    await world.time.run(world.session.session({ forceRefresh: true }));
    await world.time.advance(HOUR_MS - 2_000);
    expect(world.news()).not.toContain('tokenRefresh_failure');
    expect((await view(world)).status).toBe('signed-in');
  });

  test('afterwards a forced refresh fails, and does not end the session early', async () => {
    const world = await createSignedInWorld(twoHours, exactly);
    await world.time.advance(VALIDITY_MS + MINUTE_MS);
    const forced = world.time.run(world.session.session({ forceRefresh: true }));
    await expect(forced).rejects.toMatchObject({ fields: { name: 'NotAuthorizedException' } });
    expect((await view(world)).status).toBe('signed-in');
  });

  test('afterwards no refresh is begun for calls in the margin of the last tokens', async () => {
    const world = await createSignedInWorld(twoHours, exactly);
    await world.time.advance(END_MS - 1_000);
    const before = world.cognito.count('refresh');
    await view(world);
    await settle();
    expect(world.cognito.count('refresh')).toBe(before);
  });
});

describe('a warning', () => {
  test('is told an hour and five minutes before the end, if the app says nothing else, and tells the end', async () => {
    const world = await createSignedInWorld(twoHours, exactly);
    const startedMs = world.time.clock.wallMs();
    await at(world, END_MS - HOUR_MS - REQUEST_TIMEOUT_MS - END_WATCH_MS, startedMs);
    expect(warnings(world)).toBe(0);
    await at(world, END_MS - HOUR_MS, startedMs);
    expect(warnings(world)).toBe(1);
    expect((await view(world)).ending?.beforeSeconds).toBe(3_600);
    await at(world, END_MS - 5 * MINUTE_MS - END_WATCH_MS, startedMs);
    expect(warnings(world)).toBe(1);
    await at(world, END_MS - 5 * MINUTE_MS + END_WATCH_MS, startedMs);
    expect(warnings(world)).toBe(2);
    const { ending } = await view(world);
    expect(ending).toMatchObject({ cause: 'refresh-token', beforeSeconds: 300 });
    expect(Math.abs((ending?.endsAtMs ?? 0) - startedMs - END_MS)).toBeLessThan(REQUEST_TIMEOUT_MS);
    await world.time.advance(HOUR_MS);
    expect(warnings(world)).toBe(2);
  });

  test('is told at the thresholds that the app gives, in any order', async () => {
    const policy = { warnBeforeEndSeconds: [60, 5_400] };
    const world = await createSignedInWorld(twoHours, { config: { ...config, policy }, random: () => 0 });
    await world.time.advance(END_MS - 1.5 * HOUR_MS + END_WATCH_MS);
    expect(warnings(world)).toBe(1);
    await world.time.advance(1.5 * HOUR_MS - MINUTE_MS);
    expect(warnings(world)).toBe(2);
  });

  test('is not told where the app wants none', async () => {
    const policy = { warnBeforeEndSeconds: [] };
    const world = await createSignedInWorld(twoHours, { config: { ...config, policy } });
    await world.time.advance(END_MS - 1_000);
    expect(warnings(world)).toBe(0);
  });

  test('is told once by two runtimes', async () => {
    const world = await createSignedInWorld(twoHours, exactly);
    const other = world.start(exactly);
    await other.connect('tab-2');
    await world.time.advance(END_MS - 1_000);
    expect(warnings(world)).toBe(2);
  });

  test('is told within two seconds of waking when its time passed in sleep, and of two the last one', async () => {
    const policy = { warnBeforeEndSeconds: [1_800, 300] };
    const world = await createSignedInWorld(twoHours, { config: { ...config, policy }, random: () => 0 });
    await world.time.advance(VALIDITY_MS);
    expect(warnings(world)).toBe(0);
    world.time.sleep(END_MS - VALIDITY_MS - 4 * MINUTE_MS);
    await world.time.advance(END_WATCH_MS);
    expect(warnings(world)).toBe(1);
    expect((await view(world)).ending?.beforeSeconds).toBe(300);
  });

  test('comes again for the next sign-in', async () => {
    const world = await createSignedInWorld(twoHours, exactly);
    await world.time.advance(END_MS - MINUTE_MS);
    await world.time.run(world.session.signOut({}));
    // A tab that did not confirm the sign-out is not counted any more.
    await world.connect('tab-2');
    await world.signIn('ada', 'tab-2');
    expect((await view(world)).ending).toBeUndefined();
    await world.time.advance(END_MS - MINUTE_MS);
    expect(warnings(world)).toBe(4);
  });

  test('with no tab open nothing is watched', async () => {
    const world = await createSignedInWorld(twoHours, exactly);
    world.session.clients.remove('tab-1');
    expect(world.time.waiting).toBe(0);
  });
});

test('the example of every guide: signed in at 9:00 for a day, back at 10:30 and at 8:30, at work until 9:58', async () => {
  const world = createWorld();
  Object.assign(world.cognito.settings, { refreshTokenSeconds: DAY_SECONDS });
  const runtime = world.start({
    ...exactly,
    config: { ...config, refreshTokenValiditySeconds: DAY_SECONDS },
  });
  const day = { ...world, ...runtime };
  const nineMs = world.time.clock.wallMs();
  const clock = (hours: number, minutes: number): number =>
    hours * HOUR_MS + minutes * MINUTE_MS - 9 * HOUR_MS;
  await runtime.connect();
  await runtime.signIn();
  runtime.session.clients.remove('tab-1');

  await at(day, clock(10, 30), nineMs);
  await runtime.connect('tab-2');
  expect((await view(day)).status, 'his session was refreshed').toBe('signed-in');
  runtime.session.clients.remove('tab-2');

  await at(day, clock(24 + 8, 30), nineMs);
  await runtime.connect('tab-3');
  expect((await view(day)).status).toBe('signed-in');
  expect(warnings(world)).toBe(0);
  await at(day, clock(24 + 9, 0), nineMs);
  expect(warnings(world), 'told an hour ahead').toBe(1);
  await at(day, clock(24 + 9, 31), nineMs);
  expect((await view(day)).status, 'where his work was lost before').toBe('signed-in');
  await at(day, clock(24 + 9, 54), nineMs);
  expect(warnings(world)).toBe(2);
  await at(day, clock(24 + 9, 58), nineMs);
  expect((await view(day)).status).toBe('signed-in');
  await at(day, clock(24 + 9, 59), nineMs);
  expect((await view(day)).ended?.reason).toBe('expired');
});
