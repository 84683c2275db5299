/** What the runner and its clients say to each other, over one channel for each load of the runner's page. */
import type {
  AuthUser,
  SessionInspection,
  SessionPolicy,
  SignInInput,
  SignInOutput,
  SignOutOutput,
} from '../../client/index.js';

/** A config that fits into a URL. */
export interface PlainConfig {
  userPoolId: string;
  userPoolClientId: string;
  identityPoolId: string;
  endpoints: { userPool: string; identityPool: string };
  allowGuestAccess?: boolean;
  refreshMarginSeconds?: number;
  refreshTokenValiditySeconds?: number;
  policy?: SessionPolicy;
}

export type WorkerGlobal = 'SharedWorker' | 'Worker';

/** In the query of a client's URL, as JSON under `as`; a reload keeps it. */
export interface ClientSettings {
  /** Names the channel. */
  run: string;
  /** Names the client. */
  name: string;
  config: PlainConfig;
  /** Globals that are gone before any other script runs: an older browser. */
  without: WorkerGlobal[];
  /**
   * Which file the worker is: the package's own, the same under another URL as after a deploy, or one that ends itself when
   * it hears of it on a channel of this name.
   */
  worker: 'own' | 'of another deploy' | { endsOn: string };
  /** Keeps all that reaches the page, for {@link Command} `everything`. */
  isTapped: boolean;
  /** Has a handler before the end of a session, which asks Cognito for the user's attributes. */
  saves: boolean;
}

/** An `AuthSession` that can be posted. */
export interface PlainSession {
  accessToken?: string;
  idToken?: string;
  /** The `sub` claim of the access token. */
  userSub?: string;
  /** The `sub` claim of the ID token. */
  idSub?: string;
  username?: string;
  identityId?: string;
  accessKeyId?: string;
  credentialsError?: string;
}

export interface PlainEvent {
  /** `signedIn`, `signedOut:user`, `sessionEnding:300` (seconds before); or of a handler `beforeSignOut:idle` … */
  name: string;
  /** What the listener was given; null when nobody is signed in. Of a handler: what it could still get. */
  session: PlainSession | null;
  error?: string;
  /** Of a sign-in. */
  resumed?: boolean;
  previousUsername?: string;
}

/** The calls of the package, each with its input and what it gives back. */
export interface Calls {
  fetchAuthSession: {
    input: { forceRefresh?: boolean; rejectedToken?: string; waitForSignIn?: boolean };
    output: PlainSession;
  };
  peekSession: { input: undefined; output: PlainSession | undefined };
  getCurrentUser: { input: undefined; output: AuthUser };
  signIn: { input: SignInInput; output: SignInOutput };
  signOut: { input: undefined; output: SignOutOutput };
  inspectSession: { input: undefined; output: SessionInspection };
}

/** How a call ended, and when by the device's clock. */
export type Outcome<T> = { atMs: number } & (
  { ok: true; value: T } | { ok: false; error: { name: string; message: string } }
);

/** What a client that asks without a pause was given: the same session over and over is one of these. */
export interface Asked {
  session: PlainSession;
  /** When the last call began that was answered with it. Device time. */
  lastStartedAtMs: number;
  calls: number;
}

/** What the runner can tell a client, each with what it answers. */
export interface Commands {
  call: { input: { method: keyof Calls; input: unknown }; output: unknown };
  /** Answered after the first call of many. */
  'start asking': { input: undefined; output: null };
  'stop asking': { input: undefined; output: Asked[] };
  /** As if somebody had pressed a key. */
  use: { input: undefined; output: null };
  /** All that script in this page can reach, but for the worker's database. */
  everything: { input: undefined; output: string };
  reload: { input: undefined; output: null };
  /** Goes to another page, and stops the clocks: to whatever this page holds, no time will have passed. */
  leave: { input: { url: string }; output: null };
  /** For the page that was gone to. */
  'go back': { input: undefined; output: null };
  /** Holds a lock of the client's name until it is gone, and closes its window if it has one of its own. */
  close: { input: { hasWindow: boolean }; output: null };
}

export type Command = keyof Commands;

/** No client has this name. */
export const EVERY_CLIENT = '*';

/** From the runner to a client. */
export interface Order<C extends Command = Command> {
  /** Its name, or {@link EVERY_CLIENT}. */
  to: string;
  id: number;
  command: C;
  input: Commands[C]['input'];
}

/** From a client to the runner. */
export type Report = { from: string } &
  /** This page is loaded, and its first call is answered. */
  (
    | { kind: 'here' }
    | { kind: 'answer'; id: number; outcome: Outcome<unknown> }
    | { kind: 'event'; event: PlainEvent }
    /** Back from the back/forward cache: what it held then, and what its first call gave. */
    | { kind: 'shown again'; held: PlainSession | null; first: Outcome<PlainSession> }
  );

export const channelName = (run: string): string => `selfcheck:${run}`;
export const closingLock = (run: string, name: string): string => `selfcheck:${run}:${name}`;
