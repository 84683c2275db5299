/** The browser behind one interface. With transports.ts, the only user of globals in the client. */
import { AuthError, ErrorName } from '../worker/errors.js';

export interface Platform {
  wallMs(): number;
  monotonicMs(): number;
  randomId(): string;
  /** Calls back once, unless the returned function is called first. */
  after(delayMs: number, callback: () => void): () => void;
  /** Listens on the broadcast channel of this name until the returned function is called. */
  listen(channelName: string, listener: (message: unknown) => void): () => void;
  /** Listens on the window and the document until the signal aborts. */
  on(event: PageEvent, listener: (event: Event) => void, signal: AbortSignal): void;
  isVisible(): boolean;
  /** Shows an error of a listener where the page's own errors go. */
  report(error: unknown): void;
  /** Throws `UnsupportedEnvironmentException` where no session can be kept. */
  refuseUnsupported(): void;
}

export type PageEvent = 'pagehide' | 'pageshow' | 'online' | 'visibilitychange' | 'resume';

export const browser: Platform = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  randomId: () => crypto.randomUUID(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  listen(channelName, listener) {
    const channel = new BroadcastChannel(channelName);
    channel.onmessage = (event: MessageEvent<unknown>) => listener(event.data);
    return () => channel.close();
  },
  on(event, listener, signal) {
    const target = event === 'visibilitychange' || event === 'resume' ? document : window;
    target.addEventListener(event, listener, { signal });
  },
  isVisible: () => document.visibilityState === 'visible',
  report: (error) => reportError(error),
  refuseUnsupported() {
    if (typeof window === 'undefined') {
      throw unsupported('There is no session on a server.', 'Call this in the browser only.');
    }
    if (!isSecureContext) {
      throw unsupported('This page is no secure context.', 'Serve it over https, or from localhost.');
    }
    if (origin === 'null') {
      throw unsupported(
        'This frame is sandboxed and has no origin of its own.',
        'Add allow-same-origin to its sandbox attribute.',
      );
    }
  },
};

function unsupported(message: string, recoverySuggestion: string): AuthError {
  return new AuthError({ name: ErrorName.unsupportedEnvironment, message, recoverySuggestion });
}
