/** The backing store in IndexedDB. */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { STORE_TIMEOUT_MS } from './bounds.js';
import type { Clock, Timers } from './deps.js';
import { withTimeout } from './patience.js';
import type { BackingStore } from './store.js';

const DATABASE = 'cognito-session-worker';
/** Never raised: a suspended worker with an open connection blocks an upgrade for ever in Chromium. */
const DATABASE_VERSION = 1;
const RECORDS = 'records';

interface Schema extends DBSchema {
  [RECORDS]: { key: string; value: unknown };
}

export function createIndexedDBStore(time: { clock: Clock; timers: Timers }): BackingStore {
  let connection: Promise<IDBPDatabase<Schema>> | undefined;

  function connect(): Promise<IDBPDatabase<Schema>> {
    const drop = (): void => {
      connection = undefined;
    };
    connection ??= openDB<Schema>(DATABASE, DATABASE_VERSION, {
      upgrade: (database) => void database.createObjectStore(RECORDS),
      blocking: (_current, _blocked, event) => {
        // Somebody deletes the database: let go of it, and open again when needed.
        (event.target as IDBDatabase).close();
        drop();
      },
      terminated: drop,
    });
    connection.catch(drop);
    return connection;
  }

  /**
   * Runs once, and once more on a new connection: Safari's dead handles never recover (WebKit 201483).
   * Not after a time-out: the change may yet be confirmed, and must not be made twice.
   */
  async function bounded<T>(
    work: (database: IDBPDatabase<Schema>, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    try {
      return await once(work);
    } catch (error) {
      void connection?.then((database) => database.close()).catch(() => undefined);
      connection = undefined;
      if (error instanceof DOMException && error.name === 'TimeoutError') throw error;
      return once(work);
    }
  }

  function once<T>(work: (database: IDBPDatabase<Schema>, signal: AbortSignal) => Promise<T>): Promise<T> {
    return withTimeout(STORE_TIMEOUT_MS, time, async (signal) => work(await connect(), signal));
  }

  return {
    update: (key, change, isLook) =>
      bounded(async (database, signal) => {
        signal.throwIfAborted();
        if (isLook) {
          const looked = change(await look(database, key));
          if (!looked.record && looked.setAside === undefined) return looked.result;
        }
        const transaction = database.transaction(RECORDS, 'readwrite', { durability: 'strict' });
        const abort = (): void => {
          try {
            transaction.abort();
          } catch {
            // It was done by then; only its confirmation is late.
          }
        };
        signal.addEventListener('abort', abort);
        // Awaited at the end; until then a rejection must not count as unhandled.
        transaction.done.catch(() => undefined);
        try {
          const { record, setAside, result } = change(await transaction.store.get(key));
          await Promise.all([
            record && transaction.store.put(record, key),
            setAside !== undefined && transaction.store.put(setAside, asideKey(key, time.clock.wallMs())),
            transaction.done,
          ]);
          return result;
        } finally {
          signal.removeEventListener('abort', abort);
        }
      }),
    eraseSetAside: (key, beforeMs) =>
      bounded(async (database) => {
        await database.delete(RECORDS, IDBKeyRange.bound(asideKey(key, 0), asideKey(key, beforeMs)));
      }),
  };
}

/**
 * Ends by itself in a page that is frozen meanwhile. Chromium brings the news of a channel to a frozen page, but not the answer
 * of its store: a transaction that waits for it keeps every other page from the store.
 */
function look(database: IDBPDatabase<Schema>, key: string): Promise<unknown> {
  const transaction = database.transaction(RECORDS, 'readonly');
  const value = transaction.store.get(key);
  // Younger than the oldest browsers that have what the worker needs.
  (transaction as { commit?(): void }).commit?.();
  return value;
}

/** Sorts by time: the number has the same length until the year 2286. */
function asideKey(key: string, atMs: number): string {
  return `aside:${key}:${String(atMs).padStart(13, '0')}`;
}
