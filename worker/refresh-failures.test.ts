import { describe, expect, test } from 'vitest';
import type { SessionView } from './contract.js';
import type { CognitoFailure, StoredSession, TokenAnswer } from './deps.js';
import { unreadableAnswer } from './failures.js';
import { withRefresh } from './record.js';
import { answered, unanswered } from './testing/scripted-cognito.js';
import { makeTokenPair } from './testing/tokens.js';
import { createSignedInWorld, type Runtime, type World } from './testing/world.js';

const HOUR_MS = 3_600_000;

type Both = World & Runtime;

const accessToken = (view: SessionView): string => view.tokens?.accessToken ?? 'none';
const fetchSession = ({ time, session }: Both, request = {}): Promise<SessionView> =>
  time.run(session.session(request));
const force = (world: Both): Promise<SessionView> => fetchSession(world, { forceRefresh: true });
const sentRefreshTokens = ({ cognito }: Both): string[] =>
  cognito.requests
    .filter(({ operation }) => operation === 'refresh')
    .map(({ input }) => (input as { refreshToken: string }).refreshToken);

const PASSING: [string, CognitoFailure][] = [
  ['no network', unanswered()],
  ['an unreadable answer', unreadableAnswer('The token endpoint')],
  ['status 500', answered('InternalErrorException', 500)],
  ['status 503 of a proxy that speaks of authorization', answered('NotAuthorizedException', 503)],
  ['status 429', answered('TooManyRequestsException', 429)],
  ['throttling', answered('TooManyRequestsException', 400)],
];

describe.each(PASSING)('%s', (_what, failure) => {
  test('ends no session: after three attempts a forced call rejects, and the next call has the live token', async () => {
    const world = await createSignedInWorld();
    const before = accessToken(await fetchSession(world));
    world.cognito.fail('refresh', failure, 3);
    await expect(force(world)).rejects.toBe(failure);
    expect(world.cognito.count('refresh')).toBe(3);
    expect(accessToken(await fetchSession(world))).toBe(before);
    expect(world.backing.record?.session).toBeDefined();
  });

  test('that passes within three attempts is not noticed', async () => {
    const world = await createSignedInWorld({ graceSeconds: 60 });
    const before = accessToken(await fetchSession(world));
    world.cognito.fail('refresh', failure, 2);
    expect(accessToken(await force(world))).not.toBe(before);
    expect(world.news()).toEqual(['signedIn', 'tokenRefresh']);
  });

  test('once the token has expired rejects the call, and the session comes back with the service', async () => {
    const world = await createSignedInWorld();
    world.time.sleep(HOUR_MS);
    world.cognito.fail('refresh', failure, 3);
    await expect(fetchSession(world)).rejects.toBe(failure);
    expect((await fetchSession(world)).status).toBe('signed-in');
  });

  test('is told once: that the refresh failed, not that the session ended', async () => {
    const world = await createSignedInWorld();
    world.cognito.fail('refresh', failure, 3);
    await force(world).catch(() => undefined);
    expect(world.news()).toEqual(['signedIn', 'tokenRefresh_failure']);
  });
});

test('each attempt is announced once its intent is stored: whoever hears it can see to it if this runtime dies', async () => {
  const world = await createSignedInWorld();
  world.cognito.fail('refresh', unanswered(), 2);
  const { refresh } = world.deps.cognito;
  const announced: number[] = [];
  world.deps.cognito.refresh = (input) => {
    expect(world.backing.record?.intent?.instanceId).toBe(world.deps.instanceId);
    announced.push(world.hub.posted.filter(({ type }) => type === 'begun').length);
    return refresh(input);
  };
  await force(world);
  expect(announced).toEqual([1, 2, 3]);
});

const VERDICTS = [
  'NotAuthorizedException',
  'RefreshTokenReuseException',
  'UserNotFoundException',
  'TokenRevokedException',
  'PasswordResetRequiredException',
  'UserNotConfirmedException',
];

