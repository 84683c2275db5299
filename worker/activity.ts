/** When the session was last used: one time in the record, for all tabs and runtimes, also over a restart. */
import { AWAY_SECONDS } from './contract.js';
import type { Change, Clock, SessionRecord, StoredSession } from './deps.js';
import { unchanged } from './record.js';

/** A page tells of what happened within its throttle of 5 s, and a call of its waits for a worker for up to 15 s. */
const MOST_AGO_MS = 30_000;

export interface Noted {
  /** Every tab had been warned, which is taken back. */
  wasWarned: boolean;
  /** The user was away until now. */
  isReturn: boolean;
}

/** A time ahead of the clock counts as now: somebody has set the clock back. */
export function unusedMs({ activeAtMs }: Pick<StoredSession, 'activeAtMs'>, nowMs: number): number {
  return activeAtMs === undefined ? 0 : Math.max(0, nowMs - activeAtMs);
}

/** Device time of what a page tells. Any script of the origin can say anything: of what is no such time, now. */
export function activeAt(agoMs: unknown, { wallMs }: Pick<Clock, 'wallMs'>): number {
  const isTime = typeof agoMs === 'number' && agoMs >= 0 && agoMs <= MOST_AGO_MS;
  return wallMs() - (isTime ? agoMs : 0);
}

/** Of a session from before there was this policy, or under a clock that was set back. */
export function isUncounted({ activeAtMs }: Pick<StoredSession, 'activeAtMs'>, nowMs: number): boolean {
  return activeAtMs === undefined || activeAtMs > nowMs;
}

/** Pure. Another runtime may have begun to count. */
export function beginCount(record: SessionRecord, nowMs: number, timeoutMs: number): Change<Noted> {
  if (record.session && isUncounted(record.session, nowMs))
    return noteActivity(record, nowMs, nowMs, timeoutMs);
  return nothingNoted();
}

/** Pure. @param timeoutMs What was unused for this long is over, and is not brought back by who comes later. */
export function noteActivity(
  record: SessionRecord,
  atMs: number,
  nowMs: number,
  timeoutMs: number,
): Change<Noted> {
  const { session } = record;
  if (!session) return nothingNoted();
  const beforeMs = unusedMs(session, atMs);
  if (beforeMs >= timeoutMs) return nothingNoted();
  const { activeAtMs, idleEnding, ...rest } = session;
  if (!isUncounted(session, nowMs) && atMs <= (activeAtMs ?? 0)) return nothingNoted();
  return {
    record: {
      ...record,
      // Only the warning that is taken back is news.
      revision: record.revision + (idleEnding ? 1 : 0),
      session: { ...rest, activeAtMs: atMs },
    },
    result: { wasWarned: idleEnding !== undefined, isReturn: beforeMs >= AWAY_SECONDS * 1_000 },
  };
}

const nothingNoted = (): Change<Noted> => unchanged({ wasWarned: false, isReturn: false });
