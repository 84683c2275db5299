/** How long ago something arrived, counted so that a wrong or jumping device clock does little harm. */
import type { Clock } from './deps.js';

/** Where the count began. */
export interface Age {
  ageMs: number;
  wallMs: number;
  monotonicMs: number;
}

/** Begins the count for what arrived at this device time. */
export function startAge(askedAtMs: number, clock: Clock): Age {
  const wallMs = clock.wallMs();
  return { ageMs: Math.max(0, wallMs - askedAtMs), wallMs, monotonicMs: clock.monotonicMs() };
}

/**
 * A jump of the wall clock backwards is outweighed by the monotonic clock; sleep, in which the monotonic clock may stand
 * still, by the wall clock.
 */
export function countAgeMs(age: Age, clock: Clock): number {
  return age.ageMs + Math.max(0, clock.wallMs() - age.wallMs, clock.monotonicMs() - age.monotonicMs);
}
