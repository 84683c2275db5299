/** A call that waits until somebody is signed in. */
import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { servePort } from '../worker/serve.js';
import { createPagePlatform, type PagePlatform } from '../worker/testing/page-platform.js';
import { answered, unanswered } from '../worker/testing/scripted-cognito.js';
import { createWorld, IDENTITY_CONFIG, type Runtime, type World } from '../worker/testing/world.js';
import { createClient } from './client.js';
import { readConfig } from './config.js';
import { createLadder } from './transports.js';
import type { AuthSession, SessionClient, SessionConfig } from './types.js';

const GUESTS: SessionConfig = {
  userPoolId: 'eu-central-1_Pool',
  userPoolClientId: 'client1',
  identityPoolId: 'eu-central-1:1a2b',
  allowGuestAccess: true,
};
const ADA = { username: 'ada', password: 'right', options: { authFlowType: 'USER_PASSWORD_AUTH' as const } };

const closers: (() => void)[] = [];
let world: World;
let runtime: Runtime;
/** The calls that reached the worker, by all tabs. */
let reached: string[];
let tab: Tab;
let other: Tab;

interface Tab {
  client: SessionClient;
  platform: PagePlatform;
}

function openTab(): Tab {
  const platform = createPagePlatform(world.time, world.hub);
  const worker = (): SharedWorker => {
    const { port1, port2 } = new MessageChannel();
    closers.push(() => port1.close());
    const number = closers.length;
    port2.addEventListener('message', ({ data }: MessageEvent<{ path?: string[] }>) =>
      reached.push(...(data.path ?? [])),
    );
    servePort(port2, {
      instanceId: runtime.deps.instanceId,
      sessionFor: () => runtime.session,
      nextClientId: () => `tab-${number}`,
      addLogger: () => () => undefined,
      onCollected: () => undefined,
    });
    return { port: port1, onerror: null } as unknown as SharedWorker;
  };
  const config = { ...GUESTS, worker };
  const client = createClient(readConfig(config), config, platform, createLadder);
  closers.push(() => client.close());
  return { client, platform };
}

beforeEach(() => {
  world = createWorld();
  runtime = world.start({
    config: { ...IDENTITY_CONFIG, identityPoolId: 'eu-central-1:1a2b', allowGuestAccess: true },
  });
  reached = [];
  tab = openTab();
  other = openTab();
});
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Waiting {
  call: Promise<AuthSession>;
  isOver(): boolean;
}

function wait(options: { forceRefresh?: boolean; signal?: AbortSignal } = {}): Waiting {
  const call = tab.client.fetchAuthSession({ waitForSignIn: true, ...options });
  let isOver = false;
  const end = (): void => void (isOver = true);
  call.then(end, end);
  return { call, isOver: () => isOver };
}

/** What was under way for the tab has been answered: answers on its port keep their order. */
async function isQuiet(): Promise<void> {
  await tab.client.inspectSession();
  await tab.client.inspectSession();
}

/** A verdict is told when no other runtime has said for a moment that it knows better. */
const signOutIsTold = (): Promise<void> => inTime(() => world.news().includes('signedOut'));

/** Lets time pass until it is so: some of the worker's calls are bounded by it. */
async function inTime(isSo: () => boolean): Promise<void> {
  await vi.waitUntil(
    async () => {
      await world.time.advance(100);
      return isSo();
    },
    { interval: 5 },
  );
}

/** Cognito ends the session, upon a refresh that another tab asks for. */
async function reject(): Promise<void> {
  world.cognito.fail('refresh', answered('NotAuthorizedException'));
  const forced = other.client.fetchAuthSession({ forceRefresh: true });
  const rejection = expect(forced).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  await signOutIsTold();
  await rejection;
}

