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
      if (callIn(message)?.method === 'bye') pages.get(to)?.delete(from);
      // Behind a port there may be nobody.
      if (answerIn(message)) pages.set(from, new Set([...(pages.get(from) ?? []), to]));
    },
    onPosted(realm, message) {
      const { event } = message as { event?: { type?: string } };
      // A page that does not confirm a sign-out is forgotten. One that does says so over its port.
      if (realm && event?.type === 'signedOut') for (const all of pages.values()) all.clear();
    },
  };
}
