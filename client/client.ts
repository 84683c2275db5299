/** One session, seen from this page. It has no rules of its own: it asks, holds the answer under its lease, and tells. */
import {
  PROTOCOL_VERSION,
  scopeName,
  type AuthUser,
  type ConfirmSignInInput,
  type RuntimeConfig,
  type SessionRequest,
  type SignInInput,
  type SignInOutput,
  type SignOutInput,
  type SignOutOutput,
} from '../worker/contract.js';
import { AuthError, ErrorName } from '../worker/errors.js';
import { configKey, hashOf } from './config.js';
import { createConnection, type Connection } from './connection.js';
import { createNewsFollower } from './followed-news.js';
import { createHeldView, type Held } from './held-view.js';
import type { Platform } from './platform.js';
import { createLadder } from './transports.js';
import type {
  AuthSession,
  CallOptions,
  FetchAuthSessionOptions,
  SessionClient,
  SessionConfig,
  SessionInspection,
  SessionListener,
} from './types.js';
import { VERSION } from './version.js';

export function createClient(
  runtime: RuntimeConfig,
  config: SessionConfig,
  platform: Platform,
): SessionClient {
  const lifetime = new AbortController();
  const listeners = new Set<SessionListener>();
  const view = createHeldView(platform);
  let connection: Connection | undefined;
  let stopListening: (() => void) | undefined;

  const news = createNewsFollower({
    ask: (minRevision) => ask({ peek: true, minRevision }),
    onEvent(event, { session, view: { status } }) {
      for (const listener of [...listeners]) {
        try {
          listener(status === 'signed-in' ? session : null, event);
        } catch (error) {
          platform.report(error);
        }
      }
    },
  });

  /** Connects on the first call, so that importing and configuring cost nothing. */
  function connected(): Connection {
    if (lifetime.signal.aborted) throw closed();
    return (connection ??= start());
  }

  function start(): Connection {
    platform.refuseUnsupported();
    const { worker, workerUrl, logger } = config;
    const key = configKey(runtime, config);
    const created = createConnection({
      platform,
      rungs: createLadder({
        name: `cognito-session-worker/${VERSION}/${hashOf(key)}`,
        ...(worker && { worker }),
        ...(workerUrl !== undefined && { workerUrl }),
      }),
      hello: {
        protocolVersion: PROTOCOL_VERSION,
        clientId: platform.randomId(),
        config: runtime,
        wantsLog: logger !== undefined,
      },
      onLog: (entry) => logger?.(entry),
      onNewInstance: () => news.catchUp(),
    });
    listen();
    const { signal } = lifetime;
    // An open channel or port that gets a message evicts a page from the back/forward cache.
    platform.on('pagehide', () => leave(created), signal);
    platform.on('pageshow', (event) => (event as PageTransitionEvent).persisted && comeBack(created), signal);
    platform.on('resume', () => news.catchUp(), signal);
    const wake = (): void => {
      if (created.peer && platform.isVisible())
        void created.call('wake', undefined, true).catch(() => undefined);
    };
    platform.on('online', wake, signal);
    platform.on('visibilitychange', wake, signal);
    return created;
  }

  function listen(): void {
    stopListening ??= platform.listen(scopeName(runtime), (message) => {
      if (!news.receive(message)) return;
      const { event, revision } = message;
      if (event.type === 'signedOut') {
        view.forget();
        void connection?.call('acknowledge', revision, true).catch(() => undefined);
      }
      view.endLease();
    });
  }

  function leave(leaving: Connection): void {
    stopListening?.();
    stopListening = undefined;
    leaving.suspend();
  }

  function comeBack(back: Connection): void {
    view.forget();
    listen();
    back.resume();
    news.catchUp();
  }

  async function ask(request: SessionRequest): Promise<Held> {
    const sentAt = view.now();
    const isRepeatable = true;
    const { value, revision, instanceId } = await connected().call('session', request, isRepeatable);
    const known = view.held;
    // An answer from before news that has been followed since.
    if (known?.instanceId === instanceId && revision < known.revision) return known;
    const held = view.hold(value, { revision, instanceId }, sentAt);
    news.observe(held);
    return held;
  }

  async function fetchAuthSession(options: FetchAuthSessionOptions = {}): Promise<AuthSession> {
    const { forceRefresh, rejectedToken, clientMetadata, signal } = options;
    if (!forceRefresh && rejectedToken === undefined) {
      signal?.throwIfAborted();
      const session = lifetime.signal.aborted ? undefined : view.underLease();
      if (session) return session;
    }
    const { session } = await withSignal(
      ask({
        ...(forceRefresh && { forceRefresh }),
        ...(rejectedToken !== undefined && { rejectedToken }),
        ...(clientMetadata && { clientMetadata }),
      }),
      signal,
    );
    return session;
  }

  async function getCurrentUser({ signal }: CallOptions = {}): Promise<AuthUser> {
    if (runtime.userPoolId === undefined) throw noUserPool();
    const held = (view.underLease() && view.held) ?? (await withSignal(ask({}), signal));
    if (held.view.user) return held.view.user;
    throw new AuthError({
      name: ErrorName.unauthenticated,
      message: 'User needs to be authenticated to call this API.',
      recoverySuggestion: 'Sign in before calling this API again.',
    });
  }

  /** A call that changes the session: what was held before it is no longer good. */
  async function change<T>(call: () => Promise<{ value: T }>, signal: AbortSignal | undefined): Promise<T> {
    const { value } = await withSignal(call(), signal);
    view.endLease();
    return value;
  }

  async function withSignal<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const ends = [lifetime.signal, ...(signal ? [signal] : [])];
    let stop: () => void = () => undefined;
    const aborted = new Promise<never>((_resolve, reject) => {
      const end = (): void => reject(ends.find(({ aborted: isOver }) => isOver)?.reason as Error);
      if (ends.some(({ aborted: isOver }) => isOver)) end();
      for (const each of ends) each.addEventListener('abort', end);
      stop = () => ends.forEach((each) => each.removeEventListener('abort', end));
    });
    try {
      return await Promise.race([work, aborted]);
    } finally {
      stop();
    }
  }

  return {
    fetchAuthSession,
    getCurrentUser,
    peekSession: () => view.held?.session,
    signIn: (input: SignInInput, { signal }: CallOptions = {}): Promise<SignInOutput> =>
      change(async () => connected().call('signIn', input, false), signal),
    confirmSignIn: (input: ConfirmSignInInput, { signal }: CallOptions = {}): Promise<SignInOutput> =>
      change(async () => connected().call('confirmSignIn', input, false), signal),
    signOut: (input: SignOutInput = {}, { signal }: CallOptions = {}): Promise<SignOutOutput> =>
      change(async () => connected().call('signOut', input, true), signal),
    onSessionChange(listener) {
      // A listener of its own, so that a function that was added twice is called twice.
      const own: SessionListener = (session, event) => listener(session, event);
      listeners.add(own);
      // On a server, or where nothing can be kept, there is nothing to listen to; the calls say why.
      void (async () => ask({ peek: true }))().catch(() => undefined);
      return () => void listeners.delete(own);
    },
    async inspectSession({ signal }: CallOptions = {}): Promise<SessionInspection> {
      const link = connected();
      const { revision } = await withSignal(link.call('ping', undefined, true), signal);
      const { transport = 'none', reason, instanceId } = link.peer ?? {};
      return {
        transport,
        ...(reason !== undefined && { transportReason: reason }),
        ...(instanceId !== undefined && { workerInstanceId: instanceId }),
        protocolVersion: PROTOCOL_VERSION,
        revision,
      };
    },
    close() {
      if (lifetime.signal.aborted) return;
      if (connection) leave(connection);
      lifetime.abort(closed());
      listeners.clear();
      view.forget();
    },
  };
}

function closed(): AuthError {
  return new AuthError({
    name: ErrorName.closed,
    message: 'This client was closed.',
    recoverySuggestion: 'Use the client that the last configure() returned.',
  });
}

export function noUserPool(): AuthError {
  return new AuthError({
    name: ErrorName.notConfigured,
    message: 'No user pool is configured.',
    recoverySuggestion: 'Call configure() with a userPoolId and a userPoolClientId first.',
  });
}
