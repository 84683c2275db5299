/** Promise: a page that comes back from the back/forward cache asks before it trusts what it has, and is told the net change once. */
import type { Page } from '@playwright/test';
import { ada, expect, grace, INSECURE_HOST, test } from './fixtures.js';
import type { StaticServer } from './static-server.js';
import type { Tab } from './tab.js';

/** Leaves for another site, so that the page goes to the cache, as on a link. */
async function leave({ page }: Tab, site: StaticServer): Promise<void> {
  await page.evaluate(async () => {
    await window.csw.fetchAuthSession();
    // The clocks stand still, as if no time had passed: whatever the page holds is under its lease.
    const clocks = { now: Date.now, monotonic: performance.now.bind(performance) };
    const stopped = { wallMs: Date.now(), monotonicMs: performance.now() };
    Date.now = () => stopped.wallMs;
    performance.now = () => stopped.monotonicMs;
    Object.assign(window, {
      startClocks() {
        Date.now = clocks.now;
        performance.now = clocks.monotonic;
      },
    });
    window.addEventListener('pageshow', ({ persisted }) => {
      // The first thing that a page does when it is shown again.
      Object.assign(window, { atOnce: window.attempt('fetchAuthSession'), persisted });
    });
  });
  await page.goto(`http://${INSECURE_HOST}:${site.port}/blank.html`);
}

/** Comes back to a page that must have been in the cache. */
async function comeBack({ page }: Tab): Promise<void> {
  // A page from the cache does not load again.
  await page.goBack({ waitUntil: 'commit' });
  expect(await notRestoredReasons(page), 'why the page was not in the cache').toBeNull();
  expect(await page.evaluate(() => (window as unknown as Away).persisted)).toBe(true);
  await page.evaluate(async () => {
    const away = window as unknown as Away;
    await away.atOnce;
    away.startClocks();
  });
}

/** Why the page was loaded anew instead of coming from the cache; null where it was not. HTML, `NotRestoredReasons`. */
async function notRestoredReasons(page: Page): Promise<unknown> {
  return page.evaluate(() => {
    const [navigation] = performance.getEntriesByType('navigation') as NavigationTiming[];
    return navigation?.notRestoredReasons?.reasons.map(({ reason }) => reason) ?? null;
  });
}

/** How the call ended that the page made as soon as it was back. */
async function firstCall({ page }: Tab): Promise<unknown> {
  return page.evaluate(() => (window as unknown as Away).atOnce);
}

interface Away {
  atOnce: Promise<unknown>;
  persisted: boolean;
  startClocks(): void;
}

interface NavigationTiming extends PerformanceEntry {
  notRestoredReasons?: { reasons: { reason: string }[] } | null;
}

test('a page that leaves a channel open is not taken from the cache after news, and the browser says why', async ({
  openTabs,
  site,
  liveWorkers,
}) => {
  const [first, second] = await openTabs(2);
  const away = second as Tab;
  await away.page.evaluate(() => {
    const worker = new SharedWorker('/dist/session.worker.js?away', { type: 'module', name: 'away' });
    Object.assign(window, { open: [new BroadcastChannel('test'), worker] });
  });
  const itsWorkers = async (): Promise<unknown[]> =>
    (await liveWorkers()).filter(({ url }) => url.includes('away'));
  await expect.poll(itsWorkers).toHaveLength(1);
  await away.page.goto(`http://${INSECURE_HOST}:${site.port}/blank.html`);
  await first.page.evaluate(() => new BroadcastChannel('test').postMessage('news'));
  // It ends with its page.
  await expect.poll(itsWorkers).toEqual([]);

  await away.page.goBack();

  // Whichever came first: the news, or a last word of its worker.
  const reason = expect.stringMatching(/^(broadcastchannel|sharedworker)-message$/) as unknown;
  expect(await notRestoredReasons(away.page)).toContainEqual(reason);
});

test('signed out meanwhile: no token is given out, and one event tells', async ({ openTabs, site }) => {
  const [first, second] = await openTabs(2);
  const away = second as Tab;
  await first.signIn(ada);
  await away.toldOf('signedIn');
  await leave(away, site);
  await first.fetch({ forceRefresh: true });
  const { clients } = await first.signOut();

  await comeBack(away);

  expect(clients, 'nobody waits for a page in the cache').toBe(1);
  expect(await firstCall(away)).toMatchObject({ ok: true, value: { accessToken: undefined } });
  await away.toldOf('signedIn', 'signedOut:user');
  expect((await away.events()).at(-1)?.session).toBeNull();
});

test('refreshed meanwhile, more than once: one event tells, with the latest tokens', async ({
  openTabs,
  site,
  cognito,
}) => {
  const [first, second] = await openTabs(2);
  const away = second as Tab;
  await first.signIn(ada);
  await away.toldOf('signedIn');
  await leave(away, site);
  await first.fetch({ forceRefresh: true });
  const { accessToken } = await first.fetch({ forceRefresh: true });
  cognito.clearLog();

  await comeBack(away);

  await away.toldOf('signedIn', 'tokenRefresh');
  expect((await away.events()).at(-1)?.session?.accessToken).toBe(accessToken);
  expect((await away.fetch()).accessToken).toBe(accessToken);
  expect(cognito.counts()).toEqual({});
  // It follows as before.
  await first.signOut();
  await away.toldOf('signedIn', 'tokenRefresh', 'signedOut:user');
});

test('somebody else signed in meanwhile: the page has the new user', async ({ openTabs, site }) => {
  const [first, second] = await openTabs(2);
  const away = second as Tab;
  await first.signIn(ada);
  await away.toldOf('signedIn');
  await leave(away, site);
  await first.signOut();
  await first.signIn(grace);
  const session = await first.fetch();

  await comeBack(away);

  expect(await firstCall(away)).toMatchObject({ ok: true, value: { userSub: session.userSub } });
  expect(await away.getCurrentUser()).toMatchObject({ username: 'grace' });
  await away.toldOf('signedIn', 'signedIn');
  expect((await away.events()).at(-1)?.session?.userSub).toBe(session.userSub);
});

test('nothing happened meanwhile: nothing is told, and Cognito is not asked', async ({
  openTab,
  site,
  cognito,
}) => {
  const tab = await openTab();
  await tab.signIn(ada);
  const session = await tab.fetch();
  cognito.clearLog();
  await leave(tab, site);

  await comeBack(tab);

  expect(await tab.fetch()).toEqual(session);
  await tab.fetch({ forceRefresh: true });
  await tab.toldOf('signedIn', 'tokenRefresh');
  expect(cognito.counts()).toEqual({ GetTokensFromRefreshToken: 1, GetCredentialsForIdentity: 1 });
});

test('a call that was out when the page left is answered when it is back', async ({
  openTabs,
  site,
  cognito,
}) => {
  const [first, second] = await openTabs(2);
  const away = second as Tab;
  await first.signIn(ada);
  const { accessToken } = await first.fetch();
  await away.toldOf('signedIn');
  const hold = cognito.hold('GetTokensFromRefreshToken');
  await away.page.evaluate(() => {
    Object.assign(window, { out: window.attempt('fetchAuthSession', { forceRefresh: true }) });
  });
  await hold.waitForArrived(1);
  await leave(away, site);
  hold.release();
  await first.toldOf('signedIn', 'tokenRefresh');

  await comeBack(away);

  const outcome = await away.page.evaluate(
    () => (window as unknown as { out: ReturnType<Window['attempt']> }).out,
  );
  expect(outcome).toMatchObject({ ok: true });
  const session = await away.fetch();
  expect(session.accessToken).not.toBe(accessToken);
});
