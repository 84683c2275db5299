/** The unit tests by which mutants are judged: `npm run test:mutation`. Browsers and schedules would take days. */
import { defineConfig } from 'vitest/config';
import config from './vitest.config.js';

export default defineConfig({
  ...config,
  test: {
    ...config.test,
    include: ['{worker,client}/**/*.test.ts'],
    reporters: ['dot'],
    // Many a mutant makes a call wait for ever. The slowest test takes a second.
    testTimeout: 5_000,
  },
});
