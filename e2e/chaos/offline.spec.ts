/** Promise: without a network the session is kept, and when the network is back one refresh serves all tabs. */
import { expect, test as base } from './fixtures.js';
import type { ChaosTab, FourTabs } from './fixtures.js';
import { startCable } from './cable.js';
import type { Cable } from './cable.js';
import { expectKept } from './kept.js';
import { REFRESH } from '../refreshing.js';

const test = base.extend<{ cable: Cable }>({
  cable: async ({ cognito }, use) => {
    const cable = await startCable(cognito);
    await use(cable);
    await cable.unplug();
  },
});

/** The pages are told of it by the browser, as on a device. */
async function goOffline(tabs: FourTabs, cable: Cable): Promise<void> {
  await cable.unplug();
  await Promise.all(tabs.map((tab) => tab.page.setOfflineMode(true)));
  await Promise.all(
    tabs.map((tab) =>
      tab.run(() => {
        addEventListener('online', ({ isTrusted }) => Object.assign(window, { online: { isTrusted } }));
      }, undefined),
    ),
  );
}

async function comeBack(tabs: FourTabs, cable: Cable): Promise<void> {
  await cable.plugIn();
  await Promise.all(tabs.map((tab) => tab.page.setOfflineMode(false)));
  const onlineEvent = (tab: ChaosTab): Promise<unknown> =>
    tab.run(() => (window as { online?: unknown }).online, undefined);
  for (const tab of tabs) await expect.poll(() => onlineEvent(tab)).toEqual({ isTrusted: true });
}

test('offline at the start, with a stored session: the live token is given out', async ({
  openSignedIn,
  cognito,
  cable,
  killWorkers,
}) => {
  const { tabs, accessToken } = await openSignedIn({ config: { endpoints: cable.endpoints } });
  await killWorkers();
  await cable.unplug();
  cognito.clearLog();

  for (const tab of tabs) await tab.reload();

  for (const tab of tabs) expect((await tab.fetch()).accessToken).toBe(accessToken);
  expect(await tabs[0].getCurrentUser()).toMatchObject({ username: 'ada' });
  expect(await tabs[0].rejection('fetchAuthSession', { forceRefresh: true })).toBe('NetworkError');
  for (const tab of tabs) expect((await tab.fetch()).accessToken).toBe(accessToken);
  expect(cognito.counts()).toEqual({});
  await cable.plugIn();
  await expectKept(tabs, cognito);
});

test('offline when the token runs out: NetworkError, and one refresh for all tabs as soon as the network is back', async ({
  openSignedIn,
  cognito,
  cable,
}) => {
  cognito.change({ accessTokenSeconds: 4, idTokenSeconds: 4 });
  const { tabs, accessToken } = await openSignedIn({ config: { endpoints: cable.endpoints } });
  await goOffline(tabs, cable);
  await expect
    .poll(async () => (await tabs[0].attempt('fetchAuthSession')).ok, {
      message: 'the call rejects when the token has run out',
      timeout: 20_000,
    })
    .toBe(false);
  for (const tab of tabs) expect(await tab.rejection('fetchAuthSession')).toBe('NetworkError');
  cognito.change({ accessTokenSeconds: 3_600, idTokenSeconds: 3_600 });
  cognito.clearLog();
  // Of its own accord, the worker would try again only later.
  let nextRefreshAtMs = 0;
  const waitMs = async (): Promise<number> => {
    ({ nextRefreshAtMs = 0 } = await tabs[0].inspect());
    return nextRefreshAtMs - Date.now();
  };
  await expect.poll(waitMs, { intervals: [50], timeout: 20_000 }).toBeGreaterThan(1_500);

  await comeBack(tabs, cable);

  await cognito.waitForRequest(REFRESH);
  expect(cognito.requests.find(({ operation }) => operation === REFRESH)?.atMs).toBeLessThan(nextRefreshAtMs);
  const sessions = await Promise.all(tabs.map((tab) => tab.fetch()));
  for (const session of sessions) {
    expect(session.accessToken).toBe(sessions[0]?.accessToken);
    expect(session.accessToken).not.toBe(accessToken);
  }
  expect(cognito.counts()[REFRESH]).toBe(1);
  expect(cognito.accepted()[REFRESH]).toBe(1);
  await expectKept(tabs, cognito);
});

test('the network goes in mid-refresh, after Cognito did its work: it is taken up when the network is back', async ({
  openSignedIn,
  cognito,
  cable,
}) => {
  cognito.change({ rotation: { enabled: true, graceSeconds: 60 } });
  const { tabs, accessToken } = await openSignedIn({ config: { endpoints: cable.endpoints } });
  cognito.clearLog();
  const hold = cognito.hold(REFRESH);
  const calls = tabs.map((tab) => tab.attempt('fetchAuthSession', { forceRefresh: true }));
  await hold.waitForArrived(1);
  await Promise.all(tabs.map((tab) => tab.callsWaitForRefresh()));

  await goOffline(tabs, cable);
  hold.release();

  for (const outcome of await Promise.all(calls)) {
    expect(outcome).toMatchObject({ ok: false, error: { name: 'NetworkError' } });
  }
  for (const tab of tabs) expect((await tab.fetch()).accessToken).toBe(accessToken);

  await comeBack(tabs, cable);

  // Nobody calls: the grace period is running.
  for (const tab of tabs) await expect.poll(() => tab.eventNames()).toContain('tokenRefresh');
  expect(cognito.counts()[REFRESH]).toBe(2);
  expect(cognito.accepted()[REFRESH]).toBe(1);
  await expectKept(tabs, cognito);
});
