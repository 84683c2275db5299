/** A forced call gets tokens of a request that ended after the call began. */
import type { AuthSession } from '../../client/types.js';
import type { KeptPromise } from './promise.js';

/** Another runtime may have had them, and not stored them yet, when the call began. */
const COMMIT_MS = 1_000;

export const forcedIsFresh: KeptPromise = ({ scheduler, troubles }, violate) => {
  /** When the tokens of each refresh reached a runtime. True time. */
  const arrivedAtMs = new Map<string, number>();
  return {
    onRefreshed(_realm, { accessToken }) {
      arrivedAtMs.set(accessToken, scheduler.trueMs);
    },
    onCallEnded({ page, options, beganAtTrueMs, outcome }) {
      if (!options.forceRefresh || !outcome?.ok) return;
      const token = (outcome.value as AuthSession).tokens?.accessToken.toString();
      // The first tokens of a session come from no refresh.
      if (token === undefined || troubles.since(0, 'storage')) return;
      const agoMs = beganAtTrueMs - (arrivedAtMs.get(token) ?? beganAtTrueMs);
      if (agoMs > COMMIT_MS)
        violate(`${page.realm.name} forced a refresh, and got tokens that had come ${agoMs} ms before.`);
    },
  };
};
