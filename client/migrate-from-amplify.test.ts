import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { AdoptSessionInput, AuthUser } from '../worker/contract.js';
import { AuthError, type OwnErrorName } from '../worker/errors.js';
import type { AmplifyBrowser } from './amplify-storage.js';
import { MIGRATION_LOCK_MS, MOST_MIGRATION_TURNS } from './bounds.js';
import { migrate, migrateFromAmplify } from './migrate-from-amplify.js';
import type { CallOptions, SessionClient } from './types.js';

const PREFIX = 'CognitoIdentityServiceProvider.client1';
const ADA: AuthUser = { userId: 'sub-ada', username: 'ada' };

/** Amplify's store, and in which order it was touched. */
let stored: Map<string, string>;
let diary: string[];
let lock: { isTaken: boolean; names: string[]; waitMs: number };
/** What the worker was given. */
let adopted: AdoptSessionInput[];
/** Where Amplify, or a user, is at work meanwhile. */
let meanwhile: (turn: number) => void;
let refusal: OwnErrorName | undefined;
let inspection: { userPoolClientId?: string; storageError?: string };

beforeEach(() => {
  stored = new Map();
  diary = [];
  lock = { isTaken: false, names: [], waitMs: 0 };
  adopted = [];
  meanwhile = () => undefined;
  refusal = undefined;
  inspection = { userPoolClientId: 'client1' };
});

function amplifyStores(username: string, accessToken: string, refreshToken: string): void {
  const values = { accessToken, refreshToken, idToken: `id-of-${accessToken}`, clockDrift: '-5' };
  stored.set(`${PREFIX}.LastAuthUser`, username);
  for (const [name, value] of Object.entries(values)) stored.set(`${PREFIX}.${username}.${name}`, value);
}

const browser: AmplifyBrowser = {
  storage: () => ({
    get: (key) => stored.get(key),
    remove: (key) => {
      diary.push('removed');
      stored.delete(key);
    },
  }),
  async withLock(name, waitMs, work) {
    lock.names.push(name);
    lock.waitMs = waitMs;
    if (lock.isTaken) return { held: false };
    return { held: true, value: await work() };
  },
};

const client = {
  inspectSession: async () => inspection,
  adoptSession: async (input: AdoptSessionInput, { signal }: CallOptions) => {
    signal?.throwIfAborted();
    if (refusal) throw new AuthError({ name: refusal, message: 'Refused.' });
    adopted.push(input);
    diary.push('adopted');
    meanwhile(adopted.length);
    return ADA;
  },
} as unknown as SessionClient;

const run = (options: CallOptions = {}) => migrate(client, 'localStorage', browser, options);

describe("Amplify's session", () => {
  test('is adopted, and only then removed from its store', async () => {
    amplifyStores('ada', 'a1', 'r1');
    stored.set('com.amplify.Cognito.eu-central-1:pool.identityId', 'a guest');
    expect(await run()).toEqual({ outcome: 'migrated', user: ADA, isCleared: true });
    expect(adopted).toEqual([{ accessToken: 'a1', idToken: 'id-of-a1', refreshToken: 'r1', clockDrift: -5 }]);
    expect(diary[0]).toBe('adopted');
    expect([...stored.keys()]).toEqual(['com.amplify.Cognito.eu-central-1:pool.identityId']);
  });

  test('is moved by one tab of its app client at a time', async () => {
    await run();
    expect(lock).toMatchObject({
      names: ['cognito-session-worker:client1:amplify'],
      waitMs: MIGRATION_LOCK_MS,
    });
  });

  test('that is none is not found, and nothing is asked of the worker', async () => {
    expect(await run()).toEqual({ outcome: 'nothing-found' });
    expect(diary).toEqual([]);
  });

  test('stays where it is while a session of another sign-in goes on', async () => {
    amplifyStores('ada', 'a1', 'r1');
    refusal = 'UserAlreadyAuthenticatedException';
    const before = new Map(stored);
    expect(await run()).toEqual({ outcome: 'already-signed-in' });
    expect(stored).toEqual(before);
  });

  test('that somebody signed out of here is removed from its store, and does not come back', async () => {
    amplifyStores('ada', 'a1', 'r1');
    refusal = 'TokenRevokedException';
    expect(await run()).toEqual({ outcome: 'signed-out' });
    expect([...stored.keys()]).toEqual([]);
  });

  test.each<OwnErrorName>(['InvalidTokenException', 'InvalidInputException'])(
    'that the worker refuses with %s is unusable, and stays where it is',
    async (name) => {
      amplifyStores('ada', 'a1', 'r1');
      refusal = name;
      const before = new Map(stored);
      expect(await run()).toMatchObject({ outcome: 'unusable', error: { name } });
      expect(stored).toEqual(before);
    },
  );

  test('of which half is there is unusable, is not adopted, and stays where it is', async () => {
    amplifyStores('ada', 'a1', 'r1');
    stored.delete(`${PREFIX}.ada.refreshToken`);
    const before = new Map(stored);
    expect(await run()).toMatchObject({
      outcome: 'unusable',
      error: {
        name: 'InvalidTokenException',
        message: expect.stringContaining('refresh token is missing') as string,
        recoverySuggestion: 'Let the user sign in again.',
      },
    });
    expect(diary).toEqual([]);
    expect(stored).toEqual(before);
  });

  test('stays where it is as well while the worker can not store it', async () => {
    amplifyStores('ada', 'a1', 'r1');
    inspection = { ...inspection, storageError: 'QuotaExceededError' };
    expect(await run()).toEqual({ outcome: 'migrated', user: ADA, isCleared: false });
    expect(diary).toEqual(['adopted']);
  });

  test('of which something can not be removed is said to be there still', async () => {
    amplifyStores('ada', 'a1', 'r1');
    const stubborn: AmplifyBrowser = {
      ...browser,
      storage: () => ({ get: (key) => stored.get(key), remove: () => undefined }),
    };
    const outcome = await migrate(client, 'cookies', stubborn, {});
    expect(outcome).toEqual({ outcome: 'migrated', user: ADA, isCleared: false });
  });
});

