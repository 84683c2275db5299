/** Compiled, never run: the public API as an app sees it. */
import type { CognitoIdentityClient } from '@aws-sdk/client-cognito-identity';
import { expectTypeOf } from 'vitest';
import * as api from './index.js';
import type {
  AuthSession,
  AuthTokens,
  AuthUser,
  AWSCredentials,
  BeforeSignOutHandler,
  CallOptions,
  ConfirmSignInInput,
  FetchAuthSessionOptions,
  JWT,
  JWTHeader,
  JWTPayload,
  LogEntry,
  SessionClient,
  SessionConfig,
  SessionEvent,
  SessionInspection,
  SessionListener,
  SignInInput,
  SignInOutput,
  SignOutInput,
  SignOutOutput,
  SignOutReason,
  TokenDescriptions,
  Transport,
  UserInfo,
} from './index.js';

// Every export is listed here, and none is `any`.
expectTypeOf<keyof typeof api>().toEqualTypeOf<
  | 'adoptSession'
  | 'AuthError'
  | 'bearerToken'
  | 'clearSession'
  | 'configure'
  | 'confirmSignIn'
  | 'createSessionClient'
  | 'credentialsProvider'
  | 'decodeJWT'
  | 'describeTokens'
  | 'defaultClient'
  | 'extendSession'
  | 'fetchAuthSession'
  | 'getCredentials'
  | 'getCurrentUser'
  | 'getSession'
  | 'getUserInfo'
  | 'holdSession'
  | 'initialize'
  | 'inspectSession'
  | 'isAuthenticated'
  | 'onBeforeSignOut'
  | 'onSessionChange'
  | 'ownError'
  | 'pendingSignIn'
  | 'peekSession'
  | 'refreshSession'
  | 'signIn'
  | 'signInWithRedirect'
  | 'signOut'
  | 'standInForDefaultClient'
  | 'withAWSCredentials'
>();
expectTypeOf<(typeof api)[keyof typeof api]>().not.toBeAny();

expectTypeOf(api.configure).toEqualTypeOf<(config: SessionConfig) => SessionClient>();
expectTypeOf(api.createSessionClient).toEqualTypeOf<(config: SessionConfig) => SessionClient>();
expectTypeOf(api.decodeJWT).toEqualTypeOf<(token: string) => JWT>();

// The functions of the default client are the client's own.
expectTypeOf<Omit<SessionClient, 'account' | 'close'>>().toEqualTypeOf<
  Omit<
    typeof api,
    | 'AuthError'
    | 'configure'
    | 'createSessionClient'
    | 'decodeJWT'
    | 'defaultClient'
    | 'ownError'
    | 'standInForDefaultClient'
  >
>();
expectTypeOf<SessionClient['close']>().toEqualTypeOf<() => void>();
expectTypeOf(api.fetchAuthSession).toEqualTypeOf<
  (options?: FetchAuthSessionOptions) => Promise<AuthSession>
>();
expectTypeOf(api.peekSession).toEqualTypeOf<() => AuthSession | undefined>();
expectTypeOf(api.getCurrentUser).toEqualTypeOf<(options?: CallOptions) => Promise<AuthUser>>();
expectTypeOf(api.signIn).toEqualTypeOf<
  (input: SignInInput, options?: CallOptions) => Promise<SignInOutput>
>();
expectTypeOf(api.confirmSignIn).toEqualTypeOf<
  (input: ConfirmSignInInput, options?: CallOptions) => Promise<SignInOutput>
>();
expectTypeOf(api.pendingSignIn).toEqualTypeOf<(options?: CallOptions) => Promise<SignInOutput | null>>();
expectTypeOf(api.extendSession).toEqualTypeOf<(options?: CallOptions) => Promise<void>>();
expectTypeOf(api.signOut).toEqualTypeOf<
  (input?: SignOutInput, options?: CallOptions) => Promise<SignOutOutput>
>();
expectTypeOf(api.onSessionChange).toEqualTypeOf<(listener: SessionListener) => () => void>();
expectTypeOf(api.onBeforeSignOut).toEqualTypeOf<(handler: BeforeSignOutHandler) => () => void>();
expectTypeOf<Parameters<BeforeSignOutHandler>>().toEqualTypeOf<
  [{ reason: SignOutReason; deadlineMs: number; signal: AbortSignal }]
