/** Locks, channel and backing store hold in every engine what the worker's core relies on. */
import { expect, test } from '@playwright/test';
import { bundlePage } from '../bench/bundle.js';
import { htmlPage, serveSite, type Site } from '../bench/site.js';
import { CONTEXT_DOCUMENT, type ContextKind } from '../conformance/page/window.js';
import { SUITE } from '../conformance/suite.js';
import type { EnginePage } from './engines/engine.js';
import { inEveryEngine } from './engines/in-every-engine.js';

/** Which kinds of contexts an entry gets, in turn: each kind comes to play each part. */
const CASTS: ContextKind[][] = [
  ['dedicated worker'],
  ['dedicated worker', 'shared worker', 'page'],
  ['shared worker', 'page', 'dedicated worker'],
  ['page', 'dedicated worker', 'shared worker'],
];

let site: Site;

test.beforeAll(async () => {
  const bundles = await Promise.all([
    bundlePage('page', new URL('../conformance/page/', import.meta.url)),
    bundlePage('context.worker', new URL('../conformance/', import.meta.url)),
  ]);
  const scripts = bundles.flatMap(({ files }) => files.map(({ name, code }) => [name, code] as const));
  site = await serveSite(
    new Map([...scripts, ['', htmlPage('page')], [CONTEXT_DOCUMENT, htmlPage('context.worker')]]),
  );
});
test.afterAll(() => site.close());

inEveryEngine((browser) => {
  let page: EnginePage;
  test.beforeAll(async () => {
    page = await browser().open(`${site.origin}/`);
  });

  for (const { title } of SUITE) {
    test(title, async () => {
      for (const kinds of CASTS) {
        const wrong = await page.evaluate((...given) => window.runEntry(...given), title, kinds);
        expect(
          wrong,
          `${title}, in ${browser().version}, with contexts of the kinds ${kinds.join(', ')}`,
        ).toBeNull();
      }
    });
  }
});
