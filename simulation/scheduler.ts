/**
 * Time and order on the simulated device. Whatever crosses from one context to another is a step, and a schedule says which
 * step comes next. Time moves only when the schedule says so.
 */
import type { Clock, Timers } from '../worker/deps.js';
import { START_MS } from '../worker/testing/virtual-time.js';
import type { Realm } from './realm.js';

export interface Step {
  /** Where it runs; undefined: outside of the device's contexts, at the service or in the browser itself. */
  realm?: Realm;
  /** Whose doing it is: a request on its way to the service. */
  origin?: Realm;
  /** Steps of one lane keep their order. */
  lane?: unknown;
  label: string;
  run(): void;
}

interface Timer {
  realm: Realm | undefined;
  dueMs: number;
  callback: () => void;
}

/** More than any correct product needs, with all that schedules let happen at once, before it waits for time to pass. */
const MOST_STEPS_TO_REST = 20_000;

/** What a schedule waits for comes before any call gives up, and within the jitter of a refresh, or not at all. */
const LONGEST_UNTIL_MS = 60_000;

export class Scheduler {
  monotonicMs = 1_000;
  wallMs = START_MS;
  /** The time that the service has, whatever the device's clocks say. */
  trueMs = START_MS;
  /** For whoever reads a counterexample. */
  onStep: (label: string) => void = () => undefined;
  /** Called when time has passed in which the device was awake. `isLag`: though something could have happened. */
  onTimePassed: (byMs: number, isLag: boolean) => void = () => undefined;
  onSlept: (byMs: number) => void = () => undefined;
  onClockSet: (byMs: number) => void = () => undefined;
  private steps: Step[] = [];
  private readonly timers = new Set<Timer>();

  readonly clock: Clock = { wallMs: () => this.wallMs, monotonicMs: () => this.monotonicMs };

  post(step: Step): void {
    if (step.realm?.state !== 'ended') this.steps.push(step);
  }

  /** Timers of a realm: they end with it, and stand still while it is frozen. */
  timersOf(realm?: Realm): Timers {
    return {
      after: (delayMs, callback, signal) => {
        if (signal?.aborted || realm?.state === 'ended') return;
        const timer = { realm, dueMs: this.monotonicMs + Math.max(0, delayMs), callback };
        this.timers.add(timer);
        signal?.addEventListener('abort', () => this.timers.delete(timer), { once: true });
      },
    };
  }

  /** A realm has ended: what waited in it is gone. `isAborted`: so are its requests that have not arrived. */
  drop(realm: Realm, isAborted: boolean): void {
    this.steps = this.steps.filter((step) => step.realm !== realm && !(isAborted && step.origin === realm));
    for (const timer of this.timers) if (timer.realm === realm) this.timers.delete(timer);
  }

  /** What can happen next. */
  eligible(): Step[] {
    const lanes = new Set<unknown>();
    return this.steps.filter(({ realm, lane }) => {
      const isFirst = lane === undefined || !lanes.has(lane);
      lanes.add(lane);
      return isFirst && (realm === undefined || realm.state === 'running');
    });
  }

  /** Lets one of the steps happen. @returns false when there is none. */
  async step(choice: number): Promise<boolean> {
    const eligible = this.eligible();
    const step = eligible[choice % eligible.length];
    if (!step) return false;
    this.steps.splice(this.steps.indexOf(step), 1);
    this.onStep(step.label);
    step.run();
    await drained();
    return true;
  }

  /** Lets things happen in an order of chance, until nothing does before the time is over. */
  async run(forMs: number, random: () => number): Promise<void> {
    const endMs = this.monotonicMs + forMs;
    await drained();
    let steps = 0;
    for (;;) {
      if (await this.step(Math.floor(random() * 1_000_000))) {
        steps += 1;
        if (steps > MOST_STEPS_TO_REST) throw new Error('The device does not come to rest.');
        continue;
      }
      const dueMs = this.nextDueMs();
      if (dueMs === undefined || dueMs > endMs) break;
      this.moveTo(dueMs);
      steps = 0;
    }
    this.moveTo(endMs);
  }

  /** Lets things happen, the oldest first, up to the first whose label begins so. */
  async runUntil(label: string): Promise<void> {
    const endMs = this.monotonicMs + LONGEST_UNTIL_MS;
    await drained();
    for (;;) {
      const [next] = this.eligible();
      if (next) {
        await this.step(0);
        if (next.label.startsWith(label)) return;
        continue;
      }
      const dueMs = this.nextDueMs();
      if (dueMs === undefined || dueMs > endMs) throw new Error(`It does not come to "${label}".`);
      this.moveTo(dueMs);
    }
  }

  /** Time passes although something could happen: the machine is slow. */
  lag(byMs: number): void {
    this.moveTo(this.monotonicMs + byMs, true);
  }

  /** What is on its way outside of the device's contexts arrives. */
  async arrive(): Promise<void> {
    for (;;) {
      const index = this.eligible().findIndex(({ realm }) => realm === undefined);
      if (index < 0) return;
      await this.step(index);
    }
  }

  /** The device sleeps: the wall clock goes on, the monotonic clock and all timers stand still. */
  sleep(byMs: number): void {
    this.wallMs += byMs;
    this.trueMs += byMs;
    this.onSlept(byMs);
  }

  /** Somebody sets the device's clock. */
  setWall(byMs: number): void {
    this.wallMs += byMs;
    this.onClockSet(byMs);
  }

  private nextDueMs(): number | undefined {
    let first: number | undefined;
    for (const { dueMs } of this.timers) if (first === undefined || dueMs < first) first = dueMs;
    return first;
  }

  private moveTo(toMs: number, isLag = false): void {
    const byMs = Math.max(0, toMs - this.monotonicMs);
    this.monotonicMs += byMs;
    this.wallMs += byMs;
    this.trueMs += byMs;
    if (byMs > 0) this.onTimePassed(byMs, isLag);
    const due = [...this.timers]
      .filter(({ dueMs }) => dueMs <= this.monotonicMs)
      .sort((a, b) => a.dueMs - b.dueMs);
    for (const timer of due) {
      this.timers.delete(timer);
      const { realm, callback } = timer;
      this.post({ ...(realm && { realm, lane: realm.timerLane }), label: 'timer', run: callback });
    }
  }
}

/**
 * Every promise that can go on has gone on: Node runs a tick that was asked for in a microtask when no microtask is left.
 * A turn of the event loop would do as well, and costs as much as all that a step does.
 */
export function drained(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
