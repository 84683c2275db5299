/**
 * The world that the suite judges, real or simulated. Nothing here names a browser: time, contexts, faults and the looks
 * from outside come from the kit, so that a simulation can run the same suite in virtual time.
 */
import type { Actor } from './actor.js';

/** A live execution context of its own: in a browser a worker or a page, in a simulation a runtime. */
export interface Context extends Actor {
  /** Ends it at once, without clean-up. Resolves when it runs no more. Its pending calls never settle. */
  die(): Promise<void>;
}

export interface Kit {
  openContext(): Promise<Context>;
  /** A name for a lock, a channel or a key that nobody else uses. */
  freshName(): string;

  /** Monotonic. */
  nowMs(): number;
  /** Resolves when that much time has passed; other things happen meanwhile. */
  pass(ms: number): Promise<void>;

  /** How it stands with a lock over all contexts. `waiting` may count contexts that have died. */
  lockQueue(name: string): Promise<LockQueue>;
  /** What stands in the backing store. */
  stored(key: string): Promise<Stored>;

  /** Somebody keeps a transaction open that holds back every update. Ends it when called. */
  blockStore(): Promise<() => Promise<void>>;
  /** Somebody erases the whole store, under the contexts that use it. */
  eraseStore(): Promise<void>;
}

export interface LockQueue {
  isHeld: boolean;
  waiting: number;
}

export interface Stored {
  /** Absent: no record stands under the key. */
  record?: unknown;
  /** From the oldest to the newest. */
  setAside: { value: unknown; atMs: number }[];
}

/** One promise of the parts. */
export interface Entry {
  /** Begins with the part. */
  title: string;
  /** Rejects where the parts don't hold it. */
  run(kit: Kit): Promise<void>;
}
