/**
 * Has tabs save ahead of an end that is known beforehand: their handlers need good tokens and may hang, and the end comes on time.
 * An end that passed in sleep is not saved before, since its tokens are no longer good.
 */
import { END_WATCH_MS } from './bounds.js';
import type { SignOutReason } from './contract.js';
import type { Deps } from './deps.js';
import type { SavePhase } from './save-phase.js';

export interface KnownEnd {
  reason: SignOutReason;
  /** How long before the end tabs save. 0: not at all. */
  aheadMs: number;
  /** How long until then; Infinity: none is in sight. */
  leftMs(): number;
}

export interface SaveBeforeEnd {
  /** The session, the clock or who is there has changed. */
  replan(): void;
}

export function createSaveBeforeEnd(
  { clock, timers }: Pick<Deps, 'clock' | 'timers'>,
  { run }: Pick<SavePhase, 'run'>,
  isServing: () => boolean,
  { reason, aheadMs, leftMs }: KnownEnd,
): SaveBeforeEnd {
  let stop = new AbortController();
  /** Until then tabs have saved. */
  let savedUntilMs = -Infinity;

  /** For how long that will do. It was less than the time ahead: with more, the clock was set back. */
  function savedForMs(): number {
    const forMs = savedUntilMs - clock.wallMs();
    return forMs > aheadMs ? 0 : forMs;
  }

  function replan(): void {
    stop.abort();
    const left = leftMs();
    if (aheadMs === 0 || left <= 0 || left === Infinity || !isServing()) return;
    stop = new AbortController();
    const dueMs = Math.max(left - aheadMs, savedForMs());
    // A timer is late by as long as the device slept.
    timers.after(Math.max(0, Math.min(dueMs, END_WATCH_MS)), look, stop.signal);
  }

  function look(): void {
    const left = leftMs();
    if (left > 0 && left <= aheadMs && savedForMs() <= 0) {
      savedUntilMs = clock.wallMs() + left;
      void run(reason, left);
    }
    replan();
  }

  return { replan };
}
