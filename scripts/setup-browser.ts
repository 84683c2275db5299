/**
 * Finds a browser for the tests, and installs one where there is none: `npm run setup`.
 * With `--for-demo` any browser that a person may have will do, and it never fails.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { installedBrowser, recordBrowser, type Browser } from './browser.js';

/** A download that hangs must not hold up the set-up for ever. */
const INSTALL_TIMEOUT_MS = 10 * 60_000;

const forDemo = process.argv.includes('--for-demo');

function run(command: string, commandArguments: string[], env: NodeJS.ProcessEnv = {}): boolean {
  const { status } = spawnSync(command, commandArguments, {
    stdio: 'ignore',
    timeout: INSTALL_TIMEOUT_MS,
    env: { ...process.env, ...env },
  });
  return status === 0;
}

function downloadPlaywrights(): void {
  process.stdout.write("No Chromium or Chrome found: downloading Playwright's\n");
  const packageFile = createRequire(import.meta.url).resolve('@playwright/test/package.json');
  run(process.execPath, [packageFile.replace(/package\.json$/, 'cli.js'), 'install', 'chromium']);
}

function installDistributions(): void {
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) return;
  process.stdout.write("Playwright's does not start here: installing the distribution's\n");
  const quiet = { DEBIAN_FRONTEND: 'noninteractive' };
  if (run('apt-get', ['update'], quiet)) run('apt-get', ['install', '-y', 'chromium'], quiet);
}

function browserForTests(): Browser | undefined {
  for (const install of [() => undefined, downloadPlaywrights, installDistributions]) {
    install();
    const browser = installedBrowser();
    if (browser !== undefined) return browser;
  }
  return undefined;
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
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = forDemo ? 0 : 1;
  }
}
