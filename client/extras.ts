/**
 * The calls beyond the core, each a few words more than one of the core's. They are a file of their own, which is loaded behind
 * when the page connects, so that nobody waits for it.
 */
import {
  PROTOCOL_VERSION,
  type AWSCredentials,
  type Hello,
  type QuestionMessage,
  type RuntimeConfig,
  type SaveMessage,
  type SessionRequest,
} from '../worker/contract.js';
import type { AuthError as AuthErrorClass, ownError as OwnError } from '../worker/errors.js';
import { watchActivity } from './activity.js';
import { createSaving, type Saving } from './before-sign-out.js';
import { fetchAfterSignIn } from './after-sign-in.js';
import type { Peer, Success } from './connection.js';
import type { Held, HeldView } from './held-view.js';
import { createHolds, type Holds } from './holds.js';
import type { Argument, Method, Value } from './link.js';
import { browserLocks, type PageLocks } from './page-locks.js';
import type { Platform } from './platform.js';
import { createRedirects, type Redirects } from './redirect.js';
import { createSignInSteps, type SignInSteps } from './sign-in-steps.js';
import type {
  AuthSession,
  CallOptions,
  CredentialsProvider,
  SessionClient,
  SessionConfig,
  SessionEvent,
} from './types.js';

/** What the core gives to them. Errors are made there: in a file of its own the class would be another one. */
export interface Core {
  fetchAuthSession: SessionClient['fetchAuthSession'];
  runtime: RuntimeConfig;
  config: SessionConfig;
  /** A call to the worker, by default one that is safe to repeat. */
  call<K extends Method>(
    method: K,
    argument: Argument<K>,
    options?: CallOptions,
    isRepeatable?: boolean,
  ): Promise<Success<Value<K>>>;
  /** A call that changes the session. */
  change<K extends 'confirmSignIn' | 'signOut' | 'adoptSession'>(
    method: K,
    input: Argument<K>,
    options?: CallOptions,
  ): Promise<Value<K>>;
  platform: Platform;
  /** What each connection begins with. */
  hello: Hello;
  AuthError: typeof AuthErrorClass;
  ownError: typeof OwnError;
  /** Asks the worker for the session, and holds the answer. */
  ask(request: SessionRequest): Promise<Held>;
  /** Tells the app's listeners. */
  onEvent(event: SessionEvent, held: Held): void;
  onSessionChange: SessionClient['onSessionChange'];
  /** Aborts when the client is closed, with the error of its calls. */
  lifetime: AbortSignal;
  /** What this page knows. */
  view: Pick<HeldView, 'held'>;
  /** Where the connection leads, while there is one. */
  peer(): Peer | undefined;
}

export type Extras = Pick<
  SessionClient,
  | 'account'
  | 'adoptSession'
  | 'extendSession'
  | 'getCurrentUser'
  | 'initialize'
  | 'inspectSession'
  | 'getSession'
  | 'refreshSession'
  | 'isAuthenticated'
  | 'getCredentials'
  | 'clearSession'
  | 'describeTokens'
  | 'getUserInfo'
  | 'withAWSCredentials'
  | 'bearerToken'
> &
  Holds &
  Redirects &
  Saving &
  SignInSteps & {
    /** The worker asks for what only a function of the app can tell, or has handlers save. */
    answerQuestion(question: QuestionMessage | SaveMessage): Promise<void>;
    /** `fetchAuthSession()` that waits for a sign-in. */
    afterSignIn: SessionClient['fetchAuthSession'];
    /** Tells the worker when this page is used, if the policy goes by that, until the client is closed. */
    watchActivity(): Promise<void>;
    /** What `credentialsProvider()` gives out. */
    credentials: (...options: Parameters<CredentialsProvider>) => ReturnType<CredentialsProvider>;
  };

