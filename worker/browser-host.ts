/** The host of this run of the script, built on the browser. */
import { createCognito } from './cognito.js';
import { createHost } from './host.js';
import {
  clock,
  createChannel,
  createCryptoAdapter,
  createLocks,
  onCollected,
  random,
  randomId,
  request,
  timers,
} from './platform.js';
import { createIndexedDBStore } from './store-indexeddb.js';

/**
 * @param sleepsWithPage True for a dedicated worker and in the page.
 * @returns the function that serves one port.
 */
export function createBrowserHost(sleepsWithPage: boolean): (port: MessagePort) => void {
  return createHost({
    instanceId: randomId(),
    sleepsWithPage,
    clock,
    timers,
    random,
    locks: createLocks(),
    crypto: createCryptoAdapter(),
    openChannel: createChannel,
    openBacking: () => createIndexedDBStore({ clock, timers }),
    openCognito: (config) => createCognito(config, { clock, timers }, request),
    onCollected,
  });
}
