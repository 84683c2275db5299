/** The page that runs the suite over the real parts. A driver asks it for one entry after the other. */
import { clock, randomId, timers } from '../../worker/platform.js';
import type { Context, Kit } from '../kit.js';
import { SUITE } from '../suite.js';
import { openContext } from './contexts.js';
import { blockStore, eraseStore, readStored } from './raw-store.js';
import type { ContextKind } from './window.js';

window.runEntry = async (title, kinds) => {
  const entry = SUITE.find((candidate) => candidate.title === title);
  if (!entry) return 'There is no such entry.';
  const opened: Context[] = [];
  try {
    await entry.run(createKit(kinds, opened));
    return null;
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  } finally {
    await Promise.all(opened.map((context) => context.die()));
  }
};

function createKit(kinds: ContextKind[], opened: Context[]): Kit {
  const freshName = (): string => `conformance-${randomId()}`;
  return {
    async openContext() {
      const kind = kinds[opened.length % kinds.length] ?? 'page';
      const context = await openContext(kind, freshName());
      opened.push(context);
      return context;
    },
    freshName,
    nowMs: () => clock.monotonicMs(),
    pass: (ms) =>
      new Promise((resolve) => {
        timers.after(ms, resolve);
      }),
    async lockQueue(name) {
      const { held = [], pending = [] } = await navigator.locks.query();
      return {
        isHeld: held.some((lock) => lock.name === name),
        waiting: pending.filter((lock) => lock.name === name).length,
      };
    },
    stored: readStored,
    blockStore,
    eraseStore,
  };
}
