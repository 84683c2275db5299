/** What the package keeps on this origin: its database, and the number of its worker's name. */
import { inTime } from './in-time.js';

const DATABASE = 'cognito-session-worker';
const RECORDS = 'records';
const NUMBER_KEY = 'cognito-session-worker/number';
const LIMIT_MS = 10_000;
/** A scenario lasts no longer. */
const HOLD_LIMIT_MS = 60_000;

export type Records = Map<IDBValidKey, unknown>;

/** All sessions of this origin, those of other apps too. */
export async function readRecords(): Promise<Records> {
  const records = await withRecords('readonly', async (store) => {
    const [keys, values] = await Promise.all([settled(store.getAllKeys()), settled(store.getAll())]);
    return new Map(keys.map((key, index) => [key, values[index] as unknown]));
  });
  return records ?? new Map<IDBValidKey, unknown>();
}

/** Writes back those that are missing now. */
export async function putBack(records: Records): Promise<void> {
  await withRecords('readwrite', async (store) => {
    const present = new Set(await settled(store.getAllKeys()));
    for (const [key, record] of records) if (!present.has(key)) store.put(record, key);
  });
}

/** No trace of this app client stays. */
export async function forget(clientId: string): Promise<void> {
  await withRecords('readwrite', async (store) => {
    for (const key of await settled(store.getAllKeys()))
      if (typeof key === 'string' && key.includes(clientId)) store.delete(key);
  });
}

/** As a person does who deletes the site's data. */
export async function eraseDatabase(): Promise<void> {
  const deletion = indexedDB.deleteDatabase(DATABASE);
  await inTime(settled(deletion), LIMIT_MS, () => 'The database could not be deleted in 10 s');
}

/** By a transaction that is kept busy. @returns ends it */
export async function holdDatabase(): Promise<() => Promise<void>> {
  let isHeld = true;
  let ended: Promise<unknown> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    ended = withRecords(
      'readwrite',
      async (store) => {
        do {
          await settled(store.count());
          resolve();
        } while (isHeld);
      },
      HOLD_LIMIT_MS,
    );
    // It also ends where there is no database to hold.
    ended.then(() => reject(new Error('There is no database to hold')), reject);
  });
  return async () => {
    isHeld = false;
    await ended;
  };
}

/** The number is raised when a worker's name went silent. @returns sets it back */
export function rememberNumber(): () => void {
  const number = localStorage.getItem(NUMBER_KEY);
  return () => {
    if (number === null) localStorage.removeItem(NUMBER_KEY);
    else localStorage.setItem(NUMBER_KEY, number);
  };
}

/** Does nothing where the package has not made its database yet: opened first from here, it would be an empty one. */
async function withRecords<T>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => Promise<T>,
  limitMs = LIMIT_MS,
): Promise<T | undefined> {
  const opening = indexedDB.open(DATABASE);
  let isMissing = false;
  opening.onupgradeneeded = () => {
    isMissing = true;
    opening.transaction?.abort();
  };
  try {
    const database = await inTime(settled(opening), LIMIT_MS, () => 'The database does not open');
    try {
      return await inTime(
        work(database.transaction(RECORDS, mode).objectStore(RECORDS)),
        limitMs,
        () => 'The database does not answer',
      );
    } finally {
      database.close();
    }
  } catch (error) {
    if (isMissing) return undefined;
    throw error;
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new Error(request.error?.message ?? 'IndexedDB failed'));
  });
}
