import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PROTOCOL_VERSION, type LogEntry, type News, type SessionRequest } from '../worker/contract.js';
import { servePort } from '../worker/serve.js';
import { createPagePlatform, type PagePlatform } from '../worker/testing/page-platform.js';
import { unanswered } from '../worker/testing/scripted-cognito.js';
import { makeOwnTokens } from '../worker/testing/tokens.js';
import { settle, START_MS } from '../worker/testing/virtual-time.js';
import { createWorld, type Runtime, type World } from '../worker/testing/world.js';
import { createClient } from './client.js';
import { readConfig } from './config.js';
import { createLadder } from './transports.js';
import type { AuthSession, SessionClient, SessionConfig, SessionEvent } from './types.js';

const CONFIG: SessionConfig = { userPoolId: 'eu-central-1_Pool', userPoolClientId: 'client1' };
const ADA = { username: 'ada', password: 'right', options: { authFlowType: 'USER_PASSWORD_AUTH' as const } };

const CLOSED = {
  name: 'ClientClosedException',
  message: 'This client was closed.',
  recoverySuggestion: 'Use the present one.',
};

const closers: (() => void)[] = [];
let world: World;
let runtime: Runtime;
/** How often the worker was asked for the session, by all tabs of this test. Looks after news, and pings, come when they may. */
let reached: { calls: number };
/** By the tabs that asked for the worker's log. */
let loggers: ((entry: LogEntry) => void)[];

beforeEach(() => {
  world = createWorld();
  runtime = world.start();
  reached = { calls: 0 };
  loggers = [];
});
afterEach(() => {
  for (const close of closers.splice(0)) close();
  vi.unstubAllGlobals();
});

interface Tab {
  client: SessionClient;
  platform: PagePlatform;
  events: [AuthSession | null, SessionEvent][];
}

/** A call, in Comlink's wire format. */
interface SentCall {
  path?: string[];
  argumentList?: { value: SessionRequest }[];
}

function serve(port: MessagePort): void {
  const mine = reached;
  port.addEventListener('message', ({ data }: MessageEvent<SentCall>) => {
    const { path, argumentList } = data;
    if (path?.[0] === 'session' && !argumentList?.[0]?.value.peek) mine.calls += 1;
  });
  servePort(port, {
    instanceId: runtime.deps.instanceId,
    sessionFor: () => runtime.session,
    nextClientId: () => `tab-${closers.length}`,
    addLogger: (logger) => {
      loggers.push(logger);
      return () => undefined;
    },
    onCollected: () => undefined,
  });
}

/** A tab with a real port to the real session; only the world around it is in memory. */
function openTab(config: Partial<SessionConfig> = {}, ladder = createLadder): Tab {
  const platform = createPagePlatform(world.time, world.hub);
  const worker = (): SharedWorker => {
    const { port1, port2 } = new MessageChannel();
    closers.push(() => port1.close());
    serve(port2);
    return { port: port1, onerror: null } as unknown as SharedWorker;
  };
  const whole = { ...CONFIG, worker, ...config };
  const client = createClient(readConfig(whole), whole, platform, ladder);
  const events: Tab['events'] = [];
  client.onSessionChange((session, event) => events.push([session, event]));
  closers.push(() => client.close());
  return { client, platform, events };
}

const types = ({ events }: Tab): string[] => events.map(([, { type }]) => type);
const hears = (tab: Tab, ...expected: string[]): Promise<boolean> =>
  vi.waitUntil(() => types(tab).join() === expected.join(), { interval: 5 });

async function signedInTab(): Promise<Tab> {
  const tab = openTab();
  await tab.client.signIn(ADA);
  await hears(tab, 'signedIn');
  return tab;
}

test('a logger that throws keeps nobody from a session; its error goes where the page shows errors', async () => {
  const error = new Error('a logger of the app');
  vi.stubGlobal('Worker', function FakeWorker() {
    return {
      postMessage(_connect: unknown, [port]: [MessagePort]) {
        closers.push(() => port.close());
        serve(port);
      },
      terminate: () => undefined,
    };
  });
  const tab = openTab({
    worker: () => {
      throw new Error('no shared worker here');
    },
    logger: () => {
      throw error;
    },
  });
  expect(await tab.client.fetchAuthSession()).toEqual({});
  expect(tab.platform.reported).toContain(error);
});

