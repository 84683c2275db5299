/** Runs every check but the tests: `npm run check`. Each step is named for the fact that it holds. */
import { spawnSync } from 'node:child_process';
import { root } from './root.js';

const STEPS: [fact: string, command: string][] = [
  ['every file has the one format', 'prettier --check --log-level warn .'],
  ['the rooms keep to themselves, and no promise floats', 'eslint --max-warnings 0 .'],
  ['the types hold in every room', 'tsc -b'],
  ['the public API has the types that the design names', 'tsc -b tsconfig.type-tests.json'],
  ['the package builds, with all libraries inside', 'tsx scripts/build.ts'],
  ['the examples of the documents compile', 'tsx scripts/readme-examples.ts'],
  ['the page and the worker stay within their size', 'tsx scripts/size.ts'],
  ['the package ships what it needs and no more', 'tsx scripts/packed-files.ts'],
  ['the lock file names no registry', 'tsx scripts/lock-file.ts'],
];

const broken: string[] = [];
for (const [fact, command] of STEPS) {
  const startedAtMs = performance.now();
  const { status } = spawnSync(command, { cwd: root, shell: true, stdio: 'inherit' });
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  if (status !== 0) broken.push(fact);
  process.stdout.write(`${status === 0 ? 'holds ' : 'BROKEN'}  ${fact} (${seconds} s)\n`);
}
if (broken.length > 0) {
  process.stderr.write(`\nThese do not hold:\n${broken.map((fact) => `- ${fact}\n`).join('')}`);
  process.exitCode = 1;
}
