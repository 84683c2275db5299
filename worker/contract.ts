/**
 * The contract between page and worker: every name, number and shape that crosses the port or the channel.
 * This file imports only types and runs nothing. All of it is plain data that `structuredClone` accepts.
 */
import type { AccountOperation, AccountOutput, AccountRequest } from './account-contract.js';
import type { ErrorFields } from './errors.js';

export type * from './account-contract.js';

/** Goes up when a message changes its meaning. Two sides that differ in it do not talk. */
export const PROTOCOL_VERSION = 1;

/** The longest time that a page may answer from a view that it holds, in milliseconds. */
export const LEASE_MS = 1_000;

/** A `SessionConfig` with its defaults filled in and its functions left out. */
export interface RuntimeConfig {
  userPoolId?: string;
  userPoolClientId?: string;
  identityPoolId?: string;
  allowGuestAccess: boolean;
  endpoints: { userPool?: string; identityPool?: string; oauth?: string };
  refreshMarginSeconds: number;
  persistence: 'indexeddb' | 'memory';
}

/** The first message of a client on a new port. */
export interface Hello {
  protocolVersion: number;
  config: RuntimeConfig;
  /** True: log entries are posted to this port as {@link LogMessage}s. */
  wantsLog: boolean;
}

/** The worker's answer to a {@link Hello}. With another version than the page's, nothing was begun: the page goes a rung down. */
export interface Welcome {
  protocolVersion: number;
}

/** Each answer says which run of the worker gave it, and how far its knowledge goes. */
export type Answer<T> = { instanceId: string; revision: number } & (
  { ok: true; value: T } | { ok: false; error: ErrorFields }
);

/** What a page asks for with `fetchAuthSession()`, and after news. */
export interface SessionRequest {
  /** True: only tokens from a request to Cognito that finishes after this call will do. */
  forceRefresh?: boolean;
  /** A token that a server refused: refresh only if it is still the current one. */
  rejectedToken?: string;
  /** Passed to Cognito's Lambda triggers with the refresh. */
  clientMetadata?: Record<string, string>;
  /** The page has heard of this revision: an older view will not do. */
  minRevision?: number;
  /** True: answer with what is known, start no request. */
  peek?: boolean;
}

/** The session as the worker shows it to a page. It never holds the refresh token. */
export interface SessionView {
  /** Of which revision this is. */
  revision: number;
  status: 'signed-in' | 'signed-out';
  tokens?: { accessToken: string; idToken?: string };
  credentials?: AWSCredentials;
  identityId?: string;
  credentialsError?: ErrorFields;
  user?: AuthUser;
  /** Signed out: how the last session ended, for a page that slept through the news. */
  ended?: { reason: SignOutReason; error?: ErrorFields };
  /** For how long the page may answer from this view, counted from when it sent its request. 0..{@link LEASE_MS}. */
  leaseMs: number;
}

/** AWS credentials from an identity pool. `expiration` is on the service's clock. */
export interface AWSCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

/** Who is signed in. */
export interface AuthUser {
  /** The `sub` claim. */
  userId: string;
  username: string;
  signInDetails?: SignInDetails;
}

/** How the user signed in. */
export interface SignInDetails {
  /** What the user typed as name. */
  loginId?: string;
  authFlowType?: AuthFlowType;
}

/** The authentication flows that `signIn()` can start. */
export type AuthFlowType = 'USER_SRP_AUTH' | 'USER_PASSWORD_AUTH';

/** Input of `signIn()`, as in Amplify v6. */
export interface SignInInput {
  username: string;
  password?: string;
  options?: {
    /** Default `USER_SRP_AUTH`: the password never leaves the worker. */
    authFlowType?: AuthFlowType;
    clientMetadata?: Record<string, string>;
  };
}

/** Input of `confirmSignIn()`, as in Amplify v6. */
export interface ConfirmSignInInput {
  /** The answer to the challenge: for a new password, the password. */
  challengeResponse: string;
  options?: {
    userAttributes?: Record<string, string>;
    clientMetadata?: Record<string, string>;
  };
}

