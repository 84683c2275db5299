/** What e2e/page/index.html puts on `window`, typed for the functions that the tests run in the page. */
import type { AWSCredentials, ConfirmSignInInput, SignInInput, SignOutInput } from '../../worker/contract.js';
import type {
  AuthUser,
  JWTPayload,
  SignInWithRedirectInput,
  SignOutOutput,
  LogEntry,
  SignOutReason,
} from '../../worker/contract.js';
import type { ErrorMetadata } from '../../worker/errors.js';
import type {
  AuthSession,
  FetchAuthSessionOptions,
  JWT,
  SessionClient,
  SessionConfig,
  SessionEvent,
  SessionInspection,
  SignInOutput,
} from '../../client/types.js';

/** A config that can cross into the page. */
export type PlainConfig = Omit<SessionConfig, 'worker' | 'logger' | 'logins' | 'clientMetadataProvider'>;

/** An `AuthSession` that can cross out of the page. */
export interface PlainSession {
  accessToken?: string;
  idToken?: string;
  refreshToken?: string;
  accessClaims?: JWTPayload;
  idClaims?: JWTPayload;
  credentials?: AWSCredentials;
  identityId?: string;
  userSub?: string;
  credentialsError?: PlainError;
}

/** An error that can cross out of the page. */
export interface PlainError {
  name: string;
  message: string;
  recoverySuggestion?: string;
  metadata?: ErrorMetadata;
  isAuthError: boolean;
}

/** How a call ended. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; error: PlainError };

/** One event that the page's listener was given. */
export interface RecordedEvent {
  type: SessionEvent['type'];
  data?: string;
  reason?: SignOutReason;
  resumed?: boolean;
  previousUser?: AuthUser;
  error?: PlainError;
  session: PlainSession | null;
  atMs: number;
}

/** The calls that `window.attempt` makes, each with its input and what it gives back. */
export interface Calls {
  fetchAuthSession: { input: Omit<FetchAuthSessionOptions, 'signal'>; output: PlainSession };
  signIn: { input: SignInInput; output: SignInOutput };
  confirmSignIn: { input: ConfirmSignInInput; output: SignInOutput };
  signOut: { input: SignOutInput; output: SignOutOutput };
  signInWithRedirect: { input: SignInWithRedirectInput; output: void };
  getCurrentUser: { input: undefined; output: AuthUser };
  extendSession: { input: undefined; output: void };
  inspectSession: { input: undefined; output: SessionInspection };
}

/** The package's module, as the page imports it. */
export interface PackageModule extends Omit<SessionClient, 'close'> {
  configure(config: SessionConfig): SessionClient;
  createSessionClient(config: SessionConfig): SessionClient;
  decodeJWT(token: string): JWT;
  AuthError: new (...args: never[]) => Error;
}

declare global {
  interface Window {
    csw: PackageModule;
    client: SessionClient;
    events: RecordedEvent[];
    logs: LogEntry[];
    /** Every value and error that the API gave to this page. */
    handedOut: unknown[];
    plainError(error: unknown): PlainError;
    plainSession(session: AuthSession): PlainSession;
    stringsIn(value: unknown): string[];
    /** Laid over the config, by tests that put functions into the page before it loads. */
    appFunctions?: Pick<SessionConfig, 'logins' | 'clientMetadataProvider'>;
    start(config: PlainConfig): void;
    attempt<C extends keyof Calls>(call: C, input?: Calls[C]['input']): Promise<Outcome<Calls[C]['output']>>;
  }
}
