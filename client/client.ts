/** One session, seen from this page. It has no rules of its own: it asks, holds the answer under its lease, and tells. */
import {
  ANSWERABLE,
  PROTOCOL_VERSION,
  scopeName,
  type Begun,
  type Hello,
  type RuntimeConfig,
  type SessionRequest,
} from '../worker/contract.js';
import { AuthError, ownError } from '../worker/errors.js';
import { ATTEMPT_MS } from './bounds.js';
import { configKey } from './config.js';
import { createConnection, type Connection, type Success } from './connection.js';
import type { Argument, Method, Value } from './link.js';
import { createNewsFollower } from './followed-news.js';
import { createHeldView, type Held } from './held-view.js';
import type * as extrasFile from './extras.js';
import type { Extras } from './extras.js';
import type { Platform } from './platform.js';
import type { CreateLadder } from './transports.js';
import type {
  AuthSession,
  CallOptions,
  FetchAuthSessionOptions,
  SessionClient,
  SessionConfig,
  SessionEvent,
  SessionListener,
  SignInOutput,
} from './types.js';
import { VERSION } from './version.js';

/** What lasts until the app ends it. */
type Lasting = 'holdSession' | 'onBeforeSignOut';

type ExtraCall = Exclude<
  keyof Extras,
  | 'afterSignIn'
  | 'answerQuestion'
  | 'credentials'
  | 'completeReturn'
  | 'takeStep'
  | 'watchActivity'
  | 'save'
  | Lasting
>;

const EXTRA_CALLS: readonly ExtraCall[] = [
  'initialize',
  'getSession',
  'inspectSession',
  'clearSession',
  'refreshSession',
  'adoptSession',
  'extendSession',
  'isAuthenticated',
  'getCurrentUser',
  'getUserInfo',
  'getCredentials',
  'withAWSCredentials',
  'bearerToken',
  'describeTokens',
  'signInWithRedirect',
  'confirmSignIn',
  'pendingSignIn',
  'account',
];

/** The file of the calls that are not needed at once. */
export type LoadExtras = () => Promise<Pick<typeof extrasFile, 'createExtras'>>;

