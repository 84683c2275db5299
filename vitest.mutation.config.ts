/** The unit tests by which mutants are judged: `npm run test:mutation`. Browsers and schedules would take days. */
import { defineConfig } from 'vitest/config';
import config from './vitest.config.js';

export default defineConfig({
  ...config,
  test: {
    ...config.test,
    include: ['{worker,client}/**/*.test.ts'],
    // These wait for real retries of Amplify's, and what they hold has tests of its own.
    exclude: ['client/amplify-behaviours*'],
    reporters: ['dot'],
    // Many a mutant makes a call wait for ever. The slowest test takes a second.
    testTimeout: 5_000,
  },
});
