/** Bundles a page's script: the same bundler with the same settings for both packages. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown, type Plugin } from 'rolldown';
import { root } from '../scripts/root.js';

/** A minified bundle: what the page loads at once, and what it may import later. */
export interface Bundle {
  /** File name and code. The first one is the entry. */
  files: { name: string; code: string; lazy: boolean }[];
}

/** The pages name the client's source, for its types; what runs and is weighed is the package as built. */
const packageAsBuilt: Plugin = {
  name: 'package-as-built',
  resolveId: (specifier) => (specifier === '../../client/index.js' ? join(root, 'dist/index.js') : undefined),
};

const PAGES = new URL('pages/', import.meta.url);

/** Bundles `<name>.ts` of the folder to `<name>.js`, minified, as an app's production build would. */
export async function bundlePage(name: string, folder: URL = PAGES): Promise<Bundle> {
  const build = await rolldown({
    input: { [name]: fileURLToPath(new URL(`${name}.ts`, folder)) },
    platform: 'browser',
    plugins: [packageAsBuilt],
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
    tsconfig: false,
  });
  try {
    const { output } = await build.generate({
      format: 'esm',
      minify: true,
      chunkFileNames: `${name}-[name].js`,
    });
    const chunks = output.filter((file) => file.type === 'chunk');
    const eager = new Set([
      `${name}.js`,
      ...chunks.filter((chunk) => chunk.isEntry).flatMap((chunk) => chunk.imports),
    ]);
    return {
      files: chunks
        .map((chunk) => ({ name: chunk.fileName, code: chunk.code, lazy: !eager.has(chunk.fileName) }))
        .sort((a, b) => Number(a.lazy) - Number(b.lazy)),
    };
  } finally {
    await build.close();
  }
}

/** Bytes after gzip at its best level, as a server with precompressed files sends them. */
export function gzipBytes(code: string | Buffer): number {
  return gzipSync(code, { level: 9 }).byteLength;
}
