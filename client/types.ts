/** The public types of the package. */
import type { AuthError } from '../worker/errors.js';
import type {
  AuthUser,
  AWSCredentials,
  ConfirmSignInInput,
  LogEntry,
  SignInInput,
  SignInOutput,
  SignOutInput,
  SignOutOutput,
  SignOutReason,
} from '../worker/contract.js';

/** Which pools to use, and how. A user pool, an identity pool, or both. */
export interface SessionConfig {
  /** `<region>_<id>`, for example `eu-central-1_AbCdEf123`. Goes with `userPoolClientId`. */
  userPoolId?: string;
  /** The id of an app client without a secret. */
  userPoolClientId?: string;
  /** `<region>:<uuid>`. With it, the session has AWS credentials. */
  identityPoolId?: string;
  /** True: nobody signed in still gets guest credentials from the identity pool. Default false. */
  allowGuestAccess?: boolean;
  /** Base URLs instead of AWS's own for the pool's region, for proxies and emulators. */
  endpoints?: { userPool?: string; identityPool?: string; oauth?: string };
  /** How long before expiry tokens are refreshed, in seconds. 0..3600, default 300; at most half of a token's life counts. */
  refreshMarginSeconds?: number;
  /** Where the session is kept. Default `indexeddb`; `memory` ends it with the last tab. */
  persistence?: 'indexeddb' | 'memory';
  /** Builds the worker, where a bundler, a CSP or Trusted Types need an entry of the app's own. */
  worker?: (options: WorkerOptions) => SharedWorker | Worker;
  /** Where the worker's file is, if not beside the package's own. Same origin as the page. */
  workerUrl?: string | URL;
  /** Gets the worker's log, redacted. */
  logger?: (entry: LogEntry) => void;
}

/** The header of a JSON Web Token (RFC 7519 section 5). */
export interface JWTHeader {
  alg: string;
  typ?: string;
  kid?: string;
}

/** The claims of a token of a Cognito user pool. Times are in seconds since the epoch. */
export interface JWTPayload {
  sub: string;
  iss: string;
  exp: number;
  iat: number;
  token_use: 'access' | 'id';
  aud?: string;
  scope?: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- custom claims have any type, as in Amplify
  [claim: string]: any;
}

/** A decoded token. `toString()` gives the string to send. Nothing here was verified. */
export interface JWT {
  header: JWTHeader;
  payload: JWTPayload;
  signature: string;
  toString(): string;
}

/** The tokens of the user pool. */
export interface AuthTokens {
  accessToken: JWT;
  idToken?: JWT;
  /** Only where the app asked to expose it. */
  refreshToken?: string;
}

/** What `fetchAuthSession()` resolves with. Signed out: `tokens` is undefined. */
export interface AuthSession {
  tokens?: AuthTokens;
  credentials?: AWSCredentials;
  identityId?: string;
  /** The `sub` claim of the access token. */
  userSub?: string;
  /** Tokens are good, but credentials could not be had. */
  credentialsError?: AuthError;
}

/** Every call takes a signal; an aborted call rejects with the signal's reason. */
export interface CallOptions {
  signal?: AbortSignal;
}

/** Options of `fetchAuthSession()`. */
export interface FetchAuthSessionOptions extends CallOptions {
  /** True: resolve with tokens from a request that finished after this call began. Calls at once share one. */
  forceRefresh?: boolean;
  /** The token that a server answered 401 to: refreshes only if it is still the current one. */
  rejectedToken?: string;
  /** Passed to Cognito's Lambda triggers with the refresh. */
  clientMetadata?: Record<string, string>;
}

/** What happened to the session, in Amplify's Hub names where it has one. */
export type SessionEvent =
  | { type: 'signedIn' }
  | { type: 'tokenRefresh' }
  | { type: 'tokenRefresh_failure'; error: AuthError }
  | { type: 'signedOut'; reason: SignOutReason; error?: AuthError };

/** Called after each change; `null` means that nobody is signed in. */
export type SessionListener = (session: AuthSession | null, event: SessionEvent) => void;

/** How this page reaches the session. */
export type Transport = 'shared-worker' | 'worker' | 'page';

/** Diagnostics of the connection. */
export interface SessionInspection {
  transport: Transport | 'none';
  /** Why it is not the first rung of the ladder, if it isn't. */
  transportReason?: string;
  workerInstanceId?: string;
  protocolVersion: number;
  revision: number;
}

/** One session, seen from this page. */
export interface SessionClient {
  fetchAuthSession(options?: FetchAuthSessionOptions): Promise<AuthSession>;
  peekSession(): AuthSession | undefined;
  getCurrentUser(options?: CallOptions): Promise<AuthUser>;
  signIn(input: SignInInput, options?: CallOptions): Promise<SignInOutput>;
  confirmSignIn(input: ConfirmSignInInput, options?: CallOptions): Promise<SignInOutput>;
  signOut(input?: SignOutInput, options?: CallOptions): Promise<SignOutOutput>;
  onSessionChange(listener: SessionListener): () => void;
  inspectSession(options?: CallOptions): Promise<SessionInspection>;
  close(): void;
}
