import fc from 'fast-check';
import { describe, test } from 'vitest';
import { everyPromiseIsKept, MOODS } from './schedule.js';

const SCHEDULES = Number(process.env['SCHEDULES'] ?? 300);

describe('every promise is kept', () => {
  test.each(MOODS)('in %s schedules', { timeout: 600_000 }, async (mood) => {
    await fc.assert(everyPromiseIsKept(mood), { numRuns: SCHEDULES, verbose: 1 });
  });
});
