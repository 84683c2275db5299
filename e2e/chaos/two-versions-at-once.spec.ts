/** Promise: after a deploy with another worker URL two workers live side by side, and they are one to everybody else. */
import { ada, expect, test } from './fixtures.js';
import type { ChaosTab, FourTabs, OpenTabOptions } from './fixtures.js';
import { hogStore } from './hog.js';
import { expectKept } from './kept.js';
import { forceAtOnce, REFRESH } from '../refreshing.js';

const workerUrl = (version: number): string => `/dist/session.worker.js?v=${version}`;

/** Two tabs that were open before the deploy, and two that were opened after it. */
async function openBoth(openTab: (options: OpenTabOptions) => Promise<ChaosTab>): Promise<FourTabs> {
  const open = (version: number): Promise<ChaosTab> => openTab({ config: { workerUrl: workerUrl(version) } });
  return [await open(1), await open(1), await open(2), await open(2)];
}

/** Two runs of the worker serve the tabs. */
async function expectTwoWorkers(tabs: FourTabs): Promise<void> {
  const inspections = await Promise.all(tabs.map((tab) => tab.inspect()));
  for (const { transport } of inspections) expect(transport).toBe('shared-worker');
  const [one, same, other, otherSame] = inspections.map(({ workerInstanceId }) => workerInstanceId);
  expect([same, otherSame]).toEqual([one, other]);
  expect(other).not.toBe(one);
}

test('who signs in over one is signed in over the other, and the same goes for who signs out', async ({
  openTab,
  cognito,
  liveWorkers,
}) => {
  const tabs = await openBoth(openTab);
  await tabs[0].signIn(ada);
  for (const tab of tabs) await tab.toldOf('signedIn');
  expect(await liveWorkers()).toHaveLength(2);
  await expectTwoWorkers(tabs);
  await expectKept(tabs, cognito);

  expect(await tabs[3].signOut()).toEqual({ revoked: true, clients: 4 });

  for (const tab of tabs) {
    expect((await tab.fetch()).accessToken).toBeUndefined();
    await tab.toldOf('signedIn', 'tokenRefresh', 'signedOut:user');
  }
});

test('tabs of both force a refresh at once, 20 rounds in a row, with no grace: each round costs one', async ({
  openTab,
  cognito,
}) => {
  const tabs = await openBoth(openTab);
  await tabs[0].signIn(ada);
  for (const tab of tabs) await tab.toldOf('signedIn');
  await expectTwoWorkers(tabs);
  const seen = new Set([(await tabs[0].fetch()).accessToken]);
  cognito.clearLog();

  for (let round = 1; round <= 20; round++) {
    const sessions = await forceAtOnce(tabs, cognito);
    const tokens = new Set(sessions.map(({ accessToken }) => accessToken));
    expect(tokens.size).toBe(1);
    for (const token of tokens) expect(seen.has(token), 'the tokens are new').toBe(false);
    for (const token of tokens) seen.add(token);
    expect(cognito.counts()[REFRESH]).toBe(round);
  }

  // One reuse of a rotated token would have been refused.
  expect(cognito.accepted()).toEqual(cognito.counts());
  await expectKept(tabs, cognito);
});

test('a token that runs out costs one refresh', async ({ openTab, cognito }) => {
  cognito.change({ accessTokenSeconds: 4, idTokenSeconds: 4 });
  const tabs = await openBoth(openTab);
  await tabs[0].signIn(ada);
  cognito.change({ accessTokenSeconds: 3_600, idTokenSeconds: 3_600 });

  for (const tab of tabs) await tab.toldOf('signedIn', 'tokenRefresh');

  await expectTwoWorkers(tabs);
  expect(cognito.counts()[REFRESH]).toBe(1);
  await expectKept(tabs, cognito);
});

for (const { title, killed } of [
  { title: 'the one that has sent its request is killed', killed: 1 },
  { title: 'the one that waits for the lock is killed', killed: 2 },
]) {
  test(`${title} in mid-refresh: all calls are answered, and the session is kept`, async ({
    openTab,
    cognito,
    killWorkers,
  }) => {
    cognito.change({ rotation: { enabled: true, graceSeconds: 30 } });
    const tabs = await openBoth(openTab);
    await tabs[0].signIn(ada);
    for (const tab of tabs) await tab.toldOf('signedIn');
    const { accessToken } = await tabs[0].fetch();
    await expectTwoWorkers(tabs);
    cognito.clearLog();
    const hold = cognito.hold(REFRESH);
    const force = (tab: ChaosTab): Promise<{ accessToken?: string }> => tab.fetch({ forceRefresh: true });
    const calls = tabs.slice(0, 2).map(force);
    await hold.waitForArrived(1);
    calls.push(...tabs.slice(2).map(force));
    await Promise.all(tabs.map((tab) => tab.callsWaitForRefresh()));
    expect(cognito.counts()[REFRESH]).toBe(1);

    await killWorkers(workerUrl(killed));
    hold.release();

    for (const session of await Promise.all(calls)) expect(session.accessToken).not.toBe(accessToken);
    // One for those who waited, one for each tab that had to ask again, and the lost one, if the server did not see it lost.
    expect(cognito.accepted()[REFRESH]).toBeGreaterThanOrEqual(2);
    expect(cognito.accepted()[REFRESH]).toBeLessThanOrEqual(4);
    await expectKept(tabs, cognito);
  });
}

test('the sign-out waits for the tabs of a worker that was slow to start, too', async ({ openTab }) => {
  const open = (version: number): Promise<ChaosTab> => openTab({ config: { workerUrl: workerUrl(version) } });
  const first = await open(1);
  await first.signIn(ada);
  const hog = await hogStore(first);
  // While the store is held, this worker is not done with its start when the next one asks who is there.
  const slow = await open(2);
  await slow.inspect();
  const last = await open(3);
  await last.inspect();
  await hog.letGo();
  for (const tab of [first, slow, last]) {
    await expect.poll(async () => (await tab.attempt('fetchAuthSession')).ok).toBe(true);
    expect((await tab.fetch()).accessToken).toBeTruthy();
  }

  expect(await last.signOut()).toEqual({ revoked: true, clients: 3 });

  for (const tab of [first, slow, last]) expect((await tab.fetch()).accessToken).toBeUndefined();
});
