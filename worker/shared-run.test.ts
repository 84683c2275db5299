import { expect, test } from 'vitest';
import { shareRuns } from './shared-run.js';
import { settle } from './testing/virtual-time.js';

/** Some work that ends when the test says so. */
function controlled(): { run: () => Promise<number>; begun: () => number; end: (outcome?: Error) => void } {
  const open: { resolve(value: number): void; reject(error: Error): void }[] = [];
  let begun = 0;
  const work = (): Promise<number> => {
    begun += 1;
    const number = begun;
    return new Promise((resolve, reject) => open.push({ resolve: () => resolve(number), reject }));
  };
  return {
    run: shareRuns(work),
    begun: () => begun,
    end(outcome) {
      const first = open.shift();
      if (outcome) first?.reject(outcome);
      else first?.resolve(0);
    },
  };
}

test('work begins at once where none is under way', () => {
  const { run, begun } = controlled();
  void run();
  expect(begun()).toBe(1);
});

test('all who come while it runs share the next run, which begins when that one has ended', async () => {
  const { run, begun, end } = controlled();
  const first = run();
  const others = [run(), run(), run()];
  await settle();
  expect(begun()).toBe(1);
  end();
  expect(await first).toBe(1);
  await settle();
  expect(begun()).toBe(2);
  end();
  expect(await Promise.all(others)).toEqual([2, 2, 2]);
  void run();
  expect(begun()).toBe(3);
});

test('who comes while the shared run is under way waits for the one after it', async () => {
  const { run, begun, end } = controlled();
  void run();
  void run();
  end();
  await settle();
  const late = run();
  end();
  await settle();
  expect(begun()).toBe(3);
  end();
  expect(await late).toBe(3);
});

test('a run that fails fails for those who share it, and not for the next', async () => {
  const { run, end } = controlled();
  const first = run();
  const second = run();
  end(new Error('first'));
  await expect(first).rejects.toThrow('first');
  await settle();
  end(new Error('second'));
  await expect(second).rejects.toThrow('second');
  const third = run();
  end();
  expect(await third).toBe(3);
});
