/** Which runtimes are awake and have a page, and since when: those that must notice what time brings. */
import type { Realm } from '../realm.js';
import type { Hooks } from './promise.js';
import { answerIn, callIn } from './port-messages.js';

export interface Watchful extends Pick<Hooks, 'onMessage' | 'onPosted'> {
  /** Runtimes that run, each with its pages that run. */
  now(): Map<Realm, Realm[]>;
}

export function createWatchful(): Watchful {
  const pages = new Map<Realm, Set<Realm>>();
  const departed = new Map<Realm, Set<Realm>>();
  const among = (map: typeof pages, runtime: Realm): Set<Realm> => {
    const known = map.get(runtime) ?? new Set<Realm>();
    map.set(runtime, known);
    return known;
  };

  return {
    now() {
      const awake = new Map<Realm, Realm[]>();
      for (const [runtime, all] of pages) {
        if (runtime.state === 'ended') pages.delete(runtime);
        const running = [...all].filter(({ state }) => state === 'running');
        if (runtime.state === 'running' && running.length > 0) awake.set(runtime, running);
      }
      return awake;
    },
    onMessage(from, to, message) {
      const method = callIn(message)?.method;
      if (method === 'hello') among(departed, to).delete(from);
      if (method === 'bye') {
        among(departed, to).add(from);
        among(pages, to).delete(from);
      }
      // Behind a port there may be nobody, and who left may yet be answered.
      if (answerIn(message) && !among(departed, from).has(to)) among(pages, from).add(to);
    },
    onPosted(realm, message) {
      const { event } = message as { event?: { type?: string } };
      // A page that does not confirm a sign-out is forgotten. One that does says so over its port.
      if (realm && event?.type === 'signedOut') for (const all of pages.values()) all.clear();
    },
  };
}
