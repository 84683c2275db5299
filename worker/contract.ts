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
  refreshTokenValiditySeconds?: number;
  exposeRefreshToken?: boolean;
  persistence: 'indexeddb' | 'memory';
  oauth?: OAuthConfig;
  /** The IAM role of users' credentials, where the identity pool lets them choose. Guests have none. */
  customRoleArn?: string;
  policy?: SessionPolicy;
  rememberLastUser?: boolean;
}

/** How a session ends. All times are in seconds, whole or not. */
export interface SessionPolicy {
  /**
   * How long before a session's end every tab is warned, in whole seconds: at most 10 of them, each from 1 to a session's longest, which
   * is a day more than `refreshTokenValiditySeconds`. Without that, nothing is known of the end, and nobody warned. Default [3600, 300];
   * `[]`: no warning.
   */
  warnBeforeEndSeconds?: number[];
  /** How long the handlers of `onBeforeSignOut()` may take: the end of a session waits for them, or they run ahead of it. 0..60, default 5. */
  saveDeadlineSeconds?: number;
  /**
   * What must be left of a session for work to begin in it, each 0..315360000 and less than `refreshTokenValiditySeconds`, which
   * they need. With less, it is ended then and not in the middle of the work; never while a tab holds it (`holdSession()`).
   */
  minRemaining?: {
    /** When the first tab of this app is opened; no further tab ends a session. Default: none. */
    atFirstLoadSeconds?: number;
    /** When the user comes back, in any tab, after {@link AWAY_SECONDS} without activity in all of them. Default: none. */
    onReturnSeconds?: number;
  };
  /** Ends a session that nobody uses. Default: none does. */
  idle?: {
    /** Without activity in any tab for this long, the session ends. 10..315360000. */
    timeoutSeconds: number;
    /** How long before that every tab is warned. 0..`timeoutSeconds - 1`; 0: no warning. Default 60, or half of a shorter time. */
    warnSeconds?: number;
  };
  /**
   * When a tab is looked at again (or the network comes back to a tab in view), and the tokens are older than this, they are
   * refreshed, good or not: so Cognito says whether the session still stands. Of all tabs, one asks. A session that was ended
   * elsewhere, by a global sign-out or an administrator, ends here as `rejected`; one that can't be asked about is kept.
   *
   * It is a refresh, because that needs no scope: GetUser needs `aws.cognito.signin.user.admin`, and is refused to tokens of managed
   * login without it. 0..315360000. Default: it is not asked.
   */
  recheckSeconds?: number;
}

/** Without activity in any tab for this long, the user is away. */
export const AWAY_SECONDS = 900;

/** Characters of a hold's reason: a line of a dialog. Any script of the origin can make up longer ones. */
export const LONGEST_REASON = 200;

/** Managed login: Cognito's own sign-in pages. */
export interface OAuthConfig {
  /** The host of the user pool's domain, such as `auth.example.com`. Or `endpoints.oauth`, which wins. */
  domain?: string;
  /** Where those pages may send the browser back to, as configured for the app client: https, or http on this machine. 1..100. */
  redirectSignIn: string[];
  /** The same after a sign-out. Without one of the page's origin, a sign-out doesn't go to Cognito's pages. */
  redirectSignOut?: string[];
  /** Scopes to ask for. Default: none is named, and Cognito grants all that the app client allows. (Amplify has no default.) */
  scopes?: string[];
}

/** Where the user signs in, in Amplify's words. `custom`: the name of a provider of the user pool. */
export type RedirectProvider = 'Amazon' | 'Apple' | 'Facebook' | 'Google' | { custom: string };

/** Input of `signInWithRedirect()`, as in Amplify v6. */
export interface SignInWithRedirectInput {
  /** Default: the users of the pool itself. */
  provider?: RedirectProvider;
  /** Comes back in the event `customOAuthState`. It stays on this device. At most 4,096 characters. */
  customState?: string;
}

/** What the page asks for to go to Cognito's pages. */
export interface BeginRedirectInput extends SignInWithRedirectInput {
  /** Of the page that asks, to choose one of the configured URLs. */
  pageUrl: string;
}

/** The URL that the browser came back to, with its parameters. */
export interface CompleteRedirectInput {
  url: string;
}

