/**
 * Tabs of one WebDriver session. The session has one current tab, so commands go one at a time; an evaluation is
 * started by one command and its outcome asked for by others, so that several tabs can wait for each other.
 */
import { setTimeout as pass } from 'node:timers/promises';
import { unless, type EnginePage } from './engine.js';
import { answerOf, scriptOf } from './script.js';
import type { WebDriver } from './web-driver.js';

const POLL_MS = 20;

/** Where a page keeps outcomes until they are asked for. */
const OUTCOMES = "window[Symbol.for('outcomes of evaluations')]";

/** @param ended rejects when the browser has ended */
export function createWebDriverTabs(
  session: WebDriver,
  ended: Promise<never>,
  version: string,
  timeoutMs: number,
): (url: string) => Promise<EnginePage> {
  let last: Promise<unknown> = Promise.resolve();
  let evaluations = 0;

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work, work);
    last = mine;
    return unless(ended, mine);
  }

  const inTab = <T>(handle: string, work: () => Promise<T>): Promise<T> =>
    inTurn(async () => {
      await session.call('POST', '/window', { handle });
      return work();
    });

  const execute = <T>(script: string): Promise<T> =>
    session.call<T>('POST', '/execute/sync', { script, args: [] });

  async function evaluate(handle: string, script: string): Promise<string> {
    evaluations += 1;
    const id = evaluations;
    const endAtMs = Date.now() + timeoutMs;
    const set = (value: string): string => `(${OUTCOMES} ??= {})[${id}] = ${value}`;
    await inTab(handle, () =>
      execute(`${set('null')}; ${script}.then((outcome) => { ${set('outcome')}; });`),
    );
    while (Date.now() < endAtMs) {
      const outcome = await inTab(handle, () =>
        execute<string | null>(`return ${OUTCOMES} ? ${OUTCOMES}[${id}] : 'gone'`),
      );
      if (outcome === 'gone') throw new Error('The page was left before the evaluation ended.');
      if (outcome !== null) return outcome;
      await pass(POLL_MS);
    }
    throw new Error(`${version} did not answer an evaluation in ${timeoutMs} ms.`);
  }

  /** The window of the session's start stays open: without a current one no other can be had, and the last one ends the session. */
  let firstWindow: string | undefined;

  /** WebKitGTK lets pages of a window open others without a click; to pages of a tab its setting doesn't apply. */
  const openWindow = (): Promise<string> =>
    inTurn(async () => {
      firstWindow ??= await session.call<string>('GET', '/window');
      await session.call('POST', '/window', { handle: firstWindow });
      return (await session.call<{ handle: string }>('POST', '/window/new', { type: 'window' })).handle;
    });

  return async (url) => {
    const handle = await openWindow();
    await inTab(handle, () => session.call('POST', '/url', { url }));
    return {
      evaluate: async (work, ...given) => answerOf(await evaluate(handle, scriptOf(work, given))),
      close: () => inTab(handle, () => session.call('DELETE', '/window')),
    };
  };
}
