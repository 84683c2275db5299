/** The worker's entry: a SharedWorker for all tabs, or a dedicated worker in each where there is no other. */
import { createBrowserHost } from './browser-host.js';

const isShared = 'onconnect' in self;
const serve = createBrowserHost(!isShared);

// Set before anything is awaited: a `connect` that comes earlier would be lost.
if (isShared) {
  (self as unknown as SharedWorkerGlobalScope).onconnect = (event) => {
    const [port] = event.ports;
    if (port) serve(port);
  };
} else {
  self.onmessage = (event) => {
    const [port] = event.ports;
    if (port) serve(port);
  };
}
