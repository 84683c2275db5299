/** The package's entry: the default client, and the functions that use it. */
import type {
  AdoptSessionInput,
  AuthUser,
  AWSCredentials,
  ConfirmSignInInput,
  SignInInput,
  SignInWithRedirectInput,
  SignOutInput,
  SignOutOutput,
  TokenDescriptions,
  UserInfo,
} from '../worker/contract.js';
import { ownError } from '../worker/errors.js';
import { createClient } from './client.js';
import { configKey, readConfig } from './config.js';
import { browser } from './platform.js';
import { createLadder } from './transports.js';
import type {
  AuthSession,
  BeforeSignOutHandler,
  CallOptions,
  CredentialsProvider,
  FetchAuthSessionOptions,
  SessionClient,
  SessionConfig,
  SessionInspection,
  SessionListener,
  SignInOutput,
} from './types.js';

export { AuthError, ownError, type ErrorMetadata, type OwnErrorName } from '../worker/errors.js';
export type {
  AdoptedDevice,
  AdoptSessionInput,
  AuthCodeDeliveryDetails,
  AuthFactorType,
  AuthFlowType,
  AuthMFAType,
  AuthUser,
  AWSCredentials,
  BeforeSignOut,
  ConfirmSignInInput,
  JWTHeader,
  JWTParts,
  JWTPayload,
  LastRefresh,
  LogEntry,
  OAuthConfig,
  RedirectProvider,
  RuntimeInspection,
  SessionCounters,
  SessionEnding,
  SignInOrigin,
  SessionPolicy,
  SignInDetails,
  SignInInput,
  SignInWithRedirectInput,
  SignInStep,
  SignOutInput,
  SignOutOutput,
  SignOutReason,
  TokenDescription,
  TokenDescriptions,
  UserInfo,
} from '../worker/contract.js';
export { decodeJWT } from './decode-jwt.js';
export type * from './types.js';

let current: { key: string; client: SessionClient } | undefined;
/** What stands in the place of the default client in an app's own tests. */
let standIn: SessionClient | undefined;

/**
 * Creates a client of its own, for pages with more than one pool. It connects on its first call.
 * @throws AuthError `InvalidConfigurationException` naming the field.
 */
export function createSessionClient(config: SessionConfig): SessionClient {
  return createClient(readConfig(config), config, browser, createLadder);
}

/**
 * Sets the default client, which the functions below use. An equal config (functions compared by their presence) gives
 * the same client again; with another config the old client is closed.
 * @throws AuthError `InvalidConfigurationException` naming the field.
 */
export function configure(config: SessionConfig): SessionClient {
  const runtime = readConfig(config);
  if (standIn) return standIn;
  const key = configKey(runtime, config);
  if (current?.key === key) return current.client;
  current?.client.close();
  current = { key, client: createClient(runtime, config, browser, createLadder) };
  return current.client;
}

/**
 * The default client, for the package's further entries.
 * @throws AuthError `AuthUserPoolException` before `configure()`.
 */
export function defaultClient(): SessionClient {
  if (standIn) return standIn;
  if (!current) throw ownError('AuthUserPoolException', 'Nothing is configured.', 'Call configure() first.');
  return current.client;
}

/** For the package's entry for tests: puts a client in the place of the default one, whatever is configured, or takes it out. */
export function standInForDefaultClient(client: SessionClient | undefined): void {
  standIn = client;
}

/**
 * The session: tokens, AWS credentials, identity. Signed out, it resolves with `tokens: undefined`.
 * Usually answered in the page, without a message; else by the worker, which refreshes if it has to.
 * @throws AuthError `NetworkError` or Cognito's name when a needed refresh failed; `NotAuthorizedException` and the like
 * once, when Cognito ended the session; `AuthUserPoolException` before `configure()`; `UnsupportedEnvironmentException`;
 * `ConfigurationMismatchException`; `TimeoutException` after 15 s.
 */
export async function fetchAuthSession(options?: FetchAuthSessionOptions): Promise<AuthSession> {
  return defaultClient().fetchAuthSession(options);
}

/** What this tab knows now. Never asks, never refreshes; the same object until it changes; undefined when nothing is known. */
export function peekSession(): AuthSession | undefined {
  return (standIn ?? current?.client)?.peekSession();
}

