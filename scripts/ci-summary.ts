/** Sums what the test runners wrote to .cache/results, and prints CI's closing line. A run that left no file counts as failed. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.js';

interface Sum {
  passed: number;
  failed: number;
}

interface UnitResults {
  numPassedTests: number;
  numFailedTests: number;
  success: boolean;
}

interface EndToEndResults {
  stats: { expected: number; unexpected: number; flaky: number };
  errors: unknown[];
}

const NO_RESULTS: Sum = { passed: 0, failed: 1 };

function read<Results>(name: string): Results | undefined {
  const path = join(root, '.cache/results', name);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Results) : undefined;
}

function unitSum(): Sum {
  const results = read<UnitResults>('unit.json');
  if (results === undefined) return NO_RESULTS;
  const { numPassedTests: passed, numFailedTests: failed, success } = results;
  // A file that can't even be loaded fails the run without a failed test.
  return { passed, failed: failed === 0 && !success ? 1 : failed };
}

function endToEndSum(): Sum {
  const results = read<EndToEndResults>('e2e.json');
  if (results === undefined) return NO_RESULTS;
  const { expected, unexpected, flaky } = results.stats;
  return { passed: expected, failed: unexpected + flaky + results.errors.length };
}

const sums = [unitSum(), endToEndSum()];
const total = (key: keyof Sum): number => sums.reduce((sum, part) => sum + part[key], 0);
process.stdout.write(`${total('passed')} passed, ${total('failed')} failed\n`);
process.exitCode = total('failed') > 0 || total('passed') === 0 ? 1 : 0;
