import { defineConfig } from '@playwright/test';
import { launchOptions } from './scripts/browser.js';

const IN_EVERY_ENGINE = '**/*.engines.spec.ts';

/** Sixty rounds of twelve busy tabs take longer than CI has. */
const LONG = '**/sign-out-under-load.spec.ts';

const inCi = process.env['CI'] !== undefined;

export default defineConfig({
  testDir: 'e2e',
  outputDir: '.cache/test-results',
  // Each file is one promise, and its tests may share servers; files run side by side.
  fullyParallel: false,
  workers: 2,
  retries: 0,
  forbidOnly: inCi,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: inCi ? [['list'], ['json', { outputFile: '.cache/results/e2e.json' }]] : [['list']],
  projects: [
    {
      name: 'chromium',
      testIgnore: inCi ? [IN_EVERY_ENGINE, LONG] : IN_EVERY_ENGINE,
      use: { browserName: 'chromium', launchOptions: launchOptions() },
    },
    // These start their browsers themselves, and none of Playwright's.
    { name: 'engines', testMatch: IN_EVERY_ENGINE, timeout: 120_000 },
  ],
  use: { trace: 'retain-on-failure' },
});