/** Output of `signIn()` and `confirmSignIn()`, as in Amplify v6. */
export interface SignInOutput {
  isSignedIn: boolean;
  nextStep:
    | { signInStep: 'DONE' }
    | { signInStep: 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED'; missingAttributes?: string[] };
}

/** Input of `signOut()`, as in Amplify v6. */
export interface SignOutInput {
  /** True: end all of the user's sessions, on every device. Default false. */
  global?: boolean;
}

/** What `signOut()` did. */
export interface SignOutOutput {
  /** True when Cognito confirmed that the refresh token is revoked. */
  revoked: boolean;
  /** How many tabs were told and answered. */
  clients: number;
}

/** What a run of the worker has done so far for one app client. All count from its start. */
export interface SessionCounters {
  /** Requests for new tokens that went out. */
  refreshRequests: number;
  /** New tokens that were stored. */
  refreshes: number;
  /** Refreshes that were given up; the session was kept. */
  refreshFailures: number;
  /** Refreshes taken up that another run had begun and not finished. */
  refreshesTakenUp: number;
  /** Tokens that arrived for a session that had ended. */
  lateTokens: number;
  /** Waits for the refresh lock that were given up. */
  lockTimeouts: number;
  /** Times that the store began to fail. */
  storeFailures: number;
}

/** What the worker tells of itself, for diagnostics. It holds no secret. */
export interface RuntimeInspection {
  /** Connected tabs, those of other runs of the worker not counted. */
  clients: number;
  /** Where the session is kept now. */
  storage: 'indexeddb' | 'memory';
  /** The name of the error for which it is not kept in IndexedDB, though it should be. */
  storageError?: string;
  /** Device time of the next proactive refresh; undefined when none is due. */
  nextRefreshAtMs?: number;
  lastRefresh?: LastRefresh;
  counters: SessionCounters;
}

/** How the last refresh of this run ended, and when by the device's clock. */
export interface LastRefresh {
  /** `unneeded`: another run had done it. `ended`: the session was over. */
  outcome: 'refreshed' | 'unneeded' | 'failed' | 'ended';
  atMs: number;
  /** The name of the error that it failed or ended with. */
  error?: string;
}

/** The calls that a page may make. The guard in front of the port lets nothing else through. */
export interface SessionApi {
  hello(hello: Hello): Promise<Answer<Welcome>>;
  session(request: SessionRequest): Promise<Answer<SessionView>>;
  signIn(input: SignInInput): Promise<Answer<SignInOutput>>;
  confirmSignIn(input: ConfirmSignInInput): Promise<Answer<SignInOutput>>;
  signOut(input: SignOutInput): Promise<Answer<SignOutOutput>>;
  account(request: AccountRequest): Promise<Answer<AccountOutput<AccountOperation>>>;
  /** "I have dropped what was older than this revision." */
  acknowledge(revision: number): Promise<Answer<null>>;
  /** "The device woke, or the network is back": look at the clock again. */
  wake(): Promise<Answer<null>>;
  ping(): Promise<Answer<null>>;
  inspect(): Promise<Answer<RuntimeInspection>>;
  /** "This page goes away." */
  bye(): Promise<Answer<null>>;
}

/** The names of {@link SessionApi}; a type test holds the two together. */
export const SESSION_API_METHODS = [
  'hello',
  'session',
  'signIn',
  'confirmSignIn',
  'signOut',
  'account',
  'acknowledge',
  'wake',
  'ping',
  'inspect',
  'bye',
] as const satisfies readonly (keyof SessionApi)[];

/** Why a session ended. */
export type SignOutReason = 'user' | 'rejected' | 'expired' | 'idle' | 'policy';

/** What happened, in Amplify's Hub names where it has one. Errors cross as fields. */
export type NewsEvent =
  | { type: 'signedIn' }
  | { type: 'tokenRefresh' }
  | { type: 'tokenRefresh_failure'; error: ErrorFields }
  | { type: 'signedOut'; reason: SignOutReason; error?: ErrorFields }
  /** Credentials or identity, or a change that nobody told of: drop the view, and see what became of the session. */
  | { type: 'changed' };

/** What goes over the BroadcastChannel to every tab and every other runtime. Never a token. */
export interface News {
  type: 'news';
  protocolVersion: number;
  instanceId: string;
  revision: number;
  event: NewsEvent;
}

/**
 * "I have stored an intent, and ask Cognito", before each attempt. Should it die now, other runtimes find that out by the
 * lock, and pages by a ping.
 */
export interface Begun {
  type: 'begun';
  instanceId: string;
}

/** The name of the channel, and the stem of the lock names, for one app client. It holds no secret. */
export function scopeName(config: Pick<RuntimeConfig, 'userPoolClientId' | 'identityPoolId'>): string {
  return `cognito-session-worker:${config.userPoolClientId ?? config.identityPoolId ?? ''}`;
}

/** One line of the worker's log. Redacted: no token, no password, no credentials. */
export interface LogEntry {
  level: 'debug' | 'info' | 'warn' | 'error';
  message: string;
  /** Which run of the worker. */
  instanceId: string;
  /** Device time, milliseconds since the epoch. */
  atMs: number;
  details?: Record<string, string | number | boolean | undefined>;
}

/** A log entry on its way to a page that asked for them. */
export interface LogMessage {
  type: 'log';
  entry: LogEntry;
}

/** Posted with a port to a dedicated worker; a SharedWorker gets its port by `connect`. */
export interface ConnectMessage {
  type: 'connect';
}
