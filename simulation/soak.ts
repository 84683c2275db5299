/** As many schedules as one likes: `npm run soak:schedules -- 100000 [mood] [seed]`. Prints the seed, and a counterexample step by step. */
import fc from 'fast-check';
import type { Deed } from './deeds.js';
import { everyPromiseIsKept, replay } from './schedule.js';
import { MOODS, type Mood, type Setup } from './what-may-happen.js';

const [count = '20000', onlyMood, seed] = process.argv.slice(2);

for (const mood of MOODS) {
  if (onlyMood !== undefined && onlyMood !== mood) continue;
  await soak(mood, Number(count), seed === undefined ? Date.now() % 2 ** 31 : Number(seed));
}

async function soak(mood: Mood, numRuns: number, withSeed: number): Promise<void> {
  const startedAtMs = performance.now();
  const details = await fc.check(everyPromiseIsKept(mood), { numRuns, seed: withSeed });
  const seconds = Math.round((performance.now() - startedAtMs) / 1_000);
  const line = `${mood}: ${details.numRuns} schedules in ${seconds} s, seed ${details.seed}`;
  if (!details.failed) {
    process.stdout.write(`${line}, every promise kept\n`);
    return;
  }
  process.exitCode = 1;
  process.stdout.write(`${line}, BROKEN (path ${details.counterexamplePath ?? ''})\n`);
  process.stdout.write(`${String(details.errorInstance)}\n`);
  const [setup, commands] = details.counterexample as unknown as [Setup, Iterable<{ toString(): string }>];
  // fast-check wraps commands; each tells of itself as JSON.
  const deeds = [...commands].map((command) => JSON.parse(command.toString()) as Deed);
  process.stdout.write(
    `${JSON.stringify(setup)}\n${deeds.map((deed) => JSON.stringify(deed)).join(',\n')}\n\n`,
  );
  await replay(setup, deeds, (what) => process.stdout.write(`${what}\n`)).then(
    () => process.stdout.write('The replay kept every promise.\n'),
    (error: Error) => process.stdout.write(`${error.message}\n`),
  );
}
