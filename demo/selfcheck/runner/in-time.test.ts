import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createSignal, inTime, until } from './in-time.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('passes on what comes in time, and leaves no timer behind', async () => {
  await expect(inTime(Promise.resolve('it'), 1_000, () => 'late')).resolves.toBe('it');
  await expect(inTime(Promise.reject(new Error('own')), 1_000, () => 'late')).rejects.toThrow('own');
  expect(vi.getTimerCount()).toBe(0);
});

it('says what it waited for when that does not come', async () => {
  const late = expect(inTime(new Promise(() => undefined), 1_000, () => 'It did not come')).rejects.toThrow(
    'It did not come',
  );
  await vi.advanceTimersByTimeAsync(1_000);
  await late;
});

it('looks at each signal until the condition is met, and not for longer than the bound', async () => {
  const signal = createSignal();
  let count = 0;
  const met = until(
    signal,
    () => count === 2,
    1_000,
    () => `${count} of 2`,
  );
  const missed = expect(
    until(
      signal,
      () => count === 3,
      1_000,
      () => `${count} of 3`,
    ),
  ).rejects.toThrow('2 of 3');

  count = 1;
  signal.fire();
  count = 2;
  signal.fire();

  await met;
  await vi.advanceTimersByTimeAsync(1_000);
  await missed;
});
