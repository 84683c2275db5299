/** aws-amplify on a page, as an app uses it. The tests call it through `window.amplify` and get plain data back. */
import { Amplify } from 'aws-amplify';
import {
  confirmSignIn,
  fetchAuthSession,
  fetchUserAttributes,
  getCurrentUser,
  signIn,
  signOut,
  type AuthUser,
} from 'aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from 'aws-amplify/auth/cognito';
import { CookieStorage, Hub } from 'aws-amplify/utils';
import type { AmplifyProviders } from '../../client/amplify.js';

/** Where the pools are, and how the app wants to use them. */
export interface AmplifyPools {
  userPoolId: string;
  userPoolClientId: string;
  identityPoolId: string;
  endpoints: { userPool: string; identityPool: string };
  allowGuestAccess: boolean;
}

/** A session as plain data: a JWT object can't leave the page. */
export interface PlainSession {
  accessToken: string | undefined;
  idToken: string | undefined;
  accessKeyId: string | undefined;
  sessionToken: string | undefined;
  expiresAtMs: number | undefined;
  identityId: string | undefined;
  userSub: string | undefined;
}

export type Flow = 'USER_SRP_AUTH' | 'USER_PASSWORD_AUTH';

export interface AmplifyPage {
  /** With providers, Amplify has its session from them. */
  configure(pools: AmplifyPools, providers?: AmplifyProviders): void;
  /** After `configure()`, which says where it keeps the tokens. Default: in the web storage. */
  keepInCookies(settings: ConstructorParameters<typeof CookieStorage>[0]): void;
  /** Resolves with the name of the next step, `DONE` at the end. */
  signIn(username: string, password: string, authFlowType: Flow): Promise<string>;
  /** By USER_AUTH, with a passkey of this browser. */
  signInWithPasskey(username: string): Promise<string>;
  confirmSignIn(challengeResponse: string): Promise<string>;
  session(options?: {
    forceRefresh: boolean;
    clientMetadata?: Record<string, string>;
  }): Promise<PlainSession>;
  /** Names of the Hub's events of this page so far. */
  readonly events: string[];
  currentUser(): Promise<AuthUser>;
  attributes(): Promise<Record<string, string | undefined>>;
  signOut(options?: { global: boolean }): Promise<void>;
  /** The refresh token that Amplify keeps in the web storage. */
  storedRefreshToken(): string | undefined;
  /** Puts another one there, as a tab that missed a rotation would have. */
  storeRefreshToken(token: string): void;
}

declare global {
  interface Window {
    amplify: AmplifyPage;
  }
}

const events: string[] = [];
Hub.listen('auth', ({ payload }) => events.push(payload.event));

window.amplify = {
  events,
  configure({ userPoolId, userPoolClientId, identityPoolId, endpoints, allowGuestAccess }, providers) {
    Amplify.configure(
      {
        Auth: {
          Cognito: {
            userPoolId,
            userPoolClientId,
            identityPoolId,
            allowGuestAccess,
            userPoolEndpoint: endpoints.userPool,
            identityPoolEndpoint: endpoints.identityPool,
          },
        },
      },
      providers && { Auth: providers },
    );
  },
  keepInCookies(settings) {
    cognitoUserPoolsTokenProvider.setKeyValueStorage(new CookieStorage(settings));
  },
  async signIn(username, password, authFlowType) {
    const { nextStep } = await signIn({ username, password, options: { authFlowType } });
    return nextStep.signInStep;
  },
  async signInWithPasskey(username) {
    const { nextStep } = await signIn({
      username,
      options: { authFlowType: 'USER_AUTH', preferredChallenge: 'WEB_AUTHN' },
    });
    return nextStep.signInStep;
  },
  async confirmSignIn(challengeResponse) {
    const { nextStep } = await confirmSignIn({ challengeResponse });
    return nextStep.signInStep;
  },
  async session(options) {
    const { tokens, credentials, identityId, userSub } = await fetchAuthSession(options);
    return {
      accessToken: tokens?.accessToken.toString(),
      idToken: tokens?.idToken?.toString(),
      accessKeyId: credentials?.accessKeyId,
      sessionToken: credentials?.sessionToken,
      expiresAtMs: credentials?.expiration?.getTime(),
      identityId,
      userSub,
    };
  },
  currentUser: getCurrentUser,
  attributes: fetchUserAttributes,
  signOut,
  storedRefreshToken() {
    const key = refreshTokenKey();
    return key === undefined ? undefined : (localStorage.getItem(key) ?? undefined);
  },
  storeRefreshToken(token) {
    const key = refreshTokenKey();
    if (key === undefined) throw new Error('Amplify keeps no refresh token now.');
    localStorage.setItem(key, token);
  },
};

function refreshTokenKey(): string | undefined {
  return Object.keys(localStorage).find((key) => key.endsWith('.refreshToken'));
}