export function createClient(
  runtime: RuntimeConfig,
  config: SessionConfig,
  platform: Platform,
  createLadder: CreateLadder,
  load: LoadExtras = () => import('./extras.js'),
): SessionClient {
  const lifetime = new AbortController();
  const listeners = new Set<SessionListener>();
  const view = createHeldView(platform);
  const hello: Hello = {
    protocolVersion: PROTOCOL_VERSION,
    config: runtime,
    wantsLog: !!config.logger,
    answers: ANSWERABLE.filter((about) => config[about]),
  };
  let connection: Connection | undefined;
  let stopListening: (() => void) | undefined;
  let extras: Extras | undefined;

  const news = createNewsFollower({
    ask: () => ask({ peek: true }),
    onEvent: tellListeners,
  });

  function tellListeners(event: SessionEvent, { session, view: { status } }: Held): void {
    for (const listener of [...listeners]) {
      shielded(() => listener(status === 'signed-in' ? session : null, event));
    }
  }

  /** What the app's own functions throw goes where its other errors go, and stops nothing here. */
  function shielded(call: () => void): void {
    try {
      call();
    } catch (error) {
      platform.report(error);
    }
  }

  /** Connects on the first call, so that importing and configuring cost nothing. */
  function connected(): Connection {
    const { signal } = lifetime;
    signal.throwIfAborted();
    if (connection) return connection;
    platform.refuseUnsupported();
    const name = `cognito-session-worker/${VERSION}/${configKey(runtime, config)}`;
    connection = createConnection({
      platform,
      rungs: createLadder(name, config),
      hello,
      // Without an answer, the worker asks in another tab, or goes on without.
      onQuestion: (question) => void lazily('answerQuestion')(question).catch(() => undefined),
      onLog: (entry) => shielded(() => config.logger?.(entry)),
      onNewInstance: news.catchUp,
    });
    listen();
    // The file is loaded behind, so that it is there when the network is not.
    lazily('watchActivity')().catch(() => undefined);
    // An open channel or port that gets a message evicts a page from the back/forward cache.
    platform.on('pagehide', leave, signal);
    platform.on('pageshow', (event) => (event as PageTransitionEvent).persisted && comeBack(), signal);
    platform.on('resume', news.catchUp, signal);
    for (const event of ['online', 'visibilitychange'] as const) {
      platform.on(event, () => tell('wake', platform.isVisible), signal);
    }
    return connection;
  }

  /** Nobody waits for the answer. That there is one tells whether the worker lives; if not, another one is started. */
  function tell(method: 'wake' | 'ping', isVisible?: boolean): void {
    if (connection?.peer) void connection.call(method, isVisible, true).catch(() => undefined);
  }

  function listen(): void {
    if (stopListening) return;
    let stopWatching: (() => void) | undefined;
    const stop = platform.listen(scopeName(runtime), (message) => {
      if ((message as Begun | null)?.type === 'begun') {
        stopWatching?.();
        stopWatching = platform.after(ATTEMPT_MS, () => tell('ping'));
      }
      if (!news.receive(message)) return;
      const { event, revision } = message;
      if (event.type === 'signedOut') {
        view.forget();
        void connection?.call('acknowledge', revision, true).catch(() => undefined);
      }
      view.endLease();
    });
    stopListening = () => {
      stop();
      stopWatching?.();
    };
  }

  function leave(): void {
    stopListening?.();
    stopListening = undefined;
    // From here on a sign-out does not wait for this page.
    view.forget();
    connection?.suspend();
  }

  function comeBack(): void {
    listen();
    connection?.resume();
    news.catchUp();
  }

  async function ask(request: SessionRequest): Promise<Held> {
    // Nobody is called signed out while a sign-in is being completed.
    if (returned) await returned;
    const sentAt = view.now();
    const minRevision = news.heardRevision;
    const { value } = await connected().call('session', { ...request, minRevision }, true);
    // There was news on the way. What is older is neither held nor given out.
    const isOld = value.revision < news.heardRevision && minRevision < news.heardRevision;
    if (isOld) return ask({ ...request, forceRefresh: false });
    const held = view.hold(value, sentAt);
    news.observe(held);
    return held;
  }

  async function fetchAuthSession(options?: FetchAuthSessionOptions): Promise<AuthSession> {
    const { signal, waitForSignIn, ...request } = options ?? {};
    if (waitForSignIn) return lazily('afterSignIn')(options);
    if (!request.forceRefresh && request.rejectedToken === undefined) {
      signal?.throwIfAborted();
      const session = view.underLease();
      if (session) return session;
    }
    return (await withSignal(() => ask(request), signal)).session;
  }

  /** What begins or goes on with a sign-in must not be done twice, so it is not repeatable. */
  function call<K extends Method>(
    method: K,
    argument: Argument<K>,
    { signal }: CallOptions = {},
    isRepeatable = true,
  ): Promise<Success<Value<K>>> {
    return withSignal(() => connected().call(method, argument, isRepeatable), signal);
  }

  /** A call that changes the session: what was held before it is no longer good. */
  async function change<K extends 'signIn' | 'confirmSignIn' | 'signOut' | 'adoptSession'>(
    method: K,
    input: Argument<K>,
    options?: CallOptions,
  ): Promise<Value<K>> {
    // What signs in can't be done twice.
    const { value } = await call(method, input, options, !method.endsWith('In'));
    view.endLease();
    return value;
  }

  function onSessionChange(listener: SessionListener): () => void {
    // A listener of its own, so that a function that was added twice is called twice.
    const own: SessionListener = (session, event) => listener(session, event);
    listeners.add(own);
    // On a server, or where nothing can be kept, there is nothing to listen to; the calls say why.
    void ask({ peek: true }).catch(() => undefined);
    return () => void listeners.delete(own);
  }

  /** A call of the file that was loaded behind; the browser keeps it from then on. */
  function lazily<K extends keyof Extras>(name: K): Extras[K] {
    const made = async (...args: Parameters<Extras[K]>): Promise<unknown> => {
      const { createExtras } = await load().catch(() => {
        throw ownError('NetworkError', 'extras.js is missing.', 'Try again.');
      });
      extras ??= createExtras({
        runtime,
        config,
        platform,
        hello,
        lifetime: lifetime.signal,
        fetchAuthSession,
        call,
        change,
        AuthError,
        ownError,
        view,
        ask,
        onEvent: tellListeners,
        onSessionChange,
        peer: () => connection?.peer,
      });
      return (extras[name] as (...given: typeof args) => unknown)(...args);
    };
    return made as Extras[K];
  }

  /** The app may end it before the file of its work is there. What is wrong with it is reported. */
  function later<T>(name: Lasting): (argument: T) => () => void {
    const begin = lazily(name) as (argument: T) => Promise<() => void>;
    return (argument) => {
      const begun = begin(argument).catch(platform.report);
      return () => void begun.then((end) => end?.());
    };
  }

  /** Nothing is sent for a call that was aborted before it began. */
  async function withSignal<T>(begin: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    if (!signal) return begin();
    signal.throwIfAborted();
    const settled = new AbortController();
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), settled);
    });
    return Promise.race([begin(), aborted]).finally(() => settled.abort());
  }

  const { href = '' } = platform;
  // Whether it is an answer of Cognito's pages is for the worker to see.
  const returned =
    runtime.oauth && /[?&]state=/.test(href) && lazily('completeReturn')(href).catch(() => undefined);

  return {
    ...(Object.fromEntries(EXTRA_CALLS.map((name) => [name, lazily(name)])) as Pick<Extras, ExtraCall>),
    fetchAuthSession,
    peekSession: () => view.held?.session,
    async signIn(input, options) {
      const progress = await change('signIn', input, options);
      // Who is signed in needs nothing more, not even the file of the other calls.
      return progress.isSignedIn ? (progress as SignInOutput) : lazily('takeStep')(progress, options);
    },
    // Answered in the page while it is good: an SDK client that kept it would keep it over a sign-out.
    credentialsProvider: () => Object.assign(lazily('credentials'), { memoized: true as const }),
    async signOut(input = {}, options) {
      const output = await change('signOut', { ...input, pageUrl: runtime.oauth && platform.href }, options);
      if (output.redirectUrl) platform.assign(output.redirectUrl);
      return output;
    },
    holdSession: later('holdSession'),
    onBeforeSignOut: later('onBeforeSignOut'),
    onSessionChange,
    close() {
      const error = closed();
      lifetime.abort(error);
      stopListening?.();
      connection?.close(error);
      listeners.clear();
      view.forget();
    },
  };
}

export function closed(): AuthError {
  return ownError('ClientClosedException', 'This client was closed.', 'Use the present one.');
}
