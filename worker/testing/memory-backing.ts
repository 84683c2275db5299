/** The backing store in memory, common to all runtimes of a test. It can fail, be erased, and show what it holds. */
import type { SessionRecord } from '../deps.js';
import type { BackingStore } from '../store.js';

export interface MemoryBacking extends BackingStore {
  /** Under the key, whatever it is. */
  raw: unknown;
  readonly record: SessionRecord | undefined;
  readonly setAside: unknown[];
  /** Every record that was written, in order. */
  readonly written: SessionRecord[];
  isFailing: boolean;
  /** Resolves before each update; a test can put a gate here. */
  gate: () => Promise<void>;
}

export function createMemoryBacking(): MemoryBacking {
  const backing: MemoryBacking = {
    raw: undefined,
    get record() {
      return backing.raw as SessionRecord | undefined;
    },
    setAside: [],
    written: [],
    isFailing: false,
    gate: () => Promise.resolve(),
    async update(_key, change) {
      await backing.gate();
      if (backing.isFailing) throw new Error('The disk is full.');
      const { record, setAside, result } = change(structuredClone(backing.raw));
      if (record) {
        backing.raw = structuredClone(record);
        backing.written.push(structuredClone(record));
      }
      if (setAside !== undefined) backing.setAside.push(setAside);
      return result;
    },
    async eraseSetAside() {
      if (backing.isFailing) throw new Error('The disk is full.');
      backing.setAside.length = 0;
    },
  };
  return backing;
}
