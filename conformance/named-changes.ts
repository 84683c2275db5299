/** Changes to a key of the backing store by name, since functions don't cross to a worker. */
import type { SessionRecord } from '../worker/deps.js';
import type { BackingChange } from '../worker/store.js';

export type NamedChange =
  /** Writes nothing; results in what stands there. */
  | { type: 'read' }
  /** Results in what stood there. `thenSpoil`: the object written is altered once the update is confirmed. */
  | { type: 'write'; record?: unknown; setAside?: unknown; thenSpoil?: boolean }
  /** Results in the new count. */
  | { type: 'increment' }
  /** Throws a RangeError. */
  | { type: 'throw'; message: string }
  /** Alters what it is given, and writes nothing. */
  | { type: 'spoil' };

/** A record that says its number in four places, so that half of one shows. As long as one with tokens. */
export interface CountRecord extends SessionRecord {
  payload: string;
}

export function counted(count: number): CountRecord {
  return { v: 1, fence: count, revision: count, sequence: count, payload: `${count} `.repeat(1_000) };
}

/** Throws where it is only half a record, or another one. */
export function countOf(raw: unknown): number {
  if (raw === undefined) return 0;
  const { fence, revision, sequence, payload } = Object(raw) as Partial<CountRecord>;
  const whole = counted(revision ?? 0);
  if (fence !== whole.fence || sequence !== whole.sequence || payload !== whole.payload) {
    throw new Error(`Half a record: ${JSON.stringify(raw).slice(0, 80)}…`);
  }
  return whole.revision;
}

export function applyChange(raw: unknown, change: NamedChange): BackingChange<unknown> {
  switch (change.type) {
    case 'read':
      return { result: raw };
    case 'write': {
      const { record, setAside } = change;
      return {
        ...(record !== undefined && { record: record as SessionRecord }),
        ...(setAside !== undefined && { setAside }),
        result: raw,
      };
    }
    case 'increment': {
      const count = countOf(raw) + 1;
      return { record: counted(count), result: count };
    }
    case 'throw':
      throw new RangeError(change.message);
    case 'spoil':
      spoil(raw);
      return { result: undefined };
  }
}

/** Alters an object, and all that is in it. */
export function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Object.values(value).forEach(spoil);
  if (value instanceof Date) value.setTime(0);
  else if (Array.isArray(value)) value.push('spoiled');
  else Object.assign(value, { isSpoiled: true });
}
