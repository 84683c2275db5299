/** The browser's lock manager. Its clients are the product's own adapter for Web Locks. */
import { webLocks, type LockRequester } from '../worker/platform.js';
import type { Locks } from '../worker/deps.js';
import type { Realm } from './realm.js';
import type { Scheduler } from './scheduler.js';

interface Request {
  realm: Realm;
  grant(): void;
}

interface Lock {
  holder?: Request;
  queue: Request[];
}

export class SimulatedLockManager {
  private readonly locks = new Map<string, Lock>();

  constructor(private readonly scheduler: Scheduler) {}

  /** For one realm: the product's adapter on this manager. */
  of(realm: Realm): Locks {
    const { clock } = this.scheduler;
    return webLocks(this.requesterOf(realm), { clock, timers: this.scheduler.timersOf(realm) });
  }

  /** How it stands with one lock. */
  queue(name: string): { isHeld: boolean; waiting: number } {
    const { holder, queue = [] } = this.locks.get(name) ?? {};
    return { isHeld: holder !== undefined, waiting: queue.length };
  }

  private requesterOf(realm: Realm): LockRequester {
    return {
      query: async () => ({
        held: [...this.locks].flatMap(([name, { holder }]) => (holder ? [{ name }] : [])),
      }),
      request: <T>(name: string, { signal }: { signal: AbortSignal }, callback: () => Promise<T>) =>
        new Promise<T>((resolve, reject) => {
          const request: Request = {
            realm,
            // Granted; the callback is a task of its own, before which the signal may still end it (Web Locks, "request a lock").
            grant: () =>
              this.scheduler.post({
                realm,
                label: `lock granted to ${realm.name}`,
                run: () => {
                  if (signal.aborted) {
                    this.release(name, request);
                    reject(signal.reason as Error);
                    return;
                  }
                  callback()
                    .finally(() => this.release(name, request))
                    .then(resolve, reject);
                },
              }),
          };
          signal.addEventListener('abort', () => {
            if (this.withdraw(name, request)) reject(signal.reason as Error);
          });
          realm.onEnd(() => {
            this.withdraw(name, request);
            this.release(name, request);
          });
          this.enqueue(name, request);
        }),
    };
  }

  private enqueue(name: string, request: Request): void {
    const lock = this.locks.get(name) ?? { queue: [] };
    this.locks.set(name, lock);
    lock.queue.push(request);
    this.grantNext(lock);
  }

  private grantNext(lock: Lock): void {
    if (lock.holder) return;
    const next = lock.queue.shift();
    if (!next) return;
    lock.holder = next;
    next.grant();
  }

  /** @returns false when it isn't in the queue any more. */
  private withdraw(name: string, request: Request): boolean {
    const queue = this.locks.get(name)?.queue ?? [];
    const index = queue.indexOf(request);
    if (index >= 0) queue.splice(index, 1);
    return index >= 0;
  }

  private release(name: string, request: Request): void {
    const lock = this.locks.get(name);
    if (lock?.holder !== request) return;
    delete lock.holder;
    this.grantNext(lock);
  }
}
