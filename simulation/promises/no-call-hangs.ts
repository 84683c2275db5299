/** No call hangs, whatever has died or frozen. */
import type { Call } from '../page.js';
import type { KeptPromise } from './promise.js';

/** A call's 15 s, the way down the whole ladder, and one more wait after a freeze. */
const LONGEST_CALL_MS = 40_000;

export const noCallHangs: KeptPromise = (_facts, violate) => {
  const out = new Set<Call>();
  return {
    onCallBegan: (call) => void out.add(call),
    onCallEnded: (call) => void out.delete(call),
    onTimePassed(byMs) {
      for (const call of out) {
        const { realm, isInCache } = call.page;
        if (realm.state === 'ended') out.delete(call);
        if (realm.state !== 'running' || isInCache) continue;
        call.ranMs += byMs;
        if (call.ranMs <= LONGEST_CALL_MS) continue;
        out.delete(call);
        violate(`A call of ${realm.name} (${call.kind}) was not answered in ${call.ranMs} ms.`);
      }
    },
  };
};
