/** Fails if `npm pack` would ship a file that no app needs, or leave one out. Needs a build. */
import { execFileSync } from 'node:child_process';
import { root } from './root.js';

const ENTRIES = ['account', 'amplify', 'react', 'testing'];
const NEEDED = [
  'LICENSE',
  'README.md',
  'docs/MIGRATING.md',
  'package.json',
  'dist/THIRD-PARTY-LICENSES.txt',
  ...['index', 'extras', 'session.worker', 'in-page', ...ENTRIES].flatMap((name) => [
    `dist/${name}.js`,
    `dist/${name}.js.map`,
  ]),
  'dist/types/client/index.d.ts',
  ...ENTRIES.map((name) => `dist/types/client/${name}.d.ts`),
  'dist/types/worker/session.worker.d.ts',
];
const ALLOWED = /^dist\/types\/(client|worker)\/(?!.*test)[a-z.-]+\.d\.ts$/;

const listing = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
  cwd: root,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'ignore'],
  shell: process.platform === 'win32',
});
const [packed] = JSON.parse(listing) as { files: { path: string }[] }[];
const paths = packed?.files.map((file) => file.path) ?? [];

const missing = NEEDED.filter((path) => !paths.includes(path));
const unneeded = paths.filter((path) => !NEEDED.includes(path) && !ALLOWED.test(path));
for (const path of missing) process.stderr.write(`left out: ${path}\n`);
for (const path of unneeded) process.stderr.write(`not needed: ${path}\n`);
if (missing.length + unneeded.length > 0) process.exitCode = 1;
