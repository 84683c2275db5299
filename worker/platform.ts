/** The browser behind the interfaces of deps.ts. With store-indexeddb.ts and the entries, the only user of globals here. */
import type { Channel, Clock, Locks, Timers } from './deps.js';
import { LONGEST_TIMER_MS } from './bounds.js';

export const clock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

export const timers: Timers = {
  after(delayMs, callback, signal) {
    if (signal?.aborted) return;
    const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS));
    signal?.addEventListener('abort', () => clearTimeout(timer), { once: true });
  },
};

/** Web Locks; where there are none, a queue within this runtime, and the store's compare-and-swap does the rest. */
export function createLocks(): Locks {
  const { locks } = navigator as { locks?: LockManager };
  return locks ? webLocks(locks) : localLocks();
}

function webLocks(locks: LockManager): Locks {
  return {
    async withLock<T>(name: string, waitMs: number, work: () => Promise<T>) {
      const waiting = new AbortController();
      const timer = setTimeout(() => waiting.abort(), waitMs);
      let begun = false;
      try {
        const value = await locks.request(name, { signal: waiting.signal }, async () => {
          begun = true;
          clearTimeout(timer);
          return work();
        });
        return { held: true as const, value: value as T };
      } catch (error) {
        if (begun || !waiting.signal.aborted) throw error;
        return { held: false as const };
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function localLocks(): Locks {
  const tails = new Map<string, Promise<unknown>>();
  return {
    async withLock<T>(name: string, _waitMs: number, work: () => Promise<T>) {
      const before = tails.get(name) ?? Promise.resolve();
      const mine = before.then(work, work);
      tails.set(name, mine);
      return { held: true as const, value: await mine };
    },
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

export const random = (): number => Math.random();

export const randomId = (): string => crypto.randomUUID();

export function createCryptoAdapter(): Pick<Crypto, 'subtle' | 'getRandomValues'> {
  return crypto;
}
