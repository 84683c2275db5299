/** How the time that is left is told: to the eyes each second, aloud only now and then. */
import { count } from './format.js';

/** In seconds, the longest first. */
const SAID_AT_SECONDS: readonly number[] = [300, 60, 30, 10];

/** The last of the times to be said aloud that was reached; undefined: none yet. */
export function reachedMark(leftMs: number): number | undefined {
  return SAID_AT_SECONDS.filter((seconds) => wholeSeconds(leftMs) <= seconds).at(-1);
}

/** `59 minutes`, `1 minute`, `10 seconds`. */
export function inWords(leftMs: number): string {
  const seconds = wholeSeconds(leftMs);
  return seconds < 90 ? count(seconds, 'second') : count(Math.round(seconds / 60), 'minute');
}

function wholeSeconds(leftMs: number): number {
  return Math.max(0, Math.ceil(leftMs / 1_000));
}
