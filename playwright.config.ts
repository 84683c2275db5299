import { defineConfig } from '@playwright/test';
import { launchOptions } from './scripts/browser.js';

const IN_EVERY_ENGINE = '**/*.engines.spec.ts';

/** Twelve busy tabs take a whole machine: alone, when all else is done. */
const ALONE = '**/sign-out-under-load.spec.ts';

const inCi = process.env['CI'] !== undefined;

const chromium = { browserName: 'chromium', launchOptions: launchOptions() } as const;

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
    // These start their browsers themselves, and none of Playwright's. The longest file is here: last, it would run alone for minutes.
    { name: 'engines', testMatch: IN_EVERY_ENGINE, timeout: 120_000 },
    {
      name: 'chromium',
      testIgnore: [IN_EVERY_ENGINE, ALONE],
      use: chromium,
    },
    {
      name: 'alone',
      testMatch: ALONE,
      dependencies: ['chromium', 'engines'],
      use: chromium,
    },
  ],
  // Nobody can open one of CI's, and recording them takes a sixth of the time.
  use: { trace: inCi ? 'off' : 'retain-on-failure' },
});
