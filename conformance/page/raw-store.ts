/** The worker's database as any script of the origin can get at it: to look into it, to block it, and to erase it. */
import { clock, timers } from '../../worker/platform.js';
import { createIndexedDBStore } from '../../worker/store-indexeddb.js';
import type { Stored } from '../kit.js';
import { inTime } from './in-time.js';

/** The adapter makes the database; a script that opened it first would make an empty one. */
const adapter = createIndexedDBStore({ clock, timers });

const DATABASE = 'cognito-session-worker';
const RECORDS = 'records';

export async function readStored(key: string): Promise<Stored> {
  const database = await open();
  const records = database.transaction(RECORDS).objectStore(RECORDS);
  const [keys, values] = await Promise.all([settled(records.getAllKeys()), settled(records.getAll())]);
  database.close();
  const asidePrefix = `aside:${key}:`;
  const setAside = keys.flatMap((stored, index) =>
    typeof stored === 'string' && stored.startsWith(asidePrefix)
      ? [{ value: values[index] as unknown, atMs: Number(stored.slice(asidePrefix.length)) }]
      : [],
  );
  const place = keys.indexOf(key);
  return { ...(place >= 0 && { record: values[place] as unknown }), setAside };
}

/** Keeps a transaction open, as a suspended worker may, until the function returned is called. */
export async function blockStore(): Promise<() => Promise<void>> {
  const database = await open();
  const transaction = database.transaction(RECORDS, 'readwrite');
  const records = transaction.objectStore(RECORDS);
  const done = new Promise((resolve) => transaction.addEventListener('complete', resolve));
  let isBlocking = true;
  const began = new Promise<void>((resolve) => {
    const goOn = (): void => {
      resolve();
      if (isBlocking) records.get('nothing').onsuccess = goOn;
    };
    records.get('nothing').onsuccess = goOn;
  });
  await began;
  return async () => {
    isBlocking = false;
    await done;
    database.close();
  };
}

export function eraseStore(): Promise<void> {
  const deletion = indexedDB.deleteDatabase(DATABASE);
  const deleted = new Promise<void>((resolve, reject) => {
    deletion.onsuccess = () => resolve();
    deletion.onerror = () => reject(new Error(deletion.error?.message));
    deletion.onblocked = () => reject(new Error('A context does not let go of the database.'));
  });
  return inTime(deleted, 'The database could not be deleted.');
}

async function open(): Promise<IDBDatabase> {
  await adapter.update('nothing', () => ({ result: undefined }));
  return settled(indexedDB.open(DATABASE));
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new Error(request.error?.message));
  });
}
