/** `npm run bench`: measures both packages in one run, prints the table and writes it to bench/RESULTS.md. */
import { readFile, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { format } from 'prettier';
import { startLocalCognito } from '../demo/local-cognito/server.js';
import { launchOptions } from '../scripts/browser.js';
import { root } from '../scripts/root.js';
import { bundlePage } from './bundle.js';
import { measureEightTabs } from './eight-tabs.js';
import { measureExpiredLease } from './expired-lease.js';
import { measureNewTab } from './new-tab.js';
import { NOTES } from './notes.js';
import { markdownTable, resultsFile, type Row } from './report.js';
import { LATENCY_MS, type Setting } from './setting.js';
import { measureSignOut } from './sign-out.js';
import { htmlPage, serveSite, type SiteFiles } from './site.js';
import { measureSize } from './size.js';
import { measureWarmCall } from './warm-call.js';

const startedAtMs = performance.now();
const [loadBefore = 0] = loadavg();
const cognito = await startLocalCognito({
  settings: {
    latencyMs: LATENCY_MS,
    rotation: { enabled: true, graceSeconds: 60 },
    // The lease's measurement moves the page's clock by about an hour in all.
    accessTokenSeconds: 86_400,
    idTokenSeconds: 86_400,
  },
});
const site = await serveSite(await siteFiles());
const browser = await chromium.launch(launchOptions());
try {
  const setting: Setting = { browser, site, cognito };
  const rows: Row[] = [];
  for (const measure of [
    measureSize,
    measureWarmCall,
    measureExpiredLease,
    measureEightTabs,
    measureNewTab,
    measureSignOut,
  ]) {
    process.stderr.write(`${measure.name} …\n`);
    rows.push(...(await measure(setting)));
  }
  const around = {
    browserVersion: browser.version(),
    amplifyVersion: await installedVersion('aws-amplify'),
    latencyMs: LATENCY_MS,
    loadBefore,
    tookSeconds: Math.round((performance.now() - startedAtMs) / 1000),
  };
  await writeFile(
    new URL('RESULTS.md', import.meta.url),
    await format(resultsFile(rows, NOTES, around), { parser: 'markdown' }),
  );
  const missed = rows.filter((row) => !row.met);
  process.stdout.write(
    `${markdownTable(rows)}\n\n${rows.length - missed.length} targets met, ${missed.length} not met\n`,
  );
} finally {
  await browser.close();
  await site.close();
  await cognito.close();
}

async function siteFiles(): Promise<SiteFiles> {
  const files = new Map<string, string>();
  for (const page of ['ours', 'amplify', 'lease']) {
    files.set(`${page}.html`, htmlPage(page));
    for (const { name, code } of (await bundlePage(page)).files) files.set(name, code);
  }
  for (const { name, code } of (await bundlePage('echo.worker')).files) files.set(name, code);
  files.set('session.worker.js', await readFile(join(root, 'dist/session.worker.js'), 'utf8'));
  return files;
}

async function installedVersion(name: string): Promise<string> {
  const manifest = await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
