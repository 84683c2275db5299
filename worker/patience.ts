/** Time-outs that do not judge a runtime that was suspended. */
import type { Clock, Timers } from './deps.js';

/**
 * Runs the work, and rejects with a `TimeoutError` when it takes too long; the signal tells the work to stop then. A timer that
 * is much too late tells that this runtime was suspended: the answer may stand in line behind it, so it is waited for once more.
 * Not again: in a page that is long hidden every timer may be late (Chromium runs them once a minute).
 */
export async function withTimeout<T>(
  timeoutMs: number,
  { clock, timers }: { clock: Clock; timers: Timers },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = new AbortController();
  const done = new AbortController();
  const timedOut = new Promise<never>((_resolve, reject) => {
    timeout.signal.addEventListener('abort', () => reject(timeout.signal.reason as Error));
  });
  const end = (): void =>
    timeout.abort(new DOMException(`No answer within ${timeoutMs} ms.`, 'TimeoutError'));
  const lateMs = clock.monotonicMs() + 2 * timeoutMs;
  timers.after(
    timeoutMs,
    () => {
      if (clock.monotonicMs() < lateMs) end();
      else timers.after(timeoutMs, end, done.signal);
    },
    done.signal,
  );
  try {
    return await Promise.race([work(timeout.signal), timedOut]);
  } finally {
    done.abort();
  }
}
