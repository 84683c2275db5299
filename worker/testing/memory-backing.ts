/** The backing store in memory, common to all runtimes of a test. It can hang, fail, be erased, and show what it holds. */
import { STORE_TIMEOUT_MS } from '../bounds.js';
import type { Clock, SessionRecord, Timers } from '../deps.js';
import type { BackingChange, BackingStore } from '../store.js';

export interface MemoryBacking extends BackingStore {
  /** Under the key that the tests look at, whatever it is. */
  raw: unknown;
  readonly record: SessionRecord | undefined;
  /** What was set aside under that key, from the oldest to the newest. */
  readonly setAside: unknown[];
  /** Every record that was written, in order. */
  readonly written: SessionRecord[];
  isFailing: boolean;
  /** The connection is lost while each change is confirmed: it is stored, and the adapter makes it again (WebKit 201483). */
  isConfirmationLost: boolean;
  /** Resolves before each operation; a test can put a gate here. An operation gives up when it waits too long. */
  gate: () => Promise<void>;
  keepAside(value: unknown, atMs: number): void;
  /** All that stands under any key. */
  entry(key: string): { record?: unknown; setAside: { value: unknown; atMs: number }[] };
  erase(): void;
}

/** @param key the one that `raw`, `record` and `setAside` are about */
export function createMemoryBacking(time: { clock: Clock; timers: Timers }, key: string): MemoryBacking {
  const records = new Map<string, unknown>();
  let asides: { key: string; value: unknown; atMs: number }[] = [];

  async function enter(): Promise<void> {
    const isIn = new AbortController();
    const late = new Promise<never>((_resolve, reject) => {
      const giveUp = (): void => reject(new DOMException('The store hangs.', 'TimeoutError'));
      time.timers.after(STORE_TIMEOUT_MS, giveUp, isIn.signal);
    });
    try {
      await Promise.race([backing.gate(), late]);
    } finally {
      isIn.abort();
    }
    if (backing.isFailing) throw new Error('The disk is full.');
  }

  function keepAside(ofKey: string, value: unknown, atMs: number): void {
    asides.push({ key: ofKey, value: structuredClone(value), atMs });
  }

  function transact<T>(ofKey: string, change: (raw: unknown) => BackingChange<T>): T {
    const { record, setAside, result } = change(structuredClone(records.get(ofKey)));
    if (record) {
      records.set(ofKey, structuredClone(record));
      backing.written.push(structuredClone(record));
    }
    if (setAside !== undefined) keepAside(ofKey, setAside, time.clock.wallMs());
    return result;
  }

  const backing: MemoryBacking = {
    get raw() {
      return records.get(key);
    },
    set raw(value) {
      if (value === undefined) records.delete(key);
      else records.set(key, value);
    },
    get record() {
      return records.get(key) as SessionRecord | undefined;
    },
    get setAside() {
      return backing.entry(key).setAside.map(({ value }) => value);
    },
    written: [],
    isFailing: false,
    isConfirmationLost: false,
    gate: () => Promise.resolve(),
    async update(ofKey, change) {
      await enter();
      if (backing.isConfirmationLost) transact(ofKey, change);
      return transact(ofKey, change);
    },
    async eraseSetAside(ofKey, beforeMs) {
      await enter();
      asides = asides.filter((aside) => aside.key !== ofKey || aside.atMs > beforeMs);
    },
    keepAside: (value, atMs) => keepAside(key, value, atMs),
    entry: (ofKey) => ({
      ...(records.has(ofKey) && { record: records.get(ofKey) }),
      setAside: asides.flatMap(({ key: asideKey, ...aside }) => (asideKey === ofKey ? [aside] : [])),
    }),
    erase() {
      records.clear();
      asides = [];
    },
  };
  return backing;
}