describe('a tab with Amplify that is at work meanwhile', () => {
  test('and refreshes: the newer tokens are adopted as well, and then removed', async () => {
    amplifyStores('ada', 'a1', 'r1');
    meanwhile = (turn) => {
      if (turn === 1) amplifyStores('ada', 'a2', 'r2');
    };
    expect(await run()).toEqual({ outcome: 'migrated', user: ADA, isCleared: true });
    expect(adopted.map(({ refreshToken }) => refreshToken)).toEqual(['r1', 'r2']);
    expect([...stored.keys()]).toEqual([]);
  });

  test('and has written but the first of its keys: the others are waited for', async () => {
    amplifyStores('ada', 'a1', 'r1');
    meanwhile = (turn) => {
      if (turn === 1) stored.set(`${PREFIX}.ada.accessToken`, 'a2');
      if (turn === 2) stored.set(`${PREFIX}.ada.refreshToken`, 'r2');
    };
    expect(await run()).toMatchObject({ outcome: 'migrated', isCleared: true });
    expect(adopted.map((input) => [input.accessToken, input.refreshToken])).toEqual([
      ['a1', 'r1'],
      ['a2', 'r1'],
      ['a2', 'r2'],
    ]);
  });

  test('and signs out: there is nothing to be removed', async () => {
    amplifyStores('ada', 'a1', 'r1');
    meanwhile = () => stored.clear();
    expect(await run()).toEqual({ outcome: 'migrated', user: ADA, isCleared: true });
    expect(diary).toEqual(['adopted']);
  });

  test('and signs somebody else in: that session stays in its store', async () => {
    amplifyStores('ada', 'a1', 'r1');
    meanwhile = () => {
      stored.clear();
      amplifyStores('grace', 'a2', 'r2');
      refusal = 'UserAlreadyAuthenticatedException';
    };
    expect(await run()).toEqual({ outcome: 'migrated', user: ADA, isCleared: false });
    expect(stored.get(`${PREFIX}.grace.refreshToken`)).toBe('r2');
  });

  test('and refreshes while somebody signs out here: the session is over, and removed from its store', async () => {
    amplifyStores('ada', 'a1', 'r1');
    meanwhile = () => {
      amplifyStores('ada', 'a2', 'r2');
      refusal = 'TokenRevokedException';
    };
    expect(await run()).toEqual({ outcome: 'signed-out' });
    expect([...stored.keys()]).toEqual([]);
  });

  test('and never rests is not followed for ever', async () => {
    amplifyStores('ada', 'a0', 'r0');
    meanwhile = (turn) => amplifyStores('ada', `a${turn}`, `r${turn}`);
    expect(await run()).toEqual({ outcome: 'migrated', user: ADA, isCleared: false });
    expect(adopted).toHaveLength(MOST_MIGRATION_TURNS);
    expect(stored.get(`${PREFIX}.ada.refreshToken`)).toBe(`r${MOST_MIGRATION_TURNS}`);
  });
});

describe('a migration that fails', () => {
  test('where another tab has its turn for too long says so', async () => {
    amplifyStores('ada', 'a1', 'r1');
    lock.isTaken = true;
    await expect(run()).rejects.toMatchObject({ name: 'TimeoutException', recoverySuggestion: 'Try again.' });
    expect(diary).toEqual([]);
  });

  test('because it was aborted rejects with the reason of its signal', async () => {
    amplifyStores('ada', 'a1', 'r1');
    const leaving = new AbortController();
    const reason = new Error('the user went elsewhere');
    lock.isTaken = true;
    const waiting = run({ signal: leaving.signal });
    leaving.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    lock.isTaken = false;
    await expect(run({ signal: leaving.signal })).rejects.toBe(reason);
    expect(stored.get(`${PREFIX}.ada.refreshToken`)).toBe('r1');
  });

  test('because the worker can not be reached leaves all where it is', async () => {
    amplifyStores('ada', 'a1', 'r1');
    refusal = 'TimeoutException';
    await expect(run()).rejects.toMatchObject({ name: 'TimeoutException' });
    expect(stored.get(`${PREFIX}.ada.refreshToken`)).toBe('r1');
  });

  test('without a user pool says what is missing', async () => {
    inspection = {};
    await expect(run()).rejects.toMatchObject({ name: 'AuthUserPoolException' });
  });
});

describe('migrateFromAmplify()', () => {
  test('rejects before configure(), and does not throw', async () => {
    await expect(migrateFromAmplify()).rejects.toMatchObject({ name: 'AuthUserPoolException' });
  });

  test('asks the client that it is given, with the signal', async () => {
    const inspect = vi.spyOn(client, 'inspectSession');
    const { signal } = new AbortController();
    inspection = {};
    await expect(migrateFromAmplify({ client, signal })).rejects.toBeInstanceOf(AuthError);
    expect(inspect).toHaveBeenCalledWith({ signal });
  });
});
