/** The promises about several tabs hold in every engine: each scenario of the self-check, with the package as built. */
import { expect, test } from '@playwright/test';
import type {} from '../demo/selfcheck/page/window.js';
import { SCENARIOS } from '../demo/selfcheck/scenarios/all.js';
import type { EngineName, EnginePage } from './engines/engine.js';
import { inEveryEngine } from './engines/in-every-engine.js';
import { startSelfCheckSite, type SelfCheckSite } from './selfcheck-site.js';

/**
 * What can't be tried in an engine, with the reason that the page has to give for it. All else has to be kept.
 * At the versions in CI, nothing: Firefox and WebKitGTK keep the pages for the back/forward cache, too.
 */
const CANNOT_BE_TRIED: Record<EngineName, Record<string, string>> = {
  chromium: {},
  firefox: {},
  webkitgtk: {},
};

const LEAST_TRIED = 15;

/** The page's bounds add up to less. */
const TEST_TIMEOUT_MS = 150_000;

let site: SelfCheckSite;
test.beforeAll(async () => {
  site = await startSelfCheckSite();
});
test.afterAll(() => site.close());

inEveryEngine((browser, name) => {
  const untried = CANNOT_BE_TRIED[name];
  let page: EnginePage;
  test.describe.configure({ timeout: TEST_TIMEOUT_MS });
  test.beforeAll(async () => {
    page = await browser().open(site.url);
  });

  test(`at least ${LEAST_TRIED} scenarios are tried here, and none is left out without a reason`, () => {
    const titles = SCENARIOS.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    expect(titles).toEqual(expect.arrayContaining(Object.keys(untried)));
    expect(titles.length - Object.keys(untried).length).toBeGreaterThanOrEqual(LEAST_TRIED);
  });

  for (const { title } of SCENARIOS) {
    test(title, async ({}, testInfo) => {
      const result = await page.evaluate((...given) => window.selfCheck.run(...given), title);

      for (const description of result.notes) testInfo.annotations.push({ type: 'seen', description });
      const seen = `${title}, in ${browser().version}: ${result.detail ?? result.state}`;
      expect(result.tabLimit, 'The clients are real tabs').toBe('any');
      const reason = untried[title];
      expect(result.state, seen).toBe(reason === undefined ? 'kept' : 'cannot be tried here');
      if (reason !== undefined) expect(result.detail, seen).toBe(reason);
    });
  }
});
