/** How a test makes the calls of the entry for the account in a tab. */
import type * as account from '../client/account.js';
import type { PlainError } from './page/window.js';
import type { Tab } from './tab.js';

type Account = typeof account;
type Input<C extends keyof Account> = Exclude<Parameters<Account[C]>[0], undefined>;
export type Ended = { ok: true; value: unknown } | { ok: false; error: PlainError };

/** Makes a call of the entry, as the page's own code would import it. */
export function attempt<C extends keyof Account>(tab: Tab, call: C, input?: Input<C>): Promise<Ended> {
  return tab.run(
    async ({ name, argument }) => {
      const entry = '/dist/account.js';
      const functions = (await import(entry)) as Record<string, (input?: unknown) => Promise<unknown>>;
      try {
        return { ok: true as const, value: await functions[name]?.(argument) };
      } catch (error) {
        return { ok: false as const, error: window.plainError(error) };
      }
    },
    { name: call, argument: input },
  );
}

/** Makes a call of the entry that must be accepted. */
export async function done<C extends keyof Account>(tab: Tab, call: C, input?: Input<C>): Promise<unknown> {
  const ended = await attempt(tab, call, input);
  if (!ended.ok) throw new Error(`${call} rejected with ${ended.error.name}: ${ended.error.message}`);
  return ended.value;
}
