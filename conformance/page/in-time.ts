/** A bound on what a browser should do at once. */
import { timers } from '../../worker/platform.js';

const LIMIT_MS = 20_000;

export function inTime<T>(promise: Promise<T>, otherwise: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const settled = new AbortController();
    timers.after(LIMIT_MS, () => reject(new Error(otherwise)), settled.signal);
    void promise.then(resolve, reject).finally(() => settled.abort());
  });
}
