/** What every end-to-end test starts from: an origin, a Cognito and a browser profile of its own. */
import { expect } from '@playwright/test';
import type { BrowserContext, Page } from '@playwright/test';
import type { PlainConfig } from './page/window.js';
import { keepOnFailure, withServers } from './servers.js';
import { Tab } from './tab.js';

export { expect };
export { ada, grace } from './servers.js';

/** A host name on which the page is no secure context, unlike on 127.0.0.1. */
export const INSECURE_HOST = 'insecure.test';

/** How to open a tab. */
export interface OpenTabOptions {
  /** Laid over the local Cognito's config. */
  config?: PlainConfig;
  /** Default: the test page. */
  path?: string;
  /** Another browser profile: another device. */
  context?: BrowserContext;
  /** Runs before the page loads. */
  prepare?: (page: Page) => Promise<unknown>;
}

/** What a test of this project can ask for. */
export interface Fixtures {
  openTab: (options?: OpenTabOptions) => Promise<Tab>;
  openTabs: (count: number, options?: OpenTabOptions) => Promise<[Tab, ...Tab[]]>;
  /** The SharedWorkers that live now in this test's profile. */
  liveWorkers: () => Promise<{ targetId: string; url: string; attached: boolean }[]>;
  /** Ends them all without a word, as the operating system may. */
  killWorkers: () => Promise<void>;
}

/** Playwright's `test` with this project's fixtures. */
export const test = withServers.extend<Fixtures>({
  launchOptions: [
    async ({ launchOptions }, use) => {
      const args = [...(launchOptions.args ?? []), `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`];
      // Playwright switches the back/forward cache off; the browsers that people use have it.
      const ignoreDefaultArgs = ['--disable-back-forward-cache'];
      await use({ ...launchOptions, args, ignoreDefaultArgs });
    },
    { scope: 'worker' },
  ],

  openTab: async ({ context, site, cognito }, use, testInfo) => {
    const tabs: Tab[] = [];
    await use(async (options = {}) => {
      const page = await (options.context ?? context).newPage();
      await options.prepare?.(page);
      await page.goto(`${site.url}${options.path ?? '/'}`);
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
