/** Defines the same tests for all three engines. Each has one browser for the tests of a file. */
import { test } from '@playwright/test';
import { ENGINE_NAMES, START_TIMEOUT_MS, type EngineBrowser, type EngineName } from './engine.js';
import { launchEngine, whyMissing } from './launch.js';

const TITLES: Record<EngineName, string> = {
  chromium: 'Chromium',
  firefox: 'Firefox',
  webkitgtk: 'WebKitGTK',
};

/**
 * `define` is called once for each engine, with a function that gives the running browser inside of a test.
 * Where an engine is missing, a developer's machine says so; CI fails.
 */
export function inEveryEngine(define: (browser: () => EngineBrowser, name: EngineName) => void): void {
  for (const name of ENGINE_NAMES) {
    const missing = process.env['CI'] === undefined ? whyMissing(name) : undefined;
    if (missing === undefined) {
      test.describe(`in ${TITLES[name]}`, () => define(browserOfFile(name), name));
    } else {
      test(`in ${TITLES[name]}: nothing was run. ${missing}`, ({}, testInfo) => testInfo.skip(true, missing));
    }
  }
}

/** Starts it before the first test and ends it after the last. */
function browserOfFile(name: EngineName): () => EngineBrowser {
  let browser: EngineBrowser | undefined;
  test.beforeAll(async ({}, testInfo) => {
    testInfo.setTimeout(2 * START_TIMEOUT_MS);
    browser = await launchEngine(name);
    process.stdout.write(`${browser.version}\n`);
  });
  test.beforeEach(({}, testInfo) => {
    testInfo.annotations.push({ type: 'engine', ...(browser && { description: browser.version }) });
  });
  test.afterAll(() => browser?.close());
  return () => {
    if (!browser) throw new Error('The browser is there while tests run, not before.');
    return browser;
  };
}
