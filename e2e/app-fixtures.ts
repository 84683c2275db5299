/** What tests of an app's own script start from: tabs that run it beside the test page, and a bucket that the credentials open. */
import { startBucket, type Bucket } from './bucket.js';
import { test as base } from './fixtures.js';
import { bundleForPage } from './page-script.js';
import type { Tab } from './tab.js';

const SCRIPT_PATH = '/app.js';

interface AppFixtures {
  bucket: Bucket;
  /** Tabs in which the script runs. */
  openApps: (count: number) => Promise<[Tab, ...Tab[]]>;
}

/** The project's `test` with an app. It may be bundled with whatever it needs; the package is the page's own. */
export const testOfApp = (script: URL) =>
  base.extend<AppFixtures, { appCode: string }>({
    appCode: [async ({}, use) => use(await bundleForPage(script)), { scope: 'worker' }],

    bucket: async ({}, use) => {
      const bucket = await startBucket();
      await use(bucket);
      await bucket.close();
    },

    cognitoOptions: async ({ bucket, cognitoOptions }, use) =>
      use({ ...cognitoOptions, onCredentials: (credentials) => bucket.admit(credentials) }),

    openApps: async ({ openTabs, site, appCode }, use) => {
      site.serve(SCRIPT_PATH, { body: appCode });
      await use(async (count) => {
        const tabs = await openTabs(count);
        for (const { page } of tabs) await page.addScriptTag({ url: SCRIPT_PATH, type: 'module' });
        return tabs;
      });
    },
  });
