/** The dev server of the demo: `npm start`. */
import { readFileSync } from 'node:fs';
import { defineConfig, loadEnv, type Plugin } from 'vite';
import { type LocalCognito, startLocalCognito } from './demo/local-cognito/server.js';
import { mountLocalCognitos } from './demo/local-cognito/mount.js';
import { REQUIRED_ATTRIBUTES, SEED_SETTINGS, SEED_USERS } from './demo/seed.js';
import { CHECK_SETTINGS, CHECK_USERS, COGNITO_PATH } from './demo/selfcheck/seed.js';

const root = import.meta.dirname;
const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { version: string };

/** The same port each time, so that a session in the browser outlives nothing but the server. */
const LOCAL_COGNITO_PORT = 9400;

/** Starts the local Cognito with the dev server, and writes into the page where it is. */
function localCognito(): Plugin {
  let cognito: LocalCognito | undefined;
  return {
    name: 'local-cognito',
    apply: 'serve',
    async configureServer(server) {
      const { url } = (cognito = await start());
      const printUrls = server.printUrls.bind(server);
      server.printUrls = () => {
        printUrls();
        server.config.logger.info(`  ➜  Local Cognito: ${url}/`);
      };
    },
    transformIndexHtml() {
      if (!cognito) return [];
      const { url, config } = cognito;
      return [
        {
          tag: 'script',
          attrs: { type: 'application/json', id: 'local-cognito' },
          children: JSON.stringify({ url, config }).replaceAll('<', '\\u003c'),
          injectTo: 'head',
        },
      ];
    },
    async buildEnd() {
      await cognito?.close();
    },
  };
}

/** Cognitos for the self-check, on the page's own origin; and its page under its name without a slash. */
function selfCheck(): Plugin {
  const cognitos = mountLocalCognitos(COGNITO_PATH, { settings: CHECK_SETTINGS, users: CHECK_USERS });
  return {
    name: 'self-check',
    apply: 'serve',
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        if (cognitos.handle(request, response)) return;
        if (request.url === '/selfcheck') response.writeHead(302, { location: '/selfcheck/' }).end();
        else next();
      });
    },
    buildEnd: () => cognitos.close(),
  };
}

/** On its own port, or on any free one where another demo runs. */
async function start(): Promise<LocalCognito> {
  const options = {
    settings: SEED_SETTINGS,
    users: [...SEED_USERS],
    requiredAttributes: REQUIRED_ATTRIBUTES,
  };
  try {
    return await startLocalCognito({ ...options, port: LOCAL_COGNITO_PORT });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return await startLocalCognito(options);
  }
}

export default defineConfig(({ mode }) => {
  const env = loadEnv(mode, root);
  const againstAws = Boolean(env.VITE_USER_POOL_ID ?? env.VITE_IDENTITY_POOL_ID);
  return {
    root: `${root}/demo`,
    envDir: root,
    // One for each mode, so that tests don't empty it under a demo that runs.
    cacheDir: `${root}/.cache/vite-${mode}`,
    // This machine only: the demo shows passwords.
    // A test must not have its page reloaded because somebody saves a file.
    server: { host: '127.0.0.1', ...(mode === 'test' && { watch: null }) },
    define: { __PACKAGE_VERSION__: JSON.stringify(version) },
    // Found at the start, not when the first worker runs: a late find would reload the page.
    optimizeDeps: { entries: ['index.html', 'selfcheck/*.html', `${root}/worker/session.worker.ts`] },
    plugins: [selfCheck(), ...(againstAws ? [] : [localCognito()])],
  };
});
