/** The self-check of the demo, as a person uses it: one button, and a report to copy. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { SCENARIOS } from '../demo/selfcheck/scenarios/all.js';
import { startDemo } from './demo-server.js';
import { startSelfCheckSite, type SelfCheckSite } from './selfcheck-site.js';

const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 900 };

/** It takes one to three minutes. */
const RUN_TIMEOUT_MS = 300_000;

/** A tab that nobody needs closes itself after 90 s. Here the pages' clocks are put on by so much. */
const ORPHANED_MS = 91_000;
const GONE_TIMEOUT_MS = 120_000;

let site: SelfCheckSite;
test.beforeAll(async () => {
  site = await startSelfCheckSite();
});
test.afterAll(() => site.close());

/** Playwright starts Chromium without its back/forward cache. */
const NEEDS_THE_CACHE = SCENARIOS.filter(({ promise }) => promise.includes('back/forward cache'));

test('on a desktop, one press tries every promise in real tabs', async ({ page, context }) => {
  await expectRun(page, DESKTOP, 'Clients: real tabs.');
  expect(context.pages(), 'The check closes the tabs that it opens').toHaveLength(1);
});

test('who leaves in the middle of a run is not left with its tabs', async ({ page, context }) => {
  test.setTimeout(4 * GONE_TIMEOUT_MS);
  // Here as `npm start` serves it, where each tab translates its modules.
  const demo = await startDemo();
  try {
    await context.clock.install();
    await page.goto(`${demo.url}selfcheck`);
    await page.getByRole('button', { name: 'Run the check' }).click();
    await expect(rowsOf(page).filter({ hasText: 'kept, ' }).first()).toBeVisible({
      timeout: GONE_TIMEOUT_MS,
    });
    await expect.poll(() => context.pages().length, { timeout: GONE_TIMEOUT_MS }).toBeGreaterThan(3);

    await page.reload();

    // Those that were loading did not hear of it, and close themselves when no scenario can be running any more.
    await context.clock.fastForward(ORPHANED_MS);
    await expect.poll(() => context.pages().length, { timeout: GONE_TIMEOUT_MS }).toBe(1);
  } finally {
    await demo.stop();
  }
});

test.describe('on a phone', () => {
  test.use({ hasTouch: true, isMobile: true });

  test('one press tries every promise in frames, which do not fall asleep', async ({ page }) => {
    await expectRun(page, PHONE, 'Clients: frames of this page.');
  });
});

const rowsOf = (page: Page): Locator => page.getByRole('region', { name: 'Promises' }).getByRole('listitem');

async function expectRun(page: Page, viewport: typeof PHONE, clients: string): Promise<void> {
  test.setTimeout(RUN_TIMEOUT_MS + 60_000);
  await page.setViewportSize(viewport);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(site.url);
  const rows = rowsOf(page);
  await expect(rows).toHaveCount(SCENARIOS.length);
  await expect(rows.filter({ hasText: 'waiting' })).toHaveCount(SCENARIOS.length);
  await expectLooksRight(page);

  await page.getByRole('button', { name: 'Run the check' }).click();

  await expect(page.getByText(clients)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Copy report' })).toBeVisible({ timeout: RUN_TIMEOUT_MS });
  expect(await rows.filter({ hasText: 'broken, ' }).allTextContents()).toEqual([]);
  await expect(page.getByText('Every promise that was tried is kept.', { exact: true })).toBeVisible();
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
