import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const inCi = process.env['CI'] !== undefined;

export default defineConfig({
  define: { __PACKAGE_VERSION__: JSON.stringify('0.0.0-unit-test') },
  test: {
    include: ['{worker,client,conformance,demo,scripts,bench,simulation}/**/*.test.ts'],
    reporters: inCi ? ['default', ['json', { outputFile: '.cache/results/unit.json' }]] : ['default'],
    // The default leaves one of two cores to nobody.
    maxWorkers: availableParallelism(),
    restoreMocks: true,
    // Bounds a test that hangs; a busy machine is slow.
    testTimeout: 30_000,
    allowOnly: !inCi,
  },
});
