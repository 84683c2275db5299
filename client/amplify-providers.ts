/** Has what an app keeps of Amplify v6 (Storage, API, Data) run on this session. Amplify itself is not imported. */
import { defaultClient } from './index.js';
import type { AWSCredentials } from '../worker/contract.js';
import type { AuthError } from '../worker/errors.js';
import type { AuthTokens, JWT, SessionClient } from './types.js';

/** Options of `amplifyProviders()`. */
export interface AmplifyProvidersOptions {
  /** Default: the client that `configure()` made, asked for at each call. */
  client?: SessionClient;
}

/** Amplify's `TokenProvider`. */
export interface AmplifyTokenProvider {
  /** Null: nobody is signed in. */
  getTokens(options?: {
    forceRefresh?: boolean;
  }): Promise<Pick<AuthTokens, 'accessToken' | 'idToken'> | null>;
}

/** Amplify's `CredentialsAndIdentityIdProvider`. */
export interface AmplifyCredentialsProvider {
  /** Undefined: whoever has these tokens, or the guest, has no credentials. */
  getCredentialsAndIdentityId(options: {
    tokens?: { accessToken: Pick<JWT, 'toString'> & { payload: { sub?: string } } };
  }): Promise<{ credentials: AWSCredentials; identityId?: string } | undefined>;
  /** Does nothing: the credentials are of all tabs. */
  clearCredentialsAndIdentityId(): void;
}

/** What `Amplify.configure(config, { Auth })` takes as `Auth`. */
export interface AmplifyProviders {
  tokenProvider: AmplifyTokenProvider;
  credentialsProvider: AmplifyCredentialsProvider;
}

/**
 * For `Amplify.configure(config, { Auth: amplifyProviders() })`: Amplify's own `fetchAuthSession()`, and with it Storage, API and
 * Data, then have the tokens, the credentials and the identity of this session. May be called before `configure()`. Signed out there
 * are no tokens, and credentials only for guests that are allowed. A forced refresh is one for all tabs.
 *
 * As with Amplify's own, a session that Cognito ended with `NotAuthorizedException` is signed out, and every other failure rejects,
 * that of the credentials too. Amplify's `signOut()` does not end this session; call this package's.
 */
export function amplifyProviders({ client }: AmplifyProvidersOptions = {}): AmplifyProviders {
  const fetchAuthSession: SessionClient['fetchAuthSession'] = (options) =>
    (client ?? defaultClient()).fetchAuthSession(options);

  return {
    tokenProvider: {
      async getTokens({ forceRefresh = false } = {}) {
        try {
          return (await fetchAuthSession({ forceRefresh })).tokens ?? null;
        } catch (error) {
          if ((error as AuthError).name !== 'NotAuthorizedException') throw error;
          // A gateway may have said so, and the session goes on.
          if ((await fetchAuthSession()).tokens) throw error;
          return null;
        }
      },
    },
    credentialsProvider: {
      // Amplify has asked for the tokens just before, and a refresh that it forced there has brought new credentials, too.
      async getCredentialsAndIdentityId({ tokens }) {
        const { credentials, credentialsError, identityId, userSub } = await fetchAuthSession();
        // Somebody signed in or out between the two questions: no user gets the credentials of another.
        if (userSub !== tokens?.accessToken.payload.sub) return undefined;
        if (credentialsError) throw credentialsError;
        return credentials && { credentials, ...(identityId !== undefined && { identityId }) };
      },
      clearCredentialsAndIdentityId: () => undefined,
    },
  };
}
