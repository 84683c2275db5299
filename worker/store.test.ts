import { beforeEach, describe, expect, test } from 'vitest';
import { SET_ASIDE_KEPT_MS, STORE_REST_MS } from './bounds.js';
import type { LogEntry } from './contract.js';
import type { SessionRecord, Store } from './deps.js';
import { createDiagnostics, type Diagnostics } from './diagnostics.js';
import { EMPTY_RECORD, withoutSession, withRevocations, withSignIn } from './record.js';
import { createStore, setAsideLimitMs } from './store.js';
import { createMemoryBacking, type MemoryBacking } from './testing/memory-backing.js';
import { makeTokenPair } from './testing/tokens.js';
import { createVirtualTime, START_MS, type VirtualTime } from './testing/virtual-time.js';

const tokens = { ...makeTokenPair('sub-ada', START_MS, 3_600), refreshToken: 'r1' };

let time: VirtualTime;
let backing: MemoryBacking;
let store: Store;
let log: [LogEntry['level'], string][];
let diagnostics: Diagnostics;

beforeEach(() => {
  time = createVirtualTime();
  backing = createMemoryBacking(time, 'k');
  log = [];
  diagnostics = createDiagnostics();
  store = createStore({
    key: 'k',
    backing,
    clock: time.clock,
    log: (level, message) => log.push([level, message]),
    diagnostics,
  });
});

const read = (from: Store = store): Promise<SessionRecord> => from.update((record) => ({ result: record }));

const signIn = (to: Store = store): Promise<void> =>
  to.update((record) => ({
    record: withSignIn(record, tokens, { askedAtMs: START_MS }),
    result: undefined,
  }));

const anotherRuntime = (): Store =>
  createStore({ key: 'k', backing, clock: time.clock, log: () => undefined, diagnostics });

describe('while the backing store works', () => {
  test('what one runtime writes another one reads', async () => {
    await signIn();
    expect((await read(anotherRuntime())).session?.refreshToken).toBe('r1');
  });

  test('asking to try it again changes nothing', async () => {
    await signIn();
    store.retry();
    expect((await read()).session?.refreshToken).toBe('r1');
    expect(store.health).toEqual({ storage: 'indexeddb' });
  });

  test('reading writes nothing', async () => {
    await read();
    await signIn();
    const writes = backing.written.length;
    await read();
    expect(backing.written).toHaveLength(writes);
    expect(writes).toBe(1);
  });

  test('a change is made from what is stored now, not from what this runtime saw last', async () => {
    await read();
    await signIn(anotherRuntime());
    expect(await store.update((record) => ({ result: record.fence }))).toBe(1);
  });
});

describe('when the backing store fails', () => {
  test('the session goes on in memory, and the log says so once', async () => {
    await signIn();
    backing.isFailing = true;
    expect((await read()).session?.refreshToken).toBe('r1');
    expect((await read()).session?.refreshToken).toBe('r1');
    expect(log).toEqual([['warn', 'The store failed; the session goes on in memory.']]);
  });

  test('from the start, somebody can sign in all the same', async () => {
    backing.isFailing = true;
    await signIn();
    expect((await read()).session?.refreshToken).toBe('r1');
  });

  test('and works again, what happened meanwhile is written back, and the log says so', async () => {
    await read();
    backing.isFailing = true;
    await signIn();
    backing.isFailing = false;
    expect((await read()).session?.refreshToken).toBe('r1');
    expect(backing.record?.session?.refreshToken).toBe('r1');
    expect(log.at(-1)).toEqual(['info', 'The store works again; the session was written back to it.']);
  });

  test('and works again, also that is written back which no page was told of', async () => {
    await signIn();
    backing.isFailing = true;
    await store.update((record) => ({
      record: withRevocations(record, ['late'], START_MS),
      result: undefined,
    }));
    backing.isFailing = false;
    await read();
    expect(backing.record?.revocations).toEqual([{ refreshToken: 'late', sinceMs: START_MS }]);
  });

  test('and works again, a runtime that changed nothing meanwhile takes over what others wrote', async () => {
    await signIn();
    backing.isFailing = true;
    await read();
    backing.isFailing = false;
    const other = anotherRuntime();
    await other.update((record) => ({
      record: withRevocations(record, ['theirs'], START_MS),
      result: undefined,
    }));
    expect((await read()).revocations).toHaveLength(1);
  });

  test('a failure to erase old records rejects nothing', async () => {
    backing.isFailing = true;
    await expect(store.eraseSetAside(START_MS)).resolves.toBeUndefined();
    expect(log).toEqual([['warn', 'Old records could not be erased.']]);
  });
});

