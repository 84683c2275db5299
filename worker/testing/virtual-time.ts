/** A clock and timers that move only when a test says so. */
import type { Clock, Timers } from '../deps.js';

/** Wall time at which every test starts: a whole second, since Cognito's `iat` and `exp` are whole seconds. */
export const START_MS = 1_900_000_000_000;

/** More turns of the microtask queue than the longest chain of promises in the worker's core takes. */
const TURNS = 300;

/** More timers than ever fire at one moment. Past this, one sets itself anew without any wait. */
const MOST_AT_ONCE = 10_000;

export interface VirtualTime {
  clock: Clock;
  timers: Timers;
  /** Both clocks move on, and timers fire on the way. */
  advance(byMs: number): Promise<void>;
  /** The device sleeps: the wall clock moves on, the monotonic clock and the timers stand still. */
  sleep(byMs: number): void;
  /** Somebody sets the wall clock. */
  setWall(byMs: number): void;
  /** Lets time pass, from timer to timer, until the condition holds. Throws when nothing more can make it true. */
  until(condition: () => boolean, limitMs?: number): Promise<void>;
  /** Lets time pass until the promise is settled. */
  run<T>(work: Promise<T>, limitMs?: number): Promise<T>;
  /** How many timers are waiting. */
  readonly waiting: number;
}

/** Lets everything happen that waits for no timer. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await Promise.resolve();
}

export function createVirtualTime(): VirtualTime {
  let wallMs = START_MS;
  let monotonicMs = 1_000;
  const waiting = new Set<{ dueMs: number; callback: () => void }>();
  let firedAtOnce = 0;

  function next(untilMs: number): { dueMs: number; callback: () => void } | undefined {
    const [first] = [...waiting].sort((a, b) => a.dueMs - b.dueMs);
    return first && first.dueMs <= untilMs ? first : undefined;
  }

  function moveTo(toMs: number): void {
    const byMs = Math.max(0, toMs - monotonicMs);
    wallMs += byMs;
    monotonicMs += byMs;
  }

  async function fireNext(untilMs: number): Promise<boolean> {
    const timer = next(untilMs);
    if (!timer) return false;
    waiting.delete(timer);
    firedAtOnce = timer.dueMs > monotonicMs ? 0 : firedAtOnce + 1;
    if (firedAtOnce > MOST_AT_ONCE) throw new Error('Time does not go on: a timer sets itself anew at once.');
    moveTo(timer.dueMs);
    timer.callback();
    await settle();
    return true;
  }

  async function until(condition: () => boolean, limitMs = 120_000): Promise<void> {
    const endMs = monotonicMs + limitMs;
    await settle();
    while (!condition()) {
      if (!(await fireNext(endMs))) throw new Error('Nothing more happens, and the condition does not hold.');
    }
  }

  return {
    clock: { wallMs: () => wallMs, monotonicMs: () => monotonicMs },
    timers: {
      after(delayMs, callback, signal) {
        if (signal?.aborted) return;
        const timer = { dueMs: monotonicMs + Math.max(0, delayMs), callback };
        waiting.add(timer);
        signal?.addEventListener('abort', () => waiting.delete(timer), { once: true });
      },
    },
    async advance(byMs) {
      const endMs = monotonicMs + byMs;
      await settle();
      while (await fireNext(endMs));
      moveTo(endMs);
    },
    sleep(byMs) {
      wallMs += byMs;
    },
    setWall(byMs) {
      wallMs += byMs;
    },
    until,
    async run(work, limitMs) {
      let isSettled = false;
      const mark = (): void => {
        isSettled = true;
      };
      work.then(mark, mark);
      await until(() => isSettled, limitMs);
      return work;
    },
    get waiting() {
      return waiting.size;
    },
  };
}
