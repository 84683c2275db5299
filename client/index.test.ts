import { expose } from 'comlink';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PROTOCOL_VERSION } from '../worker/contract.js';
import { makeTokenPair, shownTokens } from '../worker/testing/tokens.js';
import { START_MS } from '../worker/testing/virtual-time.js';
import type * as entry from './index.js';
import type { SessionClient, SessionConfig } from './types.js';

type Package = typeof entry;

const ADA = { username: 'ada', password: 'right' };
const USER = { userId: 'sub-ada', username: 'ada' };
const GIVEN = { accessToken: 'a.b.c', refreshToken: 'r' };
const SIGNED_IN = { isSignedIn: true, nextStep: { signInStep: 'DONE' } };
const NO_USER_POOL = {
  name: 'AuthUserPoolException',
  message: 'Nothing is configured.',
  recoverySuggestion: 'Call configure() first.',
};
const CLOSED = { name: 'ClientClosedException' };

const closers: (() => void)[] = [];
/** The package as a page has it that has just loaded it. */
let csw: Package;
/** What the workers were asked, greetings and goodbyes left out. */
let calls: [method: string, argument: unknown][];
let opened: number;

/** A worker at which Ada is signed in. */
function openWorker(): SharedWorker {
  opened += 1;
  const { port1, port2 } = new MessageChannel();
  closers.push(() => port1.close());
  const seal = { ok: true, instanceId: 'run-1', revision: 1 };
  const told =
    (method: string, value: unknown) =>
    (argument: unknown): object => {
      calls.push([method, argument]);
      return { ...seal, value };
    };
  const shown = shownTokens('sub-ada', START_MS, 3_600);
  const view = { status: 'signed-in', revision: 1, ...shown, user: USER, leaseMs: 0 };
  expose(
    {
      hello: () => ({ ...seal, value: { protocolVersion: PROTOCOL_VERSION } }),
      bye: () => ({ ...seal, value: null }),
      session: told('session', view),
      signIn: told('signIn', SIGNED_IN),
      confirmSignIn: told('confirmSignIn', SIGNED_IN),
      pendingSignIn: told('pendingSignIn', SIGNED_IN),
      adoptSession: told('adoptSession', USER),
      signOut: told('signOut', { revoked: true, clients: 1 }),
      beginRedirect: told('beginRedirect', 'https://auth.example/oauth2/authorize'),
      active: told('active', null),
      inspect: told('inspect', { clients: 1 }),
    },
    port2,
  );
  return { port: port1, onerror: null } as unknown as SharedWorker;
}

const CONFIG: SessionConfig = {
  userPoolId: 'eu-central-1_Pool',
  userPoolClientId: 'client1',
  worker: openWorker,
};
const OTHER: SessionConfig = { ...CONFIG, userPoolId: 'eu-central-1_Other' };

function configure(config: SessionConfig): SessionClient {
  const client = csw.configure(config);
  closers.push(() => client.close());
  return client;
}

beforeEach(async () => {
  calls = [];
  opened = 0;
  vi.stubGlobal('window', {});
  vi.stubGlobal('isSecureContext', true);
  vi.stubGlobal('origin', 'https://app.example.com');
  vi.stubGlobal('addEventListener', () => undefined);
  vi.resetModules();
  csw = await import('./index.js');
});
afterEach(() => {
  for (const close of closers.splice(0)) close();
  vi.unstubAllGlobals();
});

describe('before configure()', () => {
  test.each<[string, (csw: Package) => Promise<unknown>]>([
    ['fetchAuthSession', (csw) => csw.fetchAuthSession()],
    ['getCurrentUser', (csw) => csw.getCurrentUser()],
    ['signIn', (csw) => csw.signIn(ADA)],
    ['confirmSignIn', (csw) => csw.confirmSignIn({ challengeResponse: 'new' })],
    ['pendingSignIn', (csw) => csw.pendingSignIn()],
    ['signOut', (csw) => csw.signOut()],
    ['adoptSession', (csw) => csw.adoptSession(GIVEN)],
    ['extendSession', (csw) => csw.extendSession()],
    ['inspectSession', (csw) => csw.inspectSession()],
  ])('%s() rejects, and says that configure() comes first', async (_name, call) => {
    await expect(call(csw)).rejects.toMatchObject(NO_USER_POOL);
  });

  test('onSessionChange() throws the same at once', () => {
    expect(() => csw.onSessionChange(() => undefined)).toThrow(expect.objectContaining(NO_USER_POOL));
  });

  test('nothing is known', () => {
    expect(csw.peekSession()).toBeUndefined();
  });
});

