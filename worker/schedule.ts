/** When the next proactive refresh is due, and when to look at the clock and into the store before that. */
import type { Deps } from './deps.js';

export interface Schedule {
  /**
   * Replaces what was planned.
   * @param dueMs From now. `undefined`: nothing is due.
   * @param lookMs From now. `undefined`: there is nothing to look at.
   */
  plan(dueMs: number | undefined, lookMs: number | undefined): void;
  /** Device time; undefined when nothing is due. */
  readonly dueAtMs: number | undefined;
}

/**
 * Timers stand still while the device sleeps, and the clock may be set meanwhile.
 * @param onLook To plan again, since the clock may have moved.
 */
export function createSchedule(
  { timers, clock }: Pick<Deps, 'timers' | 'clock'>,
  onDue: () => void,
  onLook: () => void,
): Schedule {
  let stop = new AbortController();
  let dueAtMs: number | undefined;
  return {
    plan(dueMs = Infinity, lookMs = Infinity) {
      stop.abort();
      stop = new AbortController();
      dueAtMs = dueMs === Infinity ? undefined : clock.wallMs() + dueMs;
      const delayMs = Math.min(dueMs, lookMs);
      if (delayMs === Infinity) return;
      timers.after(delayMs, dueMs <= lookMs ? onDue : onLook, stop.signal);
    },
    get dueAtMs() {
      return dueAtMs;
    },
  };
}
