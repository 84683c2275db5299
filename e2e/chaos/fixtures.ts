/**
 * What the tests of faults start from. Puppeteer drives the browser here: it runs script inside a SharedWorker and really
 * freezes a page, and Playwright does neither.
 */
import { expect } from '@playwright/test';
import puppeteer, { TargetType } from 'puppeteer-core';
import type { Browser, BrowserContext, Page, Target, WebWorker } from 'puppeteer-core';
import { launchOptions } from '../../scripts/browser.js';
import type { PlainConfig } from '../page/window.js';
import { ada, grace, keepOnFailure, withServers } from '../servers.js';
import { SessionTab } from '../tab.js';

export { expect };
export { ada, grace };

/** How to open a tab. */
export interface OpenTabOptions {
  /** Laid over the local Cognito's config. */
  config?: PlainConfig;
  /** Default: the test page. */
  path?: string;
  /** Runs before the page loads. */
  prepare?: (page: Page) => Promise<unknown>;
}

/** A tab that Puppeteer drives. */
export class ChaosTab extends SessionTab {
  constructor(
    readonly page: Page,
    config: PlainConfig,
  ) {
    super(config);
  }

  run<A, R>(work: (argument: A) => R | Promise<R>, argument: A): Promise<R> {
    // Puppeteer's type unwraps handles, of which there are none here.
    return this.page.evaluate(work as (argument: unknown) => R | Promise<R>, argument);
  }

  protected load(): Promise<unknown> {
    return this.page.reload();
  }
}

export type FourTabs = [ChaosTab, ChaosTab, ChaosTab, ChaosTab];

interface Fixtures {
  /** A browser profile of this test's own. */
  profile: BrowserContext;
  openTab: (options?: OpenTabOptions) => Promise<ChaosTab>;
  /** Four tabs, of which the last one opened can be seen. */
  openTabs: (options?: OpenTabOptions) => Promise<FourTabs>;
  /** Four tabs in which Ada is signed in, and all of them know; and the run of the worker that serves them. */
  openSignedIn: (
    options?: OpenTabOptions,
  ) => Promise<{ tabs: FourTabs; accessToken: string; instanceId: string | undefined }>;
  /** The SharedWorkers that live now in this test's profile. */
  liveWorkers: () => Promise<{ targetId: string; url: string }[]>;
  /** The inside of the SharedWorker that lives now, or of the one with this text in its address. */
  insideWorker: (address?: string) => Promise<WebWorker>;
  /** Ends one, or all of them, without a word, as the operating system may. */
  killWorkers: (address?: string) => Promise<void>;
}

interface WorkerFixtures {
  /** True: hidden tabs run their timers once a second, as they do for people. Drivers switch that off, for speed. */
  slowsHiddenTabs: boolean;
  realBrowser: Browser;
}

const SWITCHES_AGAINST_SLOWNESS = [
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

export const test = withServers.extend<Fixtures, WorkerFixtures>({
  slowsHiddenTabs: [false, { option: true, scope: 'worker' }],

  realBrowser: [
    async ({ slowsHiddenTabs }, use) => {
      const { executablePath, args } = launchOptions();
      const browser = await puppeteer.launch({
        executablePath,
        args: [...args, '--no-sandbox'],
        ignoreDefaultArgs: slowsHiddenTabs ? SWITCHES_AGAINST_SLOWNESS : [],
        pipe: true,
      });
      await use(browser);
      await browser.close();
    },
    { scope: 'worker' },
  ],

  profile: async ({ realBrowser }, use) => {
    const profile = await realBrowser.createBrowserContext();
    await use(profile);
    await profile.close();
  },

  openTab: async ({ profile, site, cognito }, use, testInfo) => {
    const tabs: ChaosTab[] = [];
    await use(async ({ config, path = '/', prepare } = {}) => {
      const page = await profile.newPage();
      await prepare?.(page);
      await page.goto(`${site.url}${path}`);
      const tab = new ChaosTab(page, { ...cognito.config, ...config });
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
    await use(async (options) => [
      await openTab(options),
      await openTab(options),
      await openTab(options),
      await openTab(options),
    ]);
  },

  openSignedIn: async ({ openTabs }, use) => {
    await use(async (options) => {
      const tabs = await openTabs(options);
      await tabs[0].signIn(ada);
      for (const tab of tabs) await tab.toldOf('signedIn');
      const sessions = await Promise.all(tabs.map((tab) => tab.fetch()));
      const accessToken = sessions[0]?.accessToken ?? '';
      const { workerInstanceId: instanceId } = await tabs[0].inspect();
      return { tabs, accessToken, instanceId };
    });
  },

  liveWorkers: async ({ realBrowser, profile }, use) => {
    const cdp = await realBrowser.target().createCDPSession();
    await use(async () => {
      const { targetInfos } = await cdp.send('Target.getTargets', { filter: [{ type: 'shared_worker' }] });
      return targetInfos.filter(({ browserContextId }) => browserContextId === profile.id);
    });
    await cdp.detach();
  },

  insideWorker: async ({ profile }, use) => {
    await use(async (address = '') => {
      const isIt = (target: Target): boolean =>
        target.type() === TargetType.SHARED_WORKER && target.url().includes(address);
      const worker = await (await profile.waitForTarget(isIt)).worker();
      if (!worker) throw new Error(`No worker of ${address} lives.`);
      return worker;
    });
  },

  killWorkers: async ({ realBrowser, liveWorkers }, use) => {
    const cdp = await realBrowser.target().createCDPSession();
    await use(async (address = '') => {
      const condemned = (await liveWorkers()).filter(({ url }) => url.includes(address));
      for (const { targetId } of condemned) {
        // It may have ended by itself meanwhile.
        await cdp.send('Target.closeTarget', { targetId }).catch(() => undefined);
      }
      const isAlive = async (): Promise<boolean> =>
        (await liveWorkers()).some((alive) => condemned.some(({ targetId }) => targetId === alive.targetId));
      await expect.poll(isAlive).toBe(false);
    });
    await cdp.detach();
  },
});
