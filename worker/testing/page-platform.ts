/** What a page has of the browser, on virtual time and the channel in memory. Fits the client's `Platform`. */
import type { ChannelHub } from './channel-hub.js';
import type { VirtualTime } from './virtual-time.js';

export interface PagePlatform {
  wallMs(): number;
  monotonicMs(): number;
  after(delayMs: number, callback: () => void): () => void;
  listen(channelName: string, listener: (message: unknown) => void): () => void;
  on(event: string, listener: (event: Event) => void, signal: AbortSignal): void;
  /** For a test to set. */
  isVisible: boolean;
  readonly href: string | undefined;
  assign(url: string): void;
  replaceHref(url: string): void;
  report(error: unknown): void;
  refuseUnsupported(): void;
  /** The browser tells of something. */
  dispatch(event: string, details?: object): void;
  /** The same with an event of the test's own. */
  dispatchWhole(event: Event): void;
  readonly reported: unknown[];
  /** Where the page was sent to. */
  readonly assigned: string[];
  /** Timers that were set and neither fired nor were stopped. */
  readonly timers: number;
  /** Names of the channels that are open. */
  readonly channels: string[];
}

export function createPagePlatform(
  time: Pick<VirtualTime, 'clock' | 'timers'>,
  hub: ChannelHub,
  pageUrl = 'https://app.example/',
): PagePlatform {
  const events = new EventTarget();
  const listeners: { event: string; listener: (event: Event) => void; signal: AbortSignal }[] = [];
  const reported: unknown[] = [];
  const channels: string[] = [];
  const assigned: string[] = [];
  let href = pageUrl;
  let timers = 0;
  return {
    wallMs: () => time.clock.wallMs(),
    monotonicMs: () => time.clock.monotonicMs(),
    after(delayMs, callback) {
      const stop = new AbortController();
      timers += 1;
      const end = (): void => {
        if (stop.signal.aborted) return;
        timers -= 1;
        stop.abort();
      };
      time.timers.after(
        delayMs,
        () => {
          end();
          callback();
        },
        stop.signal,
      );
      return end;
    },
    listen(channelName, listener) {
      channels.push(channelName);
      let isOpen = true;
      hub.join().listen((message) => isOpen && listener(message));
      return () => {
        isOpen = false;
        channels.splice(channels.indexOf(channelName), 1);
      };
    },
    on(event, listener, signal) {
      events.addEventListener(event, listener, { signal });
      listeners.push({ event, listener, signal });
    },
    isVisible: true,
    get href() {
      return href;
    },
    assign: (url) => void assigned.push(url),
    replaceHref(url) {
      href = url;
    },
    assigned,
    report: (error) => void reported.push(error),
    refuseUnsupported: () => undefined,
    dispatch: (event, details = {}) => void events.dispatchEvent(Object.assign(new Event(event), details)),
    dispatchWhole(event) {
      // Dispatched, it would have another target.
      for (const { event: type, listener, signal } of listeners) {
        if (type === event.type && !signal.aborted) listener(event);
      }
    },
    reported,
    get timers() {
      return timers;
    },
    channels,
  };
}
