import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { chromium } from '@playwright/test';
import { root } from './root.js';

/** A Chromium or Chrome that starts on this machine. */
export interface Browser {
  executablePath: string;
  /** As the browser says it, for example `Chromium 142.0.7444.59`; on Windows it does not say. */
  version: string;
}

const RECORD = join(root, '.cache/browser.json');

const USUAL_PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ...['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((name) =>
    process.env[name] === undefined ? [] : [join(process.env[name], 'Google/Chrome/Application/chrome.exe')],
  ),
];

/** So that a test run is alone with the servers it started. */
const BROWSER_ARGUMENTS = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
];

/** The browser for tests and benchmarks. Throws with what to do if there is none. */
export function findBrowser(): Browser {
  const browser = recordedBrowser() ?? installedBrowser();
  if (browser === undefined) {
    throw new Error('No Chromium or Chrome found: run `npm run setup`, or set CHROMIUM_PATH to one.');
  }
  return browser;
}

/** Playwright's launch options for it. */
export function launchOptions(): { executablePath: string; args: string[] } {
  return { executablePath: findBrowser().executablePath, args: BROWSER_ARGUMENTS };
}

/** CHROMIUM_PATH if set, else the first that starts of the usual paths and of Playwright's own. */
export function installedBrowser(): Browser | undefined {
  const chosen = process.env['CHROMIUM_PATH'];
  if (chosen !== undefined && chosen !== '') {
    const browser = startableBrowser(chosen);
    if (browser === undefined) throw new Error(`CHROMIUM_PATH is ${chosen}, and that does not start.`);
    return browser;
  }
  for (const path of [...USUAL_PATHS, chromium.executablePath()]) {
    const browser = startableBrowser(path);
    if (browser !== undefined) return browser;
  }
  return undefined;
}

/** Keeps the answer, so that the next run need not look again. */
export function recordBrowser(browser: Browser): void {
  mkdirSync(dirname(RECORD), { recursive: true });
  writeFileSync(RECORD, `${JSON.stringify(browser, null, 2)}\n`);
}

function recordedBrowser(): Browser | undefined {
  if (process.env['CHROMIUM_PATH'] || !existsSync(RECORD)) return undefined;
  const browser = JSON.parse(readFileSync(RECORD, 'utf8')) as Browser;
  return existsSync(browser.executablePath) ? browser : undefined;
}

function startableBrowser(executablePath: string): Browser | undefined {
  if (!existsSync(executablePath)) return undefined;
  // On Windows `--version` opens a window and prints nothing.
  if (process.platform === 'win32') return { executablePath, version: 'unknown' };
  const asked = spawnSync(executablePath, ['--version'], { encoding: 'utf8', timeout: 20_000 });
  return asked.status === 0 ? { executablePath, version: asked.stdout.trim() } : undefined;
}
