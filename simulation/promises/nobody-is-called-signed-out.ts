/** Whoever is signed in is not called signed out, be the store ever so silent. */
import type { AuthSession } from '../../client/types.js';
import type { Family } from '../../demo/local-cognito/refresh-tokens.js';
import type { KeptPromise } from './promise.js';

/** In this time on end every runtime has looked into the store, or heard what became of the session. */
const TIME_TO_HEAR_MS = 70_000;

export const nobodyIsCalledSignedOut: KeptPromise = ({ scheduler, users, troubles, record }, violate) => {
  let signOuts = 0;
  let present: { family: Family; sinceMs: number } | undefined;
  return {
    onCallBegan({ kind }) {
      if (kind === 'signOut') signOuts += 1;
    },
    onPosted(realm, message) {
      const { event } = message as { event?: { type?: string; reason?: string } };
      // Where the store is silent, a policy ends it in memory.
      const isByPolicy = event?.reason === 'idle' || event?.reason === 'policy';
      if (realm && event?.type === 'signedOut' && isByPolicy) present = undefined;
    },
    onCommitted(_realm, _before, { session }) {
      const family = session && users.familyOf(session.refreshToken);
      if (family === present?.family) return;
      present = family && { family, sinceMs: scheduler.trueMs };
    },
    onCallEnded({ page, kind, beganAtTrueMs, outcome }) {
      if (kind !== 'fetch' || !outcome?.ok || (outcome.value as AuthSession).tokens) return;
      const heardMs = beganAtTrueMs - TIME_TO_HEAR_MS;
      if (!present || present.sinceMs > heardMs || signOuts > 0 || !record()?.session) return;
      // A store that refuses is none, and who was frozen may have an old answer on its way.
      if (troubles.since(0, 'storage-error') || troubles.since(heardMs, 'freeze')) return;
      violate(`${page.realm.name} was told that nobody is signed in.`);
    },
  };
};
