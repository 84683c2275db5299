/** Promise: a device clock that is wrong, jumps or slept makes no storm, gives no dead token out as live, and signs nobody out. */
import type { LocalCognito } from '../../demo/local-cognito/server.js';
import { onDevice, shiftClock } from './device-clock.js';
import { expect, test } from './fixtures.js';
import type { FourTabs } from './fixtures.js';
import { expectKept } from './kept.js';
import { REFRESH } from '../refreshing.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What all four tabs get that ask the worker at once. They may not answer by themselves: the token that they name is none of theirs. */
async function askTogether(tabs: FourTabs): Promise<string | undefined> {
  const calls = tabs.map((tab) => tab.fetch({ rejectedToken: 'of somebody else' }));
  const tokens = new Set((await Promise.all(calls)).map(({ accessToken }) => accessToken));
  expect(tokens.size, 'all tabs have the same token').toBe(1);
  return [...tokens][0];
}

/** The next refresh is a good while away, by the device's own clock: tokens live for one hour here. */
async function expectQuiet(tabs: FourTabs): Promise<void> {
  const { nextRefreshAtMs = 0 } = await tabs[0].inspect();
  const nowMs = await tabs[0].run(() => Date.now(), undefined);
  expect(nextRefreshAtMs - nowMs).toBeGreaterThan(HOUR_MS / 2);
}

function refreshes(cognito: LocalCognito): { sent: number; accepted: number } {
  return { sent: cognito.counts()[REFRESH] ?? 0, accepted: cognito.accepted()[REFRESH] ?? 0 };
}

for (const { title, aheadMs } of [
  { title: 'three days fast', aheadMs: 3 * DAY_MS },
  { title: 'three days slow', aheadMs: -3 * DAY_MS },
]) {
  test(`on a device whose clock is ${title} nothing is refreshed needlessly, and once after a restart`, async ({
    openSignedIn,
    site,
    cognito,
    killWorkers,
  }) => {
    const { tabs, accessToken } = await openSignedIn(onDevice(site, aheadMs));
    const deviceMs = await tabs[0].run(() => Date.now(), undefined);
    expect(Math.abs(deviceMs - Date.now() - aheadMs)).toBeLessThan(HOUR_MS);

    for (let round = 0; round < 5; round++) expect(await askTogether(tabs)).toBe(accessToken);

    expect(refreshes(cognito)).toEqual({ sent: 0, accepted: 0 });
    await expectQuiet(tabs);

    // How old the stored token is can't be told by such a clock.
    await killWorkers();
    for (const tab of tabs) await tab.reload();
    const renewed = await askTogether(tabs);
    expect(renewed).not.toBe(accessToken);
    for (let round = 0; round < 5; round++) expect(await askTogether(tabs)).toBe(renewed);
    expect(refreshes(cognito)).toEqual({ sent: 1, accepted: 1 });
    await expectQuiet(tabs);
    await expectKept(tabs, cognito);
  });
}

test('a clock that is set three days forward and back again while the app runs costs one refresh', async ({
  openSignedIn,
  site,
  cognito,
  insideWorker,
}) => {
  const { tabs, accessToken } = await openSignedIn(onDevice(site, 0));
  const worker = await insideWorker();

  await shiftClock(tabs, worker, 3 * DAY_MS);

  const renewed = await askTogether(tabs);
  expect(renewed).not.toBe(accessToken);
  for (let round = 0; round < 5; round++) expect(await askTogether(tabs)).toBe(renewed);
  await expectQuiet(tabs);
  await shiftClock(tabs, worker, -3 * DAY_MS);
  for (let round = 0; round < 5; round++) expect(await askTogether(tabs)).toBe(renewed);
  expect(refreshes(cognito)).toEqual({ sent: 1, accepted: 1 });
  await expectKept(tabs, cognito);
});

test('a clock that is set three days back while the app runs costs nothing', async ({
  openSignedIn,
  site,
  cognito,
  insideWorker,
}) => {
  const { tabs, accessToken } = await openSignedIn(onDevice(site, 0));

  await shiftClock(tabs, await insideWorker(), -3 * DAY_MS);

  for (let round = 0; round < 5; round++) expect(await askTogether(tabs)).toBe(accessToken);
  expect(refreshes(cognito)).toEqual({ sent: 0, accepted: 0 });
  await expectKept(tabs, cognito);
  await expectQuiet(tabs);
});

test('a device that slept for two hours, over the expiry, refreshes before it answers, once for all tabs', async ({
  openSignedIn,
  site,
  cognito,
  insideWorker,
}) => {
  const { tabs, accessToken } = await openSignedIn(onDevice(site, 0));
  // In sleep the monotonic clock stands still (Chromium on Linux and macOS), and so do timers.
  await shiftClock(tabs, await insideWorker(), 2 * HOUR_MS);
  cognito.change({ clockOffsetSeconds: (2 * HOUR_MS) / 1_000 });

  // By the lease alone, a page would answer by itself: the monotonic clock says that no time went by.
  const sessions = await Promise.all(tabs.map((tab) => tab.fetch()));

  for (const session of sessions) {
    expect(session.accessToken).not.toBe(accessToken);
    expect(session.accessToken).toBe(sessions[0]?.accessToken);
    expect(session.accessClaims?.exp).toBeGreaterThan((Date.now() + 2 * HOUR_MS) / 1_000);
  }
  expect(refreshes(cognito)).toEqual({ sent: 1, accepted: 1 });
  await expectQuiet(tabs);
  await expectKept(tabs, cognito);
});
