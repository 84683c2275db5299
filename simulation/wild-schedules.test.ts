import fc from 'fast-check';
import { test } from 'vitest';
import { everyPromiseIsKept, USUAL } from './schedule.js';

const { seed, schedules } = USUAL;

// A failure prints the seed and the shortest schedule found; `npm run soak:schedules` prints such a one step by step.
test('every promise is kept in wild schedules', { timeout: 1_200_000 }, async () => {
  await fc.assert(everyPromiseIsKept('wild'), { numRuns: schedules.wild, seed });
});
