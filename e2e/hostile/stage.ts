/** Two honest tabs, somebody signed in, and a page of the same origin that wishes them no good. */
import type { Page } from '@playwright/test';
import { bundlePage } from '../../bench/bundle.js';
import { scopeName, type Hello } from '../../worker/contract.js';
import { ada, expect, test as base } from '../fixtures.js';
import { heapOfWorker, type Heap } from '../heap.js';
import { rememberWorker } from '../opened-worker.js';
import type { PlainSession } from '../page/window.js';
import type { Tab } from '../tab.js';
import type { Known } from './messages.js';
import { overhear } from './overhear.js';

export interface Stage {
  tabs: [Tab, Tab];
  /** That of the honest tabs. */
  session: PlainSession;
  /** What is bundled from page.ts is `window.hostile` there. */
  hostile: Page;
  known: Known;
  /** The worker's. */
  heap: Heap;
}

export const test = base.extend<{ stage: Stage }>({
  // Recording what the pages do would take longer than doing it.
  trace: 'off',

  stage: async ({ browser, context, site, cognito, wiretap, openTabs, liveWorkers }, use) => {
    await context.addInitScript(rememberWorker);
    await context.addInitScript(overhear);
    const tabs = (await openTabs(2, { config: { endpoints: wiretap.endpoints } })) as [Tab, Tab];
    const [tab] = tabs;
    await tab.signIn(ada);
    const session = await tab.fetch();
    for (const each of tabs) await each.toldOf('signedIn');
    const { workerInstanceId: instanceId = '', revision } = await tab.inspect();

    const { posted, heard } = await tab.page.evaluate(() => window.overheard);
    const calls = posted as { path: unknown[]; argumentList: { value: unknown }[] }[];
    const said = calls.map(({ path }) => path[0]);
    expect(said).toEqual(expect.arrayContaining(['hello', 'session', 'signIn', 'inspect']));
    expect(heard).not.toEqual([]);
    const hello = calls[said.indexOf('hello')]?.argumentList[0]?.value as Hello;

    const hostile = await context.newPage();
    await hostile.goto(`${site.url}/blank.html`);
    const { files } = await bundlePage('page', new URL('.', import.meta.url));
    await hostile.addScriptTag({ type: 'module', content: files[0]?.code ?? '' });
    await hostile.waitForFunction(() => 'hostile' in window);
    const [url, options] = await tab.page.evaluate(() => window.openedWorker ?? ['', {}]);
    const target = { url, options, channel: scopeName(cognito.config) };
    await hostile.evaluate((given) => window.hostile.open(given), target);

    const [live] = await liveWorkers();
    const heap = await heapOfWorker(browser, live?.targetId ?? '');
    await use({
      tabs,
      session,
      hostile,
      known: { hello, instanceId, revision, calls, broadcasts: heard },
      heap,
    });
    await heap.detach();
  },
});
