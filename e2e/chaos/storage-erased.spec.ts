/** Promise: who erases the storage while tabs are open signs nobody out. */
import { expect, test } from './fixtures.js';
import type { ChaosTab } from './fixtures.js';
import { expectKept } from './kept.js';
import { expectStored, storedRecord, storeHealth } from './stored.js';

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
    expect(await storeHealth(tabs[0])).toEqual({ storage: 'indexeddb' });
    await expectStored(tabs, killWorkers);
    await expectKept(tabs, cognito);
  });
}
