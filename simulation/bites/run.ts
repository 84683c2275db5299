/** Plants each deliberate bug, one at a time, and fails when the schedules do not find it: `npm run test:bites [-- name]`. */
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { createServer, type Plugin } from 'vite';
import type * as Schedules from '../schedule.js';
import { MOODS } from '../what-may-happen.js';
import { BITES, type Bite } from './bites.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

function plant({ name, file, find, replace }: Bite): Plugin {
  return {
    name: 'deliberate-bug',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith(`/${file}`)) return undefined;
      const parts = code.split(find);
      if (parts.length !== 2) throw new Error(`"${name}" does not fit ${file} any more`);
      return parts.join(replace);
    },
  };
}

/** @returns what was found, or undefined. */
async function bite(bug: Bite): Promise<string | undefined> {
  const server = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    server: { middlewareMode: true, watch: null, ws: false },
    plugins: [plant(bug)],
  });
  try {
    const module = (await server.ssrLoadModule('/simulation/schedule.ts')) as typeof Schedules;
    const { seed, schedules } = module.USUAL;
    // A few of each mood find most; the rest is for what only one mood finds.
    for (const most of [200, 1_500, Infinity]) {
      for (const mood of bug.moods ?? MOODS) {
        const numRuns = Math.min(most, schedules[mood]);
        // With this seed every promise is kept, so what is found is the bug.
        const options = { numRuns, seed, endOnFailure: true };
        const details = await fc.check(module.everyPromiseIsKept(mood), options);
        if (!details.failed) continue;
        const [broken] = String(details.errorInstance).split('\n');
        return `${mood} schedule ${details.numRuns}: ${broken ?? ''}`;
      }
    }
    return undefined;
  } finally {
    await server.close();
  }
}

const [only] = process.argv.slice(2);
let survivors = 0;
for (const bug of BITES) {
  if (only !== undefined && !bug.name.includes(only)) continue;
  const startedAtMs = performance.now();
  const found = await bite(bug);
  const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(0);
  if (found === undefined) survivors += 1;
  process.stdout.write(`${found === undefined ? 'SURVIVED' : 'found   '} ${bug.name} (${seconds} s)\n`);
  if (found !== undefined) process.stdout.write(`         ${found}\n`);
}
process.stdout.write(`${BITES.length} deliberate bugs, ${survivors} not found\n`);
process.exitCode = survivors > 0 ? 1 : 0;
