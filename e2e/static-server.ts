/** Serves the built package and the test page, each server on an origin of its own. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = { '/dist/': join(ROOT, 'dist'), '/': join(ROOT, 'e2e', 'page') };
const CONTENT_TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.map': 'application/json',
};

/** What a test puts at a path. */
export interface Served {
  /** Laid over the usual headers. */
  headers?: Record<string, string>;
  /** Instead of a file. */
  body?: string;
  /** The path whose file stands here; default the path itself. */
  sameAs?: string;
}

/** A running static server. */
export interface StaticServer {
  /** Ends without a slash. */
  readonly url: string;
  readonly port: number;
  /** From now on, answers a path in this way. */
  serve(path: string, served: Served): void;
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. `folders`: what to serve, by the path that it begins with. */
export async function startStaticServer(folders: Record<string, string> = FOLDERS): Promise<StaticServer> {
  const special = new Map<string, Served>();
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const { headers = {}, body, sameAs = path } = special.get(path) ?? {};
    // A sandboxed frame has an opaque origin, and modules are fetched with CORS.
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('cache-control', 'no-store');
    const file = body === undefined ? fileOf(sameAs, folders) : path;
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    Promise.resolve(body ?? readFile(file)).then(
      (content) => {
        response.writeHead(200, {
          'content-type': CONTENT_TYPES[extname(file)] ?? 'application/octet-stream',
          ...headers,
        });
        response.end(content);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    serve: (path, served) => void special.set(path, served),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function fileOf(path: string, folders: Record<string, string>): string | undefined {
  const found = Object.entries(folders).find(([prefix]) => path.startsWith(prefix));
  if (found === undefined) return undefined;
  const [prefix, folder] = found;
  const file = normalize(join(folder, decodeURIComponent(path.slice(prefix.length)) || 'index.html'));
  return file.startsWith(folder + sep) ? file : undefined;
}
