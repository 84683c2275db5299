/** Warns every tab before the session ends: once for each threshold, of all runtimes the first that sees it. */
import { END_WATCH_MS, WARN_BEFORE_END_SECONDS } from './bounds.js';
import type { SessionEnding } from './contract.js';
import type { Deps } from './deps.js';
import type { Holds } from './holds.js';
import type { Knowledge } from './knowledge.js';
import { unchanged, withEnding } from './record.js';
import type { KnownEnd } from './save-before-end.js';
import { sessionEnd, type SessionEnd } from './session-end.js';

export interface EndWarnings {
  /** The session, the clock or who is there has changed. */
  replan(): void;
  /** When that will be. */
  readonly end: KnownEnd;
}

/** @param saveMs How long tabs may take to save before the end. */
export function createEndWarnings(
  { config, clock, timers }: Pick<Deps, 'config' | 'clock' | 'timers'>,
  knowledge: Knowledge,
  holds: Holds,
  saveMs: number,
  isServing: () => boolean,
): EndWarnings {
  const thresholds = config.policy?.warnBeforeEndSeconds ?? WARN_BEFORE_END_SECONDS;
  let stop = new AbortController();

  function endOfSession(): SessionEnd | undefined {
    const { state } = knowledge;
    if (state.type !== 'signed-in') return undefined;
    return sessionEnd(state.tokens, config.refreshTokenValiditySeconds, clock);
  }

  /** How long the session lasts, and which thresholds are yet to be told. */
  function ahead(): { leftMs: number; untold: number[] } | undefined {
    const { state } = knowledge;
    const end = endOfSession();
    // What is over needs no warning.
    if (state.type !== 'signed-in' || !end || end.leftMs <= 0) return undefined;
    const told = state.ending?.beforeSeconds ?? Infinity;
    return { leftMs: end.leftMs, untold: thresholds.filter((seconds) => seconds < told) };
  }

  function replan(): void {
    stop.abort();
    const { leftMs, untold } = (isServing() && ahead()) || { leftMs: 0, untold: [] };
    if (untold.length === 0) return;
    stop = new AbortController();
    const dueMs = leftMs - Math.max(...untold) * 1_000;
    // A timer is late by as long as the device slept.
    timers.after(Math.max(0, Math.min(dueMs, END_WATCH_MS)), () => void tell(), stop.signal);
  }

  /** Of thresholds that passed in sleep, the last one tells all. */
  async function tell(): Promise<void> {
    const held = await holds.held();
    const { leftMs, untold } = ahead() ?? { leftMs: 0, untold: [] };
    const passed = untold.filter((seconds) => leftMs <= seconds * 1_000);
    if (passed.length === 0) return replan();
    const ending: SessionEnding = {
      cause: 'refresh-token',
      beforeSeconds: Math.min(...passed),
      endsAtMs: clock.wallMs() + leftMs,
      holds: held,
    };
    const { state } = knowledge;
    const isFirst = await knowledge.update((record) => {
      const { session, fence } = record;
      const isSame = session !== undefined && state.type === 'signed-in' && fence === state.fence;
      const isTold = (session?.ending?.beforeSeconds ?? Infinity) <= ending.beforeSeconds;
      if (!isSame || isTold) return unchanged(false);
      return { record: withEnding(record, session, ending), result: true };
    });
    if (isFirst) knowledge.publish({ type: 'sessionEnding' });
    replan();
  }

  const leftMs = (): number => endOfSession()?.leftMs ?? Infinity;
  return { replan, end: { reason: 'expired', aheadMs: saveMs, leftMs } };
}
