/** Compiles the examples of the documents against the built package, as an app would. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { root } from './root.js';

const DOCUMENTS = ['README.md', 'docs/MIGRATING.md'];
const folder = join(root, '.cache/examples');

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
let count = 0;
for (const document of DOCUMENTS) {
  const text = await readFile(join(root, document), 'utf8');
  for (const [, language, code = ''] of text.matchAll(/^```(tsx?)\n([\s\S]*?)^```$/gm)) {
    await writeFile(join(folder, `example-${(count += 1)}.${language}`), code);
  }
}
if (count === 0) throw new Error('No example was found; the documents should have some.');
await writeFile(
  join(folder, 'tsconfig.json'),
  JSON.stringify({
    compilerOptions: {
      target: 'ES2022',
      module: 'ESNext',
      moduleResolution: 'bundler',
      strict: true,
      noEmit: true,
      // Amplify's types name some of Node's.
      skipLibCheck: true,
      lib: ['ES2022', 'DOM'],
      jsx: 'react-jsx',
      types: [],
    },
    include: ['*.ts', '*.tsx'],
  }),
);
const { status } = spawnSync('npx tsc -p .', { cwd: folder, shell: true, stdio: 'inherit' });
process.stdout.write(`${count} examples compiled\n`);
process.exitCode = status ?? 1;
