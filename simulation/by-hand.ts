/** Short words for schedules that are written by hand. */
import type { Deed } from './deeds.js';
import type { Setup } from './what-may-happen.js';
import type { RequestFault } from './service.js';
import type { StorageFault } from './storage.js';

type Tab = Setup['pages'][number];

/** A tab whose worker is shared. */
export const SHARED: Tab = { environment: 'shared-worker', version: 1 };

/** The same with a later version of the app, which has a worker of its own. */
export const SHARED_LATER: Tab = { environment: 'shared-worker', version: 2 };

/** A tab with a worker of its own. */
export const DEDICATED: Tab = { environment: 'worker', version: 1 };

export function nobodySignedIn(...pages: Tab[]): Setup {
  return {
    options: { graceSeconds: 60, isRotating: true, hasIdentityPool: false, isFirefox: false, seed: 1 },
    pages,
    isSignedIn: false,
  };
}

/** By the first tab. */
export const adaSignedIn = (...pages: Tab[]): Setup => ({ ...nobodySignedIn(...pages), isSignedIn: true });

export const withGrace = (graceSeconds: number, setup: Setup): Setup => ({
  ...setup,
  options: { ...setup.options, graceSeconds },
});

/** The app ends a session that nobody uses for this long. */
export const withIdle = (timeoutSeconds: number, setup: Setup): Setup => ({
  ...setup,
  options: { ...setup.options, ending: { policy: { idle: { timeoutSeconds } } } },
});

/** What happens next in a schedule is drawn by this. */
export const withSeed = (seed: number, setup: Setup): Setup => ({
  ...setup,
  options: { ...setup.options, seed },
});

export const STORE_WORKS: Deed = { do: 'store works again' };
export const STORE_ERASED: Deed = { do: 'store is erased' };
export const RECORD_DAMAGED: Deed = { do: 'record is damaged' };
export const NETWORK_GOES: Deed = { do: 'network goes' };

export const openTab = (tab: Tab): Deed => ({ do: 'open page', ...tab });
export const crashTab = (which = 0): Deed => ({ do: 'crash page', which });
export const fetchIn = (which = 0): Deed => ({ do: 'fetch', which });
export const forceIn = (which = 0): Deed => ({ do: 'force', which });
export const use = (which = 0): Deed => ({ do: 'use', which });
export const work = (ms: number, which = 0): Deed => ({ do: 'work', which, ms });
export const setClock = (ms: number): Deed => ({ do: 'clock is set', ms });
export const signIn = (which: number, username: string): Deed => ({ do: 'sign in', which, username });
export const signOut = (which = 0): Deed => ({ do: 'sign out', which });
export const until = (label: string): Deed => ({ do: 'until', label });
export const step = (...choices: number[]): Deed => ({ do: 'steps', choices });
export const pass = (ms: number): Deed => ({ do: 'time passes', ms });
export const sleep = (ms: number): Deed => ({ do: 'device sleeps', ms });
export const killWorker = (which = 0): Deed => ({ do: 'kill worker', which, isAborted: true });
export const freezeWorker = (which = 0): Deed => ({ do: 'freeze worker', which });
export const thawWorker = (which = 0): Deed => ({ do: 'thaw worker', which });
export const runWorkerAgain = (which = 0): Deed => ({ do: 're-run worker', which });
export const storeBecomes = (fault: StorageFault): Deed => ({ do: 'store becomes', fault });
export const refreshMeets = (fault: RequestFault): Deed => ({
  do: 'request meets',
  operation: 'refresh',
  fault,
});