>();
expectTypeOf(api.holdSession).toEqualTypeOf<(reason: string) => () => void>();
expectTypeOf(api.inspectSession).toEqualTypeOf<(options?: CallOptions) => Promise<SessionInspection>>();

expectTypeOf(api.getSession).toEqualTypeOf<(options?: CallOptions) => Promise<AuthSession | null>>();
expectTypeOf(api.describeTokens).toEqualTypeOf<
  (options?: CallOptions) => Promise<TokenDescriptions | null>
>();
expectTypeOf(api.getUserInfo).toEqualTypeOf<(options?: CallOptions) => Promise<UserInfo | null>>();
// Any client of the AWS SDK takes the provider.
expectTypeOf(api.credentialsProvider()).toExtend<
  NonNullable<NonNullable<ConstructorParameters<typeof CognitoIdentityClient>[0]>['credentials']>
>();

// The session has Amplify's shape.
expectTypeOf<AuthSession>().toEqualTypeOf<{
  tokens?: AuthTokens;
  credentials?: AWSCredentials;
  identityId?: string;
  userSub?: string;
  refreshTokenExpiresAt?: Date;
  credentialsError?: api.AuthError;
}>();
expectTypeOf<AuthTokens>().toEqualTypeOf<{ accessToken: JWT; idToken?: JWT; refreshToken?: string }>();
expectTypeOf<AWSCredentials>().toEqualTypeOf<{
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}>();
expectTypeOf<AuthUser>().toExtend<{ userId: string; username: string }>();
expectTypeOf<JWT>().toEqualTypeOf<{
  header: JWTHeader;
  payload: JWTPayload;
  signature: string;
  toString(): string;
}>();
expectTypeOf<JWTHeader>().toEqualTypeOf<{ alg: string; typ?: string; kid?: string }>();
expectTypeOf<JWTPayload['sub' | 'iss']>().toEqualTypeOf<string>();
expectTypeOf<JWTPayload['exp' | 'iat']>().toEqualTypeOf<number>();
expectTypeOf<JWTPayload['token_use']>().toEqualTypeOf<'access' | 'id'>();
// Which of Cognito's two tokens has which, the type can't tell.
expectTypeOf<JWTPayload['aud' | 'scope']>().toEqualTypeOf<string | undefined>();
expectTypeOf<JWTPayload['cognito:groups']>().toBeAny();
expectTypeOf<CallOptions>().toEqualTypeOf<{ signal?: AbortSignal }>();
expectTypeOf<FetchAuthSessionOptions>().toEqualTypeOf<{
  signal?: AbortSignal;
  forceRefresh?: boolean;
  rejectedToken?: string;
  clientMetadata?: Record<string, string>;
  waitForSignIn?: boolean;
}>();

// Signed out is `null` to a listener, and each event can be told from the others.
expectTypeOf<Parameters<SessionListener>>().toEqualTypeOf<[AuthSession | null, SessionEvent]>();
expectTypeOf<SessionEvent['type']>().toEqualTypeOf<
  | 'signedIn'
  | 'tokenRefresh'
  | 'tokenRefresh_failure'
  | 'signedOut'
  | 'sessionEnding'
  | 'sessionExtended'
  | 'signInWithRedirect'
  | 'signInWithRedirect_failure'
  | 'customOAuthState'
>();
expectTypeOf<Extract<SessionEvent, { type: 'signedOut' }>['reason']>().toEqualTypeOf<
  'user' | 'rejected' | 'expired' | 'idle' | 'policy'
>();

// Nothing has to be configured that has a default.
expectTypeOf<Record<never, never>>().toExtend<SessionConfig>();
expectTypeOf<SessionConfig['worker']>().toEqualTypeOf<
  ((options: WorkerOptions) => SharedWorker | Worker) | undefined
>();
expectTypeOf<SessionConfig['logger']>().toEqualTypeOf<((entry: LogEntry) => void) | undefined>();
expectTypeOf<Transport>().toEqualTypeOf<'shared-worker' | 'worker' | 'page'>();
