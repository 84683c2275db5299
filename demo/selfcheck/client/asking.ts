/** Asks for the session without a pause, and keeps what was given for how long. */
import type { SessionClient } from '../../../client/index.js';
import type { Asked } from '../messages.js';
import { plainSession } from './plain.js';

export interface Asking {
  /** Settles after the first answer. */
  start(): Promise<void>;
  stop(): Promise<Asked[]>;
}

export function createAsking(client: SessionClient): Asking {
  const given = new Map<string, Asked>();
  let isOn = false;
  let loop: Promise<void> = Promise.resolve();

  async function ask(): Promise<void> {
    const lastStartedAtMs = Date.now();
    const session = plainSession(await client.fetchAuthSession());
    const key = JSON.stringify(session);
    given.set(key, { session, lastStartedAtMs, calls: (given.get(key)?.calls ?? 0) + 1 });
    // A page that never comes back to its event loop would hear no news, and a hidden page's timers are too slow.
    await client.inspectSession();
  }

  return {
    async start() {
      isOn = true;
      await ask();
      loop = (async () => {
        while (isOn) await ask();
      })();
      loop.catch(() => undefined);
    },
    async stop() {
      isOn = false;
      await loop;
      return [...given.values()];
    },
  };
}
