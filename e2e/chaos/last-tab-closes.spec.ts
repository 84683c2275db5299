/**
 * Promise: in Chromium, a refresh that is out when the last tab closes is stored all the same, and nothing is refreshed for nobody.
 * Playwright drives these tests, because a worker to which a debugger is attached may live on for that reason alone.
 */
import { startLocalCognito } from '../../demo/local-cognito/server.js';
import { ada, expect, test } from '../fixtures.js';
import { Tab } from '../tab.js';
import { storedRecord } from './stored.js';
import { REFRESH } from '../refreshing.js';

test('the last tab closes in mid-refresh, with no grace: the tokens are stored, and the next tab has them', async ({
  openTab,
  openTabs,
  cognito,
  context,
  site,
  liveWorkers,
}) => {
  const tabs = await openTabs(4);
  await tabs[0].signIn(ada);
  for (const tab of tabs) await tab.toldOf('signedIn');
  const { accessToken } = await tabs[0].fetch();
  const { workerInstanceId } = await tabs[0].inspect();
  // A worker that may not live longer than its tabs tells when one would be dead.
  await Promise.all(tabs.map(connectToMortalWorker));
  await expect.poll(async () => (await liveWorkers()).length).toBe(2);
  cognito.clearLog();
  const hold = cognito.hold(REFRESH);
  await Promise.all(tabs.map((tab) => callAndForget(tab)));
  await hold.waitForArrived(1);

  await Promise.all(tabs.map((tab) => tab.page.close()));
  await expect
    .poll(async () => (await liveWorkers()).filter(({ url }) => url.includes('mortal')))
    .toEqual([]);
  expect(await liveWorkers()).toMatchObject([{ attached: false }]);
  hold.release();

  await expect.poll(() => cognito.accepted()[REFRESH], { message: 'the answer was taken' }).toBe(1);
  const bystander = new Tab(await context.newPage(), cognito.config);
  await bystander.page.goto(`${site.url}/blank.html`);
  await expect.poll(async () => (await storedRecord(bystander))?.session?.accessToken).not.toBe(accessToken);
  const stored = await storedRecord(bystander);
  expect(stored?.intent).toBeUndefined();
  const tab = await openTab();
  const session = await tab.fetch();
  expect(session.accessToken).toBe(stored?.session?.accessToken);
  expect((await tab.inspect()).workerInstanceId).toBe(workerInstanceId);
  expect(cognito.counts()[REFRESH]).toBe(1);
  expect((await tab.fetch({ forceRefresh: true })).accessToken).not.toBe(session.accessToken);
  await tab.toldOf('tokenRefresh');
});

test('with no tab open the worker that lives on refreshes nothing; as soon as tabs come, once', async ({
  openTab,
  openTabs,
  cognito,
  browser,
  liveWorkers,
}) => {
  const life = { accessTokenSeconds: 6, idTokenSeconds: 6 };
  cognito.change(life);
  const tabs = await openTabs(4);
  await tabs[0].signIn(ada);
  const { accessToken } = await tabs[0].fetch();
  const { workerInstanceId, nextRefreshAtMs } = await tabs[0].inspect();
  expect(nextRefreshAtMs).toBeDefined();
  await Promise.all(tabs.map((tab) => tab.page.close()));
  cognito.clearLog();

  // Somebody else, whose tokens live as long and who came later: when they were refreshed twice, it was time.
  const otherCognito = await startLocalCognito({ users: [ada], settings: life });
  const elsewhere = await browser.newContext();
  const control = await openTab({ context: elsewhere, config: otherCognito.config });
  await control.signIn(ada);
  await otherCognito.waitForRequest(REFRESH, 2);
  await elsewhere.close();
  await otherCognito.close();

  expect(cognito.counts()).toEqual({});
  expect(await liveWorkers()).toMatchObject([{ attached: false }]);

  cognito.change({ accessTokenSeconds: 3_600, idTokenSeconds: 3_600 });
  const later = await openTabs(4);
  // Nobody calls: that they are there is enough.
  await cognito.waitForRequest(REFRESH);
  const sessions = await Promise.all(later.map((tab) => tab.fetch()));
  for (const session of sessions) expect(session.accessToken).not.toBe(accessToken);
  expect((await later[0].inspect()).workerInstanceId).toBe(workerInstanceId);
  expect(cognito.counts()[REFRESH]).toBe(1);
  expect(cognito.accepted()[REFRESH]).toBe(1);
});

/** The page does not wait either: it will be gone. */
function callAndForget(tab: Tab): Promise<void> {
  return tab.run(() => void window.attempt('fetchAuthSession', { forceRefresh: true }), undefined);
}

/** It ends with the last of its tabs, for it is not of extended lifetime. */
function connectToMortalWorker(tab: Tab): Promise<void> {
  return tab.run(() => {
    new SharedWorker('/dist/session.worker.js?mortal', { type: 'module', name: 'mortal' });
  }, undefined);
}
