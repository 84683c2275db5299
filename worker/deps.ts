/** What the worker's core needs from the world. The adapters are in platform.ts; tests bring their own. */
import type { ErrorFields } from './errors.js';
import type {
  AuthFlowType,
  LogEntry,
  Begun,
  News,
  RuntimeConfig,
  RuntimeInspection,
  SessionEnding,
  SignOutReason,
} from './contract.js';
import type { CognitoAccount } from './cognito-account.js';
import type { Diagnostics } from './diagnostics.js';

/** Two clocks: the wall clock can jump, the monotonic one may stop during sleep. */
export interface Clock {
  wallMs(): number;
  monotonicMs(): number;
}

export interface Timers {
  /** Calls back once after the delay, unless the signal aborts first. */
  after(delayMs: number, callback: () => void, signal?: AbortSignal): void;
}

export interface Locks {
  /**
   * Runs `work` while holding the named exclusive lock.
   * Gives up after `waitMs` and then answers `{ held: false }` without having run it.
   */
  withLock<T>(
    name: string,
    waitMs: number,
    work: () => Promise<T>,
  ): Promise<{ held: true; value: T } | { held: false }>;
  /** The names of all locks that are held now, by pages, too. `[]` where that can't be told. Bounded, never rejects. */
  heldNames(): Promise<string[]>;
}

/** "Who is there, and with which pools?" */
export interface RollCall {
  type: 'roll-call';
  instanceId: string;
}

/** A live runtime's answer to a {@link RollCall}. */
export interface Claim {
  type: 'claim';
  instanceId: string;
  scope: Scope;
  /** How far its session goes, which may be further than the store does. */
  session?: SessionMark;
}

/** Which tokens of which session. */
export interface SessionMark {
  fence: number;
  sequence: number;
  /** `iat` of the access token. */
  issuedAtMs: number;
}

/** "The tabs that I serve have followed the sign-out of this revision", or its time is over. */
export interface Settled {
  type: 'settled';
  instanceId: string;
  revision: number;
  /** How many of them confirmed it. */
  clients: number;
}

/** "I serve no tab any more." */
export interface Left {
  type: 'left';
  instanceId: string;
}

/** "Some of the tabs that I serve save before the session ends": said when the first such one comes, and at each {@link RollCall}. */
export interface HasHandlers {
  type: 'has-handlers';
  instanceId: string;
}

/** "I am about to end the session: have your tabs save." */
export interface Save {
  type: 'save';
  instanceId: string;
  /** Another one each time. */
  id: string;
  reason: SignOutReason;
  /** Device time. */
  deadlineMs: number;
}

/** "They are at it", at once. */
export interface Saving {
  type: 'saving';
  instanceId: string;
  /** Of the {@link Save}. */
  id: string;
}

/** "They are done", or have nothing to do. */
export interface Saved {
  type: 'saved';
  instanceId: string;
  /** Of the {@link Save}. */
  id: string;
}

export type ChannelMessage =
  News | RollCall | Claim | Settled | Left | Begun | HasHandlers | Save | Saving | Saved;

export interface Channel {
  post(message: ChannelMessage): void;
  /** Whatever arrives; the receiver checks it. */
  listen(listener: (message: unknown) => void): void;
}

/** The pools and endpoints that a session belongs to. */
export interface Scope {
  userPoolId?: string;
  identityPoolId?: string;
  userPoolEndpoint?: string;
  identityPoolEndpoint?: string;
}

/** One record of the store, by its key. */
export interface Store {
  /**
   * Reads the record, lets `change` make the next one, and writes that, in one transaction.
   * `change` may run more than once; it must not have effects. Never rejects: see `createStore`.
   * @param isLook Nothing is written, as a rule.
   */
  update<T>(change: (record: SessionRecord) => Change<T>, isLook?: boolean): Promise<T>;
  /** Drops records that could not be read and were set aside before this time. */
  eraseSetAside(beforeMs: number): Promise<void>;
  /** Somebody asks for what may be only here: try the backing store with the next change, however it failed before. */
  retry(): void;
  /** The browser's store has never answered, and may yet; nobody has signed in or out here meanwhile. */
  readonly isUnknown: boolean;
  /** Where the record is kept now. */
  readonly health: Pick<RuntimeInspection, 'storage' | 'storageError'>;
}

