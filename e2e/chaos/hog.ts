/** Keeps the worker's store from everybody else. */
import type { SessionTab } from '../tab.js';

interface HoggingPage {
  letGo?: () => void;
}

/** Opens a readwrite transaction in this tab's page and keeps it alive, as a suspended worker does with one of its own. */
export async function hogStore(tab: SessionTab): Promise<{ letGo(): Promise<void> }> {
  await tab.run(async () => {
    const opening = indexedDB.open('cognito-session-worker');
    await new Promise((resolve) => (opening.onsuccess = resolve));
    const database = opening.result;
    const records = database.transaction('records', 'readwrite').objectStore('records');
    let isOver = false;
    Object.assign(window, {
      letGo: () => {
        isOver = true;
        database.close();
      },
    });
    await new Promise<void>((resolve) => {
      // A transaction lives as long as there is a request in it.
      const keepAlive = (): void => {
        if (!isOver) records.get('nothing').onsuccess = keepAlive;
        resolve();
      };
      records.get('nothing').onsuccess = keepAlive;
    });
  }, undefined);
  return { letGo: () => tab.run(() => (window as HoggingPage).letGo?.(), undefined) };
}
