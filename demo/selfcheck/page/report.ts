/** The outcome as plain text, for a bug report. */
import type { Result, State } from '../runner/run-scenario.js';

export interface Outcome {
  results: readonly Result[];
  /** When the check began, as an ISO date. */
  startedAt: string;
  /** Of the package. */
  version: string;
  browser: string;
  userAgent: string;
  transport: string;
  /** Where the clients lived. */
  clients: string;
  tookMs: number;
}

/** `24 of 26 kept, 2 cannot be tried here`: what there is none of is left out, but for what was kept. */
export function tally(results: readonly Result[]): string {
  const parts = [`${countOf('kept', results)} of ${results.length} kept`];
  for (const state of ['broken', 'cannot be tried here'] as const) {
    const count = countOf(state, results);
    if (count > 0) parts.push(`${count} ${state}`);
  }
  return parts.join(', ');
}

export function countOf(state: State, results: readonly Result[]): number {
  return results.filter((result) => result.state === state).length;
}

export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** Why, what was seen, and what else is worth a line. */
export const linesOf = ({ detail, notes }: Result): string[] => [
  ...(detail === undefined ? [] : [detail]),
  ...notes,
];

export function reportText(outcome: Outcome): string {
  const { results, startedAt, version, browser, userAgent, transport, clients, tookMs } = outcome;
  return [
    `cognito-session-worker ${version}, self-check of ${startedAt}`,
    `Browser: ${browser}`,
    `User agent: ${userAgent}`,
    `Session reached by: ${transport}`,
    `Clients: ${clients}`,
    `${tally(results)}, in ${seconds(tookMs)}`,
    '',
    ...results.flatMap((result) => [
      `[${result.state}] ${result.title} (${seconds(result.tookMs)})`,
      ...linesOf(result).map((line) => `    ${line}`),
    ]),
    '',
  ].join('\n');
}
