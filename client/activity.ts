/** Tells the worker that somebody uses this page: at once, and then at most every five seconds. */
import type { Core } from './extras.js';
import type { PageEvent } from './platform.js';

const THROTTLE_MS = 5_000;
/** After a message that was not answered: the session may end while it is waited for. */
const RETRY_MS = 1_000;
/** What is older was told to nobody in time. The worker takes no more for a time either. */
const MOST_AGO_MS = 30_000;

const USES: readonly PageEvent[] = ['pointerdown', 'pointermove', 'keydown', 'touchstart', 'wheel'];

export function watchActivity(
  { platform, call }: Pick<Core, 'platform' | 'call'>,
  signal: AbortSignal,
): void {
  /** By both clocks: the monotonic one may stand still in sleep. Undefined: all has been told. */
  let used: { wallMs: number; monotonicMs: number } | undefined;
  let stopTimer: (() => void) | undefined;

  const now = (): NonNullable<typeof used> => ({
    wallMs: platform.wallMs(),
    monotonicMs: platform.monotonicMs(),
  });

  function use(): void {
    used = now();
    if (!stopTimer) tell();
  }

  function rest(ms: number): void {
    stopTimer?.();
    stopTimer = platform.after(ms, () => {
      stopTimer = undefined;
      if (used) tell();
    });
  }

  function tell(): void {
    if (!used || signal.aborted) return;
    const told = used;
    used = undefined;
    const { wallMs, monotonicMs } = now();
    const agoMs = Math.max(0, wallMs - told.wallMs, monotonicMs - told.monotonicMs);
    if (agoMs > MOST_AGO_MS) return;
    rest(THROTTLE_MS);
    // Not repeated as it is: it would be older by then.
    call('active', agoMs, {}, false).catch(() => {
      if (signal.aborted) return;
      used ??= told;
      rest(RETRY_MS);
    });
  }

  for (const event of USES) platform.on(event, use, signal);
  platform.on(
    'visibilitychange',
    ({ target }) => {
      if ((target as Partial<Document> | null)?.visibilityState === 'visible') use();
      // The page may be on its way out.
      else tell();
    },
    signal,
  );
  signal.addEventListener('abort', () => stopTimer?.(), { once: true });
}
