/** The self-check as an app would deploy it: its pages bundled, with the package as built, and its Cognitos beside them. */
import { join } from 'node:path';
import { mountLocalCognitos } from '../demo/local-cognito/mount.js';
import { CHECK_SETTINGS, CHECK_USERS, COGNITO_PATH } from '../demo/selfcheck/seed.js';
import { builtWorker, bundleScripts, serveSite } from './bundled-site.js';

/** By its source, where each script is served. The pages name theirs as they stand in the source. */
const SCRIPT_PATHS = {
  'page/main.ts': '/selfcheck/page/main.ts',
  'client/client.ts': '/selfcheck/client/client.ts',
  'client/away.ts': '/selfcheck/client/away.ts',
  'mortal.worker.ts': '/selfcheck/client/mortal.worker.js',
};
/** Where the package looks for it: beside the script that it is in. */
const WORKER_PATH = '/selfcheck/client/session.worker.js';

export interface SelfCheckSite {
  /** Of the page. */
  url: string;
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. */
export async function startSelfCheckSite(): Promise<SelfCheckSite> {
  const scripts = await bundleScripts(
    Object.entries(SCRIPT_PATHS).map(([source, path]) => [join('selfcheck', source), path]),
  );
  scripts.set(WORKER_PATH, await builtWorker());
  const cognitos = mountLocalCognitos(COGNITO_PATH, { settings: CHECK_SETTINGS, users: CHECK_USERS });
  const site = await serveSite({
    content: scripts,
    handle: (request, response) => cognitos.handle(request, response),
  });
  return {
    url: `${site.url}selfcheck/`,
    async close() {
      await cognitos.close();
      await site.close();
    },
  };
}
