/** The self-check of the demo, as a person uses it: one button, and a report to copy. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { SCENARIOS } from '../demo/selfcheck/scenarios/all.js';
import { startDemo, type Demo } from './demo-server.js';

const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 900 };

/** It took 60 to 110 s on two busy cores. */
const RUN_TIMEOUT_MS = 300_000;

/** A tab that nobody needs closes itself after 90 s. */
const GONE_TIMEOUT_MS = 120_000;

let demo: Demo;
test.beforeAll(async () => {
  demo = await startDemo();
});
test.afterAll(() => demo.stop());

/** Playwright starts Chromium without its back/forward cache. */
const NEEDS_THE_CACHE = SCENARIOS.filter(({ promise }) => promise.includes('back/forward cache'));

test('on a desktop, one press tries every promise in real tabs', async ({ page, context }) => {
  await expectRun(page, DESKTOP, 'Clients: real tabs.');
  expect(context.pages(), 'The check closes the tabs that it opens').toHaveLength(1);
});

test('who leaves in the middle of a run is not left with its tabs', async ({ page, context }) => {
  test.setTimeout(3 * GONE_TIMEOUT_MS);
  await page.goto(`${demo.url}selfcheck`);
  await page.getByRole('button', { name: 'Run the check' }).click();
  await expect.poll(() => context.pages().length, { timeout: GONE_TIMEOUT_MS }).toBeGreaterThan(3);

  await page.reload();

  // Those that were loading did not hear of it, and close themselves when no scenario can be running any more.
  await expect.poll(() => context.pages().length, { timeout: GONE_TIMEOUT_MS }).toBe(1);
});

test.describe('on a phone', () => {
  test.use({ hasTouch: true, isMobile: true });

  test('one press tries every promise in frames, which do not fall asleep', async ({ page }) => {
    await expectRun(page, PHONE, 'Clients: frames of this page.');
  });
});

async function expectRun(page: Page, viewport: typeof PHONE, clients: string): Promise<void> {
  test.setTimeout(RUN_TIMEOUT_MS + 60_000);
  await page.setViewportSize(viewport);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(`${demo.url}selfcheck`);
  const rows = page.getByRole('region', { name: 'Promises' }).getByRole('listitem');
  await expect(rows).toHaveCount(SCENARIOS.length);
  await expect(rows.filter({ hasText: 'waiting' })).toHaveCount(SCENARIOS.length);
  await expectLooksRight(page);

  await page.getByRole('button', { name: 'Run the check' }).click();

  await expect(page.getByText(clients)).toBeVisible();
  const verdict = page.getByText('Every promise that was tried is kept.', { exact: true });
  await expect(verdict).toBeVisible({ timeout: RUN_TIMEOUT_MS });
  await expect(rows.filter({ hasText: 'kept, ' })).toHaveCount(SCENARIOS.length - NEEDS_THE_CACHE.length);
  await expect(rows.filter({ hasText: 'cannot be tried here' })).toHaveCount(NEEDS_THE_CACHE.length);
  await expectLooksRight(page);

  await page.getByRole('button', { name: 'Copy report' }).click();
  await expect(page.getByText('Copied.')).toBeVisible();
  const report = await page.evaluate(() => navigator.clipboard.readText());
  expect(report).toMatch(/^Browser: \S+ [\d.]+ on Linux$/m);
  for (const { title } of SCENARIOS) expect(report).toContain(`] ${title} (`);
}

async function expectLooksRight(page: Page): Promise<void> {
  const [wide, shown] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(wide, 'Nothing sticks out').toBe(shown);
  expect((await new AxeBuilder({ page }).exclude('#frames').analyze()).violations).toEqual([]);
}
