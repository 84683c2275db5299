/** What this page's app does before a session ends. The worker asks each page that said that it has handlers. */
import type { BeforeSignOut } from '../worker/contract.js';
import type { Core } from './extras.js';
import type { BeforeSignOutHandler } from './types.js';

export interface Saving {
  /** @returns what takes the handler back. */
  onBeforeSignOut(handler: BeforeSignOutHandler): Promise<() => void>;
  /** Resolves when all handlers are done, or at the deadline. Never rejects. */
  save(question: Omit<BeforeSignOut, 'signal'>): Promise<void>;
}

export function createSaving({ hello, call, platform }: Pick<Core, 'hello' | 'call' | 'platform'>): Saving {
  const registered = new Set<{ handler: BeforeSignOutHandler }>();
  const { answers = [] } = hello;

  /** To the worker that there is, and to each that comes after it. */
  function tell(): void {
    hello.answers = registered.size > 0 ? [...answers, 'beforeSignOut'] : answers;
    call('hello', hello).catch(() => undefined);
  }

  async function run(handler: BeforeSignOutHandler, event: BeforeSignOut): Promise<void> {
    try {
      await handler(event);
    } catch (error) {
      platform.report(error);
    }
  }

  return {
    async onBeforeSignOut(handler) {
      const registration = { handler };
      registered.add(registration);
      if (registered.size === 1) tell();
      return () => {
        if (registered.delete(registration) && registered.size === 0) tell();
      };
    },
    async save({ reason, deadlineMs }) {
      const withinMs = deadlineMs - platform.wallMs();
      // A page that was frozen hears of it when the session is over, and perhaps another user's is there.
      if (withinMs <= 0) return;
      const over = new AbortController();
      const { signal } = over;
      const late = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      const stop = platform.after(withinMs, () => over.abort());
      const handlers = new Set([...registered].map(({ handler }) => handler));
      const event = { reason, deadlineMs, signal };
      await Promise.race([Promise.all([...handlers].map((handler) => run(handler, event))), late]);
      stop();
    },
  };
}