/** Once for each client: what the page keeps beyond the core is in here. */
export function createExtras(core: Core, locks: PageLocks = browserLocks): Extras {
  const { runtime, config, platform, lifetime, fetchAuthSession, call, change, ownError } = core;

  const saving = createSaving(core);

  async function answerTo(question: QuestionMessage | SaveMessage): Promise<unknown> {
    if (question.about === 'beforeSignOut') return saving.save(question);
    const answer = config[question.about];
    // What fails is for the app to see.
    return (async () => answer?.())().catch(platform.report);
  }

  async function getSession(options?: CallOptions): Promise<AuthSession | null> {
    try {
      const session = await fetchAuthSession(options);
      return session.tokens || session.credentials ? session : null;
    } catch {
      options?.signal?.throwIfAborted();
      return null;
    }
  }

  async function credentials({
    forceRefresh = false,
    signal,
  }: CallOptions & { forceRefresh?: boolean } = {}): Promise<AWSCredentials & { identityId?: string }> {
    // Nothing more of the options: the AWS SDK adds its client's config, which does not cross the port.
    const session = await fetchAuthSession({ forceRefresh, ...(signal && { signal }) });
    if (!session.credentials) {
      throw (
        session.credentialsError ??
        ownError(
          'CredentialsException',
          'There are no AWS credentials.',
          'Configure an identity pool, and sign in or allow guests.',
        )
      );
    }
    return {
      ...session.credentials,
      ...(session.identityId !== undefined && { identityId: session.identityId }),
    };
  }

  return {
    async account(request, options) {
      const isRepeatable = request.operation === 'fetchUserAttributes';
      return (await call('account', request, options, isRepeatable)).value;
    },
    adoptSession: (input, options) => change('adoptSession', input, options),
    extendSession: async (options) => void (await call('active', 0, options)),
    afterSignIn: (options) => fetchAfterSignIn(core, options),
    async watchActivity() {
      const { idle, minRemaining } = runtime.policy ?? {};
      if (idle ?? minRemaining?.onReturnSeconds) watchActivity(core, lifetime);
    },
    async getCurrentUser(options) {
      if (runtime.userPoolId === undefined) {
        throw ownError('AuthUserPoolException', 'No user pool is configured.', 'Configure a userPoolId.');
      }
      await fetchAuthSession(options);
      const user = core.view.held?.view.user;
      if (user) return user;
      throw ownError('UserUnAuthenticatedException', 'Nobody is signed in.', 'Sign in first.');
    },
    async inspectSession(options) {
      const { revision, value } = await call('inspect', undefined, options);
      const { userPoolClientId } = runtime;
      return {
        ...value,
        transport: 'none',
        ...core.peer(),
        ...(userPoolClientId !== undefined && { userPoolClientId }),
        protocolVersion: PROTOCOL_VERSION,
        revision,
      };
    },
    async answerQuestion(question) {
      const { id } = question;
      await call('answer', { id, value: await answerTo(question) });
    },
    initialize: getSession,
    getSession,
    refreshSession: (forceRefresh = false, options) => fetchAuthSession({ ...options, forceRefresh }),
    isAuthenticated: async (options) => (await getSession(options))?.tokens !== undefined,
    getCredentials: async (options) => (await getSession(options))?.credentials ?? null,
    clearSession: async (options) => void (await change('signOut', { revoke: false }, options)),
    describeTokens: async (options) => (await call('describe', undefined, options)).value.tokens ?? null,
    getUserInfo: async (options) => (await call('describe', undefined, options)).value.user ?? null,
    withAWSCredentials: async (operation, options) => operation(await credentials(options)),
    credentials,
    ...createHolds(core, locks),
    ...saving,
    ...createRedirects(core),
    ...createSignInSteps(core),
    async bearerToken(use, options) {
      const { tokens } = await fetchAuthSession(options);
      const token = use === 'id' ? tokens?.idToken : tokens?.accessToken;
      if (token) return token.toString();
      throw ownError('UserUnAuthenticatedException', `There is no ${use} token.`, 'Sign in first.');
    },
  };
}
