/** The package's entry: the default client, and the functions that use it. */
import type {
  AuthUser,
  ConfirmSignInInput,
  SignInInput,
  SignInOutput,
  SignOutInput,
  SignOutOutput,
} from '../worker/contract.js';
import { createClient, noUserPool } from './client.js';
import { configKey, readConfig } from './config.js';
import { browser } from './platform.js';
import { createLadder } from './transports.js';
import type {
  AuthSession,
  CallOptions,
  FetchAuthSessionOptions,
  SessionClient,
  SessionConfig,
  SessionInspection,
  SessionListener,
} from './types.js';

export { AuthError, type ErrorMetadata, type OwnErrorName } from '../worker/errors.js';
export type {
  AuthFlowType,
  AuthUser,
  AWSCredentials,
  ConfirmSignInInput,
  LastRefresh,
  LogEntry,
  RuntimeInspection,
  SessionCounters,
  SignInDetails,
  SignInInput,
  SignInOutput,
  SignOutInput,
  SignOutOutput,
  SignOutReason,
} from '../worker/contract.js';
export { decodeJWT } from './decode-jwt.js';
export type * from './types.js';

let current: { key: string; client: SessionClient } | undefined;

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
  if (!current) throw noUserPool();
  return current.client;
}

/**
 * The session: tokens, AWS credentials, identity. Signed out, it resolves with `tokens: undefined`.
 * Usually answered in the page, without a message; else by the worker, which refreshes if it has to.
 * @throws AuthError `NetworkError` or Cognito's name when a needed refresh failed; `NotAuthorizedException` and the like
 * when Cognito ended the session; `AuthUserPoolException` before `configure()`; `UnsupportedEnvironmentException`;
 * `ConfigurationMismatchException`; `TimeoutException` after 15 s.
 */
export async function fetchAuthSession(options?: FetchAuthSessionOptions): Promise<AuthSession> {
  return defaultClient().fetchAuthSession(options);
}

/** What this tab knows now. Never asks, never refreshes; the same object until it changes; undefined when nothing is known. */
export function peekSession(): AuthSession | undefined {
  return current?.client.peekSession();
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
 * Signs out in every tab and revokes the refresh token. After it resolves, no tab gets this session any more.
 * Never rejects because of the network: signed out here, `revoked` says whether Cognito knows.
 */
export async function signOut(input?: SignOutInput, options?: CallOptions): Promise<SignOutOutput> {
  return defaultClient().signOut(input, options);
}

/**
 * Calls the listener after each change, in every tab; not on subscription. `null` means that nobody is signed in.
 * @returns the function that ends it.
 * @throws AuthError `AuthUserPoolException` before `configure()`.
 */
export function onSessionChange(listener: SessionListener): () => void {
  return defaultClient().onSessionChange(listener);
}

/** How this page reaches the session, for diagnostics. */
export async function inspectSession(options?: CallOptions): Promise<SessionInspection> {
  return defaultClient().inspectSession(options);
}
