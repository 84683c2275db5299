import 'fake-indexeddb/auto';
import { forceCloseDatabase, IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SessionRecord } from './deps.js';
import { EMPTY_RECORD } from './record.js';
import { createIndexedDBStore } from './store-indexeddb.js';
import type { BackingStore } from './store.js';
import { createVirtualTime, START_MS, type VirtualTime } from './testing/virtual-time.js';

let time: VirtualTime;
let store: BackingStore;

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory());
  time = createVirtualTime();
  store = createIndexedDBStore(time);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const recordOf = (revision: number): SessionRecord => ({ ...EMPTY_RECORD, revision });
const write = (key: string, record: SessionRecord, to = store): Promise<unknown> =>
  to.update(key, () => ({ record, result: undefined }));
const read = (key: string, from = store): Promise<unknown> => from.update(key, (raw) => ({ result: raw }));

/** The database as another page's script opens it. */
function openRaw(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('cognito-session-worker');
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('refused'));
  });
}

async function allKeys(): Promise<IDBValidKey[]> {
  const database = await openRaw();
  return new Promise((resolve) => {
    const request = database.transaction('records').objectStore('records').getAllKeys();
    request.onsuccess = () => {
      database.close();
      resolve(request.result);
    };
  });
}

describe('the store in IndexedDB', () => {
  test('keeps a record for the next run of the worker', async () => {
    await write('k', recordOf(1));
    expect(await read('k', createIndexedDBStore(time))).toEqual(recordOf(1));
  });

  test('keeps the records of two app clients apart', async () => {
    await write('a', recordOf(1));
    await write('b', recordOf(2));
    expect([await read('a'), await read('b'), await read('c')]).toEqual([
      recordOf(1),
      recordOf(2),
      undefined,
    ]);
  });

  test('a change without a record writes nothing', async () => {
    await read('k');
    expect(await allKeys()).toEqual([]);
  });

  test('reads and writes in one transaction: no increment of two runtimes is lost', async () => {
    const other = createIndexedDBStore(time);
    const increment = (to: BackingStore): Promise<unknown> =>
      to.update('k', (raw) => ({
        record: recordOf(((raw as SessionRecord | undefined)?.revision ?? 0) + 1),
        result: undefined,
      }));
    await Promise.all(Array.from({ length: 20 }, (_none, index) => increment(index % 2 ? store : other)));
    expect(await read('k')).toEqual(recordOf(20));
  });

  test('a change that throws writes nothing and rejects', async () => {
    await write('k', recordOf(1));
    const failing = store.update('k', () => {
      throw new RangeError('as asked');
    });
    await expect(failing).rejects.toThrow('as asked');
    expect(await read('k')).toEqual(recordOf(1));
  });

  test('asks for strict durability, so that a rotated token survives a power cut', async () => {
    const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction');
    await write('k', recordOf(1));
    expect(transaction).toHaveBeenCalledWith('records', 'readwrite', { durability: 'strict' });
  });

  test('sets aside what it is given, beside the record', async () => {
    await store.update('k', () => ({ record: recordOf(1), setAside: 'garbage', result: undefined }));
    expect(await allKeys()).toEqual([`aside:k:${START_MS}`, 'k']);
    expect(await read(`aside:k:${START_MS}`)).toBe('garbage');
  });

  test('erases what was set aside up to a time, of this app client only, and no record', async () => {
    const setAside = (key: string): Promise<unknown> =>
      store.update(key, () => ({ record: recordOf(1), setAside: 'garbage', result: undefined }));
    await setAside('k');
    await setAside('other');
    time.setWall(1_000);
    await setAside('k');
    await store.eraseSetAside('k', START_MS + 999);
    expect(await allKeys()).toEqual([`aside:k:${START_MS + 1_000}`, `aside:other:${START_MS}`, 'k', 'other']);
  });
});

describe('a look', () => {
  test('keeps nobody out: it only reads, and ends without waiting for its answer, as in a page that gets frozen', async () => {
    await write('k', recordOf(1));
    const begin = vi.spyOn(IDBDatabase.prototype, 'transaction');
    const commit = vi.spyOn(IDBTransaction.prototype, 'commit');
    expect(await store.update('k', (raw) => ({ result: raw }), true)).toEqual(recordOf(1));
    expect(begin.mock.calls.map(([, mode]) => mode)).toEqual(['readonly']);
    expect(commit).toHaveBeenCalledOnce();
  });

  test('that finds something to write writes it to what is there then', async () => {
    const increment = (raw: unknown): { record: SessionRecord; result: undefined } => {
      const { revision } = (raw ?? EMPTY_RECORD) as SessionRecord;
      return { record: recordOf(revision + 1), result: undefined };
    };
    await Promise.all([store.update('k', increment, true), store.update('k', increment, true)]);
    expect(await read('k')).toEqual(recordOf(2));
  });

  test('sets aside what it can not read', async () => {
    await store.update('k', () => ({ setAside: 'garbage', result: undefined }), true);
    expect(await allKeys()).toHaveLength(1);
  });
});

