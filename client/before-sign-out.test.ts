/** What an app's own handlers do before a session ends. */
import { afterEach, expect, test, vi } from 'vitest';
import { settle } from '../worker/testing/virtual-time.js';
import { createWorld, type World } from '../worker/testing/world.js';
import { createPagePlatform } from '../worker/testing/page-platform.js';
import { createSaving } from './before-sign-out.js';
import type { Core } from './extras.js';
import { ADA, createApp, type App, type Tab } from './testing/tabs.js';
import type { BeforeSignOutHandler, SessionConfig } from './types.js';

const apps: App[] = [];
let world: World;
afterEach(() => {
  for (const app of apps.splice(0)) app.close();
});

/** Ada is signed in, in this many tabs. */
async function signedIn(count: number, config: Partial<SessionConfig> = {}): Promise<Tab[]> {
  world = createWorld();
  const app = createApp(world, config);
  apps.push(app);
  const tabs = Array.from({ length: count }, () => app.openTab());
  for (const tab of tabs) tab.load();
  await tabs[0]?.client.signIn(ADA);
  for (const { client } of tabs) await client.fetchAuthSession();
  return tabs;
}

/** The worker has heard what pages have said until now. */
const heard = (tab: Tab): Promise<unknown> => tab.client.inspectSession();

async function inTime<T>(call: Promise<T>): Promise<T> {
  let isSettled = false;
  const mark = (): void => {
    isSettled = true;
  };
  call.then(mark, mark);
  await vi.waitUntil(
    async () => {
      await world.time.advance(100);
      return isSettled;
    },
    { interval: 5, timeout: 10_000 },
  );
  return call;
}

test('run in every tab that has some, with tokens, and the sign-out waits for all', async () => {
  const [first, second, third] = (await signedIn(3)) as [Tab, Tab, Tab];
  const done: string[] = [];
  const handler =
    (name: string, { client }: Tab): BeforeSignOutHandler =>
    async ({ reason }) => {
      const { tokens } = await client.fetchAuthSession({ forceRefresh: true });
      await settle();
      done.push(`${name} ${reason} ${tokens ? 'with' : 'without'} tokens`);
    };
  first.client.onBeforeSignOut(handler('first', first));
  second.client.onBeforeSignOut(handler('second', second));
  await Promise.all([heard(first), heard(second)]);
  await third.client.signOut();
  expect(done.sort()).toEqual(['first user with tokens', 'second user with tokens']);
  expect(await third.client.isAuthenticated()).toBe(false);
});

test('one that was added twice runs once, until it was taken back twice', async () => {
  const [tab] = (await signedIn(1)) as [Tab];
  const handler = vi.fn();
  const [leave, leaveToo] = [tab.client.onBeforeSignOut(handler), tab.client.onBeforeSignOut(handler)];
  leave();
  leave();
  await heard(tab);
  await tab.client.signOut();
  expect(handler).toHaveBeenCalledTimes(1);
  await tab.client.signIn(ADA);
  tab.client.onBeforeSignOut(handler);
  await heard(tab);
  await tab.client.signOut();
  expect(handler).toHaveBeenCalledTimes(2);
  await tab.client.signIn(ADA);
  leaveToo();
  await heard(tab);
  await tab.client.signOut();
  expect(handler).toHaveBeenCalledTimes(3);
});

test('what one throws is reported, and the others save on', async () => {
  const [tab] = (await signedIn(1)) as [Tab];
  const saved: string[] = [];
  const [sync, late] = [new Error('at once'), new Error('later')];
  tab.client.onBeforeSignOut(() => {
    throw sync;
  });
  tab.client.onBeforeSignOut(() => Promise.reject(late));
  tab.client.onBeforeSignOut(async () => {
    await settle();
    saved.push('saved');
  });
  await heard(tab);
  await tab.client.signOut();
  expect([saved, tab.platform.reported]).toEqual([['saved'], [sync, late]]);
});

