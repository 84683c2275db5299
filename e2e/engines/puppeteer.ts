/** Chromium over its DevTools protocol, and stock Firefox over WebDriver BiDi. */
import { launch, type Browser, type LaunchOptions as PuppeteerOptions, type Page } from 'puppeteer-core';
import { launchOptions } from '../../scripts/browser.js';
import { findFirefox } from '../../scripts/engines.js';
import {
  bounded,
  CLOSE_TIMEOUT_MS,
  COMMAND_TIMEOUT_MS,
  START_TIMEOUT_MS,
  unless,
  type EngineBrowser,
  type EngineName,
  type EnginePage,
  type LaunchOptions,
} from './engine.js';
import { answerOf, scriptOf } from './script.js';

export function launchChromium(options: LaunchOptions = {}): Promise<EngineBrowser> {
  const { executablePath, args } = launchOptions();
  // The sandbox doesn't start for root; Playwright leaves it out, too.
  return start('chromium', { browser: 'chrome', executablePath, args: [...args, '--no-sandbox'] }, options);
}

export function launchFirefox(options: LaunchOptions = {}): Promise<EngineBrowser> {
  // Else `window.open` needs a click.
  const extraPrefsFirefox = { 'dom.disable_open_during_load': false };
  return start('firefox', { browser: 'firefox', executablePath: findFirefox(), extraPrefsFirefox }, options);
}

async function start(
  name: EngineName,
  puppeteerOptions: PuppeteerOptions,
  { commandTimeoutMs = COMMAND_TIMEOUT_MS }: LaunchOptions,
): Promise<EngineBrowser> {
  const browser = await launch({
    ...puppeteerOptions,
    headless: true,
    timeout: START_TIMEOUT_MS,
    // The bound below comes first, and says more. The start has its own.
    protocolTimeout: Math.max(2 * commandTimeoutMs, START_TIMEOUT_MS),
  });
  const [, number = 'of unknown version'] = (await browser.version()).split('/');
  const version = `${name === 'firefox' ? 'Firefox' : 'Chromium'} ${number}`;
  const ended = new Promise<never>((_resolve, reject) => {
    browser.once('disconnected', () => reject(new Error(`${version} has ended.`)));
  });
  ended.catch(() => undefined);
  const within = <T>(what: string, promise: Promise<T>): Promise<T> =>
    bounded(
      unless(ended, promise),
      commandTimeoutMs,
      `${version} did not ${what} in ${commandTimeoutMs} ms.`,
    );

  return {
    name,
    version,
    processId: browser.process()?.pid ?? 0,
    async open(url) {
      const page = await within('open a tab', browser.newPage());
      await within(`load ${url}`, page.goto(url));
      return adapt(page, version, within);
    },
    close: () => close(browser, version),
  };
}

function adapt(
  page: Page,
  version: string,
  within: <T>(what: string, promise: Promise<T>) => Promise<T>,
): EnginePage {
  const crashed = new Promise<never>((_resolve, reject) => {
    page.once('error', (error) => reject(new Error(`The page crashed in ${version}: ${error.message}`)));
  });
  crashed.catch(() => undefined);
  return {
    async evaluate(work, ...given) {
      const answer = page.evaluate(scriptOf(work, given)) as Promise<string>;
      return answerOf(await within('answer an evaluation', unless(crashed, answer)));
    },
    close: () => within('close a tab', page.close()),
  };
}

async function close(browser: Browser, version: string): Promise<void> {
  const child = browser.process();
  try {
    await bounded(browser.close(), CLOSE_TIMEOUT_MS, `${version} does not end.`);
  } catch {
    child?.kill('SIGKILL');
  }
}
