import { expose } from 'comlink';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  PROTOCOL_VERSION,
  type Answer,
  type NewsEvent,
  type SessionRequest,
  type PageView,
} from '../worker/contract.js';
import { createChannelHub, type ChannelHub } from '../worker/testing/channel-hub.js';
import { createPagePlatform, type PagePlatform } from '../worker/testing/page-platform.js';
import { shownTokens } from '../worker/testing/tokens.js';
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
let shown: PageView;
let asked: SessionRequest[];
let acknowledged: number[];
let pings: number;
let wakes: number;
/** Whether the page was in view, each time that it told that it woke. */
let seen: unknown[];
/** Workers that were opened; those of a lower number answer nothing any more. */
let opened: number;
let firstAlive: number;
/** What reached a worker, dead or alive. */
let reached: string[];
/** Another one with each run of the script. */
let run: string;
let time: VirtualTime;
let platform: PagePlatform;
/** Answers that were made and not sent. */
let kept: (() => void)[] | undefined;

const signedIn = (revision: number): PageView => ({
  status: 'signed-in',
  revision,
  ...shownTokens('sub-ada', START_MS, 3_600),
  leaseMs: 1_000,
});
const signedOut = (revision: number): PageView => ({
  status: 'signed-out',
  revision,
  session: {},
  leaseMs: 1_000,
});

function answer<T>(value: T): Answer<T> {
  return { ok: true, instanceId: run, revision: shown.revision, value };
}

/** It knows only who has greeted this run of it. */
function openWorker(): SharedWorker {
  opened += 1;
  const number = opened;
  const { port1, port2 } = new MessageChannel();
  closers.push(() => port1.close());
  let greeted: string | undefined;
  const told = <A, T>(name: string, work: (argument: A) => T): ((argument: A) => unknown) => {
    return (argument) => {
      reached.push(name);
      if (number < firstAlive) return new Promise(() => undefined);
      if (greeted === run) return work(argument);
      const error = { name: 'WorkerRestartedException', message: 'Say hello.' };
      return { ok: false, instanceId: run, revision: 0, error };
    };
  };
  expose(
    {
      hello: () => {
        greeted = run;
        return answer({ protocolVersion: PROTOCOL_VERSION });
      },
      session: told('session', (request: SessionRequest) => {
        asked.push(request);
        const made = answer(shown);
        if (!kept) return made;
        const queue = kept;
        return new Promise((resolve) => queue.push(() => resolve(made)));
      }),
      signIn: told('signIn', () => answer({ isSignedIn: true, nextStep: { signInStep: 'DONE' } })),
      signOut: told('signOut', () => answer({ revoked: true, clients: 1 })),
      acknowledge: told('acknowledge', (revision: number) => {
        acknowledged.push(revision);
        return answer(null);
      }),
      ping: told('ping', () => {
        pings += 1;
        return answer(null);
      }),
      wake: told('wake', (isVisible: unknown) => {
        wakes += 1;
        seen.push(isVisible);
        return answer(null);
      }),
      inspect: told('inspect', () => answer({ clients: 1 })),
      bye: () => answer(null),
    },
    port2,
  );
  return { port: port1, onerror: null } as unknown as SharedWorker;
}

function createTestClient(): SessionClient {
  const config: SessionConfig = {
    userPoolId: 'eu-central-1_Pool',
    userPoolClientId: 'client1',
    worker: openWorker,
  };
  const created = createClient(readConfig(config), config, platform, createLadder);
  closers.push(() => created.close());
  return created;
}

beforeEach(async () => {
  hub = createChannelHub();
  shown = signedIn(1);
  asked = [];
  acknowledged = [];
  pings = 0;
  time = createVirtualTime();
  kept = undefined;
  wakes = 0;
  seen = [];
  opened = 0;
  firstAlive = 1;
  reached = [];
  run = 'run-1';
  platform = createPagePlatform(time, hub);
  client = createTestClient();
  await client.fetchAuthSession();
});

/** The worker commits something, and its news reaches the page. */
async function change(view: PageView, event: NewsEvent): Promise<void> {
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
    expect(String(client.peekSession()?.tokens?.accessToken)).toBe(shown.tokens?.accessToken);
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

  test('a forced call that has to be asked again forces no second refresh, and is the same else', async () => {
    kept = [];
    const clientMetadata = { tenant: 'blue' };
    const underWay = client.fetchAuthSession({ forceRefresh: true, clientMetadata });
    await vi.waitUntil(() => kept?.length === 1, { interval: 5 });
    const old = kept;
    kept = undefined;
    await change(signedIn(2), { type: 'tokenRefresh' });
    for (const send of old) send();
    expect(String((await underWay).tokens?.accessToken)).toBe(shown.tokens?.accessToken);
    expect(asked.filter(({ forceRefresh }) => forceRefresh)).toHaveLength(1);
    const repeated = { forceRefresh: false, clientMetadata, minRevision: 2 };
    expect(asked).toContainEqual(expect.objectContaining(repeated));
  });

  test('an answer that is as new as the news is not asked for again', async () => {
    shown = signedIn(2);
    kept = [];
    const underWay = client.fetchAuthSession({ forceRefresh: true });
    await vi.waitUntil(() => kept?.length === 1, { interval: 5 });
    const made = kept;
    kept = undefined;
    await change(shown, { type: 'tokenRefresh' });
    for (const send of made) send();
    expect(String((await underWay).tokens?.accessToken)).toBe(shown.tokens?.accessToken);
    expect(asked.filter(({ peek }) => !peek)).toHaveLength(2);
  });

  test('of a sign-out, whoever asks just then who is signed in is told that nobody is', async () => {
    shown = signedOut(2);
    hub.forge({
      type: 'news',
      protocolVersion: 1,
      instanceId: 'run-1',
      revision: 2,
      event: { type: 'signedOut', reason: 'user' },
    });
    await expect(client.getCurrentUser()).rejects.toMatchObject({ name: 'UserUnAuthenticatedException' });
    // The news is followed to its end within this test.
    await client.inspectSession();
  });
});