test('one that hangs is told by its signal when the deadline has come, and holds up the sign-out no longer', async () => {
  const [tab] = (await signedIn(1, { policy: { saveDeadlineSeconds: 2 } })) as [Tab];
  const beganMs = world.time.clock.wallMs();
  let event: Parameters<BeforeSignOutHandler>[0] | undefined;
  let abortedAtMs = 0;
  tab.client.onBeforeSignOut((given) => {
    event = given;
    given.signal.addEventListener('abort', () => (abortedAtMs = world.time.clock.wallMs()));
    return new Promise(() => undefined);
  });
  await heard(tab);
  const ended = tab.client.signOut();
  await vi.waitUntil(() => event, { interval: 5 });
  expect(event).toEqual({
    reason: 'user',
    deadlineMs: beganMs + 2_000,
    signal: expect.any(AbortSignal) as AbortSignal,
  });
  await world.time.advance(1_900);
  expect(event?.signal.aborted).toBe(false);
  expect(await tab.client.isAuthenticated()).toBe(true);
  await inTime(ended);
  expect(abortedAtMs).toBe(beganMs + 2_000);
  expect(await tab.client.isAuthenticated()).toBe(false);
});

test('a sign-out whose handlers may take longer than any other call is waited for', async () => {
  const [tab] = (await signedIn(1, { policy: { saveDeadlineSeconds: 20 } })) as [Tab];
  tab.client.onBeforeSignOut(() => new Promise(() => undefined));
  await heard(tab);
  expect(await inTime(tab.client.signOut())).toMatchObject({ revoked: true });
  expect(await tab.client.isAuthenticated()).toBe(false);
});

test('the handlers of a client that was closed do not run, nor are they waited for', async () => {
  const [closing, other] = (await signedIn(2)) as [Tab, Tab];
  const handler = vi.fn(() => new Promise<void>(() => undefined));
  closing.client.onBeforeSignOut(handler);
  await heard(closing);
  closing.client.close();
  await heard(other);
  await other.client.signOut();
  expect(handler).not.toHaveBeenCalled();
});

test('a page that comes back from the cache has its handlers again, and while it is there they are not waited for', async () => {
  const [cached, other] = (await signedIn(2)) as [Tab, Tab];
  const handler = vi.fn();
  cached.client.onBeforeSignOut(handler);
  await heard(cached);
  cached.platform.dispatch('pagehide');
  await heard(other);
  await other.client.signOut();
  expect(handler).not.toHaveBeenCalled();
  await other.client.signIn(ADA);
  cached.platform.dispatch('pageshow', { persisted: true });
  await heard(cached);
  await other.client.signOut();
  expect(handler).toHaveBeenCalledTimes(1);
});

test('one that was taken back before its work was loaded never runs', async () => {
  world = createWorld();
  const app = createApp(world);
  apps.push(app);
  const tab = app.openTab();
  const handler = vi.fn();
  tab.client.onBeforeSignOut(handler)();
  tab.load();
  await tab.client.signIn(ADA);
  await heard(tab);
  await tab.client.signOut();
  expect(handler).not.toHaveBeenCalled();
});

test('a page that was frozen until the session was over does not run them', async () => {
  const { time, hub } = createWorld();
  const platform = createPagePlatform(time, hub);
  const call = (() => Promise.resolve()) as unknown as Core['call'];
  const saving = createSaving({ hello: {} as Core['hello'], call, platform });
  const runs: number[] = [];
  await saving.onBeforeSignOut(({ deadlineMs }) => void runs.push(deadlineMs));
  const nowMs = time.clock.wallMs();
  await saving.save({ reason: 'user', deadlineMs: nowMs });
  expect(runs).toEqual([]);
  await saving.save({ reason: 'user', deadlineMs: nowMs + 1 });
  expect(runs).toEqual([nowMs + 1]);
});
