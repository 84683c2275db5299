import { describe, expect, test } from 'vitest';
import { countAgeMs } from './age.js';
import type { StoredSession } from './deps.js';
import {
  areTokensOf,
  isIssuedAfter,
  marginMs,
  mustRefreshMs,
  readTokens,
  serverNowMs,
  timeLeftMs,
  type LiveTokens,
} from './tokens.js';
import { makeToken, makeTokenPair } from './testing/tokens.js';
import { createVirtualTime, START_MS, type VirtualTime } from './testing/virtual-time.js';

const HOUR_MS = 3_600_000;

/** Tokens for an hour that arrive now, from a Cognito whose clock is off by so much. */
function stored(time: VirtualTime, serverOffsetMs = 0): StoredSession {
  const nowMs = time.clock.wallMs();
  return {
    ...makeTokenPair('sub-ada', nowMs + serverOffsetMs, 3_600),
    refreshToken: 'r1',
    originalRefreshToken: 'r1',
    askedAtMs: nowMs,
  };
}

function live(session: StoredSession, time: VirtualTime, restarted = false): LiveTokens {
  const tokens = readTokens(session, time.clock, restarted);
  if (!tokens) throw new Error('unreadable');
  return tokens;
}

function arrived(serverOffsetMs = 0): { time: VirtualTime; tokens: LiveTokens } {
  const time = createVirtualTime();
  return { time, tokens: live(stored(time, serverOffsetMs), time) };
}

describe('the age of tokens', () => {
  test('grows with time', async () => {
    const { time, tokens } = arrived();
    await time.advance(10_000);
    expect(countAgeMs(tokens.age, time.clock)).toBe(10_000);
    expect(timeLeftMs(tokens, time.clock)).toBe(HOUR_MS - 10_000);
  });

  test.each([-HOUR_MS, 0, 20_000, HOUR_MS])(
    'does not depend on how far the device clock is off from that of Cognito (%d ms)',
    async (offsetMs) => {
      const { time, tokens } = arrived(offsetMs);
      await time.advance(1_000);
      expect(timeLeftMs(tokens, time.clock)).toBe(HOUR_MS - 1_000);
      expect(serverNowMs(tokens, time.clock)).toBe(time.clock.wallMs() + offsetMs);
      expect(tokens.clockDriftMs).toBe(offsetMs);
    },
  );

  test('a wall clock that jumps back makes no token younger', async () => {
    const { time, tokens } = arrived();
    await time.advance(60_000);
    time.setWall(-2 * HOUR_MS);
    expect(countAgeMs(tokens.age, time.clock)).toBe(60_000);
    await time.advance(1_000);
    expect(countAgeMs(tokens.age, time.clock)).toBe(61_000);
  });

  test('a wall clock that jumps forward makes a token older: better one refresh too many', () => {
    const { time, tokens } = arrived();
    time.setWall(2 * HOUR_MS);
    expect(timeLeftMs(tokens, time.clock)).toBe(-HOUR_MS);
  });

  test('counts sleep, in which the monotonic clock stands still', () => {
    const { time, tokens } = arrived();
    time.sleep(HOUR_MS);
    expect(timeLeftMs(tokens, time.clock)).toBe(0);
  });

  test('is counted on by a runtime that reads them from the store later', async () => {
    const time = createVirtualTime();
    const session = stored(time);
    await time.advance(100_000);
    expect(countAgeMs(live(session, time, true).age, time.clock)).toBe(100_000);
  });

  test('that a device clock turned back would make negative counts as none, and is not believed', () => {
    const time = createVirtualTime();
    const session = stored(time);
    time.setWall(-5_000);
    const tokens = live(session, time, true);
    expect(countAgeMs(tokens.age, time.clock)).toBe(0);
    expect(tokens.clockTrusted).toBe(false);
  });

  test('of a pair is judged by the token that expires first', () => {
    const time = createVirtualTime();
    const iat = START_MS / 1_000;
    const access = { sub: 'sub-ada', iat, exp: iat + 3_600, token_use: 'access' as const };
    const tokens = live(
      {
        ...stored(time),
        accessToken: makeToken(access),
        idToken: makeToken({ ...access, exp: iat + 300, token_use: 'id' }),
      },
      time,
    );
    expect(tokens.lifeMs).toBe(300_000);
  });
});

