/** A tab that is looked at again has Cognito say whether the session still stands. */
import { describe, expect, test } from 'vitest';
import { LEAST_LIFE_MS } from './bounds.js';
import type { RuntimeConfig, SessionView } from './contract.js';
import { answered, unanswered } from './testing/scripted-cognito.js';
import { CONFIG, createSignedInWorld, type Runtime, type World } from './testing/world.js';

const RECHECK_SECONDS = 600;
const RECHECK_MS = RECHECK_SECONDS * 1_000;
const VALIDITY_SECONDS = 3_600;
const config: RuntimeConfig = { ...CONFIG, policy: { recheckSeconds: RECHECK_SECONDS } };
const options = { config, random: () => 0 };

const signedIn = (): Promise<World & Runtime> => createSignedInWorld({}, options);
const view = ({ time, session }: Pick<World & Runtime, 'time' | 'session'>): Promise<SessionView> =>
  time.run(session.session({ peek: true }));

/** A page tells that it woke, and what comes of it happens. */
async function wake(world: Pick<World & Runtime, 'time' | 'session'>, isVisible?: unknown): Promise<void> {
  world.session.wake(isVisible);
  await world.time.advance(1_000);
}

describe('a tab that is looked at', () => {
  test('when Cognito has said nothing for longer than that has it asked, though the tokens are good', async () => {
    const world = await signedIn();
    await world.time.advance(RECHECK_MS + 1);
    await wake(world, true);
    expect(world.cognito.count('refresh')).toBe(1);
    expect(world.news()).toEqual(['signedIn', 'tokenRefresh']);
    await wake(world, true);
    expect(world.cognito.count('refresh'), 'it has just said so').toBe(1);
  });

  test('before that time asks nothing', async () => {
    const world = await signedIn();
    await world.time.advance(RECHECK_MS - 1_000);
    await wake(world, true);
    expect(world.cognito.count('refresh')).toBe(0);
  });

  test('after a sleep of that long asks', async () => {
    const world = await signedIn();
    world.time.sleep(RECHECK_MS + 1);
    await wake(world, true);
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('asks nothing while nobody is signed in', async () => {
    const world = await signedIn();
    await world.time.run(world.session.signOut({}));
    await world.time.advance(RECHECK_MS + 1);
    await world.connect('tab-2');
    await wake(world, true);
    expect(world.cognito.count('refresh')).toBe(0);
  });

  test('asks nothing where the app has no such policy', async () => {
    const world = await createSignedInWorld({}, { random: () => 0 });
    await world.time.advance(RECHECK_MS + 1);
    await wake(world, true);
    expect(world.cognito.count('refresh')).toBe(0);
  });

  test('together with others, of this worker and of another one, asks once', async () => {
    const world = await signedIn();
    const other = world.start(options);
    await other.connect('tab-2');
    await world.connect('tab-3');
    await world.time.advance(RECHECK_MS + 1);
    for (const { session } of [world, other, world, other]) session.wake(true);
    await world.time.advance(10_000);
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('asks nothing once the refresh token has ended: its last tokens are good until they expire', async () => {
    const known = { ...config, refreshTokenValiditySeconds: VALIDITY_SECONDS };
    const world = await createSignedInWorld(
      { refreshTokenSeconds: VALIDITY_SECONDS },
      { config: known, random: () => 0 },
    );
    await world.time.advance((VALIDITY_SECONDS + RECHECK_SECONDS) * 1_000);
    const before = world.cognito.count('refresh');
    await wake(world, true);
    expect(world.cognito.count('refresh')).toBe(before);
    expect((await view(world)).status).toBe('signed-in');
  });
});

describe('with a time of 0', () => {
  test('each look asks, but for a while after the last refresh', async () => {
    const always = { ...CONFIG, policy: { recheckSeconds: 0 } };
    const world = await createSignedInWorld({}, { config: always, random: () => 0 });
    await world.time.advance(1);
    for (let look = 0; look < 5; look += 1) {
      world.session.wake(true);
      await world.time.advance(1);
    }
    expect(world.cognito.count('refresh')).toBe(1);
    await world.time.advance(LEAST_LIFE_MS);
    await wake(world, true);
    expect(world.cognito.count('refresh')).toBe(2);
  });
});

test.each([undefined, false, null, 1, 'visible', {}])(
  'a page that is not in view asks nothing: %j',
  async (isVisible) => {
    const world = await signedIn();
    await world.time.advance(RECHECK_MS + 1);
    await wake(world, isVisible);
    expect(world.cognito.count('refresh')).toBe(0);
  },
);

describe('what Cognito says', () => {
  test('of a session that was ended elsewhere ends it here, in every runtime, as rejected', async () => {
    const world = await signedIn();
    const other = world.start(options);
    await other.connect('tab-2');
    await world.cognito.revoke('refresh-sub-ada-1.0');
    await world.time.advance(RECHECK_MS + 1);
    await wake(world, true);
    expect(world.news()).toEqual(['signedIn', 'signedOut']);
    for (const { session } of [world, other]) {
      const ended = { reason: 'rejected', error: { name: 'NotAuthorizedException' } };
      expect(await view({ ...world, session })).toMatchObject({ status: 'signed-out', ended });
    }
  });

  test('is waited for by nobody: a call meanwhile has the tokens that are good', async () => {
    const world = await signedIn();
    await world.time.advance(RECHECK_MS + 1);
    const hold = world.cognito.hold('refresh');
    await wake(world, true);
    const before = world.time.clock.wallMs();
    expect((await world.time.run(world.session.session({}))).status).toBe('signed-in');
    expect(world.time.clock.wallMs()).toBe(before);
    hold.release();
  });

  test.each([
    ['nothing, since it could not be reached', unanswered()],
    ['that it is busy', answered('TooManyRequestsException', 429)],
  ])('is %s: the session is kept', async (_what, failure) => {
    const world = await signedIn();
    await world.time.advance(RECHECK_MS + 1);
    world.cognito.fail('refresh', failure);
    await wake(world, true);
    expect(world.cognito.count('refresh')).toBeGreaterThan(0);
    expect((await view(world)).status).toBe('signed-in');
    expect(world.news()).not.toContain('signedOut');
  });

  test('in answer to a request of before is waited for as long as it asked, and not asked for with each look', async () => {
    const world = await signedIn();
    await world.time.advance(RECHECK_MS + 1);
    world.cognito.fail('refresh', answered('TooManyRequestsException', 429, 'Slow down.', 60_000));
    await wake(world, true);
    for (let look = 0; look < 5; look += 1) await wake(world, true);
    expect(world.cognito.count('refresh')).toBe(1);
  });
});

test('a session that nobody has used for too long ends, and is not refreshed', async () => {
  const policy = { recheckSeconds: RECHECK_SECONDS, idle: { timeoutSeconds: RECHECK_SECONDS } };
  const world = await createSignedInWorld({}, { config: { ...CONFIG, policy }, random: () => 0 });
  world.time.sleep(RECHECK_MS + 1);
  await wake(world, true);
  expect(world.cognito.count('refresh')).toBe(0);
  expect((await view(world)).ended?.reason).toBe('idle');
});
