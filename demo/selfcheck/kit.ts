/** What a scenario has at hand. It names no browser and no test runner. */
import type { SessionInspection } from '../../client/index.js';
import type {
  Asked,
  Calls,
  ClientSettings,
  Outcome,
  PlainConfig,
  PlainEvent,
  PlainSession,
} from './messages.js';
import type { Cognito } from './runner/cognito.js';

/** One check of one promise. */
export interface Scenario {
  title: string;
  /** The sentence of the README that it is a part of. */
  promise: string;
  /** Rejects where the promise is broken, with what was expected and seen; with {@link CannotBeTried} where it can't be tried. */
  run(kit: Kit): Promise<void>;
}

/** The browser, or how it is set, does not let this be tried. The message says what was seen. */
export class CannotBeTried extends Error {
  override readonly name = 'CannotBeTried';
}

export interface ClientOptions extends Partial<
  Pick<ClientSettings, 'without' | 'worker' | 'isTapped' | 'saves'>
> {
  config?: Partial<PlainConfig>;
}

/** Each scenario has one of its own, with nobody signed in. */
export interface Kit {
  /** Rotation is on, with no grace; tokens live an hour. */
  readonly cognito: Cognito;
  /** Opens a tab or a frame with the package in it, and waits until it has asked for the session. */
  open(options?: ClientOptions): Promise<Client>;
  /** Side by side. */
  openSeveral(count: number, options?: ClientOptions): Promise<[Client, ...Client[]]>;
  /** For the reader of the report. */
  note(text: string): void;
  /** Deletes the database of the package, as a person does who deletes the site's data. */
  eraseDatabase(): Promise<void>;
  /** Keeps others from writing into the database until the returned function is called. */
  holdDatabase(): Promise<() => Promise<void>>;
  /** For what only time brings about: that a token runs out. */
  pass(ms: number): Promise<void>;
  /** What was said so far on the channel on which the package tells its tabs of news. */
  readonly broadcasts: readonly unknown[];
  /** For channels and the like: nobody else uses it. */
  readonly freshName: string;
}

export interface Client {
  readonly name: string;
  readonly kind: 'tab' | 'frame';
  attempt<M extends keyof Calls>(method: M, input?: Calls[M]['input']): Promise<Outcome<Calls[M]['output']>>;
  /** Rejects with the name of the error where the call does. */
  call<M extends keyof Calls>(method: M, input?: Calls[M]['input']): Promise<Calls[M]['output']>;
  fetch(input?: Calls['fetchAuthSession']['input']): Promise<PlainSession>;
  inspect(): Promise<SessionInspection>;
  /** What it was told of since its page was loaded, and when its handlers ran. */
  readonly events: readonly PlainEvent[];
  /** Waits until it has been told of exactly this, as `signedIn` or `signedOut:user`. */
  toldOf(...names: string[]): Promise<void>;
  /** Resolves when the worker has taken in every call that this client made before. */
  callsHaveArrived(): Promise<void>;
  /** Asks without a pause until `stopAsking()`, which answers with what was given. */
  startAsking(): Promise<void>;
  stopAsking(): Promise<Asked[]>;
  /** Somebody presses a key in its page. */
  use(): Promise<void>;
  /** All that script in its page can reach, as text. */
  everything(): Promise<string>;
  reload(): Promise<void>;
  /** Goes to another page. */
  leave(): Promise<void>;
  /** Comes back. Undefined: the page was loaded anew, so the browser had not kept it. */
  comeBack(): Promise<ShownAgain | undefined>;
  /** Resolves when nothing of it is left. */
  close(): Promise<void>;
}

/** The first that a page says when it is back from the back/forward cache. */
export interface ShownAgain {
  /** What `peekSession()` gave before anything was asked. */
  held: PlainSession | null;
  /** How its first call ended. */
  first: Outcome<PlainSession>;
}
