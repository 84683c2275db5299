/** The public types of the package. */
import type { AuthError } from '../worker/errors.js';
import type {
  AccountOperation,
  AccountOutput,
  AccountRequest,
  AdoptSessionInput,
  AuthUser,
  AWSCredentials,
  BeforeSignOut,
  ConfirmSignInInput,
  JWTParts,
  LogEntry,
  OAuthConfig,
  RuntimeInspection,
  SignInInput,
  SignInWithRedirectInput,
  SignInStep,
  SignOutInput,
  SignOutOutput,
  SessionEnding,
  SignInOrigin,
  SessionPolicy,
  SignOutReason,
  TokenDescriptions,
  UserInfo,
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
  /**
   * How long the app client's refresh tokens are valid, in seconds: 3600 (60 minutes) to 315360000 (10 years), as it is set
   * in Cognito (UserPoolClientType, RefreshTokenValidity). No default: Cognito's tokens do not tell it. With it, every tab is warned
   * of the session's end (`policy`), and a last refresh shortly before the refresh token's end carries the session on to the end of
   * that access token.
   */
  refreshTokenValiditySeconds?: number;
  /**
   * True: `tokens.refreshToken` is in the session. Default false, which keeps it out of the page's memory, where any script,
   * extension or error report that gets hold of a session object would find it. For apps that must hand it on.
   */
  exposeRefreshToken?: boolean;
  /** Where the session is kept. Default `indexeddb`; `memory` ends it with the last tab. */
  persistence?: 'indexeddb' | 'memory';
  /** Managed login: Cognito's own sign-in pages. */
  oauth?: OAuthConfig;
  /**
   * The IAM role that users' credentials are asked for with, `arn:aws:iam::<account>:role/<name>`: one of those that the token's
   * `cognito:roles` or the identity pool's rules allow. Guests' credentials are not asked for with it. Default: the identity
   * pool chooses (GetCredentialsForIdentity, CustomRoleArn).
   */
  customRoleArn?: string;
  /**
   * Gives the tokens of other identity providers, by their names in the identity pool: `{ 'accounts.google.com': idToken }`. They
   * go to GetId and GetCredentialsForIdentity together with the user pool's (Logins); without a user pool, whoever they name is
   * the identity. Asked in one tab for all, when AWS credentials are needed and the tokens given before have expired. Give `{}`
   * while nobody is logged in there; after somebody has logged in or out there, call `fetchAuthSession({ forceRefresh: true })`.
   * Bound: 2 s. The tokens are never stored.
   */
  logins?: () => Promise<Record<string, string>>;
  /**
   * Gives the client metadata of refreshes that have none of their own, for Cognito's Lambda triggers. Asked in one tab for all
   * before each of them; a refresh goes on without it after 2 s, or when it fails.
   */
  clientMetadataProvider?: () => Promise<Record<string, string>>;
  /** How the session ends. */
  policy?: SessionPolicy;
  /**
   * True: whose session ended other than by a sign-out is kept on this device (username and `sub`, no token), so that a later sign-in
   * of the same user is told as `resumed` even after the browser was closed. Default false, as for devices that people share: it is
   * known until the last tab is closed.
   */
  rememberLastUser?: boolean;
  /** Builds the worker, where a bundler, a CSP or Trusted Types need an entry of the app's own. */
  worker?: (options: WorkerOptions) => SharedWorker | Worker;
  /** Where the worker's file is, if not beside the package's own. Same origin as the page. */
  workerUrl?: string | URL;
  /** Gets the worker's log, redacted. */
  logger?: (entry: LogEntry) => void;
}

/** A decoded token. `toString()` gives the string to send. Nothing here was verified. */
export interface JWT extends JWTParts {
  toString(): string;
}

/** The tokens of the user pool. */
export interface AuthTokens {
  accessToken: JWT;
  idToken?: JWT;
  /** Only with `exposeRefreshToken`. */
  refreshToken?: string;
}

