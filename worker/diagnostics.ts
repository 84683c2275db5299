/** What this run has done so far, counted for `inspectSession()`. */
import type { SessionCounters } from './contract.js';

export interface Diagnostics {
  count(what: keyof SessionCounters): void;
  readonly counters: Readonly<SessionCounters>;
}

export function createDiagnostics(): Diagnostics {
  const counters: SessionCounters = {
    refreshRequests: 0,
    refreshes: 0,
    refreshFailures: 0,
    refreshesTakenUp: 0,
    lateTokens: 0,
    lockTimeouts: 0,
    storeFailures: 0,
  };
  return {
    counters,
    count(what) {
      counters[what] += 1;
    },
  };
}
