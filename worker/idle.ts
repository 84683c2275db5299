/** Ends a session that nobody uses, and warns every tab before. */
import { activeAt, beginCount, isUncounted, noteActivity, unusedMs, type Noted } from './activity.js';
import { END_WATCH_MS } from './bounds.js';
import type { SessionEnding } from './contract.js';
import type { Change, Deps, SessionRecord } from './deps.js';
import type { Holds } from './holds.js';
import type { Knowledge } from './knowledge.js';
import { unchanged, withIdleEnding } from './record.js';
import type { KnownEnd } from './save-before-end.js';
import { shareRuns } from './shared-run.js';
import type { SignOut } from './sign-out.js';

const WARN_SECONDS = 60;

export interface Idle {
  /** The session, the clock or who is there has changed. */
  replan(): void;
  /** Somebody uses a page, or did this long ago. Resolves when that is stored. */
  note(agoMs?: unknown): Promise<void>;
  /** Resolves when no session is known that nobody has used for too long. */
  settle(): Promise<void>;
  /** When that will be. */
  readonly end: KnownEnd;
}

/**
 * @param saveMs How long tabs may take to save before it.
 * @param onReturn Called when the user was away, and is back.
 */
export function createIdle(
  { config, clock, timers }: Pick<Deps, 'config' | 'clock' | 'timers'>,
  knowledge: Knowledge,
  { endByPolicy }: Pick<SignOut, 'endByPolicy'>,
  holds: Holds,
  saveMs: number,
  isServing: () => boolean,
  onReturn: () => Promise<void>,
): Idle {
  const { idle, minRemaining } = config.policy ?? {};
  const isWatched = idle !== undefined || minRemaining?.onReturnSeconds !== undefined;
  const timeoutSeconds = idle?.timeoutSeconds ?? Infinity;
  const timeoutMs = timeoutSeconds * 1_000;
  const warnSeconds = idle ? (idle.warnSeconds ?? Math.min(WARN_SECONDS, timeoutSeconds / 2)) : 0;
  const waiting = new Set<() => void>();
  let stop = new AbortController();
  let ending: Promise<void> | undefined;
  /** Of the activity that is yet to be stored, the latest. */
  let activeAtMs = -Infinity;

  function leftMs(): number {
    const { state } = knowledge;
    return state.type === 'signed-in' ? timeoutMs - unusedMs(state, clock.wallMs()) : Infinity;
  }

  /** In the store, where newer activity of another runtime may be. */
  function leftIn({ session }: SessionRecord): number {
    return session ? timeoutMs - unusedMs(session, clock.wallMs()) : Infinity;
  }

  function replan(): void {
    stop.abort();
    if (leftMs() > 0) {
      for (const goOn of waiting) goOn();
      waiting.clear();
    }
    const { state } = knowledge;
    if (!isWatched || state.type !== 'signed-in' || !isServing()) return;
    stop = new AbortController();
    const isWarned = state.idleEnding !== undefined;
    const dueMs = isUncounted(state, clock.wallMs()) ? 0 : leftMs() - (isWarned ? 0 : warnSeconds * 1_000);
    // A timer is late by as long as the device slept.
    timers.after(Math.max(0, Math.min(dueMs, END_WATCH_MS)), () => void look(), stop.signal);
  }

  async function look(): Promise<void> {
    const { state } = knowledge;
    if (state.type === 'signed-in' && isUncounted(state, clock.wallMs())) {
      await take((record) => beginCount(record, clock.wallMs(), timeoutMs));
    } else if (leftMs() <= 0) await end();
    else await warn();
    replan();
  }

  async function warn(): Promise<void> {
    if (warnSeconds === 0 || leftMs() > warnSeconds * 1_000) return;
    const held = await holds.held();
    const isFirst = await knowledge.update((record) => {
      const { session } = record;
      const left = leftIn(record);
      if (!session || session.idleEnding || left <= 0 || left > warnSeconds * 1_000) return unchanged(false);
      const warning: SessionEnding = {
        cause: 'idle',
        beforeSeconds: warnSeconds,
        endsAtMs: clock.wallMs() + left,
        holds: held,
      };
      return { record: withIdleEnding(record, session, warning), result: true };
    });
    if (isFirst) knowledge.publish({ type: 'sessionEnding' });
  }

  function end(): Promise<void> {
    ending ??= endByPolicy('idle', (record) => leftIn(record) <= 0).finally(() => {
      ending = undefined;
    });
    return ending;
  }

  async function note(agoMs?: unknown): Promise<void> {
    if (!isWatched) return;
    activeAtMs = Math.max(activeAtMs, activeAt(agoMs, clock));
    await store();
  }

  /** A flood of messages must not stand in the store's way. */
  const store = shareRuns(async () => {
    const atMs = activeAtMs;
    activeAtMs = -Infinity;
    await take((record) => noteActivity(record, atMs, clock.wallMs(), timeoutMs));
  });

  async function take(change: (record: SessionRecord) => Change<Noted>): Promise<void> {
    const { wasWarned, isReturn } = await knowledge.update(change);
    if (wasWarned) knowledge.publish({ type: 'changed' });
    if (isReturn) await onReturn();
  }

  return {
    replan,
    note,
    async settle() {
      while (leftMs() <= 0) {
        // The end is known before all tabs have confirmed it.
        const known = new Promise<void>((resolve) => void waiting.add(resolve));
        await Promise.race([known, end()]);
      }
    },
    // Half of a short time is left to the user.
    end: { reason: 'idle', aheadMs: Math.min(saveMs, timeoutMs / 2), leftMs },
  };
}
