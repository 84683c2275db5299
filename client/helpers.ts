/** What apps build around `fetchAuthSession()`: each is a few words more than that call, and has no rules of its own. */
import { ownError, type AuthError } from '../worker/errors.js';
import type { AWSCredentials } from '../worker/contract.js';
import type { AuthSession, CallOptions, SessionClient } from './types.js';

export type Helpers = Pick<
  SessionClient,
  | 'initialize'
  | 'getSession'
  | 'refreshSession'
  | 'isAuthenticated'
  | 'getCredentials'
  | 'withAWSCredentials'
  | 'credentialsProvider'
  | 'bearerToken'
>;

export function createHelpers(fetchAuthSession: SessionClient['fetchAuthSession']): Helpers {
  async function getSession(options?: CallOptions): Promise<AuthSession | null> {
    try {
      const session = await fetchAuthSession(options);
      return session.tokens || session.credentials ? session : null;
    } catch {
      options?.signal?.throwIfAborted();
      return null;
    }
  }

  async function credentials(options?: {
    forceRefresh?: boolean;
  }): Promise<AWSCredentials & { identityId?: string }> {
    const { credentials: held, credentialsError, identityId } = await fetchAuthSession(options);
    if (!held) throw credentialsError ?? noCredentials();
    return { ...held, ...(identityId && { identityId }) };
  }

  return {
    initialize: getSession,
    getSession,
    refreshSession: (forceRefresh = false, options) => fetchAuthSession({ ...options, forceRefresh }),
    isAuthenticated: async (options) => !!(await getSession(options))?.tokens,
    getCredentials: async (options) => (await getSession(options))?.credentials ?? null,
    withAWSCredentials: async (operation) => operation(await credentials()),
    credentialsProvider:
      () =>
      ({ forceRefresh = false } = {}) =>
        credentials({ forceRefresh }),
    async bearerToken(use, options) {
      const { tokens } = await fetchAuthSession(options);
      const token = tokens?.[use === 'id' ? 'idToken' : 'accessToken'];
      if (!token)
        throw ownError('UserUnAuthenticatedException', `There is no ${use} token.`, 'Sign in first.');
      return token.toString();
    },
  };
}

function noCredentials(): AuthError {
  return ownError(
    'CredentialsException',
    'There are no AWS credentials.',
    'Configure an identity pool, and sign in or allow guests.',
  );
}