/** What came of it, for the page to tell. */
export interface CompletedRedirect {
  /** The query of that URL, and what is left of it without what Cognito put into it. */
  search: [found: string, left: string];
  events: RedirectEvent[];
}

/** In Amplify's Hub names. Errors cross as fields. */
export type RedirectEvent =
  | { type: 'customOAuthState'; data: string }
  | { type: 'signInWithRedirect' }
  | { type: 'signInWithRedirect_failure'; error: ErrorFields };

/** The first message of a client on a new port. */
export interface Hello {
  protocolVersion: number;
  config: RuntimeConfig;
  /** True: log entries are posted to this port as {@link LogMessage}s. */
  wantsLog: boolean;
  /** What this page can tell when it is asked, and whether it has handlers of `onBeforeSignOut()`. Default: nothing. */
  answers?: (Answerable | 'beforeSignOut')[];
}

/** What a page may be asked: each is a function of its `SessionConfig`. */
export const ANSWERABLE = ['logins', 'clientMetadataProvider'] as const;
export type Answerable = (typeof ANSWERABLE)[number];

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

/** What the worker knows of the session. The refresh token is in it only for an app that asked to expose it. */
export interface SessionView {
  /** Of which revision this is. */
  revision: number;
  status: 'signed-in' | 'signed-out';
  tokens?: { accessToken: string; idToken?: string; refreshToken?: string };
  /** What those say, decoded once for all pages. */
  decoded?: { accessToken: JWTParts; idToken?: JWTParts };
  /** When the refresh token ends, on the service's clock; undefined where its validity is not configured. */
  refreshTokenExpiresAt?: Date;
  credentials?: AWSCredentials;
  identityId?: string;
  credentialsError?: ErrorFields;
  user?: AuthUser;
  /** Signed in: what the sign-in followed upon. */
  origin?: SignInOrigin;
  /** Signed in: the last warning of the session's end. */
  ending?: SessionEnding | undefined;
  /** Signed in, and nobody has used the session since: the warning that it ends for that. */
  idleEnding?: SessionEnding | undefined;
  /** Signed out: how the last session ended, for a page that slept through the news. */
  ended?: { reason: SignOutReason; error?: ErrorFields };
  /** For how long the page may answer from this view, counted from when it sent its request. 0..{@link LEASE_MS}. */
  leaseMs: number;
}

/** A {@link SessionView} on its way to a page. */
export interface PageView extends Pick<
  SessionView,
  | 'revision'
  | 'status'
  | 'tokens'
  | 'credentialsError'
  | 'user'
  | 'origin'
  | 'ending'
  | 'idleEnding'
  | 'ended'
  | 'leaseMs'
> {
  session: ShownSession;
}

/** The session as a page gives it out, but for what it must add itself: methods and classes do not cross the port. */
export interface ShownSession extends Pick<
  SessionView,
  'refreshTokenExpiresAt' | 'credentials' | 'identityId'
> {
  tokens?: { accessToken: JWTParts; idToken?: JWTParts; refreshToken?: string };
  /** The `sub` claim. */
  userSub?: string;
}

/** The header of a JSON Web Token (RFC 7519 section 5). */
export interface JWTHeader {
  alg: string;
  /** Cognito's tokens have none. */
  typ?: string;
  /** Which of the pool's keys signed it. */
  kid?: string;
}

/** The claims of a token of a Cognito user pool. Times are in seconds since the epoch. */
export interface JWTPayload {
  sub: string;
  iss: string;
  exp: number;
  iat: number;
  token_use: 'access' | 'id';
  /** Of an ID token: the app client. An access token has it in `client_id`. */
  aud?: string;
  /** Of an access token: what it allows, with spaces between. */
  scope?: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- custom claims have any type, as in Amplify
  [claim: string]: any;
}

/** What a token says. */
export interface JWTParts {
  header: JWTHeader;
  payload: JWTPayload;
  signature: string;
}

/** A session is about to end. */
export interface SessionEnding {
  /** Why: the refresh token ends, and with it all that can be had with it; or nobody uses the session (`policy.idle`). */
  cause: 'refresh-token' | 'idle';
  /** Device time, milliseconds since the epoch: when the last access token that can still be had expires, or the idle time is over. */
  endsAtMs: number;
  /** Which of `policy.warnBeforeEndSeconds` has passed, or `policy.idle.warnSeconds`. */
  beforeSeconds: number;
  /** The unsaved work of all tabs at that moment: the reasons given to `holdSession()`, sorted, at most 50. */
  holds: string[];
}