describe('when the connection', () => {
  test('is lost, the store opens another one and does the work', async () => {
    await write('k', recordOf(1));
    const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementationOnce(() => {
      throw new DOMException('The database connection is closing.', 'InvalidStateError');
    });
    expect(await read('k')).toEqual(recordOf(1));
    expect(transaction).toHaveBeenCalledTimes(2);
  });

  test('is closed by the browser, the next operation opens another one', async () => {
    const opened = vi.spyOn(indexedDB, 'open');
    await write('k', recordOf(1));
    const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction');
    await read('k');
    forceCloseDatabase(transaction.mock.contexts[0] as never);
    expect(await read('k')).toEqual(recordOf(1));
    expect(opened).toHaveBeenCalledTimes(2);
  });

  test('stands in the way of a deletion, it is given up, and the next operation starts anew', async () => {
    await write('k', recordOf(1));
    await new Promise<void>((resolve, reject) => {
      const deletion = indexedDB.deleteDatabase('cognito-session-worker');
      deletion.onsuccess = () => resolve();
      deletion.onblocked = () => reject(new Error('The store blocks the deletion.'));
    });
    expect(await read('k')).toBeUndefined();
    await write('k', recordOf(2));
    expect(await read('k')).toEqual(recordOf(2));
  });

  test('cannot be had, the operation rejects after the second try', async () => {
    const opened = vi.spyOn(indexedDB, 'open').mockImplementation(() => {
      throw new DOMException('Not in this mode.', 'SecurityError');
    });
    await expect(read('k')).rejects.toMatchObject({ name: 'SecurityError' });
    expect(opened).toHaveBeenCalledTimes(2);
    opened.mockRestore();
    await write('k', recordOf(1));
    expect(await read('k')).toEqual(recordOf(1));
  });
});

describe('an operation that never ends', () => {
  test('is given up after 3 s, without a second try: the first may yet come true', async () => {
    // An upgrade that a suspended worker holds back: neither success nor error ever comes.
    vi.spyOn(indexedDB, 'open').mockImplementation(() => new IDBOpenDBRequest());
    const rejection = expect(read('k')).rejects.toMatchObject({ name: 'TimeoutError' });
    let isOver = false;
    void rejection.then(() => (isOver = true));
    await time.advance(2_999);
    expect(isOver).toBe(false);
    await time.advance(1);
    await rejection;
    expect(time.waiting).toBe(0);
  });

  test('because another transaction holds it back writes nothing later', async () => {
    await write('k', recordOf(1));
    const blocker = await openRaw();
    const blocking = blocker.transaction('records', 'readwrite');
    let isBlocking = true;
    const keepAlive = (): void => {
      if (isBlocking) blocking.objectStore('records').get('x').onsuccess = keepAlive;
    };
    keepAlive();
    const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction');
    const rejection = expect(write('k', recordOf(2))).rejects.toMatchObject({ name: 'TimeoutError' });
    // It waits for the blocking transaction now.
    await vi.waitUntil(() => transaction.mock.calls.length === 1, { interval: 5 });
    await time.advance(3_000);
    await rejection;
    isBlocking = false;
    await new Promise((resolve) => {
      blocking.oncomplete = resolve;
    });
    blocker.close();
    vi.restoreAllMocks();
    expect(await read('k', createIndexedDBStore(time))).toEqual(recordOf(1));
  });

  test('because the confirmation of its commit is late is not done twice', async () => {
    await write('k', recordOf(1));
    const { dispatchEvent } = IDBTransaction.prototype as unknown as EventTarget;
    let confirm: (() => void) | undefined;
    vi.spyOn(IDBTransaction.prototype, 'dispatchEvent').mockImplementation(function (
      this: IDBTransaction,
      event,
    ) {
      if (event.type !== 'complete' || confirm) return dispatchEvent.call(this, event);
      confirm = () => dispatchEvent.call(this, event);
      return true;
    });
    const change = vi.fn((raw: unknown) => ({
      record: recordOf((raw as SessionRecord).revision + 1),
      result: undefined,
    }));
    const rejection = expect(store.update('k', change)).rejects.toMatchObject({ name: 'TimeoutError' });
    await vi.waitUntil(() => confirm !== undefined, { interval: 5 });
    // It can't be aborted any more, and that must harm nobody.
    await time.advance(3_000);
    await rejection;
    confirm?.();
    vi.restoreAllMocks();
    expect(change).toHaveBeenCalledTimes(1);
    expect(await read('k', createIndexedDBStore(time))).toEqual(recordOf(2));
  });
});