/** What `fetchAuthSession()` resolves with. Signed out: `tokens` is undefined. */
export interface AuthSession {
  tokens?: AuthTokens;
  credentials?: AWSCredentials;
  identityId?: string;
  /** The `sub` claim of the access token. */
  userSub?: string;
  /**
   * When the refresh token ends: `auth_time` and the configured `refreshTokenValiditySeconds`, on Cognito's clock. Rotation does not
   * prolong it. The session goes on until the last access token has expired (`sessionEnding.endsAtMs`). Undefined where the validity is not configured.
   */
  refreshTokenExpiresAt?: Date;
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
  /**
   * True: while nobody is signed in, the call waits, and resolves with the session of whoever signs in next, in any tab. Also when
   * Cognito ends the session upon this very call. Nothing is asked meanwhile. It waits without a bound: until a sign-in, `signal`,
   * or `close()` (`ClientClosedException`). Who signs in may be another user than the one before (`signedIn` tells). Default false.
   */
  waitForSignIn?: boolean;
}

/** AWS credentials as the AWS SDK asks for them; it has its own type for this function, which this one fits. */
export interface CredentialsProvider {
  (options?: { forceRefresh?: boolean }): Promise<AWSCredentials & { identityId?: string }>;
  /** Tells the AWS SDK not to keep what it was given. */
  readonly memoized: true;
}

/** What an authenticator app is set up with. */
export interface TOTPSetupDetails {
  /** For who types it in. */
  sharedSecret: string;
  /** The `otpauth:` URI for a QR code. `accountName` is by default what the user typed as name. */
  getSetupUri(appName: string, accountName?: string): URL;
}

/** Output of `signIn()` and `confirmSignIn()`, as in Amplify v6. */
export interface SignInOutput {
  isSignedIn: boolean;
  nextStep: SignInStep<TOTPSetupDetails>;
}

/** What happened to the session, in Amplify's Hub names where it has one. */
export type SessionEvent =
  /** After a session that ended other than by a sign-out: `resumed` for the same user, `previousUser` for another. */
  | ({ type: 'signedIn' } & SignInOrigin)
  | { type: 'tokenRefresh' }
  | { type: 'tokenRefresh_failure'; error: AuthError }
  | { type: 'signedOut'; reason: SignOutReason; error?: AuthError }
  /**
   * Once in each tab for each threshold of `policy.warnBeforeEndSeconds`; of those that passed in sleep, for the last one. With
   * cause `idle`, `policy.idle.warnSeconds` before the end, and again each time after `sessionExtended`.
   */
  | ({ type: 'sessionEnding' } & SessionEnding)
  /** Somebody uses the session again, in this tab or another: the warning of cause `idle` is taken back. */
  | { type: 'sessionExtended' }
  /** These three only in the tab that came back from Cognito's pages. */
  | { type: 'signInWithRedirect' }
  | { type: 'signInWithRedirect_failure'; error: AuthError }
  | { type: 'customOAuthState'; data: string };

/** Called after each change; `null` means that nobody is signed in. */
export type SessionListener = (session: AuthSession | null, event: SessionEvent) => void;

/** Called before a session ends, to save what needs it. The end waits for a promise. */
export type BeforeSignOutHandler = (event: BeforeSignOut) => void | Promise<void>;

/** How this page reaches the session. */
export type Transport = 'shared-worker' | 'worker' | 'page';

/** Diagnostics: how this page reaches the session, and what the worker tells of itself. It holds no secret. */
export interface SessionInspection extends RuntimeInspection {
  transport: Transport | 'none';
  /** The app client of this page's config. */
  userPoolClientId?: string;
  /** Why it is not the first rung of the ladder, if it isn't. */
  transportReason?: string;
  /** Another one with each run of the worker. */
  workerInstanceId?: string;
  protocolVersion: number;
  /** Goes up with each change of the session. */
  revision: number;
}

