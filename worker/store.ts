/**
 * The store of one app client's record. It never rejects: when the backing store fails, the session goes on in memory,
 * and comes back to the backing store when that works again.
 */
import { SET_ASIDE_KEPT_MS, STORE_REST_MS, UNKNOWN_STORE_REST_MS } from './bounds.js';
import type { Change, Clock, Log, SessionRecord, Store } from './deps.js';
import type { Diagnostics } from './diagnostics.js';
import { reconcile } from './reconcile.js';
import { EMPTY_RECORD, parseRecord } from './record.js';

/** What a change to one key of the backing store comes to. */
export interface BackingChange<T> {
  /** Written under the key, if given. */
  record?: SessionRecord;
  /** Something unreadable that stood there, kept under another key. */
  setAside?: unknown;
  result: T;
}

/** A transactional key-value store. Operations are bounded in time and may reject. */
export interface BackingStore {
  /** @param isLook Nothing is written, as a rule. The store may make the change twice, the first time without keeping others out. */
  update<T>(key: string, change: (raw: unknown) => BackingChange<T>, isLook?: boolean): Promise<T>;
  eraseSetAside(key: string, beforeMs: number): Promise<void>;
}

export interface StoreOptions {
  key: string;
  /** Absent: memory only. */
  backing?: BackingStore;
  clock: Clock;
  log: Log;
  diagnostics: Diagnostics;
}

export function createStore({ key, backing, clock, log, diagnostics }: StoreOptions): Store {
  /** As it was last seen in the backing store, and as it is here. */
  let known: SessionRecord | undefined;
  let memory: SessionRecord = EMPTY_RECORD;
  /** Set while the backing store fails. Monotonic time; until then it isn't waited for again. */
  let failing: { errorName: string; retryAtMs: number } | undefined;
  /** One change after the other: what a change that failed left in memory is there for the next. */
  let last: Promise<unknown> = Promise.resolve();

  const isUnknown = (): boolean =>
    known === undefined && memory.fence === 0 && failing?.errorName === 'TimeoutError';

  function inMemory<T>(change: (record: SessionRecord) => Change<T>): T {
    const { record, result } = change(memory);
    memory = record ?? memory;
    return result;
  }

  async function inBacking<T>(
    store: BackingStore,
    change: (record: SessionRecord) => Change<T>,
    isLook: boolean,
  ): Promise<T> {
    const commit = (raw: unknown) => {
      const stored = parseRecord(raw);
      const base = stored ? reconcile({ known, memory, stored }, clock.wallMs()) : memory;
      const changed = change(base);
      const record = changed.record ?? (base === stored ? undefined : base);
      return {
        ...(record && { record }),
        ...(stored === undefined && { setAside: raw }),
        result: { result: changed.result, latest: record ?? base, isUnreadable: stored === undefined },
      };
    };
    const { result, latest, isUnreadable } = await store.update(key, commit, isLook);
    if (isUnreadable) log('error', 'The stored session could not be read; it was set aside.');
    known = memory = latest;
    return result;
  }

  async function update<T>(change: (record: SessionRecord) => Change<T>, isLook: boolean): Promise<T> {
    if (!backing || (failing && clock.monotonicMs() < failing.retryAtMs)) return inMemory(change);
    try {
      const result = await inBacking(backing, change, isLook);
      if (failing) log('info', 'The store works again; the session was written back to it.');
      failing = undefined;
      return result;
    } catch (error) {
      const errorName = nameOf(error);
      if (!failing) {
        log('warn', 'The store failed; the session goes on in memory.', { error: errorName });
        diagnostics.count('storeFailures');
      }
      failing = { errorName, retryAtMs: 0 };
      // Only a store that hangs costs time.
      const restMs = errorName === 'TimeoutError' ? (isUnknown() ? UNKNOWN_STORE_REST_MS : STORE_REST_MS) : 0;
      failing.retryAtMs = clock.monotonicMs() + restMs;
      return inMemory(change);
    }
  }

  return {
    update(change, isLook = false) {
      const done = last.then(() => update(change, isLook));
      last = done.catch(() => undefined);
      return done;
    },
    async eraseSetAside(beforeMs) {
      if (failing) return;
      await backing?.eraseSetAside(key, beforeMs).catch((error: unknown) => {
        log('warn', 'Old records could not be erased.', { error: nameOf(error) });
      });
    },
    retry() {
      if (failing) failing.retryAtMs = 0;
    },
    get isUnknown() {
      return isUnknown();
    },
    get health() {
      const storage = backing && !failing ? ('indexeddb' as const) : ('memory' as const);
      return { storage, ...(failing && { storageError: failing.errorName }) };
    },
  };

  function nameOf(error: unknown): string {
    return error instanceof Error ? error.name : 'unknown';
  }
}

/** Records set aside before this are erased at a start. */
export function setAsideLimitMs(clock: Clock): number {
  return clock.wallMs() - SET_ASIDE_KEPT_MS;
}