describe.each(VERDICTS)('%s', (name) => {
  test('ends the session at the first attempt: the call rejects with it, later ones are signed out', async () => {
    const world = await createSignedInWorld();
    const failure = answered(name);
    world.cognito.fail('refresh', failure);
    await expect(force(world)).rejects.toBe(failure);
    expect(world.cognito.count('refresh')).toBe(1);
    expect(await fetchSession(world)).toMatchObject({
      status: 'signed-out',
      ended: { reason: 'rejected', error: { name } },
    });
    expect(world.backing.record).not.toHaveProperty('session');
    expect(world.hub.posted.at(-1)).toMatchObject({
      event: { type: 'signedOut', reason: 'rejected', error: { name } },
    });
  });
});

test('a refresh that the store keeps and can not confirm is told of', async () => {
  const world = await createSignedInWorld();
  world.backing.isConfirmationLost = true;
  await force(world);
  expect(world.news()).toEqual(['signedIn', 'tokenRefresh']);
});

test('a verdict on a token that another runtime has replaced meanwhile is none: the newer one is used', async () => {
  const world = await createSignedInWorld();
  world.time.sleep(HOUR_MS);
  world.deps.cognito.refresh = async () => {
    // A runtime that could not have the lock commits while our request is out.
    const nowMs = world.time.clock.wallMs();
    const newer = { ...makeTokenPair('sub-ada', nowMs, 3_600), refreshToken: 'newer' };
    await world.deps.store.update((record) => ({
      record: withRefresh(record, record.session as StoredSession, newer, nowMs, 'sub-ada'),
      result: undefined,
    }));
    throw answered('NotAuthorizedException');
  };
  const view = await fetchSession(world);
  expect(view.status).toBe('signed-in');
  expect(view.tokens?.accessToken).toBe(world.backing.record?.session?.accessToken);
  expect(world.backing.record?.session?.refreshToken).toBe('newer');
  expect(world.news()).not.toContain('signedOut');
});

test.each(['ResourceNotFoundException', 'UserLambdaValidationException', 'InvalidParameterException'])(
  '%s is reported after one attempt, and the session is kept',
  async (name) => {
    const world = await createSignedInWorld();
    world.cognito.fail('refresh', answered(name));
    await expect(force(world)).rejects.toMatchObject({ fields: { name } });
    expect(world.cognito.count('refresh')).toBe(1);
    expect((await fetchSession(world)).status).toBe('signed-in');
    expect(world.backing.record).not.toHaveProperty('intent');
  },
);

describe('an answer that was lost', () => {
  test('is asked for again with the old token at once, while the grace period runs', async () => {
    const world = await createSignedInWorld({ graceSeconds: 1 });
    world.cognito.loseAnswer('refresh');
    expect((await force(world)).status).toBe('signed-in');
    expect(sentRefreshTokens(world)).toEqual(['refresh-sub-ada-1.0', 'refresh-sub-ada-1.0']);
    expect(world.backing.record?.session?.refreshToken).toBe('refresh-sub-ada-1.2');
  });

  test('of all attempts of a call is asked for behind, within the grace period, however fresh the tokens are', async () => {
    const world = await createSignedInWorld({ graceSeconds: 30 });
    world.cognito.loseAnswer('refresh', 3);
    await expect(force(world)).rejects.toMatchObject({ answered: false });
    await world.time.until(() => world.news().includes('tokenRefresh'), 10_000);
    expect(world.cognito.isAlive(world.backing.record?.session?.refreshToken ?? '')).toBe(true);
  });
});

