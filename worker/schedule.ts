/** When the next proactive refresh is due. */
import { RECHECK_MS } from './bounds.js';
import type { Deps } from './deps.js';

export interface Schedule {
  /** Replaces what was planned. `undefined`: nothing is due. */
  plan(delayMs: number | undefined): void;
  /** Device time; undefined when nothing is due. */
  readonly dueAtMs: number | undefined;
}

/**
 * Timers stand still while the device sleeps, and the clock may be set meanwhile.
 * @param onLook Called every now and then before what is planned is due: plan again, the clock may have moved.
 */
export function createSchedule(
  { timers, clock }: Pick<Deps, 'timers' | 'clock'>,
  onDue: () => void,
  onLook: () => void,
): Schedule {
  let planned: { stop: AbortController; dueAtMs: number } | undefined;
  return {
    plan(delayMs) {
      planned?.stop.abort();
      planned = undefined;
      if (delayMs === undefined) return;
      const stop = new AbortController();
      planned = { stop, dueAtMs: clock.wallMs() + delayMs };
      timers.after(Math.min(delayMs, RECHECK_MS), delayMs > RECHECK_MS ? onLook : onDue, stop.signal);
    },
    get dueAtMs() {
      return planned?.dueAtMs;
    },
  };
}