describe('a call that waits for a sign-in', () => {
  test('is answered at once while somebody is signed in', async () => {
    await tab.client.signIn(ADA);
    expect((await wait().call).userSub).toBe('sub-ada');
  });

  test('is answered with the session of whoever signs in in another tab, with credentials, and not for a guest', async () => {
    const { call, isOver } = wait();
    await isQuiet();
    expect(isOver()).toBe(false);
    await other.client.signIn(ADA);
    expect(await call).toMatchObject({ userSub: 'sub-ada', credentials: {} });
    expect(await tab.client.fetchAuthSession()).toBe(await call);
  });

  test('asks nothing while it waits', async () => {
    wait().call.catch(() => undefined);
    await isQuiet();
    const before = reached.length;
    await world.time.advance(600_000);
    expect(reached).toHaveLength(before);
  });

  test('is answered together with others that wait', async () => {
    const calls = [wait(), wait(), wait()];
    await isQuiet();
    await tab.client.signIn(ADA);
    const sessions = await Promise.all(calls.map(({ call }) => call));
    expect(new Set(sessions).size).toBe(1);
  });

  test('forces no refresh of the tokens of the sign-in that it waited for', async () => {
    const { call } = wait({ forceRefresh: true });
    await isQuiet();
    await other.client.signIn(ADA);
    await call;
    expect(world.cognito.count('refresh')).toBe(0);
  });

  test('waits on over a sign-in that is over when it looks', async () => {
    const { call, isOver } = wait();
    await isQuiet();
    world.hub.forge({
      type: 'news',
      protocolVersion: 1,
      instanceId: 'run-1',
      revision: 9,
      event: { type: 'signedIn', resumed: false },
    });
    await isQuiet();
    expect(isOver()).toBe(false);
    await other.client.signIn(ADA);
    expect((await call).userSub).toBe('sub-ada');
  });
});

describe("Cognito's verdict", () => {
  test('upon this very call is no end of it: it waits for the next sign-in', async () => {
    await tab.client.signIn(ADA);
    world.cognito.fail('refresh', answered('NotAuthorizedException'));
    const { call, isOver } = wait({ forceRefresh: true });
    await signOutIsTold();
    await isQuiet();
    expect(isOver()).toBe(false);
    await other.client.signIn({ ...ADA, username: 'bob' });
    expect((await call).userSub).toBe('sub-bob');
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('before it lets it wait', async () => {
    await tab.client.signIn(ADA);
    await reject();
    const { call } = wait();
    await isQuiet();
    await other.client.signIn(ADA);
    expect((await call).userSub).toBe('sub-ada');
  });
});

test('a refresh that could not be made rejects the call, and the session is kept', async () => {
  await tab.client.signIn(ADA);
  world.cognito.fail('refresh', unanswered(), 100);
  const { call, isOver } = wait({ forceRefresh: true });
  const rejection = expect(call).rejects.toMatchObject({ name: 'NetworkError' });
  await inTime(isOver);
  await rejection;
  expect((await other.client.fetchAuthSession()).userSub).toBe('sub-ada');
});

describe('the wait ends', () => {
  const closed = { name: 'ClientClosedException', message: 'This client was closed.' };

  test("with the reason of the call's signal", async () => {
    const { signal, abort } = withAbort();
    const { call } = wait({ signal });
    await isQuiet();
    const reason = new Error('the user went elsewhere');
    abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  test('before it begins, with a signal that was aborted', async () => {
    const signal = AbortSignal.abort(new Error('the user went elsewhere'));
    await expect(wait({ signal }).call).rejects.toBe(signal.reason);
    expect(reached).toEqual([]);
  });

  test('with its client', async () => {
    const { call } = wait();
    await isQuiet();
    tab.client.close();
    await expect(call).rejects.toMatchObject(closed);
    await expect(wait().call).rejects.toMatchObject(closed);
  });

  test('and leaves nothing on its signal', async () => {
    const { signal } = withAbort();
    const { call } = wait({ signal });
    await isQuiet();
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await other.client.signIn(ADA);
    await call;
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('a page that was away', () => {
  test('when somebody signed in is answered when it comes back', async () => {
    const { call, isOver } = wait();
    await isQuiet();
    tab.platform.dispatch('pagehide', { persisted: true });
    await other.client.signIn(ADA);
    expect(isOver()).toBe(false);
    tab.platform.dispatch('pageshow', { persisted: true });
    expect((await call).userSub).toBe('sub-ada');
  });

  test('and comes back while nobody is signed in waits on', async () => {
    const { call, isOver } = wait();
    await isQuiet();
    tab.platform.dispatch('pagehide', { persisted: true });
    tab.platform.dispatch('pageshow', { persisted: true });
    await isQuiet();
    expect(isOver()).toBe(false);
    await other.client.signIn(ADA);
    expect((await call).userSub).toBe('sub-ada');
  });
});

function withAbort(): { signal: AbortSignal; abort: (reason: Error) => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}
