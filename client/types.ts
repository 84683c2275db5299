/** The public types of the package. */
import type { AuthError } from '../worker/errors.js';
import type {
  AccountOperation,
  AccountOutput,
  AccountRequest,
  AuthUser,
  AWSCredentials,
  ConfirmSignInInput,
  LogEntry,
  RuntimeInspection,
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

/** Diagnostics: how this page reaches the session, and what the worker tells of itself. It holds no secret. */
export interface SessionInspection extends RuntimeInspection {
  transport: Transport | 'none';
  /** Why it is not the first rung of the ladder, if it isn't. */
  transportReason?: string;
  /** Another one with each run of the worker. */
  workerInstanceId?: string;
  protocolVersion: number;
  /** Goes up with each change of the session. */
  revision: number;
}

/**
 * One session, seen from this page. It connects on its first call. Every call that waits is bounded (15 s) and rejects with
 * an `AuthError`: `TimeoutException`, `UnsupportedEnvironmentException`, `ConfigurationMismatchException`,
 * `ClientClosedException`, and those named at each call. An aborted call rejects with its signal's reason.
 */
export interface SessionClient {
  /**
   * The session. Signed out, it resolves with `tokens: undefined`, and with guest credentials where they are allowed.
   * Within a second of the last answer it is answered in the page, without a message.
   * @throws AuthError `NetworkError` or Cognito's name when a refresh that was needed failed (the session is kept);
   * `NotAuthorizedException` and the like once, when Cognito ended the session.
   */
  fetchAuthSession(options?: FetchAuthSessionOptions): Promise<AuthSession>;
  /** What this tab knows now. Never asks, never refreshes; the same object until something in it changes. */
  peekSession(): AuthSession | undefined;
  /**
   * Who is signed in.
   * @throws AuthError `UserUnAuthenticatedException` when nobody is; `AuthUserPoolException` without a user pool.
   */
  getCurrentUser(options?: CallOptions): Promise<AuthUser>;
  /**
   * Signs in, for all tabs (InitiateAuth, RespondToAuthChallenge).
   * @throws AuthError with Cognito's name; `UserAlreadyAuthenticatedException`; `WorkerRestartedException`.
   */
  signIn(input: SignInInput, options?: CallOptions): Promise<SignInOutput>;
  /**
   * Answers the next step that `signIn()` named (RespondToAuthChallenge).
   * @throws AuthError as `signIn()`; `SignInException` when no sign-in waits for an answer.
   */
  confirmSignIn(input: ConfirmSignInInput, options?: CallOptions): Promise<SignInOutput>;
  /**
   * Signs out in all tabs and revokes (RevokeToken; with `global`, GlobalSignOut). Resolves when no tab can get this session any
   * more: when all have confirmed it, or after 1 s; and when Cognito has answered, or after 3 s.
   */
  signOut(input?: SignOutInput, options?: CallOptions): Promise<SignOutOutput>;
  /** One request about the account. Use the functions of `cognito-session-worker/account`, which say what each one does. */
  account(request: AccountRequest, options?: CallOptions): Promise<AccountOutput<AccountOperation>>;
  /** Calls the listener after each change, not on subscription. @returns the function that ends it. */
  onSessionChange(listener: SessionListener): () => void;
  /** How this page reaches the session. */
  inspectSession(options?: CallOptions): Promise<SessionInspection>;
  /** Ends the client: its calls reject, its listeners hear nothing more. The session goes on in other tabs. */
  close(): void;
}
