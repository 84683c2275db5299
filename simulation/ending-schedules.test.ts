import fc from 'fast-check';
import { test } from 'vitest';
import { everyPromiseIsKept, USUAL } from './schedule.js';

const { seed, schedules } = USUAL;

// A failure prints the seed and the shortest schedule found; `npm run soak:schedules` prints such a one step by step.
test.each(['ending', 'ending-wild'] as const)(
  'every promise is kept in schedules of the mood %s',
  { timeout: 600_000 },
  async (mood) => {
    await fc.assert(everyPromiseIsKept(mood), { numRuns: schedules[mood], seed });
  },
);
