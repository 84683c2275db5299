/** What a damaged or deleted database gets: signed out at a start, and nothing lost while the worker lives. */
import type { Page } from '@playwright/test';
import { ada, expect, test } from './fixtures.js';

/** Puts a value in the place of every record of the worker's database. The database is named in the README. */
async function overwriteRecords(page: Page, junk: unknown): Promise<number> {
  return page.evaluate(async (value) => {
    const settled = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error(request.error?.message));
      });
    let overwritten = 0;
    for (const { name } of await indexedDB.databases()) {
      const database = await settled(indexedDB.open(name ?? ''));
      for (const storeName of database.objectStoreNames) {
        const store = database.transaction(storeName, 'readwrite').objectStore(storeName);
        for (const key of await settled(store.getAllKeys())) {
          await settled(store.put(value, key));
          overwritten++;
        }
      }
      database.close();
    }
    return overwritten;
  }, junk);
}

/** Every value in every database of the origin. */
async function storedValues(page: Page): Promise<unknown[]> {
  return page.evaluate(async () => {
    const settled = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error(request.error?.message));
      });
    const values: unknown[] = [];
    for (const { name } of await indexedDB.databases()) {
      const database = await settled(indexedDB.open(name ?? ''));
      for (const storeName of database.objectStoreNames) {
        const found: unknown[] = await settled(
          database.transaction(storeName).objectStore(storeName).getAll(),
        );
        values.push(...found);
      }
      database.close();
    }
    return values;
  });
}

const JUNK: { title: string; junk: unknown }[] = [
  { title: 'a string', junk: 'junk' },
  { title: 'an empty object', junk: { junk: true } },
  {
    title: 'a session that lacks its tokens',
    junk: { v: 1, fence: 3, revision: 7, sequence: 2, session: { accessToken: 7, junk: true } },
  },
  {
    title: 'tokens that are no JWTs',
    junk: {
      v: 1,
      fence: 3,
      revision: 7,
      sequence: 2,
      session: {
        accessToken: 'junk',
        idToken: 'junk',
        refreshToken: 'x',
        originalRefreshToken: 'x',
        askedAtMs: 1,
      },
    },
  },
];

for (const { title, junk } of JUNK) {
  test(`a stored record that is ${title} means signed out; it is set aside, logged, and erased at the next sign-out`, async ({
    openTab,
    context,
    site,
    killWorkers,
  }) => {
    const before = await openTab();
    await before.signIn(ada);
    await before.page.close();
    await killWorkers();
    const bystander = await context.newPage();
    await bystander.goto(`${site.url}/blank.html`);
    expect(await overwriteRecords(bystander, junk)).toBeGreaterThan(0);

    const tab = await openTab();

    expect((await tab.fetch()).accessToken).toBeUndefined();
    expect((await tab.logs()).filter(({ level }) => level === 'warn' || level === 'error')).not.toEqual([]);
    const mark = 'junk';
    expect(JSON.stringify(await storedValues(bystander))).toContain(mark);
    await tab.signIn(ada);
    expect((await tab.fetch()).accessToken).toBeTruthy();
    await tab.reload();
    expect((await tab.fetch()).accessToken).toBeTruthy();
    await tab.signOut();
    expect(JSON.stringify(await storedValues(bystander))).not.toContain(mark);
  });
}

test('a database that is deleted under a live worker signs nobody out', async ({
  openTab,
  context,
  site,
}) => {
  const tab = await openTab();
  await tab.signIn(ada);
  const session = await tab.fetch();
  const bystander = await context.newPage();
  await bystander.goto(`${site.url}/blank.html`);

  await bystander.evaluate(async () => {
    for (const { name } of await indexedDB.databases()) {
      await new Promise<void>((resolve, reject) => {
        const request = indexedDB.deleteDatabase(name ?? '');
        request.onsuccess = () => resolve();
        request.onerror = () => reject(new Error(request.error?.message));
      });
    }
  });

  expect((await tab.fetch({ forceRefresh: true })).userSub).toBe(session.userSub);
  await tab.toldOf('signedIn', 'tokenRefresh');
});
