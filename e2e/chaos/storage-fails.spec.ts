/** Promise: where the store fails, the session lives on while the worker does, comes back to the store, and the diagnostics say so. */
import { ada, expect, test } from './fixtures.js';
import { expectKept } from './kept.js';
import { patchedWorker } from './patched-worker.js';
import { expectStored, storeHealth } from './stored.js';
import { forceAtOnce } from '../refreshing.js';

test('the disk is full: the session goes on in memory, and comes back to the store when there is room', async ({
  openSignedIn,
  site,
  cognito,
  insideWorker,
  killWorkers,
}) => {
  const { tabs } = await openSignedIn({
    prepare: async (page) => {
      const cdp = await page.createCDPSession();
      await cdp.send('Storage.overrideQuotaForOrigin', { origin: site.url, quotaSize: 2_000_000 });
    },
  });
  const worker = await insideWorker();
  expect(await worker.evaluate(fillDisk)).toEqual(Array.from({ length: 4 }, () => 'QuotaExceededError'));

  await tabs[0].fetch({ forceRefresh: true });

  for (const tab of tabs) {
    await tab.toldOf('signedIn', 'tokenRefresh');
    expect(await storeHealth(tab)).toEqual({ storage: 'memory', storageError: 'QuotaExceededError' });
  }
  await worker.evaluate(async () => {
    const deletion = indexedDB.deleteDatabase('large');
    await new Promise((resolve) => (deletion.onsuccess = resolve));
  });
  await expect
    .poll(async () => {
      await tabs[1].fetch({ forceRefresh: true });
      return storeHealth(tabs[0]);
    })
    .toEqual({ storage: 'indexeddb' });
  await expectStored(tabs, killWorkers);
  await expectKept(tabs, cognito);
});

/** Runs in the worker: writes until nothing more goes in. @returns how the last write of each size failed. */
async function fillDisk(): Promise<string[]> {
  const opening = indexedDB.open('large');
  opening.onupgradeneeded = () => opening.result.createObjectStore('values', { autoIncrement: true });
  await new Promise((resolve) => (opening.onsuccess = resolve));
  const write = (size: number): Promise<string | undefined> =>
    new Promise((resolve) => {
      const transaction = opening.result.transaction('values', 'readwrite');
      // Random, for what can be compressed takes no room.
      transaction.objectStore('values').add(crypto.getRandomValues(new Uint8Array(size)));
      transaction.oncomplete = () => resolve(undefined);
      transaction.onabort = () => resolve(transaction.error?.name ?? 'aborted');
    });
  const failures: string[] = [];
  for (const size of [65_536, 16_384, 4_096, 512]) {
    let failure: string | undefined;
    // Bounded, in case that no quota stops it.
    for (let count = 0; failure === undefined && count < 100; count++) failure = await write(size);
    failures.push(failure ?? 'none');
  }
  opening.result.close();
  return failures;
}

const MISSING: { title: string; name: string; patch: () => void; storageError: string }[] = [
  {
    title: 'there is no IndexedDB in the worker',
    name: 'none',
    patch: () => void Object.defineProperty(self, 'indexedDB', { value: undefined }),
    storageError: 'TypeError',
  },
  {
    title: "the worker's IndexedDB refuses to open, as where storage is blocked",
    name: 'refused',
    patch: () => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('The operation is insecure.', 'SecurityError');
      };
    },
    storageError: 'SecurityError',
  },
];

for (const { title, name, patch, storageError } of MISSING) {
  test(`${title}: the session lives in memory, in all tabs`, async ({ openTabs, site, cognito }) => {
    const tabs = await openTabs({ config: { workerUrl: patchedWorker(site, name, patch) } });
    await tabs[0].signIn(ada);
    for (const tab of tabs) await tab.toldOf('signedIn');
    for (const tab of tabs) expect(await storeHealth(tab)).toEqual({ storage: 'memory', storageError });
    await expectKept(tabs, cognito);
    expect(cognito.accepted()).toMatchObject({ InitiateAuth: 1, GetTokensFromRefreshToken: 1 });

    expect((await tabs[3].signOut()).revoked).toBe(true);

    for (const tab of tabs) {
      expect((await tab.fetch()).accessToken).toBeUndefined();
      await tab.toldOf('signedIn', 'tokenRefresh', 'signedOut:user');
    }
  });
}

const LOST: { name: string; message: string }[] = [
  { name: 'InvalidStateError', message: 'The database connection is closing.' },
  {
    name: 'UnknownError',
    message: 'Connection to Indexed Database server lost. Refresh the page to try again',
  },
];

for (const { name, message } of LOST) {
  test(`the connection to the database is lost with ${name}: another one is opened, and nobody notices`, async ({
    openSignedIn,
    cognito,
    insideWorker,
    killWorkers,
  }) => {
    const { tabs } = await openSignedIn();
    const worker = await insideWorker();
    await worker.evaluate(
      (lost) => {
        const { transaction } = IDBDatabase.prototype;
        const handles = new Set<IDBDatabase>();
        IDBDatabase.prototype.transaction = function (
          this: IDBDatabase,
          ...args: Parameters<typeof transaction>
        ) {
          handles.add(this);
          const [dead] = handles;
          if (this !== dead) return transaction.apply(this, args);
          // A dead handle never comes back (WebKit 201483).
          Object.assign(self, { refusals: ((self as { refusals?: number }).refusals ?? 0) + 1 });
          throw new DOMException(lost.message, lost.name);
        };
      },
      { name, message },
    );

    const sessions = await forceAtOnce(tabs, cognito);

    for (const session of sessions) expect(session.accessToken).toBe(sessions[0]?.accessToken);
    expect(await worker.evaluate(() => (self as { refusals?: number }).refusals)).toBeGreaterThan(0);
    for (const tab of tabs) await tab.toldOf('signedIn', 'tokenRefresh');
    const { storage, counters } = await tabs[0].inspect();
    expect([storage, counters.storeFailures]).toEqual(['indexeddb', 0]);
    await expectStored(tabs, killWorkers);
    await expectKept(tabs, cognito);
  });
}