/** `record` absent: nothing is written. */
export interface Change<T> {
  record?: SessionRecord;
  result: T;
}

/**
 * All that is kept for one app client. Changes only by addition; unknown fields are kept, and a higher `v` stays readable,
 * because two versions of an app may be open at once.
 */
export interface SessionRecord {
  v: number;
  /** Goes up at sign-in, sign-out and user switch. Work begun under an older fence is thrown away. */
  fence: number;
  /** Goes up with each published change. */
  revision: number;
  /** Goes up with each set of tokens committed. */
  sequence: number;
  scope?: Scope;
  session?: StoredSession;
  /** How the last session ended. */
  ended?: StoredEnd;
  /** Whose session ended other than by a sign-out. Only with `rememberLastUser`, and until the next sign-in or sign-out. */
  lastUser?: StoredUser;
  /** The sign-in (`origin_jti`) that was revoked here last: whoever has kept its tokens can't bring it back. */
  revokedSignIn?: string;
  /** The rotation journal: a refresh is under way, or was when its runtime died. */
  intent?: StoredIntent;
  /** The sign-in that waits for the user's answer, of all tabs the latest. */
  pendingSignIn?: StoredPendingSignIn;
  /** Remembered devices, one for each user, from the latest on. They stay when somebody signs out. */
  devices?: StoredDevice[];
  identity?: StoredIdentity;
  /** Refresh tokens that were to be revoked and may still be alive. */
  revocations?: StoredRevocation[];
  /** Sign-ins that went to Cognito's pages and have not come back. */
  redirects?: StoredRedirect[];
}

/** What Cognito said, word for word, and when. All else is derived from it. */
export interface StoredSession {
  accessToken: string;
  idToken?: string;
  refreshToken: string;
  /** The sign-in's own refresh token: revoking a middle one of a rotation leaves the family alive. */
  originalRefreshToken: string;
  /** Device time when these tokens were asked for: the device may have slept before they arrived. */
  askedAtMs: number;
  loginId?: string;
  authFlowType?: AuthFlowType;
  /** The tokens were adopted, and it is not known how old they are: refresh before serving. */
  isAgeUnknown?: true;
  /** It began on Cognito's pages, and a sign-out ends there. */
  signedInByRedirect?: true;
  /** Of the remembered device that these tokens are bound to: a refresh must name it. */
  deviceKey?: string;
  /** The last warning of its refresh token's end. */
  ending?: SessionEnding;
  /** Device time when somebody last used it, in any tab; undefined: it was not counted yet. */
  activeAtMs?: number;
  /** The warning that it ends because nobody uses it. */
  idleEnding?: SessionEnding;
  /** Cognito refuses to refresh them until that device is confirmed, which takes a living access token. */
  unconfirmedDevice?: NewDevice;
}

/** One sign-in on Cognito's pages, from the way there to the way back. */
export interface StoredRedirect {
  state: string;
  nonce: string;
  verifier: string;
  redirectUri: string;
  sinceMs: number;
  customState?: string;
  /** Who exchanges its code, or has. */
  takenBy?: string;
}

/** No password, nor anything that could be used for another sign-in. */
export interface StoredPendingSignIn {
  challenge: Challenge;
  loginId: string;
  /** As Cognito names the user in its challenges. */
  username: string;
  authFlowType: AuthFlowType;
  /** The record's when it began. A sign-in or sign-out since then ends it. */
  fence: number;
  /** Device time when Cognito asked. */
  sinceMs: number;
}

export interface StoredEnd {
  reason: SignOutReason;
  error?: ErrorFields;
}

export interface StoredUser {
  userId: string;
  username: string;
}

export interface StoredIntent {
  instanceId: string;
  startedAtMs: number;
}

export interface StoredIdentity {
  identityPoolId: string;
  endpoint: string;
  /** The `sub` of the user; without a user pool, whom the logins at other providers name; or undefined for a guest. */
  userId?: string;
  identityId: string;
  credentials?: StoredCredentials;
}

