/** Every bound of the page's side, in milliseconds, each with its reason. */

/** From opening a port to the worker's welcome; then one rung of the ladder down. A cold worker starts in about 0.1 s. */
export const CONNECT_MS = 3_000;

/** An answer that is this late makes the page ask whether the worker lives; as often again while it waits. */
export const LATE_MS = 1_000;

/** A living worker answers a ping within a millisecond; one that hasn't by then is dead or frozen. */
export const PING_MS = 1_000;

/**
 * From a worker's word that it asks Cognito to a ping. By then that attempt has ended (a request has 5 s); if its worker has
 * ended, too, the next one must begin within the grace period, though nobody calls.
 */
export const ATTEMPT_MS = 5_500;

/** From the answer to a return from Cognito's pages to the news of the sign-in, which takes another way. */
export const NEWS_MS = 1_000;

/** One call, with all its repetitions: longer than the longest that the worker takes. */
export const CALL_MS = 15_000;

/** What handlers before a sign-out may take where the app does not say, in seconds as in the policy: the worker's `SAVE_MS`. */
export const SAVE_SECONDS = 5;

/** Waiting for another tab that moves Amplify's session: it takes milliseconds, so one that has not by then is frozen. */
export const MIGRATION_LOCK_MS = 10_000;

/** How often Amplify's tokens may change while they are moved: a tab refreshes once an hour. */
export const MOST_MIGRATION_TURNS = 5;
