/** Promise: tabs and clients that are gone leave nothing behind, in the worker and in the page, however they went. */
import { readConfig } from '../client/config.js';
import { PROTOCOL_VERSION, type Hello } from '../worker/contract.js';
import { ada, expect, test } from './fixtures.js';
import { heapOfPage, heapOfWorker } from './heap.js';
import { rememberWorker } from './opened-worker.js';
import type { Tab } from './tab.js';

const ONE_MEGABYTE = 1_000_000;
/** Fifty bytes for each of 10,000 tabs: a closure and its place in a set take more. */
const HALF_A_MEGABYTE = 500_000;

/** How a tab without the package's client goes. */
type RawEnd =
  'a goodbye' | 'its port closed' | 'its port closed, a call under way' | 'its document destroyed';

declare global {
  interface Window {
    /** Opens a port of its own, says hello, and waits for the welcome. */
    join(hello: Hello): Promise<MessagePort>;
    say(port: MessagePort, method: string, argument?: unknown): void;
  }
}

/** For `page.addInitScript`. */
function join(): void {
  window.say = (port, method, value) =>
    port.postMessage({ id: method, type: 'APPLY', path: [method], argumentList: [{ type: 'RAW', value }] });
  window.join = (hello) => {
    const [url, options] = (window.top as Window).openedWorker ?? ['', {}];
    const { port } = new SharedWorker(url, options);
    return new Promise((resolve) => {
      port.onmessage = ({ data }: MessageEvent<{ id?: string }>) => {
        if (data.id === 'hello') resolve(port);
      };
      window.say(port, 'hello', hello);
    });
  };
}

// Recording what the pages do would take longer than doing it, and keep what they let go.
test.use({ trace: 'off' });

function note(figures: object): void {
  test.info().annotations.push({ type: 'figures', description: JSON.stringify(figures) });
}

test.beforeEach(async ({ context }) => {
  await context.addInitScript(rememberWorker);
  await context.addInitScript(join);
});

test('10,000 tabs come and go, most without a word, and the worker keeps nothing of them', async ({
  browser,
  openTab,
  liveWorkers,
}) => {
  test.setTimeout(180_000);
  const tab = await openTab();
  await tab.signIn(ada);
  await tab.fetch();
  const [worker] = await liveWorkers();
  const heap = await heapOfWorker(browser, worker?.targetId ?? '');
  await tabsComeAndGo(tab, 20);
  const before = await heap.usedBytes();
  await expect.poll(async () => (await tab.inspect()).clients).toBe(1);

  const startedAtMs = performance.now();
  const gone = await tabsComeAndGo(tab, 400);
  const tookMs = performance.now() - startedAtMs;
  const grownBytes = (await heap.usedBytes()) - before;
  note({ gone, tookMs, before, grownBytes });

  expect(gone).toBeGreaterThanOrEqual(10_000);
  // Those that said nothing are known to be gone only when they are collected.
  await expect.poll(async () => (await tab.inspect()).clients).toBe(1);
  expect(grownBytes).toBeLessThan(HALF_A_MEGABYTE);
  expect((await tab.fetch({ forceRefresh: true })).accessToken).toBeDefined();
});

test('a tab that crashes is forgotten', async ({ browser, context, site, openTab, liveWorkers }) => {
  const tab = await openTab();
  await tab.fetch();
  const [worker] = await liveWorkers();
  const heap = await heapOfWorker(browser, worker?.targetId ?? '');
  const crashing = await context.newPage();
  await crashing.goto(`${site.url}/blank.html`);
  const opened = await tab.page.evaluate(() => window.openedWorker);
  await crashing.evaluate(
    ([how, hello]) => {
      window.openedWorker = how;
      return window.join(hello).then(() => undefined);
    },
    [opened ?? ['', {}], helloOf(tab, true)] as const,
  );
  const { clients, workerInstanceId } = await tab.inspect();
  expect(clients).toBe(2);

  const crashed = crashing.waitForEvent('crash');
  await crashing.goto('chrome://crash').catch(() => undefined);
  await crashed;
  await expect
    .poll(async () => {
      await heap.usedBytes();
      return tab.inspect();
    })
    .toMatchObject({ clients: 1, workerInstanceId });
});

/** In each way that there is. @returns how many tabs came and went. */
async function tabsComeAndGo(tab: Tab, times: number): Promise<number> {
  let gone = 0;
  const count = (went: number): void => void (gone += went);
  // Most of them with the log, which is one thing more that could be left behind.
  for (const wantsLog of [false, true, true, true, true]) {
    count(await rawTabs(tab, 'a goodbye', times, wantsLog));
    count(await rawTabs(tab, 'its port closed', times * 2, wantsLog));
    count(await rawTabs(tab, 'its port closed, a call under way', times, wantsLog));
    count(await rawTabs(tab, 'its document destroyed', times / 10, wantsLog));
    count(await clients(tab, times, wantsLog));
  }
  count(await framesWithTheClient(tab, times / 4));
  return gone;
}

