/** Promise: nobody's unsaved work is lost in a sign-out that was made in another tab, or in an end by policy. */
import { ada, expect, test } from './fixtures.js';
import type { Tab } from './tab.js';

/** The page asks a server before a sign-out, and notes in its storage whether there were tokens to do it with. */
async function savesFirst(tab: Tab): Promise<void> {
  await tab.run(() => {
    window.csw.onBeforeSignOut(async ({ reason, signal }) => {
      const { tokens } = await window.csw.fetchAuthSession({ forceRefresh: true });
      sessionStorage.setItem('saved', `${reason} ${tokens ? 'with' : 'without'} tokens ${signal.aborted}`);
    });
  }, undefined);
  // The worker has heard of it by the time that it answers what was asked later.
  await tab.inspect();
}

const saved = (tab: Tab): Promise<string | null> => tab.run(() => sessionStorage.getItem('saved'), undefined);

test('a sign-out waits for the handlers of two other tabs, which still have tokens', async ({ openTabs }) => {
  const [first, second, third] = (await openTabs(3)) as [Tab, Tab, Tab];
  await first.signIn(ada);
  for (const tab of [first, second, third]) await tab.fetch();
  await savesFirst(first);
  await savesFirst(second);

  expect(await third.signOut()).toEqual({ revoked: true, clients: 3 });

  for (const tab of [first, second]) {
    expect(await saved(tab)).toBe('user with tokens false');
    expect((await tab.fetch()).accessToken).toBeUndefined();
  }
});

/** It never ends, and notes how it was told that its time is over. */
async function hangs(tab: Tab): Promise<void> {
  await tab.run(() => {
    window.csw.onBeforeSignOut(({ signal, deadlineMs }) => {
      signal.addEventListener('abort', () => sessionStorage.setItem('late', String(Date.now() - deadlineMs)));
      return new Promise(() => undefined);
    });
  }, undefined);
  await tab.inspect();
}

test('a handler that hangs holds up a sign-out until the deadline, and is told', async ({ openTabs }) => {
  const config = { policy: { saveDeadlineSeconds: 2 } };
  const [first, second] = (await openTabs(2, { config })) as [Tab, Tab];
  await first.signIn(ada);
  await second.fetch();
  await hangs(second);

  const startMs = Date.now();
  expect((await first.signOut()).revoked).toBe(true);
  const tookMs = Date.now() - startMs;

  expect(tookMs, 'it had its time').toBeGreaterThanOrEqual(1_900);
  expect(tookMs, 'and no more').toBeLessThan(7_000);
  const lateMs = Number(await second.run(() => sessionStorage.getItem('late'), undefined));
  expect(Math.abs(lateMs), 'aborted at the deadline').toBeLessThan(1_000);
});

test('before an idle end every tab saves with tokens, and one that hangs does not delay it', async ({
  openTabs,
}) => {
  const IDLE_MS = 10_000;
  const config = {
    policy: { idle: { timeoutSeconds: IDLE_MS / 1_000, warnSeconds: 0 }, saveDeadlineSeconds: 3 },
  };
  const tabs = (await openTabs(3, { config })) as [Tab, Tab, Tab];
  const [first, second, third] = tabs;
  await first.signIn(ada);
  const signedInAtMs = Date.now();
  for (const tab of tabs) await tab.fetch();
  for (const tab of [first, second]) await savesFirst(tab);
  await hangs(third);

  for (const tab of tabs) {
    const last = async () => (await tab.eventNames()).at(-1);
    await expect.poll(last, { timeout: 2 * IDLE_MS }).toBe('signedOut:idle');
  }
  const tookMs = ((await first.events()).at(-1)?.atMs ?? 0) - signedInAtMs;
  expect(tookMs, 'on time').toBeLessThan(IDLE_MS + 2_000);
  for (const tab of [first, second]) expect(await saved(tab)).toBe('idle with tokens false');
});

test('a handler of a tab that is closed is not waited for', async ({ openTabs }) => {
  const [first, second] = (await openTabs(2)) as [Tab, Tab];
  await first.signIn(ada);
  await second.fetch();
  await second.run(() => {
    window.csw.onBeforeSignOut(() => new Promise(() => undefined));
  }, undefined);
  await second.inspect();
  await second.page.close();

  const startMs = Date.now();
  expect((await first.signOut()).revoked).toBe(true);
  expect(Date.now() - startMs).toBeLessThan(5_000);
});

test('unsaved work in a tab keeps a sign-out that respects it from ending the session, until that tab is closed', async ({
  openTabs,
}) => {
  const [writing, other] = (await openTabs(2)) as [Tab, Tab];
  await writing.signIn(ada);
  await other.fetch();
  await writing.run(() => {
    window.csw.holdSession('a letter');
  }, undefined);
  const isHeld = () =>
    other.run(
      async () => (await navigator.locks.query()).held?.some(({ name }) => name?.endsWith(':a letter')),
      undefined,
    );
  await expect.poll(isHeld).toBe(true);

  expect(await other.attempt('signOut', { respectHolds: true })).toMatchObject({
    ok: false,
    error: { name: 'UnsavedWorkException' },
  });
  expect((await other.fetch()).accessToken).toBeDefined();

  await writing.page.close();
  await expect.poll(isHeld).toBe(false);
  await other.signOut({ respectHolds: true });
  expect((await other.fetch()).accessToken).toBeUndefined();
});
