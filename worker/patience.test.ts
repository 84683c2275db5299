import { beforeEach, describe, expect, test } from 'vitest';
import { withTimeout } from './patience.js';
import { createVirtualTime, type VirtualTime } from './testing/virtual-time.js';

let time: VirtualTime;
/** The runtime is suspended: its timers stand still while time goes on. */
let suspendedMs: number;
let parts: Pick<VirtualTime, 'clock' | 'timers'>;
let answer: (value: string) => void;
let signal: AbortSignal;

beforeEach(() => {
  time = createVirtualTime();
  suspendedMs = 0;
  const { clock, timers } = time;
  parts = { timers, clock: { ...clock, monotonicMs: () => clock.monotonicMs() + suspendedMs } };
});

/** How the work has ended by now. */
function start(): { readonly outcome: string } {
  let outcome = 'under way';
  withTimeout(5_000, parts, (given) => {
    signal = given;
    return new Promise<string>((resolve) => (answer = resolve));
  }).then(
    (value) => (outcome = value),
    (error: Error) => (outcome = error.name),
  );
  return {
    get outcome() {
      return outcome;
    },
  };
}

describe('a time-out', () => {
  test('lets an answer through that is in time, and leaves no timer behind', async () => {
    const work = start();
    await time.advance(4_999);
    answer('in time');
    await time.advance(0);
    expect(work.outcome).toBe('in time');
    expect(signal.aborted).toBe(false);
    expect(time.waiting).toBe(0);
  });

  test('rejects work that takes too long, tells it to stop, and does not hear it any more', async () => {
    const work = start();
    await time.advance(5_000);
    expect(work.outcome).toBe('TimeoutError');
    expect(signal.aborted).toBe(true);
    answer('too late');
    await time.advance(1);
    expect(work.outcome).toBe('TimeoutError');
  });

  test('passes on how the work itself failed', async () => {
    const error = new Error('refused');
    await expect(withTimeout(5_000, parts, () => Promise.reject(error))).rejects.toBe(error);
    expect(time.waiting).toBe(0);
  });

  test('waits once more after a suspension: the answer may stand in line behind the timer', async () => {
    const work = start();
    suspendedMs += 3_600_000;
    await time.advance(5_000);
    answer('while suspended');
    await time.advance(0);
    expect(work.outcome).toBe('while suspended');
  });

  test('says how long it waited', async () => {
    const work = withTimeout(5_000, parts, () => new Promise(() => undefined));
    const refused = expect(work).rejects.toThrow('No answer within 5000 ms.');
    await time.advance(5_000);
    await refused;
  });

  test('takes a timer for one of a suspension as soon as it is late by the whole time', async () => {
    const work = start();
    suspendedMs += 5_000;
    await time.advance(5_000);
    expect(work.outcome).toBe('under way');
    const next = start();
    suspendedMs += 4_999;
    await time.advance(5_000);
    expect(next.outcome).toBe('TimeoutError');
  });

  test('is over at last when nothing came during the suspension', async () => {
    const work = start();
    suspendedMs += 3_600_000;
    await time.advance(10_000);
    expect(work.outcome).toBe('TimeoutError');
  });

  test('is over at last where every timer is late, as in a page that is long hidden', async () => {
    const work = start();
    suspendedMs += 60_000;
    await time.advance(5_000);
    suspendedMs += 60_000;
    await time.advance(5_000);
    expect(work.outcome).toBe('TimeoutError');
    expect(time.waiting).toBe(0);
  });
});
