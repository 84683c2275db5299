/** The table: one row for each target, with what was measured beside it. */
import { cpus } from 'node:os';

export interface Row {
  what: string;
  /** This package's value, with its unit. */
  ours: string;
  /** What it is compared with, and that one's value. */
  beside: string;
  /** Ours divided by the other, where that says something. */
  ratio?: number;
  target: string;
  met: boolean;
}

export interface Surroundings {
  browserVersion: string;
  amplifyVersion: string;
  latencyMs: number;
  tookSeconds: number;
  /** Of the last minute before the run. Over the number of cores, the machine had other work too. */
  loadBefore: number;
}

export function markdownTable(rows: readonly Row[]): string {
  const lines = rows.map(({ what, ours, beside, ratio, target, met }) =>
    [
      what,
      ours,
      beside,
      ratio === undefined ? '' : formatRatio(ratio),
      target,
      met ? 'met' : '**not met**',
    ].join(' | '),
  );
  return [
    'what | this package | beside it | ratio | target | ',
    '--- | --- | --- | --- | --- | ---',
    ...lines,
  ]
    .map((line) => `| ${line} |`)
    .join('\n');
}

export function resultsFile(rows: readonly Row[], notes: readonly string[], around: Surroundings): string {
  const date = new Date().toISOString().slice(0, 10);
  return `# Benchmark

Written by \`npm run bench\` on ${date}: this package and aws-amplify ${around.amplifyVersion} side by side in one run, in
Chromium ${around.browserVersion} (headless), on ${cpus().length} cores, Node ${process.versions.node}, against the local Cognito with
${around.latencyMs} ms added to each answer. Values are medians. The run took
${around.tookSeconds} s; the machine's load before it was ${around.loadBefore.toFixed(1)}.

${markdownTable(rows)}

${notes.map((note) => `- ${note}`).join('\n')}
`;
}

export function formatMs(ms: number): string {
  if (ms < 1) return `${trim(ms * 1000)} µs`;
  return `${trim(ms)} ms`;
}

export function formatKilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(2)} kB`;
}

function formatRatio(ratio: number): string {
  return ratio >= 0.1 ? ratio.toFixed(2) : `1/${(1 / ratio).toFixed(0)}`;
}

function trim(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
