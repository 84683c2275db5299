/** Waiting in the kit's time, and opening several contexts. */
import type { Context, Kit } from './kit.js';

const POLL_MS = 5;
/** On a busy machine a browser may take seconds for what usually takes milliseconds. */
const LIMIT_MS = 20_000;

/** For waits that a part must not give up: longer than any entry takes. */
export const LONG_WAIT_MS = 120_000;

export async function until(kit: Kit, what: string, condition: () => Promise<boolean>): Promise<void> {
  const endMs = kit.nowMs() + LIMIT_MS;
  while (!(await condition())) {
    if (kit.nowMs() > endMs) throw new Error(`This never came about: ${what}.`);
    await kit.pass(POLL_MS);
  }
}

/** For what must settle soon. */
export function inTime<T>(kit: Kit, what: string, promise: Promise<T>): Promise<T> {
  const late = kit.pass(LIMIT_MS).then(() => {
    throw new Error(`This never came about: ${what}.`);
  });
  late.catch(() => undefined);
  return Promise.race([promise, late]);
}

export async function openTwo(kit: Kit): Promise<[Context, Context]> {
  return [await kit.openContext(), await kit.openContext()];
}

export async function openThree(kit: Kit): Promise<[Context, Context, Context]> {
  return [await kit.openContext(), await kit.openContext(), await kit.openContext()];
}
