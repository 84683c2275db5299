/** A client without worker and network. It is the real one's code over a session that is made up. */
import { AuthError, ownError, type ErrorFields } from '../worker/errors.js';
import { createFakeSession, type FakeApi, type FakeNews } from '../worker/fake-session.js';
import type { FakeSignInAnswer } from '../worker/fake-sign-in.js';
import type { FakeUser } from '../worker/fake-tokens.js';
import { reasonsOf } from '../worker/holds.js';
import { pageView } from '../worker/page-view.js';
import { PROTOCOL_VERSION, type SignOutInput, type SignOutReason } from '../worker/contract.js';
import { SAVE_SECONDS } from './bounds.js';
import { closed } from './client.js';
import { readConfig } from './config.js';
import { createExtras, type Core } from './extras.js';
import { createHeldView, type Held } from './held-view.js';
import type { PageLocks } from './page-locks.js';
import { browser, type Platform } from './platform.js';
import type { CallOptions, SessionClient, SessionConfig, SessionListener, SignInOutput } from './types.js';

/** How a fake client begins. */
export interface FakeClientOptions {
  /** Who is signed in at first, by name or whole. Default: nobody. */
  user?: string | FakeUser;
  /** Those of whom more than the name is told when they sign in. */
  users?: FakeUser[];
  /**
   * As the app's own. With an identity pool there are AWS credentials, with `allowGuestAccess` guests have them, too.
   * Default: a user pool alone.
   */
  config?: SessionConfig;
  /** How long tokens live by `Date.now()`, in seconds. Default 3600. */
  tokenLifeSeconds?: number;
}

/** The calls that a test can see, and have fail. */
export type FakeCallName = Exclude<keyof SessionClient, (typeof UNSEEN)[number]>;

/** Those that answer at once. */
const UNSEEN = [
  'peekSession',
  'onSessionChange',
  'onBeforeSignOut',
  'holdSession',
  'credentialsProvider',
  'close',
] as const;

/** One call of the app. */
export interface FakeCall {
  name: FakeCallName;
  arguments: unknown[];
}

/** An error, or the name that it is to have. */
export type FakeError = AuthError | ErrorFields['name'];

/** What a test does and sees. Events are told at once. */
export interface FakeControls {
  /** What the app called, in order. It holds passwords that were given. */
  readonly calls: readonly FakeCall[];
  /** The next call of this name rejects, and does nothing. Calls queue up. */
  failNext(name: FakeCallName, error: FakeError): void;
  /**
   * What the next `signIn()` and `confirmSignIn()` come to, one after the other: a step, or an error, after which the step waits
   * on. After the last of them: `DONE`.
   */
  answerSignInWith(...answers: (FakeSignInAnswer | FakeError)[]): void;
  /** Somebody signs in in another tab. */
  signInElsewhere(user: string | FakeUser): void;
  /** The session ends in another tab, or by Cognito's word, and waits for no handler. Default reason `user`. */
  endSession(reason?: SignOutReason, error?: FakeError): void;
  /** The worker refreshes of its own accord. */
  refresh(): void;
  /** Puts the client's clock on to when the tokens have expired: the next call that needs them refreshes. */
  expireTokens(): void;
  /** The next refresh fails. `kept`, the default: the session goes on; `ended`: it is over. */
  failNextRefresh(error: FakeError, outcome?: 'kept' | 'ended'): void;
  /** The browser comes back from Cognito's pages, with somebody or with an error. */
  returnFromRedirect(user: string | FakeUser | AuthError): void;
  /** Where the page would have gone, by `signInWithRedirect()` or `signOut()`. */
  readonly visited: readonly string[];
}

/** A whole client, with what a test needs besides. */
export interface FakeClient extends SessionClient {
  readonly fake: FakeControls;
}

const DEFAULT_CONFIG: SessionConfig = { userPoolId: 'eu-central-1_Fake', userPoolClientId: 'fake' };
const DEFAULT_LIFE_SECONDS = 3_600;
const INSTANCE_ID = 'fake';