/**
 * Who is signed in.
 * @throws AuthError `UserUnAuthenticatedException` when nobody is; else as `fetchAuthSession()`.
 */
export async function getCurrentUser(options?: CallOptions): Promise<AuthUser> {
  return defaultClient().getCurrentUser(options);
}

/**
 * Signs in, for all tabs. SRP by default: the password does not leave this device.
 * @throws AuthError with Cognito's name (`NotAuthorizedException`, `UserNotFoundException`, `UserNotConfirmedException`,
 * `PasswordResetRequiredException` …); `UserAlreadyAuthenticatedException` while somebody is signed in;
 * `WorkerRestartedException` when the worker was replaced meanwhile.
 */
export async function signIn(input: SignInInput, options?: CallOptions): Promise<SignInOutput> {
  return defaultClient().signIn(input, options);
}

/**
 * Answers the challenge that `signIn()` named as its next step.
 * @throws AuthError as `signIn()`; `SignInException` when no sign-in waits for an answer.
 */
export async function confirmSignIn(input: ConfirmSignInInput, options?: CallOptions): Promise<SignInOutput> {
  return defaultClient().confirmSignIn(input, options);
}

/**
 * Takes over, for all tabs, a session that began elsewhere. It asks Cognito nothing; tokens that have expired, or whose age is not
 * known, are refreshed when they are first asked for. May be repeated with tokens of the same sign-in, of which the latest stay.
 * Where it rejects, nothing is stored or revoked.
 * @throws AuthError `UserAlreadyAuthenticatedException` while a session of another sign-in goes on; `InvalidTokenException` for
 * tokens that can't be read or are not this app's; `TokenRevokedException` for a session that somebody signed out of here;
 * `InvalidInputException` naming the field.
 */
export async function adoptSession(input: AdoptSessionInput, options?: CallOptions): Promise<AuthUser> {
  return defaultClient().adoptSession(input, options);
}

/**
 * Counts as activity in all tabs: the idle time (`policy.idle`) begins anew, and its warning is taken back (`sessionExtended`).
 * Resolves when that is stored. Where nobody is signed in, or no policy counts activity, it does nothing.
 */
export async function extendSession(options?: CallOptions): Promise<void> {
  return defaultClient().extendSession(options);
}

/** The step of a sign-in that waits for the user, for a page that was reloaded meanwhile; null: none. */
export async function pendingSignIn(options?: CallOptions): Promise<SignInOutput | null> {
  return defaultClient().pendingSignIn(options);
}

/**
 * Goes to Cognito's sign-in pages (managed login, OAuth 2.0 code grant with PKCE). Back on a configured URL, `configure()` completes
 * the sign-in, and calls wait for it.
 * @throws AuthError `OAuthNotConfigureException`; `InvalidOriginException`; `UserAlreadyAuthenticatedException`.
 */
export async function signInWithRedirect(
  input?: SignInWithRedirectInput,
  options?: CallOptions,
): Promise<void> {
  return defaultClient().signInWithRedirect(input, options);
}

/**
 * Signs out in every tab and revokes the refresh token. After it resolves, no tab gets this session any more.
 * Never rejects because of the network: signed out here, `revoked` says whether Cognito knows.
 */
export async function signOut(input?: SignOutInput, options?: CallOptions): Promise<SignOutOutput> {
  return defaultClient().signOut(input, options);
}

/** Connects, and answers with the session, or null as `getSession()` does. For the start of an app. */
export async function initialize(options?: CallOptions): Promise<AuthSession | null> {
  return defaultClient().initialize(options);
}

/**
 * The session; null when there are neither tokens nor credentials, or none can be had now. It rejects only with the reason of
 * an aborted signal, and before `configure()`.
 */
export async function getSession(options?: CallOptions): Promise<AuthSession | null> {
  return defaultClient().getSession(options);
}

/** `fetchAuthSession({ forceRefresh })`, default false. @throws AuthError as that. */
export async function refreshSession(forceRefresh?: boolean, options?: CallOptions): Promise<AuthSession> {
  return defaultClient().refreshSession(forceRefresh, options);
}

/** Whether somebody is signed in. Guests are not. */
export async function isAuthenticated(options?: CallOptions): Promise<boolean> {
  return defaultClient().isAuthenticated(options);
}

