/** What every end-to-end test starts from: an origin, a Cognito and a browser profile of its own. */
import { writeFile } from 'node:fs/promises';
import { expect, test as base } from '@playwright/test';
import type { BrowserContext, Page, TestInfo } from '@playwright/test';
import { startLocalCognito } from '../demo/local-cognito/server.js';
import type { LocalCognito, LocalCognitoOptions } from '../demo/local-cognito/server.js';
import type { SignInInput } from '../worker/contract.js';
import type { PlainConfig } from './page/window.js';
import { startStaticServer } from './static-server.js';
import type { StaticServer } from './static-server.js';
import { Tab } from './tab.js';
import { startWiretap } from './wiretap.js';
import type { Wiretap } from './wiretap.js';

export { expect };

/** A host name on which the page is no secure context, unlike on 127.0.0.1. */
export const INSECURE_HOST = 'insecure.test';

/** The user that most tests sign in. */
export const ada = { username: 'ada', password: 'Analytical-Engine-1843' } satisfies SignInInput;

/** Another user of the same pool. */
export const grace = { username: 'grace', password: 'Nanosecond-Wire-1906' } satisfies SignInInput;

const USERS = [
  {
    ...ada,
    attributes: { email: 'ada@example.com', email_verified: 'true', 'custom:team': 'engine' },
    groups: ['admins'],
  },
  { ...grace, attributes: { email: 'grace@example.com', email_verified: 'true' } },
];

/** How to open a tab. */
export interface OpenTabOptions {
  /** Laid over the local Cognito's config. */
  config?: PlainConfig;
  /** Another browser profile: another device. */
  context?: BrowserContext;
  /** Runs before the page loads. */
  prepare?: (page: Page) => Promise<unknown>;
}

interface Fixtures {
  /** Laid over the defaults of the local Cognito, with `test.use`. */
  cognitoOptions: LocalCognitoOptions;
  site: StaticServer;
  cognito: LocalCognito;
  wiretap: Wiretap;
  openTab: (options?: OpenTabOptions) => Promise<Tab>;
  openTabs: (count: number, options?: OpenTabOptions) => Promise<[Tab, ...Tab[]]>;
  /** The SharedWorkers that live now in this test's profile. */
  liveWorkers: () => Promise<{ targetId: string; url: string }[]>;
  /** Ends them all without a word, as the operating system may. */
  killWorkers: () => Promise<void>;
}

/** Playwright's `test` with this project's fixtures. */
export const test = base.extend<Fixtures>({
  launchOptions: [
    async ({ launchOptions }, use) => {
      const args = [...(launchOptions.args ?? []), `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`];
      // Playwright switches the back/forward cache off; the browsers that people use have it.
      const ignoreDefaultArgs = ['--disable-back-forward-cache'];
      await use({ ...launchOptions, args, ignoreDefaultArgs });
    },
    { scope: 'worker' },
  ],

  cognitoOptions: [{}, { option: true }],

  site: async ({}, use) => {
    const site = await startStaticServer();
    await use(site);
    await site.close();
  },

  cognito: async ({ cognitoOptions }, use, testInfo) => {
    const cognito = await startLocalCognito({
      users: USERS,
      ...cognitoOptions,
      settings: { rotation: { enabled: true, graceSeconds: 0 }, ...cognitoOptions.settings },
    });
    await use(cognito);
    await keepOnFailure(testInfo, 'requests', () => cognito.requests);
    await cognito.close();
  },

  wiretap: async ({ cognito }, use) => {
    const wiretap = await startWiretap(cognito);
    await use(wiretap);
    await wiretap.close();
  },

  openTab: async ({ context, site, cognito }, use, testInfo) => {
    const tabs: Tab[] = [];
    await use(async (options = {}) => {
      const page = await (options.context ?? context).newPage();
      await options.prepare?.(page);
      await page.goto(`${site.url}/`);
      const tab = new Tab(page, { ...cognito.config, ...options.config });
      await tab.start();
      tabs.push(tab);
      return tab;
    });
    for (const [index, tab] of tabs.entries()) {
      if (tab.page.isClosed()) continue;
      await keepOnFailure(testInfo, `tab-${index + 1}`, async () => ({
        events: await tab.events(),
        logs: await tab.logs(),
      }));
    }
  },

  openTabs: async ({ openTab }, use) => {
    await use(async (count, options) => {
      const opened = await Promise.all(Array.from({ length: count }, () => openTab(options)));
      return opened as [Tab, ...Tab[]];
    });
  },

  liveWorkers: async ({ browser, site }, use) => {
    const cdp = await browser.newBrowserCDPSession();
    await use(async () => {
      const { targetInfos } = await cdp.send('Target.getTargets', { filter: [{ type: 'shared_worker' }] });
      return targetInfos.filter(({ url }) => url.startsWith(site.url));
    });
    await cdp.detach();
  },

  killWorkers: async ({ browser, liveWorkers }, use) => {
    const cdp = await browser.newBrowserCDPSession();
    await use(async () => {
      for (const { targetId } of await liveWorkers()) {
        // It may have ended by itself meanwhile.
        await cdp.send('Target.closeTarget', { targetId }).catch(() => undefined);
      }
      await expect.poll(liveWorkers).toEqual([]);
    });
    await cdp.detach();
  },
});

/** For reading a failure: a JSON file beside the trace. */
async function keepOnFailure(testInfo: TestInfo, name: string, diary: () => unknown): Promise<void> {
  if (testInfo.status === testInfo.expectedStatus) return;
  const text = await Promise.resolve(diary()).then(
    (value) => JSON.stringify(value, null, 2),
    (error: unknown) => String(error),
  );
  await writeFile(testInfo.outputPath(`${name}.json`), text);
}
