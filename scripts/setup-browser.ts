/**
 * Finds the browsers for the tests, and installs those that are missing: `npm run setup`. Without a Chromium it fails;
 * the tests in Firefox and WebKitGTK say themselves when they can't run.
 * With `--for-demo` any browser that a person may have will do, and it never fails.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { installedBrowser, recordBrowser, type Browser } from './browser.js';
import { INSTALL_TIMEOUT_MS, installPackage, mayInstallPackages } from './debian.js';
import { findFirefox, findWebKitGtk, MissingEngineError } from './engines.js';

const forDemo = process.argv.includes('--for-demo');

function downloadPlaywrights(): void {
  process.stdout.write("No Chromium or Chrome found: downloading Playwright's\n");
  const packageFile = createRequire(import.meta.url).resolve('@playwright/test/package.json');
  const installer = packageFile.replace(/package\.json$/, 'cli.js');
  const bounds = { stdio: 'ignore', timeout: INSTALL_TIMEOUT_MS } as const;
  spawnSync(process.execPath, [installer, 'install', 'chromium'], bounds);
}

function installDistributions(): void {
  if (!mayInstallPackages()) return;
  process.stdout.write("Playwright's does not start here: installing the distribution's\n");
  installPackage('chromium');
}

function browserForTests(): Browser | undefined {
  for (const install of [() => undefined, downloadPlaywrights, installDistributions]) {
    install();
    const browser = installedBrowser();
    if (browser !== undefined) return browser;
  }
  return undefined;
}

/** Installs package after package until nothing is missing, or until one does not help. */
function setUpEngine(title: string, find: () => unknown): void {
  const installed = new Set<string>();
  for (;;) {
    try {
      find();
      process.stdout.write(`${title}: found\n`);
      return;
    } catch (error) {
      if (!(error instanceof MissingEngineError)) throw error;
      const { debianPackage, message } = error;
      if (debianPackage === undefined || installed.has(debianPackage) || !mayInstallPackages()) {
        process.stdout.write(`${title}: no tests will run in it. ${message}\n`);
        return;
      }
      process.stdout.write(`${title}: installing ${debianPackage}\n`);
      installPackage(debianPackage);
      installed.add(debianPackage);
    }
  }
}

const hasOneForPeople =
  process.platform === 'darwin' || process.platform === 'win32' || existsSync('/usr/bin/firefox');

if (!(forDemo && hasOneForPeople)) {
  try {
    const browser = browserForTests();
    if (browser === undefined) {
      throw new Error(
        'No Chromium or Chrome could be found or installed: install one, or set CHROMIUM_PATH to one.',
      );
    }
    recordBrowser(browser);
    process.stdout.write(`Browser: ${browser.version} (${browser.executablePath})\n`);
    if (!forDemo) {
      setUpEngine('Firefox', findFirefox);
      setUpEngine('WebKitGTK', findWebKitGtk);
    }
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = forDemo ? 0 : 1;
  }
}
