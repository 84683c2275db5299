/** The last rung of the ladder: the same session in the page, where there are no workers. Imported lazily. */
import { createBrowserHost } from './browser-host.js';

let serve: ((port: MessagePort) => void) | undefined;

/** Serves one port. All clients of the page share the session. */
export function connectInPage(port: MessagePort): void {
  serve ??= createBrowserHost(true);
  serve(port);
}
