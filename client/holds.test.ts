/** Unsaved work that a page tells of. */
import { afterEach, expect, test, vi } from 'vitest';
import { settle } from '../worker/testing/virtual-time.js';
import { createWorld, type World } from '../worker/testing/world.js';
import { browserLocks } from './page-locks.js';
import { ADA, createApp as createAppIn, type App } from './testing/tabs.js';

const apps: App[] = [];
afterEach(() => {
  for (const app of apps.splice(0)) app.close();
  vi.unstubAllGlobals();
});

function createApp(world: World): App['openTab'] {
  const app = createAppIn(world);
  apps.push(app);
  return app.openTab;
}

const STEM = 'cognito-session-worker:client1:hold:';
const held = ({ locks }: World): string[] => [...locks.held].filter((name) => name.startsWith(STEM));

test('a hold is a lock of its own, until it is let go of, once or twice', async () => {
  const world = createWorld();
  const { client, load } = createApp(world)();
  load();
  const first = client.holdSession('a letter: to Ada');
  const second = client.holdSession('a letter: to Ada');
  await settle();
  expect(held(world)).toEqual([`${STEM}1-1:a letter: to Ada`, `${STEM}1-2:a letter: to Ada`]);
  first();
  first();
  await settle();
  expect(held(world)).toEqual([`${STEM}1-2:a letter: to Ada`]);
  second();
  await settle();
  expect(held(world)).toEqual([]);
});

test('what was let go of before its work was loaded is not held', async () => {
  const world = createWorld();
  const { client, load } = createApp(world)();
  const release = client.holdSession('a letter');
  client.holdSession('a form');
  release();
  load();
  await settle();
  expect(held(world)).toEqual([`${STEM}1-2:a form`]);
});

test('a hold in one tab vetoes a sign-out that respects holds in another, until that client is closed', async () => {
  const world = createWorld();
  const openTab = createApp(world);
  const [writing, other] = [openTab(), openTab()];
  writing.load();
  other.load();
  await other.client.signIn(ADA);
  writing.client.holdSession('a letter');
  await settle();
  await expect(other.client.signOut({ respectHolds: true })).rejects.toMatchObject({
    name: 'UnsavedWorkException',
    message: expect.stringContaining('a letter'),
  });
  expect(await other.client.isAuthenticated()).toBe(true);
  writing.client.close();
  expect(held(world)).toEqual([]);
  await other.client.signOut({ respectHolds: true });
  expect(await other.client.isAuthenticated()).toBe(false);
});

test('a client that was closed holds nothing more', async () => {
  const world = createWorld();
  const { client, load, platform } = createApp(world)();
  load();
  client.close();
  client.holdSession('a letter')();
  await settle();
  expect([held(world), platform.reported]).toEqual([[], []]);
});

test.each([[''], ['x'.repeat(201)], [undefined], [7]])('a wrong reason is reported: %j', async (reason) => {
  const world = createWorld();
  const { client, load, platform } = createApp(world)();
  load();
  client.holdSession(reason as string)();
  await settle();
  expect(held(world)).toEqual([]);
  expect(platform.reported).toMatchObject([
    { name: 'InvalidInputException', message: expect.stringContaining('reason') },
  ]);
});

test('the longest reason is held', async () => {
  const world = createWorld();
  const { client, load } = createApp(world)();
  load();
  client.holdSession('x'.repeat(200));
  await settle();
  expect(held(world)).toHaveLength(1);
});

test("the browser's lock is held until it is let go of, also before it was granted; on a server there is none", async () => {
  const requests: { name: string; work: () => Promise<void> }[] = [];
  const request = async (name: string, work: () => Promise<void>): Promise<void> =>
    void requests.push({ name, work });
  vi.stubGlobal('navigator', { locks: { request } });
  browserLocks.hold(() => 'on a server')();
  vi.stubGlobal('document', {});
  vi.stubGlobal('isSecureContext', true);
  const release = browserLocks.hold((id) => `mine ${id}`);
  expect(requests.map(({ name }) => name)).toEqual([expect.stringMatching(/^mine [\da-f-]{36}$/)]);
  let isOver = false;
  const over = requests[0]?.work().then(() => {
    isOver = true;
  });
  await settle();
  expect(isOver).toBe(false);
  release();
  await over;
  expect(isOver).toBe(true);
});