/** The AWS credentials of the user or the guest, or null. */
export async function getCredentials(options?: CallOptions): Promise<AWSCredentials | null> {
  return defaultClient().getCredentials(options);
}

/**
 * Ends the session in all tabs without telling Cognito, where the refresh token stays good until it expires.
 * Prefer `signOut()`, which revokes it; this is for an app client without revocation, or for a session that goes on elsewhere.
 */
export async function clearSession(options?: CallOptions): Promise<void> {
  return defaultClient().clearSession(options);
}

/**
 * What the tokens are: purpose, expiry, app client, groups and scopes of each, and whether a refresh token is held.
 * Null when nobody is signed in. @throws AuthError as `fetchAuthSession()`.
 */
export async function describeTokens(options?: CallOptions): Promise<TokenDescriptions | null> {
  return defaultClient().describeTokens(options);
}

/** Who the ID token says the user is; null without one. @throws AuthError as `fetchAuthSession()`. */
export async function getUserInfo(options?: CallOptions): Promise<UserInfo | null> {
  return defaultClient().getUserInfo(options);
}

/**
 * Calls the operation with AWS credentials that are good, and answers with what it answers.
 * @throws AuthError the session's `credentialsError`, or `CredentialsException`; and what the operation throws.
 */
export async function withAWSCredentials<T>(
  operation: (credentials: AWSCredentials) => Promise<T> | T,
  options?: CallOptions,
): Promise<T> {
  return defaultClient().withAWSCredentials(operation, options);
}

/**
 * A provider for the `credentials` option of any client of the AWS SDK v3, which asks it with each request and so always signs
 * as whoever is signed in. (An SDK that does not know `memoized` keeps what it was given until shortly before it expires.)
 * It uses whatever client is the default one when it is asked, and may be made before `configure()`.
 * @throws AuthError, from the SDK's calls: the session's `credentialsError`; `CredentialsException` when nobody is signed in.
 */
export function credentialsProvider(): CredentialsProvider {
  const asked = async (options?: { forceRefresh?: boolean }) =>
    defaultClient().credentialsProvider()(options);
  return Object.assign(asked, { memoized: true as const });
}

/**
 * The token to send as `Authorization: Bearer …`. `access` is for what the user may do: JWT authorizers of HTTP APIs, Cognito
 * authorizers with scopes, Cognito's own calls. `id` is for who the user is: Cognito authorizers without scopes, AppSync where
 * resolvers read attributes, identity pools.
 * @throws AuthError `UserUnAuthenticatedException` when there is no such token; else as `fetchAuthSession()`.
 */
export async function bearerToken(use: 'access' | 'id', options?: CallOptions): Promise<string> {
  return defaultClient().bearerToken(use, options);
}

/**
 * Calls the listener after each change, in every tab; not on subscription. `null` means that nobody is signed in.
 * @returns the function that ends it.
 * @throws AuthError `AuthUserPoolException` before `configure()`.
 */
export function onSessionChange(listener: SessionListener): () => void {
  return defaultClient().onSessionChange(listener);
}

/**
 * Calls the handler before a session ends by a sign-out, in whatever tab, by `policy`, or with the refresh token, with tokens still
 * good. It has `policy.saveDeadlineSeconds`. The method of `SessionClient` says which ends wait for it, and which it is run ahead of.
 * @returns the function that takes it back.
 * @throws AuthError `AuthUserPoolException` before `configure()`.
 */
export function onBeforeSignOut(handler: BeforeSignOutHandler): () => void {
  return defaultClient().onBeforeSignOut(handler);
}

/**
 * Tells that this tab has unsaved work: warnings of the session's end name it, and `signOut({ respectHolds: true })` rejects.
 * @param reason What the work is, for the user: 1..200 characters. A wrong one is reported as an uncaught error.
 * @returns the function that ends it.
 * @throws AuthError `AuthUserPoolException` before `configure()`.
 */
export function holdSession(reason: string): () => void {
  return defaultClient().holdSession(reason);
}

/** How this page reaches the session, for diagnostics. */
export async function inspectSession(options?: CallOptions): Promise<SessionInspection> {
  return defaultClient().inspectSession(options);
}
