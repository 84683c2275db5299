/** The self-check as an app would deploy it: its pages bundled, with the package as built, and its Cognitos beside them. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, extname, join, normalize, sep } from 'node:path';
import { rolldown, type Plugin } from 'rolldown';
import { mountLocalCognitos } from '../demo/local-cognito/mount.js';
import { CHECK_SETTINGS, CHECK_USERS, COGNITO_PATH } from '../demo/selfcheck/seed.js';
import { root } from '../scripts/root.js';

const DEMO = join(root, 'demo');
/** By its source, where each script is served. The pages name theirs as they stand in the source. */
const SCRIPT_PATHS = {
  'page/main.ts': '/selfcheck/page/main.ts',
  'client/client.ts': '/selfcheck/client/client.ts',
  'client/away.ts': '/selfcheck/client/away.ts',
  'mortal.worker.ts': '/selfcheck/client/mortal.worker.js',
};
/** Where the package looks for it: beside the script that it is in. */
const WORKER_PATH = '/selfcheck/client/session.worker.js';

const CONTENT_TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface SelfCheckSite {
  /** Of the page. */
  url: string;
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. */
export async function startSelfCheckSite(): Promise<SelfCheckSite> {
  const scripts = await bundleScripts();
  const cognitos = mountLocalCognitos(COGNITO_PATH, { settings: CHECK_SETTINGS, users: CHECK_USERS });
  const server = createServer((request, response) => {
    if (cognitos.handle(request, response)) return;
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = pathname.endsWith('/') ? `${pathname}index.html` : pathname;
    contentOf(path, scripts).then(
      (content) => {
        const isScript = scripts.has(path);
        response.writeHead(200, {
          'content-type': isScript ? 'text/javascript' : CONTENT_TYPES[extname(path)],
          'cache-control': isScript ? 'max-age=3600' : 'no-cache',
        });
        response.end(content);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/selfcheck/`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      await cognitos.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function contentOf(path: string, scripts: ReadonlyMap<string, string>): Promise<string | Buffer> {
  const file = normalize(join(DEMO, path));
  if (!scripts.has(path) && !(file.startsWith(DEMO + sep) && extname(path) in CONTENT_TYPES))
    return Promise.reject(new Error(`${path} is not served`));
  return Promise.resolve(scripts.get(path) ?? readFile(file));
}

/** By path. */
async function bundleScripts(): Promise<ReadonlyMap<string, string>> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const scripts = new Map([[WORKER_PATH, await readFile(join(root, 'dist/session.worker.js'), 'utf8')]]);
  for (const [source, path] of Object.entries(SCRIPT_PATHS)) {
    const build = await rolldown({
      input: join(DEMO, 'selfcheck', source),
      platform: 'browser',
      plugins: [packageAsBuilt],
      transform: {
        define: {
          'process.env.NODE_ENV': '"production"',
          __PACKAGE_VERSION__: JSON.stringify(version),
        },
      },
      tsconfig: false,
    });
    const { output } = await build.generate({ format: 'esm' });
    await build.close();
    for (const file of output) {
      if (file.type === 'chunk')
        scripts.set(file.isEntry ? path : join(dirname(path), file.fileName), file.code);
    }
  }
  return scripts;
}

const packageAsBuilt: Plugin = {
  name: 'package-as-built',
  resolveId(specifier) {
    if (specifier.endsWith('/client/index.js')) return join(root, 'dist/index.js');
    if (specifier.endsWith('/worker/session.worker.js')) return join(root, 'dist/session.worker.js');
    if (specifier.endsWith('/worker-files.js')) return join(DEMO, 'selfcheck/worker-files.built.ts');
    return undefined;
  },
};
