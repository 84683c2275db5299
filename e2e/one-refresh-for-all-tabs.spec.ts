/** Promise: however many tabs want fresh tokens, Cognito is asked once. */
import type { LocalCognito } from '../demo/local-cognito/server.js';
import { ada, expect, test } from './fixtures.js';
import type { FetchInput, Tab } from './tab.js';
import type { PlainSession } from './page/window.js';
import { REFRESH } from './refreshing.js';

/** All tabs ask, and the server answers only when every question has reached the worker. */
async function fetchTogether(
  cognito: LocalCognito,
  tabs: readonly Tab[],
  input: FetchInput,
): Promise<PlainSession[]> {
  const hold = cognito.hold(REFRESH);
  const calls = Promise.all(tabs.map((tab) => tab.fetch(input)));
  await hold.waitForArrived(1);
  await Promise.all(tabs.map((tab) => tab.callsHaveArrived()));
  expect(hold.arrived).toBe(1);
  hold.release();
  return calls;
}

test('8 tabs that force a refresh at once cost one refresh, 20 rounds in a row, with rotation on and no grace', async ({
  openTabs,
  cognito,
}) => {
  test.setTimeout(60_000);
  const rounds = 20;
  const tabs = await openTabs(8);
  await tabs[0].signIn(ada);
  const seen = new Set([(await tabs[0].fetch()).accessToken]);
  for (const tab of tabs) await tab.toldOf('signedIn');
  cognito.clearLog();

  for (let round = 1; round <= rounds; round++) {
    const [session, ...others] = await fetchTogether(cognito, tabs, { forceRefresh: true });
    expect(seen.has(session?.accessToken), 'the tokens are new').toBe(false);
    seen.add(session?.accessToken);
    for (const other of others) expect(other).toEqual(session);
    expect(cognito.counts()).toEqual({ [REFRESH]: round, GetCredentialsForIdentity: round });
  }

  // One reuse of a rotated token would have been refused.
  expect(cognito.accepted()).toEqual(cognito.counts());
  const news = Array.from({ length: rounds }, () => 'tokenRefresh');
  for (const tab of tabs) await tab.toldOf('signedIn', ...news);
});

test('forced calls one after the other each refresh, in whichever tab', async ({ openTabs, cognito }) => {
  const tabs = await openTabs(3);
  await tabs[0].signIn(ada);
  const tokens = [(await tabs[0].fetch()).accessToken];
  cognito.clearLog();

  for (const tab of tabs) tokens.push((await tab.fetch({ forceRefresh: true })).accessToken);

  expect(new Set(tokens).size).toBe(4);
  expect(cognito.accepted()[REFRESH]).toBe(3);
});

test('unforced calls are answered at once with the live token while a refresh is out', async ({
  openTabs,
  cognito,
}) => {
  const [first, second] = await openTabs(2);
  await first.signIn(ada);
  const { accessToken } = await first.fetch();
  const hold = cognito.hold(REFRESH);
  const forced = first.fetch({ forceRefresh: true });
  await hold.waitForArrived(1);

  expect((await second?.fetch())?.accessToken).toBe(accessToken);

  hold.release();
  expect((await forced).accessToken).not.toBe(accessToken);
});

test('a rejected token is refreshed only while it is the current one', async ({ openTabs, cognito }) => {
  const tabs = await openTabs(4);
  const [first, second] = tabs;
  await first.signIn(ada);
  const old = (await first.fetch()).accessToken ?? '';
  cognito.clearLog();

  const sessions = await fetchTogether(cognito, tabs, { rejectedToken: old });
  const current = sessions[0]?.accessToken ?? '';
  expect(current).not.toBe(old);
  for (const session of sessions) expect(session.accessToken).toBe(current);
  expect(cognito.accepted()[REFRESH]).toBe(1);

  // Its server said 401 to a request that was on its way when the token was replaced.
  expect((await second?.fetch({ rejectedToken: old }))?.accessToken).toBe(current);
  expect(cognito.accepted()[REFRESH]).toBe(1);

  expect((await second?.fetch({ rejectedToken: current }))?.accessToken).not.toBe(current);
  expect(cognito.accepted()[REFRESH]).toBe(2);
});

