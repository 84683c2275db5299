/** A tab whose app has handlers of `onBeforeSignOut()`. */
import type { SaveMessage } from '../contract.js';
import type { Runtime, World } from './world.js';

export interface SavingTab {
  /** What the worker asked it, in order. */
  asked: SaveMessage[];
  /** Its handlers are done. */
  done(): void;
  leave(): void;
}

/** @param takesMs How long its handlers take; by default they hang. */
export function openSavingTab(
  { time }: World,
  { session }: Runtime,
  name: string,
  takesMs?: number,
): SavingTab {
  const asked: SavingTab['asked'] = [];
  const done = (): void => session.saving.answer(name, { id: asked.at(-1)?.id ?? '', value: undefined });
  session.clients.seen(name);
  session.saving.join(name, ['beforeSignOut'], (question) => {
    asked.push(question);
    if (takesMs !== undefined) time.timers.after(takesMs, done);
  });
  const leave = (): void => {
    session.saving.leave(name);
    session.clients.remove(name);
  };
  return { asked, done, leave };
}