/**
 * One session, seen from this page. It connects on its first call. Every call that waits is bounded (15 s), but for one that waits
 * for a sign-in, and rejects with an `AuthError`: `TimeoutException`, `UnsupportedEnvironmentException`,
 * `ConfigurationMismatchException`, `ClientClosedException`, and those named at each call. An aborted call rejects with its
 * signal's reason.
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
   * @throws AuthError with Cognito's name; `UserAlreadyAuthenticatedException`; `WorkerRestartedException`;
   * `PasskeyNotSupported`, `PasskeyAuthenticationCanceled`, `PasskeyRetrievalFailed`.
   */
  signIn(input: SignInInput, options?: CallOptions): Promise<SignInOutput>;
  /**
   * Answers the next step that `signIn()` named (RespondToAuthChallenge).
   * After a wrong code (`CodeMismatchException`) the step waits on. Also from another tab, or after a reload.
   * @throws AuthError as `signIn()`; `SignInException` when no sign-in waits for an answer.
   */
  confirmSignIn(input: ConfirmSignInInput, options?: CallOptions): Promise<SignInOutput>;
  /**
   * Takes over, for all tabs, a session that began elsewhere: in Amplify, in another library, in the app around a web view. It
   * asks Cognito nothing, and listeners hear `signedIn`. Tokens that have expired, or whose age is not known, are refreshed when
   * they are first asked for; a refresh token is needed, since without one the session would end within the hour. A guest's
   * identity becomes the user's, as at a sign-in.
   *
   * May be repeated: of the sign-in that goes on here already, tokens that were issued later take the place of those held
   * (`tokenRefresh`), and others change nothing. Where it rejects, nothing is stored or revoked, and who is signed in stays.
   * @throws AuthError `UserAlreadyAuthenticatedException` while a session of another sign-in goes on; `InvalidTokenException`
   * for tokens that can't be read, or are of another pool, app client, or of two users; `InvalidInputException` naming the
   * field; `TokenRevokedException` for a session that somebody signed out of here; `SignInException` when somebody signed out
   * meanwhile; `AuthUserPoolException` without a user pool.
   */
  adoptSession(input: AdoptSessionInput, options?: CallOptions): Promise<AuthUser>;
  /**
   * Counts as activity in all tabs: the idle time (`policy.idle`) begins anew, and its warning is taken back (`sessionExtended`).
   * Resolves when that is stored. Where nobody is signed in, or no policy counts activity, it does nothing.
   */
  extendSession(options?: CallOptions): Promise<void>;
  /** The step that waits for the user, for a page that was reloaded meanwhile; null: none. */
  pendingSignIn(options?: CallOptions): Promise<SignInOutput | null>;
  /**
   * Goes to Cognito's sign-in pages. When the browser comes back to a configured URL, the client completes the sign-in by itself
   * (authorization code grant with PKCE), and every call waits for it. What came of it is told to `onSessionChange` listeners of that
   * tab: `signInWithRedirect`, `customOAuthState` or `signInWithRedirect_failure`.
   * @throws AuthError `OAuthNotConfigureException`; `InvalidOriginException`; `UserAlreadyAuthenticatedException`.
   */
  signInWithRedirect(input?: SignInWithRedirectInput, options?: CallOptions): Promise<void>;
  /**
   * Signs out in all tabs and revokes (RevokeToken; with `global`, GlobalSignOut). Resolves when no tab can get this session any
   * more: when all have confirmed it, or after 1 s; and when Cognito has answered, or after 3 s.
   */
  signOut(input?: SignOutInput, options?: CallOptions): Promise<SignOutOutput>;
  /**
   * Connects, and answers with the session, or null as `getSession()` does. For the start of an app.
   */
  initialize(options?: CallOptions): Promise<AuthSession | null>;
  /**
   * The session; null when there are neither tokens nor credentials, or none can be had now. It rejects only with the reason of
   * an aborted signal: who wants to know why there is none asks `fetchAuthSession()`.
   */
  getSession(options?: CallOptions): Promise<AuthSession | null>;
  /** `fetchAuthSession({ forceRefresh })`, default false. @throws AuthError as that. */
  refreshSession(forceRefresh?: boolean, options?: CallOptions): Promise<AuthSession>;
  /** Whether somebody is signed in. Guests are not. */
  isAuthenticated(options?: CallOptions): Promise<boolean>;
  /** The AWS credentials of the user or the guest, or null. */
  getCredentials(options?: CallOptions): Promise<AWSCredentials | null>;
  /**
   * Ends the session in all tabs without telling Cognito: the refresh token is dropped here, and stays good there until it
   * expires. Prefer `signOut()`, which revokes it; this is for an app client without revocation, or for a session that goes
   * on elsewhere. Resolves when no tab can get this session any more.
   */
  clearSession(options?: CallOptions): Promise<void>;
  /**
   * What the tokens are: purpose, expiry, app client, groups and scopes of each, and whether a refresh token is held. Null when
   * nobody is signed in. @throws AuthError as `fetchAuthSession()`.
   */
  describeTokens(options?: CallOptions): Promise<TokenDescriptions | null>;
  /** Who the ID token says the user is; null without one. @throws AuthError as `fetchAuthSession()`. */
  getUserInfo(options?: CallOptions): Promise<UserInfo | null>;
  /**
   * Calls the operation with credentials that are good, and answers with what it answers.
   * @throws AuthError the session's `credentialsError`, or `CredentialsException`; and what the operation throws.
   */
  withAWSCredentials<T>(
    operation: (credentials: AWSCredentials) => Promise<T> | T,
    options?: CallOptions,
  ): Promise<T>;
  /**
   * A provider for the `credentials` option of any client of the AWS SDK v3 (`AwsCredentialIdentityProvider`). An SDK client asks
   * it with each request, which costs no message while this page may answer, so that it always signs as whoever is signed in, for
   * as long as the session goes on. An SDK that does not know `memoized` keeps what it was given until five minutes before it
   * expires, over a sign-out too: there, make SDK clients anew on `signedOut`.
   * @throws AuthError, from the SDK's calls: the session's `credentialsError`; `CredentialsException` when nobody is signed in.
   */
  credentialsProvider(): CredentialsProvider;
  /**
   * The token to send as `Authorization: Bearer …`.
   *
   * `access`: for what the user may do. JWT authorizers of HTTP APIs, Cognito authorizers of REST APIs with scopes, Cognito's own
   * calls on the user's behalf. `id`: for who the user is. Cognito authorizers of REST APIs without scopes, AppSync where
   * resolvers read attributes, identity pools. Send neither to a server that is not yours.
   * @throws AuthError `UserUnAuthenticatedException` when there is no such token; else as `fetchAuthSession()`.
   */
  bearerToken(use: 'access' | 'id', options?: CallOptions): Promise<string>;
  /** One request about the account. Use the functions of `cognito-session-worker/account`, which say what each one does. */
  account(request: AccountRequest, options?: CallOptions): Promise<AccountOutput<AccountOperation>>;
  /** Calls the listener after each change, not on subscription. @returns the function that ends it. */
  onSessionChange(listener: SessionListener): () => void;
  /**
   * Calls the handler before a session ends by a sign-out, in whatever tab, by `policy`, or with the refresh token (where
   * `refreshTokenValiditySeconds` is told); not where Cognito ends it, nor where the end passed while the device slept. Meanwhile
   * `fetchAuthSession()` still gives tokens. The end waits for the handlers of all tabs, together, for as long as
   * `policy.saveDeadlineSeconds` at most; one that throws (reported as an uncaught error) or hangs holds up nobody past that. An end whose
   * time is known, by idle time or with the refresh token, does not wait: handlers run that long ahead of it (half of a short idle time
   * at most), and the session may yet go on, as somebody uses it. A handler that was added twice runs once.
   * @returns the function that takes it back.
   */
  onBeforeSignOut(handler: BeforeSignOutHandler): () => void;
  /**
   * Tells that this tab has unsaved work, until the returned function is called; a tab that is closed or crashes lets go of it, and so
   * does `close()`. Warnings of the session's end name the reasons of all tabs, `signOut({ respectHolds: true })` rejects with them,
   * and `policy.minRemaining` ends no session meanwhile. A page with a hold does not go into the back/forward cache.
   * @param reason What the work is, for the user: 1..200 characters. With another, nothing is held, and an `InvalidInputException` goes
   * where the page's uncaught errors go.
   */
  holdSession(reason: string): () => void;
  /** How this page reaches the session. */
  inspectSession(options?: CallOptions): Promise<SessionInspection>;
  /** Ends the client: its calls reject, its listeners hear nothing more. The session goes on in other tabs. */
  close(): void;
}