test('a rejected ID token counts as much as an access token', async ({ openTab, cognito }) => {
  const tab = await openTab();
  await tab.signIn(ada);
  const old = (await tab.fetch()).idToken ?? '';
  cognito.clearLog();

  expect((await tab.fetch({ rejectedToken: old })).idToken).not.toBe(old);
  await tab.fetch({ rejectedToken: old });
  expect(cognito.accepted()[REFRESH]).toBe(1);
});

test('refreshes with different client metadata are separate flights, one after the other', async ({
  openTabs,
  cognito,
  wiretap,
}) => {
  const [first, second] = await openTabs(2, { config: { endpoints: wiretap.endpoints } });
  await first.signIn(ada);
  cognito.clearLog();
  const hold = cognito.hold(REFRESH);
  const calls = Promise.all([
    first.fetch({ forceRefresh: true, clientMetadata: { from: 'first' } }),
    second?.fetch({ forceRefresh: true, clientMetadata: { from: 'second' } }),
  ]);
  await hold.waitForArrived(1);
  await first.callsHaveArrived();
  await second?.callsHaveArrived();
  expect(hold.arrived).toBe(1);
  hold.release();

  await calls;

  const metadata = wiretap.of(REFRESH).map(({ request }) => request['ClientMetadata']);
  expect(metadata).toHaveLength(2);
  expect(metadata).toEqual(expect.arrayContaining([{ from: 'first' }, { from: 'second' }]));
  expect(cognito.accepted()[REFRESH]).toBe(2);
});

test('two live workers, as after a deploy, share one refresh', async ({ openTab, cognito }) => {
  const before = await openTab();
  const after = await openTab({ config: { refreshMarginSeconds: 60 } });
  await before.signIn(ada);
  await before.fetch();
  await after.toldOf('signedIn');
  await after.fetch();
  const [old, fresh] = await Promise.all([before.inspect(), after.inspect()]);
  expect([old.transport, fresh.transport]).toEqual(['shared-worker', 'shared-worker']);
  // A third one may live, which a tab of a busy machine gave up before it answered.
  expect(fresh.workerInstanceId).not.toBe(old.workerInstanceId);
  cognito.clearLog();

  for (let round = 1; round <= 5; round++) {
    const [one, other] = await fetchTogether(cognito, [before, after], { forceRefresh: true });
    expect(other).toEqual(one);
    expect(cognito.counts()).toEqual({ [REFRESH]: round, GetCredentialsForIdentity: round });
  }
  expect(cognito.accepted()).toEqual(cognito.counts());
});

test('tabs on different rungs of the ladder share one refresh', async ({ openTab, cognito }) => {
  const shared = await openTab();
  const dedicated = await openTab({
    prepare: (page) => page.addInitScript(() => Reflect.deleteProperty(window, 'SharedWorker')),
  });
  const inPage = await openTab({
    prepare: (page) =>
      page.addInitScript(() => {
        Reflect.deleteProperty(window, 'SharedWorker');
        Reflect.deleteProperty(window, 'Worker');
      }),
  });
  const tabs = [shared, dedicated, inPage];
  expect(await Promise.all(tabs.map(async (tab) => (await tab.inspect()).transport))).toEqual([
    'shared-worker',
    'worker',
    'page',
  ]);
  await shared.signIn(ada);
  const session = await shared.fetch();
  for (const tab of tabs) {
    await tab.toldOf('signedIn');
    expect(await tab.fetch()).toEqual(session);
  }
  cognito.clearLog();

  for (let round = 1; round <= 5; round++) {
    const [one, ...others] = await fetchTogether(cognito, tabs, { forceRefresh: true });
    for (const other of others) expect(other).toEqual(one);
    expect(cognito.counts()).toEqual({ [REFRESH]: round, GetCredentialsForIdentity: round });
  }
  expect(cognito.accepted()).toEqual(cognito.counts());

  await shared.signOut();
  for (const tab of tabs) expect((await tab.fetch()).accessToken).toBeUndefined();
});