/** AWS credentials from an identity pool. `expiration` is on this device's clock, which the AWS SDK compares it with. */
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

/** What a sign-in follows upon. */
export interface SignInOrigin {
  /** The session before ended other than by a sign-out, and was the same user's. */
  resumed: boolean;
  /** Whose that session was, if another user's. */
  previousUser?: AuthUser;
}

/** How the user signed in. */
export interface SignInDetails {
  /** What the user typed as name. */
  loginId?: string;
  authFlowType?: AuthFlowType;
}

/** The authentication flows that `signIn()` can start. */
export type AuthFlowType =
  'USER_AUTH' | 'USER_SRP_AUTH' | 'CUSTOM_WITH_SRP' | 'CUSTOM_WITHOUT_SRP' | 'USER_PASSWORD_AUTH';

/** The first factors among which `USER_AUTH` lets choose. */
export type AuthFactorType = 'WEB_AUTHN' | 'EMAIL_OTP' | 'SMS_OTP' | 'PASSWORD' | 'PASSWORD_SRP';

/** Input of `signIn()`, as in Amplify v6. */
export interface SignInInput {
  username: string;
  /** Left out where the flow needs none at first: `CUSTOM_WITHOUT_SRP`, and `USER_AUTH` unless a password is preferred. */
  password?: string;
  options?: {
    /** Default `USER_SRP_AUTH`: the password never leaves the worker. */
    authFlowType?: AuthFlowType;
    /** With `USER_AUTH`: the first factor to begin with. */
    preferredChallenge?: AuthFactorType;
    clientMetadata?: Record<string, string>;
  };
}

/** Input of `confirmSignIn()`, as in Amplify v6. */
export interface ConfirmSignInInput {
  /** The answer to the step: the code, the password, the e-mail address, the factor that was chosen (`TOTP`, `EMAIL_OTP` …). */
  challengeResponse: string;
  options?: {
    userAttributes?: Record<string, string>;
    /** What the user calls the authenticator app that is set up. */
    friendlyDeviceName?: string;
    clientMetadata?: Record<string, string>;
  };
}

/** Input of `adoptSession()`: the tokens of a session that began elsewhere, in the words of Amplify v6's token store. */
export interface AdoptSessionInput {
  /** It may have expired. At most 20,000 characters, as each of the tokens. */
  accessToken: string;
  /** Default: none, and so neither AWS credentials nor `getUserInfo()` before the first refresh. */
  idToken?: string;
  /** Whoever gave it must not use it any more: where it is rotated, only one can. */
  refreshToken: string;
  /** Of the remembered device that the tokens are bound to. With all three, it goes on to spare the user the second factor. */
  deviceMetadata?: AdoptedDevice;
  /** Default: unknown, as after a sign-in by redirect. */
  signInDetails?: SignInDetails;
  /** True: it began on Cognito's pages, and a sign-out ends there. Default false. */
  oauthSignIn?: boolean;
  /**
   * Cognito's clock less this device's when the access token was issued, in milliseconds. Default: unknown, and the tokens are
   * refreshed before they are first given out.
   */
  clockDrift?: number;
}

/** What Cognito refuses to refresh the tokens of a remembered device without, and the secret that proves it. */
export interface AdoptedDevice {
  deviceKey: string;
  deviceGroupKey?: string;
  randomPassword?: string;
}

/** Second factors. */
export type AuthMFAType = 'SMS' | 'TOTP' | 'EMAIL';

/** Where a code was sent to, as Cognito tells it: masked. */
export interface AuthCodeDeliveryDetails {
  destination?: string;
  deliveryMedium?: 'EMAIL' | 'SMS' | 'PHONE' | 'UNKNOWN';
  attributeName?: string;
}

/** What an authenticator app is set up with. */
export interface TotpSecret {
  sharedSecret: string;
  /** Stands for the account in the app unless another name is given. */
  accountName: string;
}

