/** A page of the demo as an app would deploy it: its scripts bundled, with the package as built. */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, extname, join, normalize, sep } from 'node:path';
import { rolldown, type Plugin } from 'rolldown';
import { root } from '../scripts/root.js';

const DEMO = join(root, 'demo');

const CONTENT_TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface Site {
  /** With a slash at its end. */
  url: string;
  close(): Promise<void>;
}

export interface SiteOptions {
  /** By path: scripts, and pages that are not served as they stand in the demo's folder. */
  content: ReadonlyMap<string, string>;
  /** Takes a request before the site does, if it returns true. */
  handle?(request: IncomingMessage, response: ServerResponse): boolean;
}

/** Listens on a free port of 127.0.0.1. */
export async function serveSite({ content, handle }: SiteOptions): Promise<Site> {
  const server = createServer((request, response) => {
    if (handle?.(request, response)) return;
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = pathname.endsWith('/') ? `${pathname}index.html` : pathname;
    contentOf(path, content).then(
      (body) => {
        const type = CONTENT_TYPES[extname(path)] ?? 'text/javascript';
        response.writeHead(200, {
          'content-type': type,
          'cache-control': type === 'text/javascript' ? 'max-age=3600' : 'no-cache',
        });
        response.end(body);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function contentOf(path: string, content: SiteOptions['content']): Promise<string | Buffer> {
  const made = content.get(path);
  if (made !== undefined) return Promise.resolve(made);
  const file = normalize(join(DEMO, path));
  if (!file.startsWith(DEMO + sep) || !(extname(path) in CONTENT_TYPES))
    return Promise.reject(new Error(`${path} is not served`));
  return readFile(file);
}

export function demoFile(name: string): Promise<string> {
  return readFile(join(DEMO, name), 'utf8');
}

export function builtWorker(): Promise<string> {
  return readFile(join(root, 'dist/session.worker.js'), 'utf8');
}

/** @param sources Of each script, its file in the demo's folder, and the path at which it is served. @returns all files, by path. */
export async function bundleScripts(
  sources: readonly (readonly [source: string, path: string])[],
): Promise<Map<string, string>> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const scripts = new Map<string, string>();
  for (const [source, path] of sources) {
    const build = await rolldown({
      input: join(DEMO, source),
      platform: 'browser',
      plugins: [packageAsBuilt],
      transform: {
        define: {
          'process.env.NODE_ENV': '"production"',
          'import.meta.env': '{}',
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