describe('an answer that can be read in part', () => {
  test('keeps the rotated refresh token, and the next attempt uses it', async () => {
    const world = await createSignedInWorld();
    world.cognito.answerWith('refresh', (answer: TokenAnswer) => ({ ...answer, accessToken: 'garbage' }));
    expect((await force(world)).status).toBe('signed-in');
    expect(sentRefreshTokens(world)).toEqual(['refresh-sub-ada-1.0', 'refresh-sub-ada-1.1']);
  });

  test("with another user's tokens gives nobody those, nor their refresh token", async () => {
    const world = await createSignedInWorld({ graceSeconds: 60 });
    const stranger = makeTokenPair('sub-grace', world.time.clock.wallMs(), 3_600);
    world.cognito.answerWith('refresh', () => ({ ...stranger, refreshToken: 'refresh-of-grace' }));
    const view = await force(world);
    expect(view.user?.userId).toBe('sub-ada');
    expect(view.tokens?.accessToken).not.toBe(stranger.accessToken);
    expect(JSON.stringify(world.backing.written)).not.toContain('refresh-of-grace');
    expect(sentRefreshTokens(world)).toEqual(['refresh-sub-ada-1.0', 'refresh-sub-ada-1.0']);
  });
});

describe('the attempts of one call', () => {
  test('take 8 s together at most, and 5 s each', async () => {
    const world = await createSignedInWorld();
    const timeouts: number[] = [];
    world.deps.cognito.refresh = ({ timeoutMs }) => {
      timeouts.push(timeoutMs);
      return new Promise((_resolve, reject) => {
        world.time.timers.after(timeoutMs, () => reject(unanswered()));
      });
    };
    const startedAtMs = world.time.clock.monotonicMs();
    await expect(force(world)).rejects.toMatchObject({ answered: false });
    expect(world.time.clock.monotonicMs() - startedAtMs).toBeLessThanOrEqual(8_000);
    expect(timeouts[0]).toBe(5_000);
    expect(timeouts[1]).toBeLessThan(3_000);
  });

  test('wait for as long as Retry-After asks', async () => {
    const world = await createSignedInWorld();
    world.cognito.fail('refresh', answered('TooManyRequestsException', 429, 'Slow down.', 3_000));
    await force(world);
    const [first, second] = world.cognito.requests.filter(({ operation }) => operation === 'refresh');
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBe(3_000);
  });

  test('end at once when Retry-After asks for more than is left, and nothing is asked of its own accord before', async () => {
    const world = await createSignedInWorld();
    world.cognito.fail('refresh', answered('TooManyRequestsException', 429, 'Slow down.', 90_000));
    const startedAtMs = world.time.clock.monotonicMs();
    await expect(force(world)).rejects.toMatchObject({ fields: { name: 'TooManyRequestsException' } });
    expect(world.time.clock.monotonicMs()).toBe(startedAtMs);
    await world.time.advance(89_000);
    expect(world.cognito.count('refresh')).toBe(1);
    await world.time.advance(2_000);
    expect(world.cognito.count('refresh')).toBe(2);
  });
});

describe('while Retry-After lasts', () => {
  const slowDown = answered('TooManyRequestsException', 429, 'Slow down.', 30_000);

  test('calls with an expired token are told so without a request, and one after it is answered', async () => {
    const world = await createSignedInWorld();
    world.time.sleep(HOUR_MS);
    world.cognito.fail('refresh', slowDown);
    for (let call = 0; call < 5; call += 1) await expect(fetchSession(world)).rejects.toBe(slowDown);
    expect(world.cognito.count('refresh')).toBe(1);
    await world.time.advance(30_000);
    expect((await fetchSession(world)).status).toBe('signed-in');
    expect(world.cognito.count('refresh')).toBe(2);
  });

  test('sleep counts: a call after it is answered', async () => {
    const world = await createSignedInWorld();
    world.time.sleep(HOUR_MS);
    world.cognito.fail('refresh', slowDown);
    await expect(fetchSession(world)).rejects.toBe(slowDown);
    world.time.sleep(30_000);
    expect((await fetchSession(world)).status).toBe('signed-in');
  });

  test('calls with a token that still lives have that one, without a request', async () => {
    const world = await createSignedInWorld();
    const before = accessToken(await fetchSession(world));
    world.time.sleep(HOUR_MS - 5_000);
    world.cognito.fail('refresh', slowDown);
    for (let call = 0; call < 5; call += 1) expect(accessToken(await fetchSession(world))).toBe(before);
    expect(world.cognito.count('refresh')).toBe(1);
  });
});

