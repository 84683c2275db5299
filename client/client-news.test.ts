import { expose } from 'comlink';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  PROTOCOL_VERSION,
  type Answer,
  type NewsEvent,
  type SessionRequest,
  type SessionView,
} from '../worker/contract.js';
import { createChannelHub, type ChannelHub } from '../worker/testing/channel-hub.js';
import { createPagePlatform, type PagePlatform } from '../worker/testing/page-platform.js';
import { makeTokenPair } from '../worker/testing/tokens.js';
import { createVirtualTime, settle, START_MS, type VirtualTime } from '../worker/testing/virtual-time.js';
import { ATTEMPT_MS } from './bounds.js';
import { createClient } from './client.js';
import { readConfig } from './config.js';
import { createLadder } from './transports.js';
import type { SessionClient, SessionConfig } from './types.js';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** What a page does when news and answers cross. The worker of these tests answers when it is told to. */
let hub: ChannelHub;
let client: SessionClient;
let shown: SessionView;
let asked: SessionRequest[];
let acknowledged: number[];
let pings: number;
let time: VirtualTime;
let platform: PagePlatform;
/** Answers that were made and not sent. */
let kept: (() => void)[] | undefined;

const signedIn = (revision: number): SessionView => ({
  status: 'signed-in',
  revision,
  tokens: makeTokenPair('sub-ada', START_MS, 3_600),
  leaseMs: 1_000,
});
const signedOut = (revision: number): SessionView => ({ status: 'signed-out', revision, leaseMs: 1_000 });

function answer<T>(value: T): Answer<T> {
  return { ok: true, instanceId: 'run-1', revision: shown.revision, value };
}

beforeEach(async () => {
  hub = createChannelHub();
  shown = signedIn(1);
  asked = [];
  acknowledged = [];
  pings = 0;
  time = createVirtualTime();
  kept = undefined;
  const { port1, port2 } = new MessageChannel();
  expose(
    {
      hello: () => answer({ protocolVersion: PROTOCOL_VERSION }),
      session: (request: SessionRequest) => {
        asked.push(request);
        const made = answer(shown);
        if (!kept) return made;
        const queue = kept;
        return new Promise((resolve) => queue.push(() => resolve(made)));
      },
      acknowledge: (revision: number) => {
        acknowledged.push(revision);
        return answer(null);
      },
      ping: () => {
        pings += 1;
        return answer(null);
      },
      bye: () => answer(null),
    },
    port2,
  );
  const config: SessionConfig = {
    userPoolId: 'eu-central-1_Pool',
    userPoolClientId: 'client1',
    worker: () => ({ port: port1, onerror: null }) as unknown as SharedWorker,
  };
  platform = createPagePlatform(time, hub);
  client = createClient(readConfig(config), config, platform, createLadder);
  closers.push(() => {
    client.close();
    port1.close();
  });
  await client.fetchAuthSession();
});

/** The worker commits something, and its news reaches the page. */
async function change(view: SessionView, event: NewsEvent): Promise<void> {
  shown = view;
  hub.forge({ type: 'news', protocolVersion: 1, instanceId: 'run-1', revision: view.revision, event });
  await settle();
}

describe('the moment that news comes', () => {
  test('of a refresh, the lease is over: the next call asks and has the new token', async () => {
    await change(signedIn(2), { type: 'tokenRefresh' });
    const session = await client.fetchAuthSession();
    expect(String(session.tokens?.accessToken)).toBe(shown.tokens?.accessToken);
  });

  test('of a sign-out, nothing is known any more, and the worker is told so', async () => {
    expect(client.peekSession()?.tokens).toBeDefined();
    kept = [];
    await change(signedOut(2), { type: 'signedOut', reason: 'user' });
    expect(client.peekSession()).toBeUndefined();
    await vi.waitUntil(() => acknowledged.length === 1, { interval: 5 });
    expect(acknowledged).toEqual([2]);
  });

  test('an answer from before it that is still on its way is neither given out nor held', async () => {
    kept = [];
    const underWay = client.fetchAuthSession({ forceRefresh: true });
    await vi.waitUntil(() => kept?.length === 1, { interval: 5 });
    const old = kept;
    kept = undefined;
    await change(signedOut(2), { type: 'signedOut', reason: 'user' });
    for (const send of old) send();
    expect((await underWay).tokens).toBeUndefined();
    expect((await client.fetchAuthSession()).tokens).toBeUndefined();
    expect(client.peekSession()?.tokens).toBeUndefined();
  });

  test('what is asked next is asked for that revision or a later one', async () => {
    await change(signedIn(7), { type: 'tokenRefresh' });
    await vi.waitUntil(() => asked.at(-1)?.minRevision === 7, { interval: 5 });
    expect(asked.at(-1)).toMatchObject({ peek: true, minRevision: 7 });
  });

  test('a forced call that has to be asked again forces no second refresh', async () => {
    kept = [];
    const underWay = client.fetchAuthSession({ forceRefresh: true });
    await vi.waitUntil(() => kept?.length === 1, { interval: 5 });
    const old = kept;
    kept = undefined;
    await change(signedIn(2), { type: 'tokenRefresh' });
    for (const send of old) send();
    expect(String((await underWay).tokens?.accessToken)).toBe(shown.tokens?.accessToken);
    expect(asked.filter(({ forceRefresh }) => forceRefresh)).toHaveLength(1);
  });
});

describe('a worker that says that it asks Cognito', () => {
  const begin = async (): Promise<void> => {
    hub.forge({ type: 'begun', instanceId: 'run-1' });
    await settle();
  };

  test('is pinged once its last attempt must have ended: it may have died, and nobody calls', async () => {
    await begin();
    await time.advance(ATTEMPT_MS - 1);
    await begin();
    await time.advance(ATTEMPT_MS - 1);
    await client.fetchAuthSession({ forceRefresh: true });
    expect(pings).toBe(0);
    await time.advance(1);
    await vi.waitUntil(() => pings > 0, { interval: 5 });
    await time.advance(10 * ATTEMPT_MS);
    await client.fetchAuthSession({ forceRefresh: true });
    expect(pings).toBe(1);
  });

  test('is left alone by a client that was closed', async () => {
    const { timers } = platform;
    await begin();
    expect(platform.timers).toBe(timers + 1);
    client.close();
    expect(platform.timers).toBe(timers);
  });
});
