/** What tests with aws-amplify beside this package start from: its script, bundled once, at the test's own site. */
import { bundlePage, type Bundle } from '../bench/bundle.js';
import { test as base } from './fixtures.js';
import type { Tab } from './tab.js';

/** Puts `window.amplify` there. */
const SCRIPT_PATH = '/amplify/page.js';

export const test = base.extend<{ amplifyAtSite: void }, { amplifyFiles: Bundle['files'] }>({
  amplifyFiles: [
    async ({}, use) => use((await bundlePage('page', new URL('amplify/', import.meta.url))).files),
    { scope: 'worker' },
  ],

  amplifyAtSite: [
    async ({ site, amplifyFiles }, use) => {
      for (const { name, code } of amplifyFiles) site.serve(`/amplify/${name}`, { body: code });
      await use();
    },
    { auto: true },
  ],
});

/** Loads Amplify into a tab, where it is not configured yet. */
export async function loadAmplify(tab: Tab): Promise<void> {
  await tab.run(async (path) => void (await import(path)), SCRIPT_PATH);
}