test('whatever a script of the origin posts on the channel is borne', async () => {
  const listened = vi.spyOn(platform, 'listen');
  await createTestClient().fetchAuthSession();
  const receive = listened.mock.calls[0]?.[1];
  for (const message of [null, undefined, 'begun', {}]) expect(() => receive?.(message)).not.toThrow();
  expect(listened).toHaveBeenCalledOnce();
});

test('a listener asks for what is known, and for nothing new', async () => {
  client.onSessionChange(() => undefined);
  await vi.waitUntil(() => asked.length === 2, { interval: 5 });
  expect(asked.at(-1)).toMatchObject({ peek: true });
});

describe('a page that wakes', () => {
  test('from a freeze asks what it missed, and tells it', async () => {
    const heard: string[] = [];
    client.onSessionChange((_session, { type }) => heard.push(type));
    shown = signedOut(2);
    platform.dispatch('resume');
    await vi.waitUntil(() => heard.length > 0, { interval: 5 });
    expect(heard).toEqual(['signedOut']);
  });

  test.each(['online', 'visibilitychange'])(
    'as `%s` tells makes the worker look at the clock',
    async (event) => {
      platform.dispatch(event);
      await vi.waitUntil(() => wakes > 0, { interval: 5 });
      expect(wakes).toBe(1);
      platform.isVisible = false;
      platform.dispatch(event);
      await vi.waitUntil(() => wakes > 1, { interval: 5 });
      expect(seen, 'and says whether it is in view').toEqual([true, false]);
    },
  );

  test('does not wake a worker that it is still connecting to', async () => {
    const late = createTestClient();
    const first = late.fetchAuthSession();
    client.close();
    platform.dispatch('online');
    await first;
    // An answer on the same port comes after that to anything that was sent before.
    await late.inspectSession();
    expect(wakes).toBe(0);
  });
});

describe('a worker that died', () => {
  /** The worker dies once the call has reached it, and is given up after a second of silence and one of an unanswered ping. */
  async function dieUnder(name: string, call: () => void): Promise<void> {
    firstAlive = 2;
    call();
    await vi.waitUntil(() => reached.includes(name), { interval: 5 });
    await time.advance(2_000);
  }

  test.each<[string, () => Promise<unknown>, object]>([
    ['session', () => client.fetchAuthSession({ forceRefresh: true }), { userSub: 'sub-ada' }],
    ['signOut', () => client.signOut(), { revoked: true, clients: 1 }],
    ['inspect', () => client.inspectSession(), { clients: 1 }],
  ])('under %s is replaced, and the call is made again', async (name, call, expected) => {
    reached = [];
    let outcome: Promise<unknown> | undefined;
    await dieUnder(name, () => {
      outcome = call();
    });
    expect(await outcome).toMatchObject(expected);
    expect(opened).toBe(2);
  });

  test('under a sign-in is not: that may have been done, and is not made again', async () => {
    let outcome: Promise<unknown> | undefined;
    await dieUnder('signIn', () => {
      outcome = expect(client.signIn({ username: 'ada', password: 'x' })).rejects.toMatchObject({
        name: 'WorkerRestartedException',
        message: 'The worker was replaced.',
        recoverySuggestion: 'Look at the session first.',
      });
    });
    await outcome;
    expect(reached.filter((name) => name === 'signIn')).toHaveLength(1);
  });

  test('before it heard that a page has forgotten the session is told so when it is replaced', async () => {
    await dieUnder('acknowledge', () => void change(signedOut(2), { type: 'signedOut', reason: 'user' }));
    await vi.waitUntil(() => acknowledged.length > 0, { interval: 5 });
    expect([opened, acknowledged]).toEqual([2, [2]]);
  });

  test('is found out when the device wakes, and replaced though nobody calls', async () => {
    await dieUnder('wake', () => platform.dispatch('online'));
    await vi.waitUntil(() => opened === 2 && wakes === 1, { interval: 5 });
  });

  test('and was run again tells what became of the session, though nobody asks', async () => {
    const heard: string[] = [];
    client.onSessionChange((_session, { type }) => heard.push(type));
    await vi.waitUntil(() => asked.length === 2, { interval: 5 });
    run = 'run-2';
    shown = signedOut(0);
    platform.dispatch('online');
    await vi.waitUntil(() => heard.length > 0, { interval: 5 });
    expect(heard).toEqual(['signedOut']);
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
    // Its answer takes real time, in which the page's clock must not go on.
    await client.inspectSession();
    await time.advance(10 * ATTEMPT_MS);
    await client.fetchAuthSession({ forceRefresh: true });
    expect(pings).toBe(1);
  });

  test('is not what news tells: after that nobody is pinged', async () => {
    await change(signedIn(2), { type: 'tokenRefresh' });
    await vi.waitUntil(() => asked.length === 2, { interval: 5 });
    await client.inspectSession();
    await time.advance(ATTEMPT_MS);
    await client.inspectSession();
    expect(pings).toBe(0);
  });

  test('is left alone by a client that was closed', async () => {
    const { timers } = platform;
    await begin();
    expect(platform.timers).toBe(timers + 1);
    client.close();
    expect(platform.timers).toBe(timers);
  });
});