describe('configure()', () => {
  test('opens nothing yet', () => {
    configure(CONFIG);
    expect(opened).toBe(0);
  });

  test('gives the same client again for an equal config, and leaves it open', async () => {
    const client = configure(CONFIG);
    expect(configure({ ...CONFIG })).toBe(client);
    expect((await client.fetchAuthSession()).userSub).toBe('sub-ada');
  });

  test('with another config gives another client and closes the old one', async () => {
    const before = configure(CONFIG);
    const now = configure(OTHER);
    expect(now).not.toBe(before);
    await expect(before.fetchAuthSession()).rejects.toMatchObject(CLOSED);
    expect((await now.fetchAuthSession()).userSub).toBe('sub-ada');
    expect((await csw.fetchAuthSession()).userSub).toBe('sub-ada');
  });

  test('with a config that is wrong throws, and leaves the client as it is', async () => {
    const client = configure(CONFIG);
    expect(() => csw.configure({})).toThrow(
      expect.objectContaining({ name: 'InvalidConfigurationException' }),
    );
    expect((await client.fetchAuthSession()).userSub).toBe('sub-ada');
  });
});

describe('the functions of the package', () => {
  test('are those of the default client', async () => {
    configure(CONFIG);
    const { signal } = new AbortController();
    const session = await csw.fetchAuthSession({ forceRefresh: true });
    expect(session.userSub).toBe('sub-ada');
    expect(csw.peekSession()).toBe(session);
    expect(await csw.getCurrentUser({ signal })).toEqual(USER);
    expect(await csw.signIn(ADA, { signal })).toEqual(SIGNED_IN);
    expect(await csw.confirmSignIn({ challengeResponse: 'new' }, { signal })).toEqual(SIGNED_IN);
    expect(await csw.pendingSignIn({ signal })).toEqual(SIGNED_IN);
    expect(await csw.signOut({ global: true }, { signal })).toEqual({ revoked: true, clients: 1 });
    expect(await csw.adoptSession(GIVEN, { signal })).toEqual(USER);
    expect(await csw.extendSession({ signal })).toBeUndefined();
    expect(await csw.inspectSession({ signal })).toMatchObject({ clients: 1, transport: 'shared-worker' });
    expect(calls).toMatchObject([
      ['session', { forceRefresh: true }],
      ['session', {}],
      ['signIn', ADA],
      ['confirmSignIn', { challengeResponse: 'new' }],
      ['pendingSignIn', undefined],
      ['signOut', { global: true }],
      ['adoptSession', GIVEN],
      ['active', 0],
      ['inspect', undefined],
    ]);
  });

  test.each<[string, (csw: Package, signal: AbortSignal) => Promise<unknown>]>([
    ['fetchAuthSession', (csw, signal) => csw.fetchAuthSession({ signal })],
    ['getCurrentUser', (csw, signal) => csw.getCurrentUser({ signal })],
    ['signIn', (csw, signal) => csw.signIn(ADA, { signal })],
    ['confirmSignIn', (csw, signal) => csw.confirmSignIn({ challengeResponse: 'new' }, { signal })],
    ['pendingSignIn', (csw, signal) => csw.pendingSignIn({ signal })],
    ['signOut', (csw, signal) => csw.signOut({}, { signal })],
    ['signInWithRedirect', (csw, signal) => csw.signInWithRedirect({}, { signal })],
    ['adoptSession', (csw, signal) => csw.adoptSession(GIVEN, { signal })],
    ['extendSession', (csw, signal) => csw.extendSession({ signal })],
    ['inspectSession', (csw, signal) => csw.inspectSession({ signal })],
  ])('take a signal: %s() rejects with its reason and asks nothing', async (_name, call) => {
    configure(CONFIG);
    const signal = AbortSignal.abort();
    await expect(call(csw, signal)).rejects.toBe(signal.reason);
    expect(calls).toEqual([]);
  });

  test('let a listener in and out', async () => {
    const client = configure(CONFIG);
    const listener = (): void => undefined;
    const entered = vi.spyOn(client, 'onSessionChange');
    csw.onSessionChange(listener)();
    expect(entered).toHaveBeenCalledWith(listener);
    // It is the first call of this page: what it sees is the ground on which changes are told.
    await vi.waitUntil(() => calls.length === 1, { interval: 5 });
    expect(calls).toMatchObject([['session', { peek: true }]]);
  });
});

describe('createSessionClient()', () => {
  test('gives a client of its own each time, which configure() neither gives nor closes', async () => {
    const [one, two] = [csw.createSessionClient(CONFIG), csw.createSessionClient(CONFIG)];
    closers.push(one.close, two.close);
    expect(one).not.toBe(two);
    expect(configure(CONFIG)).not.toBe(one);
    configure(OTHER);
    expect((await one.fetchAuthSession()).userSub).toBe('sub-ada');
  });

  test('throws at a config that is wrong', () => {
    expect(() => csw.createSessionClient({})).toThrow(
      expect.objectContaining({ name: 'InvalidConfigurationException' }),
    );
  });
});

test('decodeJWT() is part of the package', () => {
  const { accessToken } = makeTokenPair('sub-ada', START_MS, 3_600);
  expect(csw.decodeJWT(accessToken).payload.sub).toBe('sub-ada');
});
