/** The tabs that this runtime serves, and how far each has followed. */
import type { Timers } from './deps.js';
import type { Clients } from './sign-out.js';

export interface ClientRegistry extends Clients {
  /** A client said something, so it is there. */
  seen(clientId: string): void;
  acknowledge(clientId: string, revision: number): void;
  remove(clientId: string): void;
  readonly count: number;
}

/** @param onCount Called with how many there are now, and were before. */
export function createClientRegistry(
  timers: Timers,
  onCount: (count: number, before: number) => void,
): ClientRegistry {
  const acknowledged = new Map<string, number>();
  const waiting = new Set<() => void>();
  const check = (): void => waiting.forEach((look) => look());

  return {
    get count() {
      return acknowledged.size;
    },
    seen(clientId) {
      if (acknowledged.has(clientId)) return;
      acknowledged.set(clientId, 0);
      onCount(acknowledged.size, acknowledged.size - 1);
    },
    acknowledge(clientId, revision) {
      if (!Number.isSafeInteger(revision)) return;
      acknowledged.set(clientId, revision);
      check();
    },
    remove(clientId) {
      if (!acknowledged.delete(clientId)) return;
      check();
      onCount(acknowledged.size, acknowledged.size + 1);
    },
    settled(revision, withinMs) {
      const { promise, resolve } = withResolvers<number>();
      const stop = new AbortController();
      const behind = new Set(acknowledged.keys());
      let confirmed = 0;
      const finish = (): void => {
        waiting.delete(look);
        stop.abort();
        resolve(confirmed);
      };
      const look = (): void => {
        for (const clientId of behind) {
          const known = acknowledged.get(clientId);
          // What was confirmed of another store's revisions says nothing of this one.
          if (known !== undefined && known !== revision) continue;
          behind.delete(clientId);
          if (known === revision) confirmed += 1;
        }
        if (behind.size === 0) finish();
      };
      waiting.add(look);
      timers.after(
        withinMs,
        () => {
          // Frozen or gone. Its lease is over; when it comes back, it asks before it trusts what it has.
          const before = acknowledged.size;
          for (const clientId of behind) acknowledged.delete(clientId);
          finish();
          onCount(acknowledged.size, before);
        },
        stop.signal,
      );
      look();
      return promise;
    },
  };
}

/** `Promise.withResolvers` is younger than the browsers that have a SharedWorker with modules. */
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
