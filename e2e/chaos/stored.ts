/** What stands in the worker's database, which the README names, as any page of the origin can read and change it. */
import { expect } from '@playwright/test';
import { scopeName } from '../../worker/contract.js';
import type { SessionRecord } from '../../worker/deps.js';
import type { SessionTab } from '../tab.js';

/** The record of the tab's app client, as it stands. Nothing is made where there is none. */
export function storedRecord(tab: SessionTab): Promise<SessionRecord | undefined> {
  return tab.run(async (key) => {
    const settled = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error(request.error?.message));
      });
    const databases = await indexedDB.databases();
    if (!databases.some(({ name }) => name === 'cognito-session-worker')) return undefined;
    const database = await settled(indexedDB.open('cognito-session-worker'));
    const records = database.transaction('records').objectStore('records');
    const record: SessionRecord | undefined = await settled(records.get(key));
    database.close();
    return record;
  }, scopeName(tab.config));
}

/** Puts a record in the place of the one that stands there. */
export function overwriteRecord(tab: SessionTab, record: object): Promise<void> {
  return tab.run(
    async ({ key, value }) => {
      const settled = <T>(request: IDBRequest<T>): Promise<T> =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(new Error(request.error?.message));
        });
      const database = await settled(indexedDB.open('cognito-session-worker'));
      const records = database.transaction('records', 'readwrite').objectStore('records');
      await settled(records.put(value, key));
      database.close();
    },
    { key: scopeName(tab.config), value: record },
  );
}

/** Whether this tab's page gets a readwrite transaction by then. */
export function isStoreFree(tab: SessionTab, withinMs: number): Promise<boolean> {
  return tab.run(async (patienceMs) => {
    const opening = indexedDB.open('cognito-session-worker');
    await new Promise((resolve) => (opening.onsuccess = resolve));
    const database = opening.result;
    const transaction = database.transaction('records', 'readwrite');
    const read = transaction.objectStore('records').get('nothing');
    const isFree = await new Promise<boolean>((resolve) => {
      read.onsuccess = () => resolve(true);
      AbortSignal.timeout(patienceMs).onabort = () => resolve(false);
    });
    if (!isFree) transaction.abort();
    database.close();
    return isFree;
  }, withinMs);
}

/** Where the worker keeps the session now, by its diagnostics. */
export async function storeHealth(tab: SessionTab): Promise<{ storage: string; storageError?: string }> {
  const { storage, storageError } = await tab.inspect();
  return { storage, ...(storageError !== undefined && { storageError }) };
}

/** What is in store now is what the tabs have: it outlives the worker. */
export async function expectStored(
  tabs: readonly [SessionTab, ...SessionTab[]],
  killWorkers: () => Promise<void>,
): Promise<void> {
  const { accessToken } = await tabs[0].fetch();
  expect((await storedRecord(tabs[0]))?.session?.accessToken).toBe(accessToken);
  await killWorkers();
  for (const tab of tabs) expect((await tab.fetch()).accessToken).toBe(accessToken);
}
