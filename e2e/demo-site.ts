/** The demo as built, on a local Cognito of its own: its pages come at once, where the dev server translates each module for each tab. */
import { startLocalCognito } from '../demo/local-cognito/server.js';
import { REQUIRED_ATTRIBUTES, SEED_SETTINGS, SEED_USERS } from '../demo/seed.js';
import { builtWorker, bundleScripts, demoFile, serveSite } from './bundled-site.js';
import type { Demo } from './demo-server.js';

/** Where the demo looks for it, and where the package does: beside the script that it is in. */
const WORKER_PATHS = ['/worker/session.worker.ts', '/session.worker.js'];

export async function startDemoSite(): Promise<Demo> {
  const content = await bundleScripts([['main.ts', '/main.js']]);
  const worker = await builtWorker();
  for (const path of WORKER_PATHS) content.set(path, worker);
  const cognito = await startLocalCognito({
    settings: SEED_SETTINGS,
    users: [...SEED_USERS],
    requiredAttributes: REQUIRED_ATTRIBUTES,
  });
  const { url, config } = cognito;
  const note = JSON.stringify({ url, config }).replaceAll('<', '\\u003c');
  const html = (await demoFile('index.html'))
    .replace('./main.ts', './main.js')
    .replace('</head>', `<script type="application/json" id="local-cognito">${note}</script></head>`);
  content.set('/index.html', html);
  const site = await serveSite({ content });
  return {
    url: site.url,
    async stop() {
      await site.close();
      await cognito.close();
    },
  };
}
