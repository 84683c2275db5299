/** Time-outs that do not judge a runtime that was suspended. */
import type { Clock, Timers } from './deps.js';

export interface Time {
  clock: Clock;
  timers: Timers;
}

/**
 * Calls back once, unless the signal aborts first. A timer that is much too late tells that this runtime was suspended: what is
 * waited for may stand in line behind it, so it waits once more. Not again: in a page that is long hidden every timer may be late
 * (Chromium runs them once a minute).
 */
export function afterAwake(
  delayMs: number,
  { clock, timers }: Time,
  callback: () => void,
  signal: AbortSignal,
): void {
  const lateMs = clock.monotonicMs() + 2 * delayMs;
  timers.after(
    delayMs,
    () => {
      if (clock.monotonicMs() < lateMs) callback();
      else timers.after(delayMs, callback, signal);
    },
    signal,
  );
}

/** Runs the work, and rejects with a `TimeoutError` when it takes too long; the signal tells the work to stop then. */
export async function withTimeout<T>(
  timeoutMs: number,
  time: Time,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = new AbortController();
  const done = new AbortController();
  const timedOut = new Promise<never>((_resolve, reject) => {
    timeout.signal.addEventListener('abort', () => reject(timeout.signal.reason as Error));
  });
  const end = (): void =>
    timeout.abort(new DOMException(`No answer within ${timeoutMs} ms.`, 'TimeoutError'));
  afterAwake(timeoutMs, time, end, done.signal);
  try {
    return await Promise.race([work(timeout.signal), timedOut]);
  } finally {
    done.abort();
  }
}
