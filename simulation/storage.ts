/** The browser's store: one transaction at a time, each in steps between which a context can die or freeze. */
import { STORE_TIMEOUT_MS } from '../worker/bounds.js';
import { withTimeout } from '../worker/patience.js';
import type { BackingChange, BackingStore } from '../worker/store.js';
import type { Realm } from './realm.js';
import type { Scheduler } from './scheduler.js';

/** What is wrong with it. `full`: what is there can be read. */
export type StorageFault = 'broken' | 'full' | 'hung';

interface Transaction {
  realm: Realm;
  /** It can no longer be taken back by the end of its realm. */
  isCommitting: boolean;
  /** Does its first step; later ones follow by themselves. */
  begin(): void;
}

export interface StorageHooks {
  /** A realm asks for a change. */
  onAsked(realm: Realm): void;
  /** Something is written. */
  onCommitted(realm: Realm, before: unknown, after: unknown): void;
  /** How an operation ended for its realm. */
  onOutcome(realm: Realm, isGood: boolean): void;
}

export class SimulatedStorage {
  readonly records = new Map<string, unknown>();
  readonly setAside = new Map<string, { atMs: number; raw: unknown }[]>();
  /** For all realms. */
  fault: StorageFault | undefined;
  /** For one realm alone: its connection is lost (WebKit 201483). */
  readonly lostConnections = new Set<Realm>();
  private active: Transaction | undefined;
  private readonly queue: Transaction[] = [];

  constructor(
    private readonly scheduler: Scheduler,
    private readonly hooks: StorageHooks,
  ) {}

  /** For one realm: bounded as the product's adapter is. */
  of(realm: Realm): BackingStore {
    const time = { clock: this.scheduler.clock, timers: this.scheduler.timersOf(realm) };
    return {
      update: async (key, change) => {
        this.hooks.onAsked(realm);
        try {
          const result = await withTimeout(STORE_TIMEOUT_MS, time, (signal) =>
            this.transact(realm, key, change, signal),
          );
          this.hooks.onOutcome(realm, true);
          return result;
        } catch (error) {
          this.hooks.onOutcome(realm, false);
          throw error;
        }
      },
      eraseSetAside: (key, beforeMs) =>
        withTimeout(STORE_TIMEOUT_MS, time, (signal) =>
          this.transact(
            realm,
            key,
            () => {
              const kept = (this.setAside.get(key) ?? []).filter(({ atMs }) => atMs > beforeMs);
              this.setAside.set(key, kept);
              return { result: undefined };
            },
            signal,
          ),
        ),
    };
  }

  private transact<T>(
    realm: Realm,
    key: string,
    change: (raw: unknown) => BackingChange<T>,
    signal: AbortSignal,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const inRealm = (label: string, run: () => void): void =>
        this.scheduler.post({ realm, label: `${label} in ${realm.name}`, run });
      const transaction: Transaction = {
        realm,
        isCommitting: false,
        begin: () => {
          const raw = structuredClone(this.records.get(key));
          inRealm('store read', () => {
            if (this.active !== transaction) return;
            try {
              commit(raw, change(raw));
            } catch (error) {
              this.finish(transaction);
              reject(error instanceof Error ? error : new Error(String(error)));
            }
          });
        },
      };
      const fail = (name: string): void => {
        this.finish(transaction);
        inRealm('store failure', () => reject(new DOMException('The store failed.', name)));
      };
      const commit = (raw: unknown, { record, setAside, result }: BackingChange<T>): void => {
        const copy = structuredClone(record);
        transaction.isCommitting = true;
        this.scheduler.post({
          label: `store commit of ${realm.name}`,
          run: () => {
            if (this.active !== transaction) return;
            if (this.fault === 'broken') return fail('UnknownError');
            if (this.fault === 'full' && record) return fail('QuotaExceededError');
            if (setAside !== undefined) this.putAside(key, setAside);
            if (copy) {
              this.records.set(key, copy);
              this.hooks.onCommitted(realm, raw, copy);
            }
            this.finish(transaction);
            inRealm('store committed', () => resolve(result));
          },
        });
      };
      signal.addEventListener('abort', () => this.finish(transaction));
      realm.onEnd(() => {
        if (!transaction.isCommitting || realm.isAborted) this.finish(transaction);
      });
      if (this.lostConnections.delete(realm) || this.fault === 'broken') {
        inRealm('store failure', () => reject(new DOMException('Connection lost.', 'UnknownError')));
        return;
      }
      this.queue.push(transaction);
      this.next();
    });
  }

  /** Whether a transaction that is asked for now will have its turn. */
  get isOpen(): boolean {
    return this.fault === undefined && this.active?.realm.state !== 'frozen';
  }

  /** The fault is over; what waited goes on. */
  mend(): void {
    this.fault = undefined;
    this.next();
  }

  private next(): void {
    if (this.active || this.fault === 'hung') return;
    const next = this.queue.shift();
    if (!next) return;
    this.active = next;
    this.scheduler.post({ label: `store begin of ${next.realm.name}`, run: next.begin });
  }

  private finish(transaction: Transaction): void {
    const index = this.queue.indexOf(transaction);
    if (index >= 0) this.queue.splice(index, 1);
    if (this.active !== transaction) return;
    this.active = undefined;
    this.next();
  }

  private putAside(key: string, raw: unknown): void {
    this.setAside.set(key, [...(this.setAside.get(key) ?? []), { atMs: this.scheduler.wallMs, raw }]);
  }
}
