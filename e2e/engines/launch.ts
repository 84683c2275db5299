/** Starts one of the three engines. */
import { findBrowser } from '../../scripts/browser.js';
import { findFirefox, findWebKitGtk } from '../../scripts/engines.js';
import type { EngineBrowser, EngineName, LaunchOptions } from './engine.js';
import { launchChromium, launchFirefox } from './puppeteer.js';
import { launchWebKitGtk } from './webkit-gtk.js';

const LAUNCHERS: Record<EngineName, (options?: LaunchOptions) => Promise<EngineBrowser>> = {
  chromium: launchChromium,
  firefox: launchFirefox,
  webkitgtk: launchWebKitGtk,
};

const FINDERS: Record<EngineName, () => unknown> = {
  chromium: findBrowser,
  firefox: findFirefox,
  webkitgtk: findWebKitGtk,
};

/** Rejects when the engine is missing, with what to install, and when it does not start in time. */
export function launchEngine(name: EngineName, options?: LaunchOptions): Promise<EngineBrowser> {
  return LAUNCHERS[name](options);
}

/** Why an engine can't be started on this machine, or undefined. */
export function whyMissing(name: EngineName): string | undefined {
  try {
    FINDERS[name]();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
