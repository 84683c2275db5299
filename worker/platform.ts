/** The browser behind the interfaces of deps.ts. With store-indexeddb.ts and the entries, the only user of globals here. */
import type { Channel, Clock, Locks, Timers } from './deps.js';
import { LOCK_QUERY_MS } from './bounds.js';
import { afterAwake, type Time } from './patience.js';

export const clock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

export const timers: Timers = {
  after(delayMs, callback, signal) {
    if (signal?.aborted) return;
    const timer = setTimeout(callback, Math.max(0, delayMs));
    signal?.addEventListener('abort', () => clearTimeout(timer), { once: true });
  },
};

/** Called as a function of the global: it refuses any other `this`. */
export const request: typeof fetch = (input, init) => fetch(input, init);

/** Web Locks; where there are none, a queue within this runtime, and the store's compare-and-swap does the rest. */
export function createLocks(): Locks {
  const { locks } = navigator as { locks?: LockManager };
  const time = { clock, timers };
  return locks ? webLocks(locks, time) : localLocks(time);
}

/** As much of a LockManager as is used. */
export interface LockRequester {
  request<T>(name: string, options: { signal: AbortSignal }, callback: () => Promise<T>): Promise<T>;
  query(): Promise<{ held?: { name?: string }[] }>;
}

/** Also where they are there and refused: in a browser that may keep nothing of this site. */
export function webLocks(locks: LockRequester, time: Time): Locks {
  const local = localLocks(time);
  return {
    async withLock<T>(name: string, waitMs: number, work: () => Promise<T>) {
      const waiting = new AbortController();
      const granted = new AbortController();
      afterAwake(waitMs, time, () => waiting.abort(), granted.signal);
      try {
        const value = await locks.request(name, { signal: waiting.signal }, async () => {
          granted.abort();
          return work();
        });
        return { held: true as const, value };
      } catch (error) {
        if (granted.signal.aborted) throw error;
        return waiting.signal.aborted ? { held: false as const } : await local.withLock(name, waitMs, work);
      } finally {
        granted.abort();
      }
    },
    heldNames() {
      const told = new AbortController();
      const late = new Promise<string[]>((resolve) => {
        afterAwake(LOCK_QUERY_MS, time, () => resolve([]), told.signal);
      });
      const names = async (): Promise<string[]> => {
        const { held = [] } = await locks.query();
        return held.flatMap(({ name }) => (name === undefined ? [] : [name]));
      };
      // Refused as the locks themselves are, in a browser that may keep nothing of this site.
      return Promise.race([names().catch(() => []), late]).finally(() => told.abort());
    },
  };
}

function localLocks(time: Time): Locks {
  const tails = new Map<string, Promise<unknown>>();
  return {
    withLock<T>(name: string, waitMs: number, work: () => Promise<T>) {
      const granted = new AbortController();
      let isGivenUp = false;
      const turn = (tails.get(name) ?? Promise.resolve()).then(async () => {
        granted.abort();
        return isGivenUp ? { held: false as const } : { held: true as const, value: await work() };
      });
      tails.set(
        name,
        turn.catch(() => undefined),
      );
      const late = new Promise<{ held: false }>((resolve) => {
        afterAwake(
          waitMs,
          time,
          () => {
            isGivenUp = true;
            resolve({ held: false });
          },
          granted.signal,
        );
      });
      return Promise.race([turn, late]);
    },
    // What pages hold is not among those of this runtime.
    heldNames: () => Promise.resolve([]),
  };
}

export function createChannel(name: string): Channel {
  const channel = new BroadcastChannel(name);
  return {
    post: (message) => channel.postMessage(message),
    listen: (listener) => {
      channel.addEventListener('message', (event: MessageEvent<unknown>) => listener(event.data));
    },
  };
}

/** Collection is seen late or never, so this only tidies up. */
export function onCollected(target: object, callback: () => void): void {
  collected.register(target, callback);
}

const collected = new FinalizationRegistry<() => void>((callback) => callback());

export const random = (): number => Math.random();

export const randomId = (): string => crypto.randomUUID();

export function createCryptoAdapter(): Pick<Crypto, 'subtle' | 'getRandomValues'> {
  return crypto;
}
