import { defineConfig } from '@playwright/test';
import { launchOptions } from './scripts/browser.js';

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
  projects: [{ name: 'chromium', use: { browserName: 'chromium', launchOptions: launchOptions() } }],
  use: { trace: 'retain-on-failure' },
});
