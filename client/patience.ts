/** Timers that do not judge a page that was frozen. */
import type { Platform } from './platform.js';

/**
 * Calls back once, unless the returned function is called first. A timer that is much too late tells that the page was frozen
 * or busy: what came meanwhile may stand in line behind it, so it waits once more. Not again: in a page that is long hidden
 * every timer may be late (Chromium runs them once a minute), and the wait must end there too.
 */
export function afterAwake(platform: Platform, delayMs: number, callback: () => void): () => void {
  const dueMs = platform.monotonicMs() + delayMs;
  let stop = platform.after(delayMs, () => {
    if (platform.monotonicMs() < dueMs + delayMs) callback();
    else stop = platform.after(delayMs, callback);
  });
  return () => stop();
}
