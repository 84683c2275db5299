/**
 * The calls that a page loads when it first makes one of them: each is a few words more than a call of the core. They are a
 * file of their own, so that pages which do not make them do not pay for them.
 */
import type { AWSCredentials } from '../worker/contract.js';
import type { ownError as OwnError } from '../worker/errors.js';
import type { Argument, Value } from './link.js';
import type { AuthSession, CallOptions, SessionClient } from './types.js';

/** What the core gives to them. Errors are made there: in a file of its own the class would be another one. */
export interface Core {
  fetchAuthSession: SessionClient['fetchAuthSession'];
  describe(options?: CallOptions): Promise<Value<'describe'>>;
  signOut(input: Argument<'signOut'>, options?: CallOptions): Promise<Value<'signOut'>>;
  ownError: typeof OwnError;
}

export type Extras = Pick<
  SessionClient,
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
> & {
  /** What `credentialsProvider()` gives out. */
  credentials: ReturnType<SessionClient['credentialsProvider']>;
};

export function createExtras({ fetchAuthSession, describe, signOut, ownError }: Core): Extras {
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
    initialize: getSession,
    getSession,
    refreshSession: (forceRefresh = false, options) => fetchAuthSession({ ...options, forceRefresh }),
    isAuthenticated: async (options) => (await getSession(options))?.tokens !== undefined,
    getCredentials: async (options) => (await getSession(options))?.credentials ?? null,
    clearSession: async (options) => void (await signOut({ revoke: false }, options)),
    describeTokens: async (options) => (await describe(options)).tokens ?? null,
    getUserInfo: async (options) => (await describe(options)).user ?? null,
    withAWSCredentials: async (operation) => operation(await credentials()),
    credentials,
    async bearerToken(use, options) {
      const { tokens } = await fetchAuthSession(options);
      const token = use === 'id' ? tokens?.idToken : tokens?.accessToken;
      if (token) return token.toString();
      throw ownError('UserUnAuthenticatedException', `There is no ${use} token.`, 'Sign in first.');
    },
  };
}
