/**
 * Promise: a tab that was frozen asks before it trusts what it has, and holds nobody up meanwhile.
 * In Chromium 156 the timers of a frozen page stand still, and messages of its ports wait; those of a BroadcastChannel do not.
 */
import { LATE_MS, PING_MS } from '../../client/bounds.js';
import { ACKNOWLEDGE_MS } from '../../worker/bounds.js';
import { LEASE_MS } from '../../worker/contract.js';
import { ada, expect, grace, test } from './fixtures.js';
import { freeze, hearNothingWhileFrozen } from './freeze.js';
import { expectKept } from './kept.js';
import { REFRESH } from '../refreshing.js';

test('signed out meanwhile: no token is given out after the thaw, and one event tells', async ({
  openSignedIn,
}) => {
  const { tabs } = await openSignedIn();
  const [first, , frozenTab, otherFrozenTab] = tabs;
  const frozen = [await freeze(frozenTab), await freeze(otherFrozenTab)];

  const { revoked, clients } = await first.signOut();

  expect(revoked).toBe(true);
  expect(clients, 'the tabs that were awake have confirmed').toBeGreaterThanOrEqual(2);
  for (const { thaw } of frozen) {
    expect(await thaw()).toMatchObject({ ok: true, value: {} });
  }
  for (const tab of tabs) {
    expect((await tab.fetch()).accessToken).toBeUndefined();
    await tab.toldOf('signedIn', 'signedOut:user');
    expect((await tab.events())[1]?.session).toBeNull();
  }
});

test('signed out meanwhile, in a browser that brings no news to a frozen page: the sign-out takes about 1 s, and one event tells', async ({
  openTabs,
  openTab,
}) => {
  const frozenTab = await openTab({ prepare: (page) => page.evaluateOnNewDocument(hearNothingWhileFrozen) });
  const [first] = await openTabs();
  await first.signIn(ada);
  await frozenTab.toldOf('signedIn');
  const { thaw } = await freeze(frozenTab);
  const { output, tookMs } = await first.run(async () => {
    const startedAtMs = performance.now();
    const value = await window.csw.signOut();
    return { output: value, tookMs: performance.now() - startedAtMs };
  }, undefined);
  expect(output, 'the frozen tab has heard nothing').toEqual({ revoked: true, clients: 4 });
  // For the revocation, on a busy machine.
  expect(tookMs).toBeLessThan(ACKNOWLEDGE_MS + 1_500);

  expect(await thaw()).toMatchObject({ ok: true, value: {} });

  await frozenTab.toldOf('signedIn', 'signedOut:user');
});

test('refreshed meanwhile: the page has the new tokens at once, and one event tells', async ({
  openSignedIn,
  cognito,
}) => {
  const { tabs, accessToken: old } = await openSignedIn();
  const [first, , , frozenTab] = tabs;
  const { forAtLeast, thaw } = await freeze(frozenTab);
  const { accessToken } = await first.fetch({ forceRefresh: true });
  await forAtLeast(LEASE_MS);
  cognito.clearLog();

  expect(await thaw()).toMatchObject({ ok: true, value: { accessToken } });

  expect(accessToken).not.toBe(old);
  await frozenTab.toldOf('signedIn', 'tokenRefresh');
  expect((await frozenTab.events())[1]?.session?.accessToken).toBe(accessToken);
  expect(cognito.counts()).toEqual({});
  await expectKept(tabs, cognito);
});

test('somebody else signed in meanwhile: the page has the new user at once, and is told of nobody else any more', async ({
  openSignedIn,
  cognito,
}) => {
  const { tabs } = await openSignedIn();
  const [first, , , frozenTab] = tabs;
  const { forAtLeast, thaw } = await freeze(frozenTab);
  await first.signOut();
  await first.signIn(grace);
  const { userSub } = await first.fetch();
  await forAtLeast(LEASE_MS);
  cognito.clearLog();

  expect(await thaw()).toMatchObject({ ok: true, value: { userSub } });

  expect(await frozenTab.getCurrentUser()).toMatchObject({ username: 'grace' });
  await expect.poll(async () => (await frozenTab.events()).at(-1)?.session?.userSub).toBe(userSub);
  const [before, ...told] = await frozenTab.events();
  expect(before?.session?.userSub).not.toBe(userSub);
  for (const { session } of told) expect(session?.userSub).toBe(userSub);
  expect(['signedIn', 'signedOut signedIn']).toContain(told.map(({ type }) => type).join(' '));
  expect(cognito.counts()).toEqual({});
  // It follows as before.
  await first.signOut();
  await expect.poll(async () => (await frozenTab.events()).at(-1)?.type).toBe('signedOut');
});

/** Longer than it takes to call a worker dead that does not answer. */
const LONG_MS = LATE_MS + 3 * PING_MS;

test('a call that was out when the page was frozen is answered after the thaw, and was made once', async ({
  openSignedIn,
  cognito,
}) => {
  const { tabs, accessToken: old } = await openSignedIn();
  const [first, , , frozenTab] = tabs;
  const { workerInstanceId } = await frozenTab.inspect();
  cognito.clearLog();
  const hold = cognito.hold(REFRESH);
  const call = frozenTab.attempt('fetchAuthSession', { forceRefresh: true });
  await hold.waitForArrived(1);
  const { forAtLeast, thaw } = await freeze(frozenTab);
  hold.release();
  await first.toldOf('signedIn', 'tokenRefresh');
  const { accessToken } = await first.fetch();
  await forAtLeast(LONG_MS);

  expect(await thaw()).toMatchObject({ ok: true, value: { accessToken } });

  expect(accessToken).not.toBe(old);
  expect(await call).toMatchObject({ ok: true, value: { accessToken } });
  expect(cognito.counts()[REFRESH]).toBe(1);
  expect((await frozenTab.inspect()).workerInstanceId).toBe(workerInstanceId);
  await expectKept(tabs, cognito);
});

test('a sign-in that was out when the page was frozen is answered after the thaw, and was made once', async ({
  openTabs,
  cognito,
}) => {
  const tabs = await openTabs();
  const [first, , , frozenTab] = tabs;
  const hold = cognito.hold('InitiateAuth');
  const call = frozenTab.attempt('signIn', { ...ada, options: { authFlowType: 'USER_PASSWORD_AUTH' } });
  await hold.waitForArrived(1);
  const { forAtLeast, thaw } = await freeze(frozenTab);
  hold.release();
  await first.toldOf('signedIn');
  const { accessToken } = await first.fetch();
  await forAtLeast(LONG_MS);

  expect(await thaw()).toMatchObject({ ok: true, value: { accessToken } });

  expect(await call).toMatchObject({ ok: true, value: { isSignedIn: true } });
  expect(cognito.counts()['InitiateAuth']).toBe(1);
  for (const tab of tabs) await tab.toldOf('signedIn');
  await expectKept(tabs, cognito);
});
