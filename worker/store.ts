/**
 * The store of one app client's record. It never rejects: when the backing store fails, the session goes on in memory,
 * and comes back to the backing store when that works again.
 */
import { SET_ASIDE_KEPT_MS, STORE_REST_MS } from './bounds.js';
import type { Change, Clock, Log, SessionRecord, Store } from './deps.js';
import type { Diagnostics } from './diagnostics.js';
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
  update<T>(key: string, change: (raw: unknown) => BackingChange<T>): Promise<T>;
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
  let memory: SessionRecord = EMPTY_RECORD;
  /** Set while the backing store fails. Monotonic time; until then it isn't waited for again. */
  let failing: { errorName: string; retryAtMs: number } | undefined;
  /** Changed while the backing store failed: not every change raises the revision. */
  let changedSince = false;

  /** A higher fence wins: what was done in memory since then belongs to a session that is over. */
  function isAhead(stored: SessionRecord): boolean {
    if (memory.fence !== stored.fence) return memory.fence > stored.fence;
    return memory.revision > stored.revision || (changedSince && memory.revision === stored.revision);
  }

  function inMemory<T>(change: (record: SessionRecord) => Change<T>): T {
    const { record, result } = change(memory);
    if (record) {
      memory = record;
      changedSince = true;
    }
    return result;
  }

  async function inBacking<T>(store: BackingStore, change: (record: SessionRecord) => Change<T>): Promise<T> {
    const { result, latest, unreadable } = await store.update(key, (raw) => {
      const stored = parseRecord(raw);
      // Memory is ahead only after a failure, or when the store was erased under a living runtime.
      const ahead = !stored || isAhead(stored);
      const base = ahead ? memory : stored;
      const changed = change(base);
      const record = changed.record ?? (ahead ? base : undefined);
      return {
        ...(record && { record }),
        ...(stored === undefined && { setAside: raw }),
        result: { result: changed.result, latest: record ?? base, unreadable: stored === undefined },
      };
    });
    if (unreadable) log('error', 'The stored session could not be read; it was set aside.');
    memory = latest;
    changedSince = false;
    return result;
  }

  return {
    async update(change) {
      if (!backing || (failing && clock.monotonicMs() < failing.retryAtMs)) return inMemory(change);
      try {
        const result = await inBacking(backing, change);
        if (failing) log('info', 'The store works again; the session was written back to it.');
        failing = undefined;
        return result;
      } catch (error) {
        const errorName = nameOf(error);
        if (!failing) {
          log('warn', 'The store failed; the session goes on in memory.', { error: errorName });
          diagnostics.count('storeFailures');
        }
        // Only a store that hangs costs time.
        const restMs = errorName === 'TimeoutError' ? STORE_REST_MS : 0;
        failing = { errorName, retryAtMs: clock.monotonicMs() + restMs };
        return inMemory(change);
      }
    },
    async eraseSetAside(beforeMs) {
      if (failing) return;
      await backing?.eraseSetAside(key, beforeMs).catch((error: unknown) => {
        log('warn', 'Old records could not be erased.', { error: nameOf(error) });
      });
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