describe('after the attempts of a call', () => {
  test('the runtime goes on behind, ever more slowly up to a minute, until the service is back', async () => {
    const world = await createSignedInWorld();
    world.cognito.fail('refresh', answered('InternalErrorException', 500), 60);
    await force(world).catch(() => undefined);
    await world.time.advance(600_000);
    const times = world.cognito.requests
      .filter(({ operation }) => operation === 'refresh')
      .map(({ atMs }) => atMs);
    const pauses = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(60_000);
    expect(Math.max(...pauses)).toBeGreaterThan(20_000);
    expect(times.length).toBeLessThan(60);
  });

  test('waking up, or the network coming back, ends the wait after no answer', async () => {
    const world = await createSignedInWorld();
    world.cognito.fail('refresh', unanswered(), 3);
    await force(world).catch(() => undefined);
    world.session.wake();
    await world.time.advance(1);
    expect(world.cognito.count('refresh')).toBe(4);
  });

  test('waking up again and again asks no service sooner that has answered', async () => {
    const world = await createSignedInWorld();
    world.cognito.fail('refresh', answered('TooManyRequestsException', 429, 'Slowly.', 60_000));
    await force(world).catch(() => undefined);
    for (let woken = 0; woken < 100; woken += 1) {
      world.session.wake();
      await world.time.advance(100);
    }
    expect(world.cognito.count('refresh')).toBe(1);
  });
});

test('a refresh that goes on failing behind is told of once, and again when somebody waited for it', async () => {
  const world = await createSignedInWorld();
  world.cognito.fail('refresh', unanswered(), 1_000);
  await world.time.advance(HOUR_MS - 200_000);
  expect(world.cognito.count('refresh')).toBeGreaterThan(5);
  expect(world.news()).toEqual(['signedIn', 'tokenRefresh_failure']);
  await force(world).catch(() => undefined);
  expect(world.news()).toEqual(['signedIn', 'tokenRefresh_failure', 'tokenRefresh_failure']);
});

test('a refresh that fails after the sign-out is told to nobody', async () => {
  const world = await createSignedInWorld();
  const answer = world.cognito.hold('refresh');
  world.cognito.answerWith('refresh', () => {
    throw answered('InternalErrorException', 500, 'Down.', 30_000);
  });
  const call = world.session.session({ forceRefresh: true }).catch(() => undefined);
  await world.time.until(() => world.cognito.count('refresh') === 1);
  await world.time.run(world.session.signOut({}));
  answer.release();
  await world.time.run(call);
  expect(world.news()).toEqual(['signedIn', 'signedOut']);
});

describe('Cognito is not asked over and over', () => {
  const HOUR_OF_ADA = { rotation: false };

  test('when its answers come without ID tokens', async () => {
    const world = await createSignedInWorld(HOUR_OF_ADA);
    const { refresh } = world.cognito;
    world.deps.cognito.refresh = async (input) => {
      if (world.cognito.count('refresh') > 50) return new Promise(() => undefined);
      const { accessToken: newer } = await refresh(input);
      return { accessToken: newer };
    };
    await world.time.advance(HOUR_MS + 1_000);
    expect(world.cognito.count('refresh')).toBe(1);
    expect((await fetchSession(world)).status).toBe('signed-in');
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('when the tokens that it gives have expired already: once a second at most, and a call is answered', async () => {
    const world = await createSignedInWorld(HOUR_OF_ADA);
    const { refresh } = world.cognito;
    world.deps.cognito.refresh = (input) =>
      world.cognito.count('refresh') > 50 ? new Promise(() => undefined) : refresh(input);
    world.cognito.settings.tokenSeconds = -10;
    await force(world);
    for (let call = 0; call < 5; call += 1) await fetchSession(world);
    expect(world.cognito.count('refresh')).toBe(1);
    await world.time.advance(10_000);
    expect(world.cognito.count('refresh')).toBeGreaterThan(1);
    expect(world.cognito.count('refresh')).toBeLessThanOrEqual(11);
  });
});
