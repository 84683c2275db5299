/** Every scenario, in the order in which they run: one promise after the other, as the page shows them. */
import type { Scenario } from '../kit.js';
import { BACK_FORWARD_CACHE } from './back-forward-cache.js';
import { ENDS_AHEAD } from './ends.js';
import { FAULTS } from './faults.js';
import { GUESTS_SHARE } from './guests.js';
import { ONE_REFRESH_FOR_ALL } from './one-refresh.js';
import { ONE_SESSION } from './one-session.js';
import { SIGN_OUT_IS_FINAL } from './sign-out.js';
import { STORAGE } from './storage.js';
import { WORKER_GONE } from './worker-gone.js';

const ALL: readonly Scenario[] = [
  ...ONE_SESSION,
  ...ONE_REFRESH_FOR_ALL,
  ...SIGN_OUT_IS_FINAL,
  ...ENDS_AHEAD,
  ...FAULTS,
  ...WORKER_GONE,
  ...GUESTS_SHARE,
  ...STORAGE,
  ...BACK_FORWARD_CACHE,
];

const PROMISES = [...new Set(ALL.map(({ promise }) => promise))];

export const SCENARIOS: readonly Scenario[] = PROMISES.flatMap((promise) =>
  ALL.filter((scenario) => scenario.promise === promise),
);