export interface StoredCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expirationMs: number;
  /** Device time when they were asked for. */
  askedAtMs: number;
  /** How long they live, counted from then. */
  lifeMs: number;
  /** The token sequence that they were asked for with. */
  sequence: number;
  /** The role that was asked for; undefined: the identity pool chose it. */
  customRoleArn?: string;
}

export interface StoredRevocation {
  refreshToken: string;
  sinceMs: number;
}

/** Tokens as Cognito's `AuthenticationResult` has them. */
export interface TokenAnswer {
  accessToken: string;
  idToken?: string;
  refreshToken?: string;
}

export type SignInAnswer =
  { type: 'tokens'; tokens: TokenAnswer; newDevice?: NewDevice } | ({ type: 'challenge' } & Challenge);

/** Of a pool that remembers devices, for one that it does not know: to be confirmed. */
export interface NewDevice {
  deviceKey: string;
  deviceGroupKey: string;
}

/** A device that Cognito remembers. It outlives the session. */
export interface StoredDevice extends NewDevice {
  /** The names that one user is known by here. */
  usernames: string[];
  /** Proves that it is this device. Good for nothing without the user's own factor. */
  randomPassword: string;
}

/** What Cognito wants to know before it gives tokens. */
export interface Challenge {
  name: string;
  session?: string;
  parameters: Record<string, string>;
  /** Of `SELECT_CHALLENGE`. */
  availableChallenges?: string[];
}

/** Cognito's operations that the worker uses. Every rejection is a {@link CognitoFailure}. */
export interface Cognito {
  initiateAuth(input: {
    flow: string;
    parameters: Record<string, string>;
    clientMetadata?: Record<string, string>;
  }): Promise<SignInAnswer>;
  respondToChallenge(input: {
    name: string;
    session?: string;
    responses: Record<string, string>;
    clientMetadata?: Record<string, string>;
  }): Promise<SignInAnswer>;
  /** A secret for an authenticator app, and the session to go on with. */
  associateSoftwareToken(session?: string): Promise<{ secret: string; session?: string }>;
  verifySoftwareToken(input: {
    session?: string;
    code: string;
    friendlyDeviceName?: string;
  }): Promise<{ session?: string }>;
  confirmDevice(input: {
    accessToken: string;
    deviceKey: string;
    saltBase64: string;
    verifierBase64: string;
  }): Promise<void>;
  refresh(input: {
    refreshToken: string;
    deviceKey?: string;
    clientMetadata?: Record<string, string>;
    timeoutMs: number;
  }): Promise<TokenAnswer>;
  revoke(refreshToken: string): Promise<void>;
  globalSignOut(accessToken: string): Promise<void>;
  exchangeCode(input: { code: string; verifier: string; redirectUri: string }): Promise<TokenAnswer>;
  identityId(logins?: Record<string, string>): Promise<string>;
  credentials(
    identityId: string,
    logins?: Record<string, string>,
    customRoleArn?: string,
  ): Promise<CredentialsAnswer>;
  account: CognitoAccount;
}

export interface CredentialsAnswer {
  identityId: string;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expirationMs: number;
}

/** An error of Cognito or of the way to it. */
export class CognitoFailure extends Error {
  constructor(
    readonly fields: ErrorFields,
    /** False: no answer came, so the request may or may not have been carried out. */
    readonly answered: boolean,
    /** What `Retry-After` asked for. */
    readonly retryAfterMs?: number,
  ) {
    super(fields.message);
  }
}

export type Log = (level: LogEntry['level'], message: string, details?: LogEntry['details']) => void;

/** Everything that one runtime of a session needs. */
export interface Deps {
  config: RuntimeConfig;
  instanceId: string;
  /** True where this runtime is frozen together with its page, and may wake with a call before the news that it slept through. */
  sleepsWithPage: boolean;
  clock: Clock;
  timers: Timers;
  /** 0..1 */
  random(): number;
  locks: Locks;
  channel: Channel;
  store: Store;
  cognito: Cognito;
  crypto: Pick<Crypto, 'subtle' | 'getRandomValues'>;
  diagnostics: Diagnostics;
  log: Log;
}
