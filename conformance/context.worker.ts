/** A context of its own over the real parts: a dedicated worker, a SharedWorker or a page. It serves the port that it is given. */
import { expose } from 'comlink';
import { clock, createChannel, createLocks, timers } from '../worker/platform.js';
import { createIndexedDBStore } from '../worker/store-indexeddb.js';
import { createActor, type Actor } from './actor.js';

export interface ServedContext extends Actor {
  /** Resolves when this context holds the lock of that name, which it then holds for life. */
  liveUnder(lock: string): Promise<void>;
}

const served: ServedContext = {
  ...createActor({ locks: createLocks(), createChannel, store: createIndexedDBStore({ clock, timers }) }),
  liveUnder: (lock) =>
    new Promise((resolve, reject) => {
      const forLife = (): Promise<never> => {
        resolve();
        return new Promise(() => undefined);
      };
      navigator.locks.request(lock, forLife).catch(reject);
    }),
};

const serve = ({ ports: [port] }: MessageEvent): void => {
  if (port) expose(served, port);
};

const isShared = 'onconnect' in self;
if (isShared) {
  (self as unknown as SharedWorkerGlobalScope).onconnect = ({ ports: [port] }) => {
    if (port) port.onmessage = serve;
  };
} else {
  self.onmessage = serve;
}
