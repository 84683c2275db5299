/** Promise: whatever becomes of the store, the session lives on while the worker does, comes back to the store, and the diagnostics say so. */
import { ada, expect, test } from './fixtures.js';
import { hogStore } from './hog.js';
import { expectKept } from './kept.js';
import { patchedWorker } from './patched-worker.js';
import { storedRecord } from './stored.js';
import type { ChaosTab, FourTabs } from './fixtures.js';

/** The worker's diagnostics, which are the same in each tab. */
async function health(tab: ChaosTab): Promise<{ storage: string; storageError?: string }> {
  const { storage, storageError } = await tab.inspect();
  return { storage, ...(storageError !== undefined && { storageError }) };
}

/** What is in store now is what the tabs have: it outlives the worker. */
async function expectStored(tabs: FourTabs, killWorkers: () => Promise<void>): Promise<void> {
  const { accessToken } = await tabs[0].fetch();
  expect((await storedRecord(tabs[1]))?.session?.accessToken).toBe(accessToken);
  await killWorkers();
  for (const tab of tabs) expect((await tab.fetch()).accessToken).toBe(accessToken);
}

const ERASURES: { title: string; erase: (tab: ChaosTab) => Promise<unknown> }[] = [
  {
    title: 'a script deletes the database',
    erase: (tab) =>
      tab.run(async () => {
        const deletion = indexedDB.deleteDatabase('cognito-session-worker');
        await new Promise((resolve) => (deletion.onsuccess = resolve));
      }, undefined),
  },
  {
    title: "the user erases the site's data",
    erase: async ({ page }) => {
      const cdp = await page.createCDPSession();
      const { origin } = new URL(page.url());
      await cdp.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
    },
  },
];

for (const { title, erase } of ERASURES) {
  test(`${title} while tabs are open: the session lives on and is written back`, async ({
    openSignedIn,
    cognito,
    killWorkers,
  }) => {
    const { tabs, accessToken } = await openSignedIn();

    await erase(tabs[2]);

    expect(await storedRecord(tabs[2])).toBeUndefined();
    for (const tab of tabs) expect((await tab.fetch()).accessToken).toBe(accessToken);
    expect((await tabs[0].fetch({ forceRefresh: true })).accessToken).not.toBe(accessToken);
    for (const tab of tabs) await tab.toldOf('signedIn', 'tokenRefresh');
    expect(await health(tabs[0])).toEqual({ storage: 'indexeddb' });
    await expectStored(tabs, killWorkers);
    await expectKept(tabs, cognito);
  });
}

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
    expect(await health(tab)).toEqual({ storage: 'memory', storageError: 'QuotaExceededError' });
  }
  await worker.evaluate(async () => {
    const deletion = indexedDB.deleteDatabase('large');
    await new Promise((resolve) => (deletion.onsuccess = resolve));
  });
  await expect
    .poll(async () => {
      await tabs[1].fetch({ forceRefresh: true });
      return health(tabs[0]);
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
    for (const tab of tabs) expect(await health(tab)).toEqual({ storage: 'memory', storageError });
    await expectKept(tabs, cognito);
    expect(cognito.accepted()).toMatchObject({ InitiateAuth: 1, GetTokensFromRefreshToken: 1 });

    expect((await tabs[3].signOut()).revoked).toBe(true);

    for (const tab of tabs) {
      expect((await tab.fetch()).accessToken).toBeUndefined();
      await tab.toldOf('signedIn', 'tokenRefresh', 'signedOut:user');
    }
  });
}

test('somebody keeps a transaction open: calls are answered within their bounds, and the worker comes back to the store', async ({
  openSignedIn,
  cognito,
  insideWorker,
  killWorkers,
}) => {
  const { tabs, accessToken } = await openSignedIn();
  const hog = await hogStore(tabs[3]);
  const startedAtMs = Date.now();

  const forced = Promise.all(tabs.map((tab) => tab.fetch({ forceRefresh: true })));

  for (const tab of tabs) expect((await tab.fetch()).accessToken).toBe(accessToken);
  for (const session of await forced) expect(session.accessToken).not.toBe(accessToken);
  expect(Date.now() - startedAtMs).toBeLessThan(15_000);
  for (const tab of tabs) {
    expect(await health(tab)).toEqual({ storage: 'memory', storageError: 'TimeoutError' });
  }

  await hog.letGo();
  // For half a minute the worker does not wait for the store again.
  await (
    await insideWorker()
  ).evaluate(() => {
    const now = performance.now.bind(performance);
    performance.now = () => now() + 31_000;
  });
  await tabs[1].fetch({ forceRefresh: true });
  expect(await health(tabs[0])).toEqual({ storage: 'indexeddb' });
  await expectStored(tabs, killWorkers);
  await expectKept(tabs, cognito);
});

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

    const sessions = await Promise.all(tabs.map((tab) => tab.fetch({ forceRefresh: true })));

    for (const session of sessions) expect(session.accessToken).toBe(sessions[0]?.accessToken);
    expect(await worker.evaluate(() => (self as { refusals?: number }).refusals)).toBeGreaterThan(0);
    for (const tab of tabs) await tab.toldOf('signedIn', 'tokenRefresh');
    const { storage, counters } = await tabs[0].inspect();
    expect([storage, counters.storeFailures]).toEqual(['indexeddb', 0]);
    await expectStored(tabs, killWorkers);
    await expectKept(tabs, cognito);
  });
}
