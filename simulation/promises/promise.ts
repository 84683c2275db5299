/** What a promise can look at, and how it says that it was broken. */
import type { AuthSession, SessionEvent } from '../../client/types.js';
import type { LogEntry, RuntimeConfig } from '../../worker/contract.js';
import type { SessionRecord, TokenAnswer } from '../../worker/deps.js';
import type { Call, Page } from '../page.js';
import type { Realm } from '../realm.js';
import type { Scheduler } from '../scheduler.js';
import type { Operation } from '../service.js';
import type { Troubles } from '../troubles.js';
import type { UserDirectory } from '../user-directory.js';

/** The device as a promise sees it. */
export interface Facts {
  readonly config: RuntimeConfig;
  readonly scheduler: Scheduler;
  readonly users: UserDirectory;
  readonly troubles: Troubles;
  readonly pages: readonly Page[];
  /** What the browser's store holds. */
  record(): SessionRecord | undefined;
  /** Whether the last operation of this realm on the store was good. */
  isStoreGood(realm: Realm): boolean;
  /** Whether it answers: it has no fault, and no frozen realm stands in its way. */
  isStoreOpen(): boolean;
  /** Whether it runs, and a page that runs is connected to it. */
  isServing(realm: Realm): boolean;
  instanceIdOf(realm: Realm): string | undefined;
}

/** What a promise hears of. */
export interface Hooks {
  /** The device was awake. `isLag`: though something could have happened. */
  onTimePassed(byMs: number, isLag: boolean): void;
  /** The device slept. */
  onSlept(byMs: number): void;
  /** Somebody has set its clock. */
  onClockSet(byMs: number): void;
  /** A user does something in a page. */
  onUsed(page: Page): void;
  onSent(realm: Realm, operation: Operation, input: string): void;
  onRefreshArrived(realm: Realm, refreshToken: string, isDouble: boolean): void;
  /** New tokens reach the realm that asked for them. */
  onRefreshed(realm: Realm, tokens: TokenAnswer): void;
  /** This realm asks for an operation on the store. */
  onStoreAsked(realm: Realm): void;
  /** An operation of this realm on the store failed. */
  onStoreFailed(realm: Realm): void;
  onCommitted(realm: Realm, before: SessionRecord | undefined, after: SessionRecord): void;
  /** On a channel; without a realm: forged. */
  onPosted(realm: Realm | undefined, message: unknown): void;
  /** Over a port. */
  onMessage(from: Realm, to: Realm, message: unknown): void;
  onLogged(entry: LogEntry): void;
  onCallBegan(call: Call): void;
  onCallEnded(call: Call): void;
  /** All was mended and had time to recover. */
  onRecovered(): void;
  onEvent(page: Page, event: SessionEvent, session: AuthSession | null): void;
}

/** One promise: it listens, and calls `violate` when it is broken. */
export type KeptPromise = (facts: Facts, violate: (what: string) => void) => Partial<Hooks>;
