/** Measures what an app's users download, and fails over the bounds: `npm run size`. Needs a build. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { root } from './root.js';

/** Bounds in bytes, gzip. */
const PAGE_BOUND = 6_000;
const WORKER_BOUND = 90_000;

const USUAL_CALLS = 'configure, fetchAuthSession, onSessionChange, signIn, signOut';

/** The page's JavaScript of an app that makes the usual calls, as its bundler would write it. */
async function pageCode(): Promise<string> {
  const entry = '\0app';
  const build = await rolldown({
    input: entry,
    platform: 'browser',
    external: [/(in-page|extras)\.js$/],
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
    plugins: [
      {
        name: 'app',
        resolveId: (id) => (id === entry ? id : undefined),
        load: (id) =>
          id === entry
            ? `export { ${USUAL_CALLS} } from ${JSON.stringify(join(root, 'dist/index.js'))}`
            : undefined,
      },
    ],
  });
  const { output } = await build.generate({ format: 'es', minify: true });
  await build.close();
  return output[0].code;
}

function report(what: string, code: string | Buffer, bound: number): void {
  const bytes = gzipSync(code, { level: 9 }).length;
  const verdict = bytes <= bound ? 'within' : 'OVER';
  process.stdout.write(`${what}: ${bytes} bytes gzip, ${verdict} the bound of ${bound}\n`);
  if (bytes > bound) process.exitCode = 1;
}

report(`page (${USUAL_CALLS})`, await pageCode(), PAGE_BOUND);
report('worker', await readFile(join(root, 'dist/session.worker.js')), WORKER_BOUND);
