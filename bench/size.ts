/** What a page loads for the session, and what the browser loads once for all tabs. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../scripts/root.js';
import { bundlePage, gzipBytes } from './bundle.js';
import { formatKilobytes, type Row } from './report.js';

const PAGE_LIMIT_BYTES = 6_000;
const WORKER_LIMIT_BYTES = 90_000;

export async function measureSize(): Promise<Row[]> {
  const ours = await eagerBytes('size-ours');
  const amplify = await eagerBytes('size-amplify');
  const worker = gzipBytes(await readFile(join(root, 'dist/session.worker.js')));
  return [
    {
      what: "the page's JavaScript, gzip: configure, session, events, sign-in, sign-out",
      ours: formatKilobytes(ours),
      beside: `Amplify ${formatKilobytes(amplify)}`,
      ratio: ours / amplify,
      target: `at most ${PAGE_LIMIT_BYTES / 1000} kB`,
      met: ours <= PAGE_LIMIT_BYTES,
    },
    {
      what: "the worker's one file, gzip: loaded once per browser",
      ours: formatKilobytes(worker),
      beside: '',
      target: `at most ${WORKER_LIMIT_BYTES / 1000} kB`,
      met: worker <= WORKER_LIMIT_BYTES,
    },
  ];
}

async function eagerBytes(page: string): Promise<number> {
  const { files } = await bundlePage(page);
  return files.filter((file) => !file.lazy).reduce((sum, file) => sum + gzipBytes(file.code), 0);
}
