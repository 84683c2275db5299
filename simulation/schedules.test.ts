import fc from 'fast-check';
import { describe, test } from 'vitest';
import { everyPromiseIsKept, MOODS, USUAL } from './schedule.js';

const { seed, schedulesOfEachMood: numRuns } = USUAL;

describe('every promise is kept', () => {
  // A failure prints the seed and the shortest schedule found. `npm run soak` prints such a one step by step.
  test.each(MOODS)('in %s schedules', { timeout: 1_200_000 }, async (mood) => {
    await fc.assert(everyPromiseIsKept(mood), { numRuns, seed });
  });
});
