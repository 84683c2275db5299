/** The browser behind one interface. With transports.ts, the only user of globals in the client. */
import { ownError, type AuthError } from '../worker/errors.js';

export interface Platform {
  wallMs(): number;
  monotonicMs(): number;
  /** Calls back once, unless the returned function is called first. */
  after(delayMs: number, callback: () => void): () => void;
  /** Listens on the broadcast channel of this name until the returned function is called. */
  listen(channelName: string, listener: (message: unknown) => void): () => void;
  /** Listens on the window, which the document's events pass on their way, until the signal aborts. */
  on(event: PageEvent, listener: (event: Event) => void, signal: AbortSignal): void;
  /** Whether the page is in view. */
  readonly isVisible: boolean;
  /** The page's own URL; undefined on a server. */
  readonly href: string | undefined;
  /** Leaves the page for this URL. */
  assign(url: string): void;
  /** Puts this URL in the place of the page's own. Default: {@link replaceInHistory}, which few pages need. */
  replaceHref?(url: string): void;
  /** Shows an error of a listener where the page's own errors go. */
  report(error: unknown): void;
  /** Throws `UnsupportedEnvironmentException` where no session can be kept. */
  refuseUnsupported(): void;
}

export type PageEvent =
  | 'pagehide'
  | 'pageshow'
  | 'online'
  | 'visibilitychange'
  | 'resume'
  | 'pointerdown'
  | 'pointermove'
  | 'keydown'
  | 'touchstart'
  | 'wheel';

export const browser: Platform = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  listen(channelName, listener) {
    const channel = new BroadcastChannel(channelName);
    channel.onmessage = (event: MessageEvent<unknown>) => listener(event.data);
    return () => channel.close();
  },
  // Capturing: `resume` does not bubble from the document (measured in Chromium 156).
  on: (event, listener, signal) =>
    addEventListener(event, listener, { signal, capture: true, passive: true }),
  get isVisible() {
    return !document.hidden;
  },
  get href() {
    return globalThis.location?.href;
  },
  assign: (url) => location.assign(url),
  report: (error) => reportError(error),
  refuseUnsupported() {
    if (typeof window === 'undefined') throw unsupported('Call it in the browser.');
    if (!isSecureContext) throw unsupported('Use https or localhost.');
    if (origin === 'null') throw unsupported('Add allow-same-origin to the sandbox.');
  },
};

export const replaceInHistory = (url: string): void => history.replaceState(history.state, '', url);

function unsupported(recoverySuggestion: string): AuthError {
  return ownError('UnsupportedEnvironmentException', 'No session can be kept here.', recoverySuggestion);
}
