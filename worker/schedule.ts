/** When the next proactive refresh is due. Timers lie during sleep, so the clock is asked again whenever it may have moved. */
import type { Deps } from './deps.js';

export interface Schedule {
  /** Replaces what was planned. `undefined`: nothing is due. */
  plan(delayMs: number | undefined): void;
}

export function createSchedule({ timers }: Pick<Deps, 'timers'>, onDue: () => void): Schedule {
  let planned: AbortController | undefined;
  return {
    plan(delayMs) {
      planned?.abort();
      planned = undefined;
      if (delayMs === undefined) return;
      const { signal } = (planned = new AbortController());
      timers.after(delayMs, onDue, signal);
    },
  };
}
