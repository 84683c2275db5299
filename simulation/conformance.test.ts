import { describe, expect, test } from 'vitest';
import { SUITE } from '../conformance/suite.js';
import { createSimulatedKit } from './conformance-kit.js';

/** Each in several orders of what could happen at once. */
const SEEDS = [1, 2, 3, 4, 5];

describe('the simulated parts do what the real ones do', () => {
  test.each(SUITE)('$title', async ({ run }) => {
    for (const seed of SEEDS) {
      const simulated = createSimulatedKit(seed);
      await expect(simulated.run(run(simulated.kit), 600_000), `seed ${seed}`).resolves.toBeUndefined();
    }
  });
});
