/** Cognito is not asked over and over, whatever fails. */
import type { Realm } from '../realm.js';
import type { KeptPromise } from './promise.js';

const WINDOW_MS = 60_000;

/** Retries of an unanswered rotation: 0.2, 0.5, 1, 2, then every 4 s, each shortened by half at most. */
const MOST_BY_ITSELF = 35;

/** Attempts that one call may cost. */
const MOST_BY_CALL = 3;

export const noStorm: KeptPromise = ({ scheduler }, violate) => {
  const sent = new Map<Realm, number[]>();
  let calls: number[] = [];
  const recent = (times: number[]): number[] =>
    times.filter((atMs) => scheduler.monotonicMs - atMs < WINDOW_MS);

  return {
    onCallBegan() {
      calls = [...recent(calls), scheduler.monotonicMs];
    },
    onSent(realm, operation) {
      if (operation !== 'refresh') return;
      const times = [...recent(sent.get(realm) ?? []), scheduler.monotonicMs];
      sent.set(realm, times);
      const most = MOST_BY_ITSELF + MOST_BY_CALL * recent(calls).length;
      if (times.length > most) violate(`${realm.name} asked ${times.length} times within a minute.`);
    },
  };
};