describe('fetchAuthSession', () => {
  test('answers under its lease with the same object, without a message', async () => {
    const { client } = await signedInTab();
    const session = await client.fetchAuthSession();
    const before = reached.calls;
    for (let call = 0; call < 10; call += 1) expect(await client.fetchAuthSession()).toBe(session);
    expect(reached.calls).toBe(before);
    expect(client.peekSession()).toBe(session);
  });

  test('asks again when the lease is over', async () => {
    const { client } = await signedInTab();
    await client.fetchAuthSession();
    const before = reached.calls;
    await world.time.advance(1_000);
    await client.fetchAuthSession();
    expect(reached.calls).toBe(before + 1);
  });

  test.each([{ forceRefresh: true }, { rejectedToken: 'a token' }])(
    'with %j asks, lease or not',
    async (options) => {
      const { client } = await signedInTab();
      await client.fetchAuthSession();
      const before = reached.calls;
      await client.fetchAuthSession(options);
      expect(reached.calls).toBeGreaterThan(before);
    },
  );

  test('signed out resolves without tokens', async () => {
    expect(await openTab().client.fetchAuthSession()).toEqual({});
  });

  test('shares a session among tabs: one sign-in, one refresh', async () => {
    const [first, second] = [await signedInTab(), openTab()];
    await second.client.fetchAuthSession();
    const answer = world.cognito.hold('refresh');
    const before = reached.calls;
    const both = [first, second].map(({ client }) => client.fetchAuthSession({ forceRefresh: true }));
    await vi.waitUntil(() => reached.calls === before + 2, { interval: 5 });
    await settle();
    answer.release();
    const sessions = await Promise.all(both);
    expect(world.cognito.count('refresh')).toBe(1);
    expect(String(sessions[0]?.tokens?.accessToken)).toBe(String(sessions[1]?.tokens?.accessToken));
  });

  test('rejects with the error of the worker when the session cannot be had', async () => {
    const { client } = await signedInTab();
    world.time.sleep(3_600_000);
    world.cognito.fail('refresh', unanswered(), 3);
    const rejection = expect(client.fetchAuthSession()).rejects.toMatchObject({ name: 'NetworkError' });
    for (const attempt of [1, 2, 3]) {
      await vi.waitUntil(() => world.cognito.count('refresh') === attempt, { interval: 5 });
      await world.time.advance(400);
    }
    await rejection;
  });

  test('rejects with the reason of its signal, and what was under way goes on for others', async () => {
    const { client } = await signedInTab();
    const answer = world.cognito.hold('refresh');
    const abort = new AbortController();
    const before = reached.calls;
    const aborted = client.fetchAuthSession({ forceRefresh: true, signal: abort.signal });
    const other = client.fetchAuthSession({ forceRefresh: true });
    await vi.waitUntil(() => reached.calls === before + 2, { interval: 5 });
    const reason = new Error('changed my mind');
    abort.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    answer.release();
    expect(String((await other).tokens?.accessToken)).toBe(world.backing.record?.session?.accessToken);
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('with a signal that is aborted already sends nothing', async () => {
    const { client } = await signedInTab();
    await client.fetchAuthSession();
    const before = reached.calls;
    const signal = AbortSignal.abort();
    await expect(client.fetchAuthSession({ forceRefresh: true, signal })).rejects.toBe(signal.reason);
    await expect(client.fetchAuthSession({ signal })).rejects.toBe(signal.reason);
    await expect(client.signIn(ADA, { signal })).rejects.toBe(signal.reason);
    expect(reached.calls).toBe(before);
  });

  test('leaves no listener on a signal that outlives the call', async () => {
    const { client } = await signedInTab();
    const { signal } = new AbortController();
    await client.fetchAuthSession({ forceRefresh: true, signal });
    await client.inspectSession({ signal });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('sign-out', () => {
  test('in one tab is known in the other the moment it resolves', async () => {
    const [first, second] = [await signedInTab(), openTab()];
    await second.client.fetchAuthSession();
    await first.client.signOut();
    expect((await second.client.fetchAuthSession()).tokens).toBeUndefined();
    expect((await first.client.fetchAuthSession()).tokens).toBeUndefined();
    await hears(second, 'signedOut');
    expect(second.events[0]?.[0]).toBeNull();
  });

  test('is confirmed by every tab, and says so', async () => {
    const [first, second] = [await signedInTab(), openTab()];
    await second.client.fetchAuthSession();
    expect(await first.client.signOut()).toEqual({ revoked: true, clients: 2 });
    expect(world.time.clock.monotonicMs()).toBe(1_000);
  });

  test('leaves no old answer in its wake: one that was under way is neither held nor given out', async () => {
    const [first, second] = [await signedInTab(), openTab()];
    await second.client.fetchAuthSession();
    await world.time.advance(1_000);
    const answer = world.cognito.hold('refresh');
    const underWay = second.client.fetchAuthSession({ forceRefresh: true });
    await vi.waitUntil(() => world.cognito.count('refresh') === 1, { interval: 5 });
    await first.client.signOut();
    answer.release();
    expect((await underWay).tokens).toBeUndefined();
    expect((await second.client.fetchAuthSession()).tokens).toBeUndefined();
  });
});

describe('events', () => {
  test('come once each, in order, with the session that they tell of', async () => {
    const [first, second] = [openTab(), openTab()];
    await second.client.fetchAuthSession();
    await first.client.signIn(ADA);
    await hears(second, 'signedIn');
    await first.client.fetchAuthSession({ forceRefresh: true });
    await hears(second, 'signedIn', 'tokenRefresh');
    await first.client.signOut();
    await hears(second, 'signedIn', 'tokenRefresh', 'signedOut');
    const [signedIn, refreshed, signedOut] = second.events.map(([session]) => session);
    expect(signedIn?.userSub).toBe('sub-ada');
    expect(String(refreshed?.tokens?.accessToken)).not.toBe(String(signedIn?.tokens?.accessToken));
    expect(signedOut).toBeNull();
  });

  test('do not come on subscription', async () => {
    await signedInTab();
    const late = openTab();
    await late.client.fetchAuthSession();
    await settle();
    expect(late.events).toEqual([]);
  });

  test('reach all listeners though one throws; its error goes where the page shows errors', async () => {
    const tab = openTab();
    const error = new Error('a listener of the app');
    const heard: string[] = [];
    tab.client.onSessionChange(() => {
      throw error;
    });
    tab.client.onSessionChange((_session, { type }) => heard.push(type));
    await tab.client.signIn(ADA);
    await vi.waitUntil(() => heard.length === 1, { interval: 5 });
    expect(tab.platform.reported).toEqual([error]);
  });

  test('reach a listener no more that has left, and twice one that was added twice', async () => {
    const tab = openTab();
    const heard: string[] = [];
    const listener = (_session: AuthSession | null, { type }: SessionEvent): void => void heard.push(type);
    const leave = tab.client.onSessionChange(listener);
    tab.client.onSessionChange(listener);
    await tab.client.signIn(ADA);
    await vi.waitUntil(() => heard.length === 2, { interval: 5 });
    leave();
    await tab.client.signOut();
    await vi.waitUntil(() => heard.length === 3, { interval: 5 });
    await hears(tab, 'signedIn', 'signedOut');
    expect(heard).toEqual(['signedIn', 'signedIn', 'signedOut']);
  });

  test('that are forged change nothing', async () => {
    const tab = await signedInTab();
    const forged: News = {
      type: 'news',
      protocolVersion: 1,
      instanceId: 'evil',
      revision: 1_000_000,
      event: { type: 'signedOut', reason: 'user' },
    };
    world.hub.forge(forged);
    await settle();
    expect((await tab.client.fetchAuthSession()).userSub).toBe('sub-ada');
    await tab.client.fetchAuthSession({ forceRefresh: true });
    await hears(tab, 'signedIn', 'tokenRefresh');
  });
});

describe('a page in the back/forward cache', () => {
  test('has no channel and no port open, and tells what it missed in one event when it is back', async () => {
    const [away, here] = [await signedInTab(), openTab()];
    await here.client.fetchAuthSession();
    away.platform.dispatch('pagehide');
    expect(away.platform.channels).toEqual([]);
    await vi.waitUntil(() => runtime.session.clients.count === 1, { interval: 5 });
    await here.client.fetchAuthSession({ forceRefresh: true });
    await here.client.signOut();
    expect(types(away)).toEqual(['signedIn']);
    away.platform.dispatch('pageshow', { persisted: true });
    await hears(away, 'signedIn', 'signedOut');
    expect((await away.client.fetchAuthSession()).tokens).toBeUndefined();
  });

  test('gives out nothing of before, though its lease would still run: somebody may have signed out', async () => {
    const [away, here] = [await signedInTab(), openTab()];
    await away.client.fetchAuthSession();
    await here.client.fetchAuthSession();
    away.platform.dispatch('pagehide');
    await vi.waitUntil(() => runtime.session.clients.count === 1, { interval: 5 });
    await here.client.signOut();
    // A listener of the app may hear of the return before the client does.
    const asked = away.client.fetchAuthSession();
    away.platform.dispatch('pageshow', { persisted: true });
    expect((await asked).tokens).toBeUndefined();
  });

  test('that was not kept is connected once only', async () => {
    const tab = await signedInTab();
    tab.platform.dispatch('pageshow', { persisted: false });
    expect(tab.platform.channels).toHaveLength(1);
  });

  test('listens once, though its first call came as it went away', async () => {
    const platform = createPagePlatform(world.time, world.hub);
    const worker = (): SharedWorker => ({ port: new MessageChannel().port1 }) as unknown as SharedWorker;
    const client = createClient(readConfig(CONFIG), { ...CONFIG, worker }, platform, createLadder);
    closers.push(() => client.close());
    client.fetchAuthSession().catch(() => undefined);
    platform.dispatch('pageshow', { persisted: true });
    expect(platform.channels).toHaveLength(1);
  });

  test('may go away twice', async () => {
    const tab = await signedInTab();
    tab.platform.dispatch('pagehide');
    tab.platform.dispatch('pagehide');
    expect(tab.platform.channels).toEqual([]);
    tab.platform.dispatch('pageshow', { persisted: true });
    expect((await tab.client.fetchAuthSession()).userSub).toBe('sub-ada');
  });

  test('may be closed while it is away', async () => {
    const tab = await signedInTab();
    tab.platform.dispatch('pagehide');
    tab.client.close();
    await expect(tab.client.fetchAuthSession()).rejects.toMatchObject(CLOSED);
  });
});

describe('a worker that is run again', () => {
  test("gives nobody another user's session, though its revisions count anew", async () => {
    const [first, second] = [await signedInTab(), openTab()];
    await second.client.fetchAuthSession();
    // Nothing of it survives, as with persistence in memory.
    world.backing.raw = undefined;
    runtime = world.start();
    for (const { platform } of [first, second]) platform.dispatch('pagehide');
    await vi.waitUntil(() => first.platform.channels.length === 0);
    first.platform.dispatch('pageshow', { persisted: true });
    await first.client.signIn({ ...ADA, username: 'grace' });
    second.platform.dispatch('pageshow', { persisted: true });
    expect((await second.client.fetchAuthSession()).userSub).toBe('sub-grace');
  });
});

describe('getCurrentUser', () => {
  test('tells who is signed in', async () => {
    const { client } = await signedInTab();
    expect(await client.getCurrentUser()).toEqual({
      userId: 'sub-ada',
      username: 'ada',
      signInDetails: { loginId: 'ada', authFlowType: 'USER_PASSWORD_AUTH' },
    });
  });

  test('rejects when nobody is', async () => {
    await expect(openTab().client.getCurrentUser()).rejects.toMatchObject({
      name: 'UserUnAuthenticatedException',
      message: 'Nobody is signed in.',
      recoverySuggestion: 'Sign in first.',
    });
  });

  test('rejects without a user pool, and opens nothing', async () => {
    const config = { identityPoolId: 'eu-central-1:1a2b', worker: vi.fn() };
    const platform = createPagePlatform(world.time, world.hub);
    const client = createClient(readConfig(config), config, platform, createLadder);
    await expect(client.getCurrentUser()).rejects.toMatchObject({
      name: 'AuthUserPoolException',
      message: 'No user pool is configured.',
      recoverySuggestion: 'Configure a userPoolId.',
    });
    expect(config.worker).not.toHaveBeenCalled();
  });

  test('rejects with the reason of its signal', async () => {
    const { client } = await signedInTab();
    const signal = AbortSignal.abort();
    await expect(client.getCurrentUser({ signal })).rejects.toBe(signal.reason);
  });
});

describe('adoptSession', () => {
  test('signs every tab in, and nobody is called signed out after it', async () => {
    const [tab, other] = [openTab(), openTab()];
    expect(await tab.client.fetchAuthSession()).toEqual({});
    const given = { ...makeOwnTokens(START_MS), refreshToken: 'r1', clockDrift: 0 };
    expect(await tab.client.adoptSession(given)).toEqual({ userId: 'sub-ada', username: 'ada' });
    const { tokens } = await tab.client.fetchAuthSession();
    expect(tokens?.accessToken.toString()).toBe(given.accessToken);
    await hears(other, 'signedIn');
  });

  test('is repeated when its worker dies meanwhile: the same tokens sign in once', async () => {
    let deaths = 0;
    const worker = (): SharedWorker => {
      const { port1, port2 } = new MessageChannel();
      closers.push(() => port1.close());
      port2.addEventListener('message', (event: MessageEvent<SentCall>) => {
        if (deaths > 0 || event.data.path?.[0] !== 'adoptSession') return;
        deaths += 1;
        event.stopImmediatePropagation();
        port2.close();
      });
      serve(port2);
      return { port: port1, onerror: null } as unknown as SharedWorker;
    };
    const { client } = openTab({ worker });
    const given = { ...makeOwnTokens(START_MS), refreshToken: 'r1', clockDrift: 0 };
    const adopted = client.adoptSession(given);
    await vi.waitUntil(() => deaths === 1, { interval: 5 });
    const passing = setInterval(() => void world.time.advance(1_000), 5);
    closers.push(() => clearInterval(passing));
    expect(await adopted).toEqual({ userId: 'sub-ada', username: 'ada' });
    expect(world.news()).toEqual(['signedIn']);
  });
});

describe('a client', () => {
  test('opens nothing before its first call', () => {
    const platform = createPagePlatform(world.time, world.hub);
    const worker = vi.fn();
    createClient(readConfig(CONFIG), { ...CONFIG, worker }, platform, createLadder);
    expect(worker).not.toHaveBeenCalled();
    expect(platform.channels).toEqual([]);
  });

  test('where nothing can be kept rejects its calls, and throws at no listener', async () => {
    const platform = createPagePlatform(world.time, world.hub);
    const error = new Error('a server');
    platform.refuseUnsupported = () => {
      throw error;
    };
    const client = createClient(readConfig(CONFIG), CONFIG, platform, createLadder);
    expect(() => client.onSessionChange(() => undefined)).not.toThrow();
    expect(client.peekSession()).toBeUndefined();
    await expect(client.fetchAuthSession()).rejects.toBe(error);
  });

  test('that is closed rejects every call, forgets the session, and listens no more', async () => {
    const tab = await signedInTab();
    const underWay = tab.client.fetchAuthSession({ forceRefresh: true });
    tab.client.close();
    await expect(underWay).rejects.toMatchObject(CLOSED);
    await expect(tab.client.fetchAuthSession()).rejects.toMatchObject(CLOSED);
    expect(tab.client.peekSession()).toBeUndefined();
    expect(tab.platform.channels).toEqual([]);
    await vi.waitUntil(() => runtime.session.clients.count === 0, { interval: 5 });
    expect(() => tab.client.close()).not.toThrow();
  });

  test('that was closed before its first call opens nothing', async () => {
    const platform = createPagePlatform(world.time, world.hub);
    const worker = vi.fn();
    const client = createClient(readConfig(CONFIG), { ...CONFIG, worker }, platform, createLadder);
    client.close();
    await expect(client.fetchAuthSession()).rejects.toMatchObject(CLOSED);
    expect(worker).not.toHaveBeenCalled();
    expect(platform.channels).toEqual([]);
  });

  test("with a logger gets the worker's log; one without asks for none", async () => {
    const [quiet, logged] = [openTab(), [] as LogEntry[]];
    await quiet.client.fetchAuthSession();
    expect(loggers).toEqual([]);
    await openTab({ logger: (entry) => logged.push(entry) }).client.fetchAuthSession();
    expect(loggers).toHaveLength(1);
    const entry: LogEntry = { level: 'info', message: 'm', instanceId: 'run-1', atMs: 1 };
    loggers[0]?.(entry);
    await vi.waitUntil(() => logged.length > 0, { interval: 5 });
    expect(logged).toEqual([entry]);
  });

  test('without a logger goes down the ladder like any other, and says why when it is asked', async () => {
    const { client } = openTab({}, (name, config) => {
      const forbidden = (): never => {
        throw new Error('Refused by the CSP');
      };
      const [rung] = createLadder(name, config);
      const below = rung ? [{ ...rung, transport: 'worker' as const }] : [];
      return [{ transport: 'shared-worker', open: forbidden }, ...below];
    });
    expect(await client.inspectSession()).toMatchObject({
      transport: 'worker',
      transportReason: 'shared-worker: Refused by the CSP',
    });
  });

  test('says how it reaches the session', async () => {
    const { client } = await signedInTab();
    expect(await client.inspectSession()).toMatchObject({
      transport: 'shared-worker',
      workerInstanceId: 'run-1',
      userPoolClientId: 'client1',
      protocolVersion: PROTOCOL_VERSION,
      revision: 1,
      clients: 1,
      storage: 'indexeddb',
      counters: { refreshes: 0 },
    });
  });
});

describe('a sign-in in several steps', () => {
  const asks = (name: string, parameters: Record<string, string> = {}): void =>
    world.cognito.answerWith('initiateAuth', () => ({ type: 'challenge', name, session: 's1', parameters }));
  const SMS = { isSignedIn: false, nextStep: { signInStep: 'CONFIRM_SIGN_IN_WITH_SMS_CODE' } };

  test('goes on in another tab, which is told the step that waits', async () => {
    const [first, second] = [openTab(), openTab()];
    expect(await second.client.pendingSignIn()).toBeNull();
    asks('SMS_MFA');
    expect(await first.client.signIn(ADA)).toEqual(SMS);
    expect(await second.client.pendingSignIn()).toEqual(SMS);
    expect(await second.client.confirmSignIn({ challengeResponse: '123456' })).toMatchObject({
      isSignedIn: true,
    });
    await hears(first, 'signedIn');
    expect(await first.client.pendingSignIn()).toBeNull();
  });

  /** What the browser has of passkeys. */
  function stubPasskey(get: () => Promise<unknown>): void {
    vi.stubGlobal('PublicKeyCredential', { parseRequestOptionsFromJSON: (options: object) => options });
    vi.stubGlobal('navigator', { credentials: { get } });
  }

  test('asks for a passkey in the page, and is done with it in the same call', async () => {
    const { client } = openTab();
    stubPasskey(() => Promise.resolve({ toJSON: () => ({ id: 'passkey' }) }));
    asks('WEB_AUTHN', { CREDENTIAL_REQUEST_OPTIONS: '{"challenge":"abc"}' });
    expect(await client.signIn({ username: 'ada', options: { authFlowType: 'USER_AUTH' } })).toEqual({
      isSignedIn: true,
      nextStep: { signInStep: 'DONE' },
    });
    expect(world.cognito.requests.at(-1)?.input).toMatchObject({
      name: 'WEB_AUTHN',
      responses: { CREDENTIAL: '{"id":"passkey"}' },
    });
  });

  test('that had no passkey rejects, and another factor can be chosen', async () => {
    const { client } = openTab();
    stubPasskey(() => Promise.reject(new DOMException('The user said no.', 'NotAllowedError')));
    asks('WEB_AUTHN', { CREDENTIAL_REQUEST_OPTIONS: '{}' });
    const begun = client.signIn({ username: 'ada', options: { authFlowType: 'USER_AUTH' } });
    await expect(begun).rejects.toMatchObject({ name: 'PasskeyAuthenticationCanceled' });
    expect(await client.pendingSignIn()).toEqual({
      isSignedIn: false,
      nextStep: {
        signInStep: 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION',
        availableChallenges: ['WEB_AUTHN'],
      },
    });
  });

  test('sets an authenticator app up', async () => {
    const { client } = openTab();
    asks('MFA_SETUP', { MFAS_CAN_SETUP: '["SOFTWARE_TOKEN_MFA"]' });
    const { nextStep } = await client.signIn(ADA);
    if (nextStep.signInStep !== 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP') throw new Error(nextStep.signInStep);
    expect(nextStep.totpSetupDetails.getSetupUri('App').href).toContain('otpauth://totp/App:ada?secret=JBSW');
  });
});

describe('a question of the worker', () => {
  const isAskable = (about: 'logins' | 'clientMetadataProvider'): Promise<boolean> =>
    vi.waitUntil(() => runtime.session.questions.canAsk(about), { interval: 5 });

  test("is answered with what the app's function gives, in any tab that has one", async () => {
    openTab({ clientMetadataProvider: () => Promise.resolve({ tenant: 'a' }) });
    await isAskable('clientMetadataProvider');
    openTab({ logins: () => Promise.resolve({ 'accounts.google.com': 'token' }) });
    await isAskable('logins');
    await openTab().client.fetchAuthSession();
    const { questions } = runtime.session;
    expect(await questions.ask('logins')).toEqual({ 'accounts.google.com': 'token' });
    expect(await questions.ask('clientMetadataProvider')).toEqual({ tenant: 'a' });
  });

  test.each([
    [
      'throws',
      (error: Error) => () => {
        throw error;
      },
    ],
    ['rejects', (error: Error) => () => Promise.reject(error)],
  ])(
    "that the app's function %s at is answered with nothing, and the page shows the error",
    async (_how, make) => {
      const error = new Error('no token today');
      const tab = openTab({ logins: make(error) });
      await isAskable('logins');
      expect(await runtime.session.questions.ask('logins')).toBeNull();
      expect(tab.platform.reported).toEqual([error]);
    },
  );

  test('is put to nobody whose config has no function for it', async () => {
    const tab = await signedInTab();
    expect(runtime.session.questions.canAsk('logins')).toBe(false);
    expect(runtime.session.questions.canAsk('clientMetadataProvider')).toBe(false);
    expect(tab.platform.reported).toEqual([]);
  });

  test('about client metadata comes before each refresh that has none of its own', async () => {
    let asked = 0;
    const tab = openTab({
      clientMetadataProvider: () => {
        asked += 1;
        return Promise.resolve({ tenant: `a${asked}` });
      },
    });
    await tab.client.signIn(ADA);
    await tab.client.fetchAuthSession({ forceRefresh: true });
    await tab.client.fetchAuthSession({ forceRefresh: true, clientMetadata: { own: 'b' } });
    await tab.client.fetchAuthSession({ forceRefresh: true });
    const refreshes = world.cognito.requests.filter(({ operation }) => operation === 'refresh');
    expect(refreshes.map(({ input }) => (input as { clientMetadata?: object }).clientMetadata)).toEqual([
      { tenant: 'a1' },
      { own: 'b' },
      { tenant: 'a2' },
    ]);
  });
});
