/** Named exclusive locks in memory, common to all runtimes of a test. */
import type { Locks, Timers } from '../deps.js';

export interface LockManager {
  locks: Locks;
  /** A runtime that is frozen while it holds the lock. */
  freeze(name: string): void;
  thaw(name: string): void;
  /** How it stands with one of them. */
  queue(name: string): { isHeld: boolean; waiting: number };
  /** Held just now: a page that holds a lock is not eligible for the back/forward cache. */
  readonly held: ReadonlySet<string>;
}

export function createLockManager(timers: Timers): LockManager {
  const held = new Set<string>();
  const queues = new Map<string, (() => void)[]>();

  function release(name: string): void {
    held.delete(name);
    queues.get(name)?.shift()?.();
  }

  function acquire(name: string, waitMs: number): Promise<boolean> {
    if (!held.has(name)) {
      held.add(name);
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const queue = queues.get(name) ?? [];
      queues.set(name, queue);
      const stop = new AbortController();
      const enter = (): void => {
        stop.abort();
        held.add(name);
        resolve(true);
      };
      queue.push(enter);
      timers.after(
        waitMs,
        () => {
          queue.splice(queue.indexOf(enter), 1);
          resolve(false);
        },
        stop.signal,
      );
    });
  }

  return {
    held,
    queue: (name) => ({ isHeld: held.has(name), waiting: queues.get(name)?.length ?? 0 }),
    freeze: (name) => void held.add(name),
    thaw: release,
    locks: {
      heldNames: () => Promise.resolve([...held]),
      async withLock<T>(name: string, waitMs: number, work: () => Promise<T>) {
        if (!(await acquire(name, waitMs))) return { held: false as const };
        try {
          return { held: true as const, value: await work() };
        } finally {
          release(name);
        }
      },
    },
  };
}