/**
 * Makes a client that keeps its session in memory. It behaves as a real one in its answers, errors and events, and takes any
 * password. Its tokens have Cognito's claims and no signature.
 * @throws AuthError `InvalidConfigurationException` naming the field.
 */
export function createFakeClient(options: FakeClientOptions = {}): FakeClient {
  const { config = DEFAULT_CONFIG, user, users = [], tokenLifeSeconds = DEFAULT_LIFE_SECONDS } = options;
  const runtime = readConfig(config);
  const calls: FakeCall[] = [];
  const failures = new Map<FakeCallName, AuthError[]>();
  const visited: string[] = [];
  const listeners = new Set<SessionListener>();
  const lifetime = new AbortController();
  const locksHeld = new Set<string>();
  let locksTaken = 0;
  const held = createHeldView(browser);
  const heldReasons = (): string[] => reasonsOf(runtime, [...locksHeld]);
  const session = createFakeSession({
    config: runtime,
    users,
    tokenLifeSeconds,
    nowMs: browser.wallMs,
    holds: heldReasons,
    tell,
  });
  const named = (who: string | FakeUser): FakeUser =>
    typeof who === 'string' ? (users.find(({ username }) => username === who) ?? { username: who }) : who;
  if (user !== undefined) session.signInElsewhere(named(user));
  // It was before this client came: nobody has told it.
  held.forget();

  // The browser stays behind it: a copy would ask for its document, and a test may have none.
  const platform: Platform = Object.assign(Object.create(browser) as Platform, {
    assign: (url: string) => void visited.push(url),
    replaceHref: () => undefined,
    // Unhandled, for the test's runner to see.
    report: (error: unknown) =>
      void (async () => {
        throw error;
      })(),
  });

  function look(): Held {
    return held.hold(pageView(session.view()), held.now());
  }

  function tell(event: FakeNews): void {
    const { session: known, view } = look();
    for (const listener of [...listeners]) {
      try {
        listener(view.status === 'signed-in' ? known : null, event);
      } catch (error) {
        platform.report(error);
      }
    }
  }

  function refuse({ signal }: CallOptions = {}): void {
    signal?.throwIfAborted();
    if (lifetime.signal.aborted) throw closed();
  }

  const call: Core['call'] = async (method, argument, callOptions) => {
    refuse(callOptions);
    const answer = session.api[method as keyof FakeApi] as ((given: unknown) => unknown) | undefined;
    const value = await answer?.(argument);
    return { instanceId: INSTANCE_ID, revision: session.revision, value: value as never };
  };

  const locks: PageLocks = {
    hold(nameWith) {
      locksTaken += 1;
      const name = nameWith(String(locksTaken));
      locksHeld.add(name);
      return () => void locksHeld.delete(name);
    },
  };

  /** The handlers of this page, before a sign-out that is not refused. */
  async function saveFirst({ respectHolds }: SignOutInput, callOptions?: CallOptions): Promise<void> {
    refuse(callOptions);
    const isHeld = respectHolds && heldReasons().length > 0;
    const limitMs = (runtime.policy?.saveDeadlineSeconds ?? SAVE_SECONDS) * 1_000;
    if (isHeld || limitMs === 0 || session.view().status === 'signed-out') return;
    await save({ reason: 'user', deadlineMs: platform.wallMs() + limitMs });
  }

  function onSessionChange(listener: SessionListener): () => void {
    const own: SessionListener = (known, event) => listener(known, event);
    listeners.add(own);
    void call('session', { peek: true }).then(look, () => undefined);
    return () => void listeners.delete(own);
  }

  const core: Core = {
    runtime,
    config,
    platform,
    // Nobody says hello to a session in the page, nor asks it.
    hello: { protocolVersion: PROTOCOL_VERSION, config: runtime, wantsLog: false },
    call,
    async change(method, input, callOptions) {
      if (method === 'signOut') await saveFirst(input as SignOutInput, callOptions);
      return (await call(method, input, callOptions)).value;
    },
    async fetchAuthSession(options) {
      const { signal, waitForSignIn, ...request } = options ?? {};
      if (waitForSignIn) return afterSignIn(options);
      await call('session', request, signal && { signal });
      return look().session;
    },
    AuthError,
    ownError,
    view: {
      get held() {
        return look();
      },
    },
    // For a return from Cognito's pages, which the session in the page tells of itself.
    ask: async () => look(),
    onEvent: () => undefined,
    onSessionChange,
    lifetime: lifetime.signal,
    peer: () => ({ transport: 'page', workerInstanceId: INSTANCE_ID }),
  };
  const {
    afterSignIn,
    answerQuestion: _none,
    completeReturn: _neither,
    save,
    credentials,
    takeStep,
    watchActivity: _nothing,
    holdSession,
    onBeforeSignOut,
    ...extras
  } = createExtras(core, locks);

  /** Gives the client's form to what lasts until the app ends it. */
  function lasting<T>(begin: (argument: T) => Promise<() => void>): (argument: T) => () => void {
    return (argument) => {
      const begun = begin(argument).catch(platform.report);
      return () => void begun.then((end) => end?.());
    };
  }

  const client: SessionClient = {
    ...extras,
    fetchAuthSession: core.fetchAuthSession,
    peekSession: () => held.held?.session,
    async signIn(input, callOptions) {
      const { value } = await call('signIn', input, callOptions);
      return value.isSignedIn ? (value as SignInOutput) : takeStep(value, callOptions);
    },
    async signOut(input = {}, callOptions) {
      const pageUrl = runtime.oauth && platform.href;
      const output = await core.change('signOut', { ...input, pageUrl }, callOptions);
      if (output.redirectUrl) platform.assign(output.redirectUrl);
      return output;
    },
    credentialsProvider: () => Object.assign(credentials, { memoized: true as const }),
    holdSession: lasting(holdSession),
    onBeforeSignOut: lasting(onBeforeSignOut),
    onSessionChange,
    close() {
      lifetime.abort(closed());
      listeners.clear();
      held.forget();
    },
  };

  function watched<K extends FakeCallName>(name: K): SessionClient[K] {
    const made = async (...given: unknown[]): Promise<unknown> => {
      calls.push({ name, arguments: given });
      const failure = failures.get(name)?.shift();
      if (failure) throw failure;
      return (client[name] as (...all: unknown[]) => unknown)(...given);
    };
    return made as SessionClient[K];
  }

  const names = (Object.keys(client) as (keyof SessionClient)[]).filter(isSeen);
  return {
    ...client,
    ...(Object.fromEntries(names.map((name) => [name, watched(name)])) as Pick<SessionClient, FakeCallName>),
    fake: {
      calls,
      failNext: (name, error) => void failures.set(name, [...(failures.get(name) ?? []), asError(error)]),
      answerSignInWith: (...answers) =>
        session.answerSignInWith(
          answers.map((answer) => (typeof answer === 'string' ? asError(answer) : answer)),
        ),
      signInElsewhere: (who) => session.signInElsewhere(named(who)),
      endSession: (reason = 'user', error) => session.endSession(reason, error && asError(error)),
      refresh: session.refresh,
      expireTokens: session.expireTokens,
      failNextRefresh: (error, outcome = 'kept') => session.failNextRefresh(asError(error), outcome),
      returnFromRedirect: (who) => session.returnFromRedirect(who instanceof AuthError ? who : named(who)),
      visited,
    },
  };
}

function isSeen(name: keyof SessionClient): name is FakeCallName {
  return !(UNSEEN as readonly string[]).includes(name);
}

function asError(error: FakeError): AuthError {
  if (typeof error !== 'string') return error;
  return new AuthError({ name: error, message: `${error}, as the test wants it.` });
}