describe('the clock after a restart', () => {
  test.each([
    [0, true],
    [60_000, true],
    [-60_000, true],
    [61_000, false],
    [-61_000, false],
  ])('that was off by %d ms when the tokens came: believed is %s', (offsetMs, isTrusted) => {
    const time = createVirtualTime();
    expect(live(stored(time, offsetMs), time, true).clockTrusted).toBe(isTrusted);
  });

  test('of a runtime that saw the tokens come is believed however far it is off', () => {
    expect(arrived(10 * HOUR_MS).tokens.clockTrusted).toBe(true);
  });
});

describe('margins', () => {
  test.each([
    [24 * HOUR_MS, 10_000],
    [HOUR_MS, 10_000],
    [100_000, 10_000],
    [50_000, 5_000],
    [10_000, 1_000],
    [4_000, 1_000],
    [1_000, 500],
  ])('of a life of %d ms a call waits for the refresh in the last %d ms', (lifeMs, expectedMs) => {
    expect(mustRefreshMs(lifeMs)).toBe(expectedMs);
  });

  test.each([
    [HOUR_MS, 300, 300_000],
    [300_000, 300, 150_000],
    [HOUR_MS, 3_600, HOUR_MS / 2],
    [HOUR_MS, 0, 10_000],
    [4_000, 300, 2_000],
  ])(
    'of a life of %d ms with a margin of %d s a refresh is due in the last %d ms',
    (lifeMs, seconds, expectedMs) => {
      expect(marginMs(lifeMs, seconds)).toBe(expectedMs);
    },
  );
});

describe('reading tokens', () => {
  test('finds user and name', () => {
    const { tokens } = arrived();
    expect(tokens).toMatchObject({ userId: 'sub-ada', username: 'ada' });
  });

  test('takes the name from the access token where there is no ID token', () => {
    const time = createVirtualTime();
    const { idToken: _idToken, ...session } = stored(time);
    expect(live(session, time)).toMatchObject({ username: 'ada' });
    expect(live(session, time)).not.toHaveProperty('idToken');
  });

  test.each([
    '',
    'no token',
    'a.b.c',
    makeToken({ sub: 1 as unknown as string, iat: 1, exp: 2, token_use: 'access' }),
  ])('answers with nothing for %j, and does not throw', (accessToken) => {
    const time = createVirtualTime();
    expect(readTokens({ ...stored(time), accessToken }, time.clock, false)).toBeUndefined();
  });

  test('tells which were issued later, to the second; unreadable ones never were', () => {
    const [first, same] = [makeTokenPair('sub-ada', START_MS, 60), makeTokenPair('sub-ada', START_MS, 60)];
    const later = makeTokenPair('sub-ada', START_MS + 1_000, 60);
    expect(isIssuedAfter(later, first)).toBe(true);
    expect(isIssuedAfter(first, later)).toBe(false);
    expect(isIssuedAfter(first, same)).toBe(false);
    expect(isIssuedAfter({ accessToken: 'junk' }, first)).toBe(false);
    expect(isIssuedAfter(first, { accessToken: 'junk' })).toBe(true);
  });

  test("refuses a pair of two users, and another user's pair", () => {
    const ada = makeTokenPair('sub-ada', START_MS, 60);
    const grace = makeTokenPair('sub-grace', START_MS, 60);
    expect(areTokensOf(ada)).toBe(true);
    expect(areTokensOf(ada, 'sub-ada')).toBe(true);
    expect(areTokensOf(ada, 'sub-grace')).toBe(false);
    expect(areTokensOf({ accessToken: ada.accessToken, idToken: grace.idToken })).toBe(false);
    // A page decodes the header as well.
    expect(areTokensOf({ accessToken: ada.accessToken.replace(/^[^.]+/, 'e30x') })).toBe(false);
    expect(areTokensOf({ accessToken: ada.accessToken, idToken: 'junk' })).toBe(false);
  });
});
