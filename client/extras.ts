/**
 * The calls that a page loads when it first makes one of them: each is a few words more than a call of the core. They are a
 * file of their own, so that pages which do not make them do not pay for them.
 */
import type { AWSCredentials } from '../worker/contract.js';
import type { AuthError as AuthErrorClass, ownError as OwnError } from '../worker/errors.js';
import type { Argument, Method, Value } from './link.js';
import type { Platform } from './platform.js';
import { createRedirects, type Redirects } from './redirect.js';
import { createSignInSteps, type SignInSteps } from './sign-in-steps.js';
import type { AuthSession, CallOptions, SessionClient } from './types.js';

/** What the core gives to them. Errors are made there: in a file of its own the class would be another one. */
export interface Core {
  fetchAuthSession: SessionClient['fetchAuthSession'];
  /** A call to the worker that is safe to repeat. */
  send<K extends Method>(method: K, argument: Argument<K>, options?: CallOptions): Promise<Value<K>>;
  /** A call that changes the session. */
  change<K extends 'confirmSignIn' | 'signOut' | 'account'>(
    method: K,
    input: Argument<K>,
    options?: CallOptions,
  ): Promise<Value<K>>;
  platform: Platform;
  AuthError: typeof AuthErrorClass;
  ownError: typeof OwnError;
}

export type Extras = Pick<
  SessionClient,
  | 'account'
  | 'initialize'
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
  Redirects &
  SignInSteps & {
    /** What `credentialsProvider()` gives out. */
    credentials: ReturnType<SessionClient['credentialsProvider']>;
  };

export function createExtras(core: Core): Extras {
  const { fetchAuthSession, send, change, ownError } = core;

  async function getSession(options?: CallOptions): Promise<AuthSession | null> {
    try {
      const session = await fetchAuthSession(options);
      return session.tokens || session.credentials ? session : null;
    } catch {
      options?.signal?.throwIfAborted();
      return null;
    }
  }

  async function credentials({ forceRefresh = false } = {}): Promise<
    AWSCredentials & { identityId?: string }
  > {
    const session = await fetchAuthSession({ forceRefresh });
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
    account: (request, options) => change('account', request, options),
    initialize: getSession,
    getSession,
    refreshSession: (forceRefresh = false, options) => fetchAuthSession({ ...options, forceRefresh }),
    isAuthenticated: async (options) => (await getSession(options))?.tokens !== undefined,
    getCredentials: async (options) => (await getSession(options))?.credentials ?? null,
    clearSession: async (options) => void (await change('signOut', { revoke: false }, options)),
    describeTokens: async (options) => (await send('describe', undefined, options)).tokens ?? null,
    getUserInfo: async (options) => (await send('describe', undefined, options)).user ?? null,
    withAWSCredentials: async (operation) => operation(await credentials()),
    credentials,
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
