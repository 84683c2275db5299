/** Where Firefox and WebKitGTK are on this machine. Chromium is found by browser.ts. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What it takes to run a page in WebKitGTK: its driver, a browser, and a screen that nobody looks at. */
export interface WebKitGtk {
  webDriver: string;
  miniBrowser: string;
  xvfb: string;
}

/** The engine isn't on this machine. The message says what to install. */
export class MissingEngineError extends Error {
  override readonly name = 'MissingEngineError';

  constructor(
    message: string,
    /** Absent where somebody chose a path at which nothing is. */
    readonly debianPackage?: string,
  ) {
    super(message);
  }
}

const FIREFOX_PATHS = [
  '/usr/bin/firefox-esr',
  '/usr/bin/firefox',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
];

/** Debian keeps it by the machine's architecture, Fedora and Arch don't. */
const LIBRARY_FOLDERS = [
  ...(existsSync('/usr/lib')
    ? readdirSync('/usr/lib')
        .filter((name) => name.endsWith('-linux-gnu'))
        .map((name) => join('/usr/lib', name))
    : []),
  ...['/usr/libexec', '/usr/lib'],
];
const MINI_BROWSER_PATHS = LIBRARY_FOLDERS.flatMap((folder) =>
  ['webkit2gtk-4.1', 'webkitgtk-6.0', 'webkit2gtk-4.0'].map((api) => join(folder, api, 'MiniBrowser')),
);

/** FIREFOX_PATH if set, else the first of the usual paths. */
export function findFirefox(): string {
  return findFile('FIREFOX_PATH', FIREFOX_PATHS, 'Firefox', 'firefox-esr');
}

/** WEBKIT_WEBDRIVER_PATH, WEBKIT_MINIBROWSER_PATH and XVFB_PATH where set, else the first of the usual paths. */
export function findWebKitGtk(): WebKitGtk {
  return {
    webDriver: findFile(
      'WEBKIT_WEBDRIVER_PATH',
      ['/usr/bin/WebKitWebDriver'],
      'WebKitWebDriver',
      'webkit2gtk-driver',
    ),
    miniBrowser: findFile(
      'WEBKIT_MINIBROWSER_PATH',
      MINI_BROWSER_PATHS,
      "WebKitGTK's MiniBrowser",
      'webkit2gtk-driver',
    ),
    xvfb: findFile('XVFB_PATH', ['/usr/bin/Xvfb'], 'Xvfb', 'xvfb'),
  };
}

function findFile(variable: string, usualPaths: string[], what: string, debianPackage: string): string {
  const chosen = process.env[variable];
  if (chosen) {
    if (existsSync(chosen)) return chosen;
    throw new MissingEngineError(`${variable} is ${chosen}, and nothing is there.`);
  }
  const found = usualPaths.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new MissingEngineError(
    `${what} is not on this machine: install Debian's package ${debianPackage} (\`npm run setup\` as root does), or set ${variable}.`,
    debianPackage,
  );
}