/** What the user has to do next. */
export type SignInStep<TotpSetupDetails> =
  | { signInStep: 'DONE' }
  | { signInStep: 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED'; missingAttributes?: string[] }
  | {
      signInStep: 'CONFIRM_SIGN_IN_WITH_SMS_CODE' | 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE';
      codeDeliveryDetails?: AuthCodeDeliveryDetails;
    }
  | {
      signInStep:
        | 'CONFIRM_SIGN_IN_WITH_TOTP_CODE'
        | 'CONFIRM_SIGN_IN_WITH_PASSWORD'
        | 'CONTINUE_SIGN_IN_WITH_EMAIL_SETUP';
    }
  | { signInStep: 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE'; additionalInfo?: Record<string, string> }
  | {
      signInStep: 'CONTINUE_SIGN_IN_WITH_MFA_SELECTION' | 'CONTINUE_SIGN_IN_WITH_MFA_SETUP_SELECTION';
      allowedMFATypes?: AuthMFAType[];
    }
  | { signInStep: 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP'; totpSetupDetails: TotpSetupDetails }
  | { signInStep: 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION'; availableChallenges?: AuthFactorType[] };

/** How far a sign-in has come, on its way to the page. */
export interface SignInProgress {
  isSignedIn: boolean;
  nextStep: SignInStep<TotpSecret>;
  /** Cognito waits for a passkey: what `navigator.credentials.get()` is to be given, as JSON. Its answer goes to `confirmSignIn`. */
  passkeyOptions?: string;
}

/** Input of `signOut()`, as in Amplify v6. */
export interface SignOutInput {
  /** True: end all of the user's sessions, on every device. Default false. */
  global?: boolean;
  /** True: with unsaved work in a tab (`holdSession()`) it rejects with `UnsavedWorkException`, and nothing is ended. Default false. */
  respectHolds?: boolean;
  oauth?: {
    /** Which of `oauth.redirectSignOut` to come back to. Default: the page's own, else the first of its origin. */
    redirectUrl?: string;
  };
}

/** With what the page adds by itself. */
export interface SignOutRequest extends SignOutInput {
  /** Of the page that asks, where managed login is configured. */
  pageUrl?: string | undefined;
  /** False: the refresh token is dropped here and not revoked. Default true. */
  revoke?: boolean;
}

/** What `signOut()` did. */
export interface SignOutOutput {
  /** True when Cognito confirmed that the refresh token is revoked. */
  revoked: boolean;
  /** How many tabs were told and answered. */
  clients: number;
  /** After a sign-in by redirect: where this tab now goes to end Cognito's own login session. */
  redirectUrl?: string;
}

/** What one token is. Nothing in it was verified. */
export interface TokenDescription {
  /** What it is for, in words. */
  purpose: string;
  /** The `exp` claim, on Cognito's clock. */
  expiresAt: Date;
  /** The app client that it was issued to: `client_id` of an access token, `aud` of an ID token. */
  clientId?: string;
  /** The user's groups (`cognito:groups`). */
  groups: string[];
}

/** What `describeTokens()` tells. */
export interface TokenDescriptions {
  /** `scopes`: what the token allows (RFC 6749 section 3.3). */
  accessToken: TokenDescription & { scopes: string[] };
  idToken?: TokenDescription;
  refreshToken: {
    purpose: string;
    /** Whether the worker holds one. */
    isHeld: boolean;
    /** On Cognito's clock; undefined where `refreshTokenValiditySeconds` is not configured. */
    expiresAt?: Date;
  };
}

/** Who the ID token says the user is. */
export interface UserInfo {
  sub: string;
  email?: string;
  emailVerified?: boolean;
  name?: string;
  givenName?: string;
  familyName?: string;
  groups: string[];
  /** By name, without the `custom:` prefix. */
  customAttributes: Record<string, unknown>;
}

/** Both absent when nobody is signed in; no `user` without an ID token. */
export interface SessionDescription {
  tokens?: TokenDescriptions;
  user?: UserInfo;
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
  session(request: SessionRequest): Promise<Answer<PageView>>;
  signIn(input: SignInInput): Promise<Answer<SignInProgress>>;
  confirmSignIn(input: ConfirmSignInInput): Promise<Answer<SignInProgress>>;
  /** Which step of a sign-in waits for the user; null: none. */
  pendingSignIn(): Promise<Answer<SignInProgress | null>>;
  signOut(input: SignOutRequest): Promise<Answer<SignOutOutput>>;
  adoptSession(input: AdoptSessionInput): Promise<Answer<AuthUser>>;
  /** What the tokens are and what they tell of the user. */
  describe(): Promise<Answer<SessionDescription>>;
  /** Answers with the URL to go to. */
  beginRedirect(input: BeginRedirectInput): Promise<Answer<string>>;
  completeRedirect(input: CompleteRedirectInput): Promise<Answer<CompletedRedirect>>;
  account(request: AccountRequest): Promise<Answer<AccountOutput<AccountOperation>>>;
  /** "I have dropped what was older than this revision." */
  acknowledge(revision: number): Promise<Answer<null>>;
  /** "The device woke, or the network is back", and whether this page is in view: look at the clock again. */
  wake(isVisible?: boolean): Promise<Answer<null>>;
  /** "Somebody uses this page", or did so many milliseconds ago. Answered when it is stored. */
  active(agoMs?: number): Promise<Answer<null>>;
  ping(): Promise<Answer<null>>;
  inspect(): Promise<Answer<RuntimeInspection>>;
  /** "You asked me that." */
  answer(answer: PageAnswer): Promise<Answer<null>>;
  /** "This page goes away." */
  bye(): Promise<Answer<null>>;
}

/** The names of {@link SessionApi}; a type test holds the two together. */
export const SESSION_API_METHODS = [
  'hello',
  'session',
  'signIn',
  'confirmSignIn',
  'pendingSignIn',
  'signOut',
  'adoptSession',
  'describe',
  'beginRedirect',
  'completeRedirect',
  'account',
  'acknowledge',
  'wake',
  'active',
  'ping',
  'inspect',
  'answer',
  'bye',
] as const satisfies readonly (keyof SessionApi)[];

/**
 * Why a session ended. `user`: somebody signed out. `rejected`: Cognito ended it. `expired`: the refresh token's validity is over.
 * `idle`: `policy.idle`. `policy`: `policy.minRemaining`, or a deploy names another user pool.
 */
export type SignOutReason = 'user' | 'rejected' | 'expired' | 'idle' | 'policy';

/** What happened, in Amplify's Hub names where it has one. Errors cross as fields. */
export type NewsEvent =
  | ({ type: 'signedIn' } & SignInOrigin)
  | { type: 'tokenRefresh' }
  | { type: 'tokenRefresh_failure'; error: ErrorFields }
  | { type: 'signedOut'; reason: SignOutReason; error?: ErrorFields }
  /** The warning is in the view. */
  | { type: 'sessionEnding' }
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

/** How the names of the locks begin that tabs hold for unsaved work: then come an id, a colon and the reason. */
export function holdLockStem(config: Parameters<typeof scopeName>[0]): string {
  return `${scopeName(config)}:hold:`;
}

/** The lock under which one runtime at a time refreshes. */
export function refreshLockName(config: Parameters<typeof scopeName>[0]): string {
  return `${scopeName(config)}:refresh`;
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

/** A question on its way to a page that can answer it. */
export interface QuestionMessage {
  type: 'question';
  id: string;
  about: Answerable;
}

/** To a page that has handlers of `onBeforeSignOut()`: the session is about to end, and waits for its answer. */
export interface SaveMessage extends Omit<BeforeSignOut, 'signal'> {
  type: 'question';
  id: string;
  about: 'beforeSignOut';
}

/** What handlers of `onBeforeSignOut()` are told. */
export interface BeforeSignOut {
  /** Why the session is about to end. */
  reason: SignOutReason;
  /** Device time, milliseconds since the epoch: the session ends then at the latest, unless somebody uses an idle one. */
  deadlineMs: number;
  /** Aborts at the deadline. */
  signal: AbortSignal;
}

/** What a page says to a {@link QuestionMessage} or a {@link SaveMessage}. */
export interface PageAnswer {
  id: string;
  /** What the app's function gave; null: it has failed. The worker looks at it before it believes it. Handlers give nothing. */
  value: unknown;
}

/** Posted with a port to a dedicated worker; a SharedWorker gets its port by `connect`. */
export interface ConnectMessage {
  type: 'connect';
}