function helloOf(tab: Tab, wantsLog: boolean): Hello {
  return { protocolVersion: PROTOCOL_VERSION, config: readConfig(tab.config), wantsLog };
}

function rawTabs(tab: Tab, end: RawEnd, times: number, wantsLog: boolean): Promise<number> {
  return tab.page.evaluate(
    async ([how, count, said]) => {
      for (let time = 0; time < count; time += 1) {
        const frame = document.createElement('iframe');
        if (how === 'its document destroyed') {
          frame.src = '/blank.html';
          const loaded = new Promise((resolve) => (frame.onload = resolve));
          document.body.append(frame);
          await loaded;
        }
        const port = await (frame.contentWindow ?? window).join(said);
        if (how === 'a goodbye') window.say(port, 'bye');
        if (how === 'its port closed, a call under way') window.say(port, 'session', {});
        if (how === 'its document destroyed') frame.remove();
        else port.close();
      }
      return count;
    },
    [end, times, helloOf(tab, wantsLog)] as const,
  );
}

/** Clients of the package that are closed, half of them with a call under way. */
function clients(tab: Tab, times: number, wantsLog: boolean): Promise<number> {
  return tab.page.evaluate(
    async ([config, count, isLogged]) => {
      for (let time = 0; time < count; time += 1) {
        const client = window.csw.createSessionClient(
          isLogged ? { ...config, logger: () => undefined } : config,
        );
        client.onSessionChange(() => undefined);
        await client.fetchAuthSession();
        if (time % 2 === 0) client.inspectSession().catch(() => undefined);
        client.close();
      }
      return count;
    },
    [tab.config, times, wantsLog] as const,
  );
}

/** Frames that load the package, ask for the session, and are removed. */
function framesWithTheClient(tab: Tab, times: number): Promise<number> {
  return tab.page.evaluate(
    async ([config, count]) => {
      for (let time = 0; time < count; time += 1) {
        const frame = document.createElement('iframe');
        frame.src = '/';
        const loaded = new Promise((resolve) => (frame.onload = resolve));
        document.body.append(frame);
        await loaded;
        const { contentWindow: inside } = frame;
        inside?.start(config);
        await inside?.attempt('fetchAuthSession');
        frame.remove();
      }
      return count;
    },
    [tab.config, times] as const,
  );
}

test('10,000 clients are made and closed in one page, and the page keeps nothing of them', async ({
  openTab,
}) => {
  test.setTimeout(120_000);
  const tab = await openTab();
  await tab.signIn(ada);
  const heap = await heapOfPage(tab.page);
  await tab.fetch();
  const before = await heap.usedBytes();

  const startedAtMs = performance.now();
  await clients(tab, 5_000, false);
  await clients(tab, 5_000, true);
  const tookMs = performance.now() - startedAtMs;

  let grownBytes = NaN;
  const grown = async (): Promise<number> => (grownBytes = (await heap.usedBytes()) - before);
  // The last timer of a closed client, a second long, still holds on to it.
  await expect.poll(grown).toBeLessThan(ONE_MEGABYTE);
  note({ tookMs, before, grownBytes });
});

test('a page makes 100,000 calls, and neither it nor the worker keeps anything of them', async ({
  browser,
  openTab,
  liveWorkers,
}) => {
  test.setTimeout(120_000);
  const tab = await openTab();
  await tab.signIn(ada);
  const [worker] = await liveWorkers();
  const heaps = [await heapOfPage(tab.page), await heapOfWorker(browser, worker?.targetId ?? '')];
  const usedBytes = (): Promise<number[]> => Promise.all(heaps.map((heap) => heap.usedBytes()));
  await calls(5_000);
  const before = await usedBytes();

  const startedAtMs = performance.now();
  await calls(100_000);
  const tookMs = performance.now() - startedAtMs;
  const after = await usedBytes();
  note({ tookMs, before, after });

  for (const [index, used] of after.entries()) expect(used - (before[index] ?? 0)).toBeLessThan(ONE_MEGABYTE);

  /** Half of them are answered from the view that the page holds, half of them by the worker; ten at a time. */
  function calls(count: number): Promise<void> {
    return tab.page.evaluate(async (total) => {
      for (let made = 0; made < total; made += 10) {
        const ten = Array.from({ length: 5 }, () => [
          window.csw.inspectSession(),
          window.csw.fetchAuthSession(),
        ]);
        await Promise.all(ten.flat());
      }
    }, count);
  }
});
