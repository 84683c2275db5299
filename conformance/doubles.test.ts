import { describe, test } from 'vitest';
import { createDoublesKit } from './doubles-kit.js';
import { SUITE } from './suite.js';

/** In virtual time. No entry takes longer. */
const LIMIT_MS = 600_000;

describe('the doubles that stand for the platform in unit tests conform', () => {
  test.each(SUITE)('$title', async ({ run }) => {
    const { kit, time } = createDoublesKit();
    await time.run(run(kit), LIMIT_MS);
  });
});