describe('the name of what failed', () => {
  const logged: unknown[] = [];
  beforeEach(() => {
    logged.length = 0;
    store = createStore({
      key: 'k',
      backing,
      clock: time.clock,
      log: (...line) => logged.push(line),
      diagnostics,
    });
  });

  test('is in the log, and its text is not', async () => {
    backing.gate = () => Promise.reject(new RangeError('a token'));
    await store.eraseSetAside(START_MS);
    await read();
    expect(logged).toEqual([
      ['warn', 'Old records could not be erased.', { error: 'RangeError' }],
      ['warn', 'The store failed; the session goes on in memory.', { error: 'RangeError' }],
    ]);
    expect(store.health).toEqual({ storage: 'memory', storageError: 'RangeError' });
  });

  test('is unknown where it is no error', async () => {
    backing.gate = () => {
      throw 'a token' as unknown as Error;
    };
    await read();
    expect(store.health).toEqual({ storage: 'memory', storageError: 'unknown' });
  });
});

describe('when the backing store hangs', () => {
  let asked = 0;
  const hang = (): void => {
    asked = 0;
    backing.gate = () => {
      asked += 1;
      return Promise.reject(new DOMException('Too late.', 'TimeoutError'));
    };
  };

  test('it is waited for once, and then not for 30 s', async () => {
    await signIn();
    hang();
    await read();
    await store.eraseSetAside(START_MS);
    await time.advance(STORE_REST_MS - 1);
    expect((await read()).session?.refreshToken).toBe('r1');
    expect(asked).toBe(1);
    await time.advance(1);
    await read();
    expect(asked).toBe(2);
    expect(STORE_REST_MS).toBe(30_000);
  });

  test('nobody knows what it holds, unless it was read before', async () => {
    const first = anotherRuntime();
    await read();
    hang();
    await read();
    await read(first);
    expect(store.isUnknown).toBe(false);
    expect(first.isUnknown).toBe(true);
  });

  test('it is asked again before the 30 s are over when somebody says so', async () => {
    await signIn();
    hang();
    await read();
    store.retry();
    await read();
    expect(asked).toBe(2);
  });

  test('and works again, what happened meanwhile is written back', async () => {
    hang();
    await signIn();
    backing.gate = () => Promise.resolve();
    await time.advance(STORE_REST_MS);
    await read();
    expect(backing.record?.session?.refreshToken).toBe('r1');
  });
});

test('a sign-out of another runtime outweighs whatever happened here while the store failed', async () => {
  await signIn();
  backing.isFailing = true;
  for (let round = 0; round < 5; round += 1) {
    await store.update((record) => ({
      record: { ...record, revision: record.revision + 1 },
      result: undefined,
    }));
  }
  backing.isFailing = false;
  await anotherRuntime().update((record) => ({
    record: withoutSession(record, { reason: 'user' }, START_MS),
    result: undefined,
  }));
  expect(await read()).not.toHaveProperty('session');
  expect(backing.record).not.toHaveProperty('session');
});

describe('when the stored record', () => {
  test('is erased under a living runtime, its session lives on and is written back', async () => {
    await signIn();
    backing.raw = undefined;
    expect((await read()).session?.refreshToken).toBe('r1');
    expect(backing.record?.session?.refreshToken).toBe('r1');
  });

  test('is erased while no runtime lives, nobody is signed in', async () => {
    await signIn();
    backing.raw = undefined;
    expect(await read(anotherRuntime())).toEqual(EMPTY_RECORD);
  });

  test.each([null, 'garbage', { v: 1 }, { ...EMPTY_RECORD, session: { accessToken: 'x' } }])(
    'is unreadable (%j), it is set aside once, nobody is signed in, and the log says so',
    async (garbage) => {
      backing.raw = garbage;
      expect(await read()).toEqual(EMPTY_RECORD);
      await read();
      expect(backing.setAside).toEqual([garbage]);
      expect(log).toEqual([['error', 'The stored session could not be read; it was set aside.']]);
    },
  );

  test('becomes unreadable under a living runtime, its session lives on and is written back', async () => {
    await signIn();
    backing.raw = 'garbage';
    expect((await read()).session?.refreshToken).toBe('r1');
    expect(backing.record?.session?.refreshToken).toBe('r1');
    expect(backing.setAside).toEqual(['garbage']);
  });
});

test('without a backing store all is kept in memory', async () => {
  const inMemory = createStore({ key: 'k', clock: time.clock, log: () => undefined, diagnostics });
  await signIn(inMemory);
  expect((await read(inMemory)).session?.refreshToken).toBe('r1');
  await expect(inMemory.eraseSetAside(START_MS)).resolves.toBeUndefined();
});

test('what was set aside is kept for seven days', () => {
  expect(SET_ASIDE_KEPT_MS).toBe(7 * 24 * 60 * 60 * 1_000);
  expect(setAsideLimitMs(time.clock)).toBe(START_MS - SET_ASIDE_KEPT_MS);
});
