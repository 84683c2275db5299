/** Promise: nobody's unsaved work is lost in a sign-out that was made in another tab. */
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
