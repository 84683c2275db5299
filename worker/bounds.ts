/** Every bound of the worker in one place, each with its reason. Milliseconds unless the name says otherwise. */

/** One request to Cognito. Its answers take well under a second; past this the connection is dead. */
export const REQUEST_TIMEOUT_MS = 5_000;

/** A call waits for this many attempts at a refresh, or {@link REFRESH_BUDGET_MS}, whichever ends first. */
export const REFRESH_ATTEMPTS = 3;
export const REFRESH_BUDGET_MS = 8_000;

/** Which locks are held: the browser tells it from memory. A sign-out and a warning wait for this. */
export const LOCK_QUERY_MS = 500;

/** Holds that are told of, one line each in a dialog of an app. */
export const MOST_HOLDS = 50;

/** How long the end of a session waits for the handlers that save before it, where the app does not say. */
export const SAVE_MS = 5_000;

/** Another runtime whose tabs have handlers says at once that they save; one that has not by then is frozen. */
export const SAVING_MS = 1_000;

/** Waiting for the refresh lock: longer than a legal holder needs ({@link REFRESH_BUDGET_MS}). */
export const LOCK_WAIT_MS = 10_000;

/** An intent younger than this belongs to a runtime that may still be at work. */
export const INTENT_YOUNG_MS = REFRESH_BUDGET_MS + REQUEST_TIMEOUT_MS;

/** One IndexedDB operation. A suspended worker can hold a store's transactions back for ever. */
export const STORE_TIMEOUT_MS = 3_000;

/** After a time-out of the store, the session stays in memory this long before it waits for the store again. */
export const STORE_REST_MS = 30_000;

/** The same while nothing is known of the session: calls reject until the store has answered once. */
export const UNKNOWN_STORE_REST_MS = 1_000;

/** Waits before the attempts that follow an unanswered one: the rotation grace period (0–60 s) is running. */
export const UNANSWERED_RETRY_MS: readonly number[] = [200, 500, 1_000, 2_000, 4_000];

/** The longest grace period of refresh token rotation (RefreshTokenRotationType, RetryGracePeriodSeconds). */
export const LONGEST_GRACE_MS = 60_000;

/** Waits before the attempts that follow an answered failure (5xx, 429). */
export const ANSWERED_RETRY_MS: readonly number[] = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000];

/** A call waits for a refresh only when less than this, or a tenth of the token's life, is left. */
export const MUST_REFRESH_MS = 10_000;

/** Cognito's `iat` and `exp` are whole seconds, so a life shorter than this can't be told from none. */
export const LEAST_LIFE_MS = 1_000;

/** A device clock that was further off than this when tokens arrived isn't believed after a restart. */
export const CLOCK_DRIFT_TRUSTED_MS = 60_000;

/** Credentials of the enhanced flow live one hour; a longer life means that the device's clock is wrong. */
export const CREDENTIALS_LIFE_MS = 3_600_000;

/** After a failure, credentials are not asked for again sooner than this, doubled each time up to the last. */
export const CREDENTIALS_RETRY_MS: readonly number[] = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000];

/** Clients that have not confirmed a sign-out by then hold no valid lease any more. */
export const ACKNOWLEDGE_MS = 1_000;

/** Revoking the refresh token at sign-out. */
export const REVOKE_TIMEOUT_MS = 3_000;

/** A revocation that could not be delivered is tried again for this long. */
export const REVOCATION_KEPT_MS = 24 * 3_600_000;

/**
 * How long before the refresh token ends the last refresh is made, which carries the session furthest: longer than it may take to
 * notice that it is due ({@link RECHECK_MS}), and to try it a few times.
 */
export const LAST_REFRESH_MS = 120_000;

/** With an end in sight, a look at the clock this often finds out that the device slept. */
export const END_WATCH_MS = 2_000;

/** How long before its end a session is told of, where the app does not say. */
export const WARN_BEFORE_END_SECONDS: readonly number[] = [3_600, 300];

/** How long a runtime waits for another one to claim the store's session for its own pools. */
export const ROLL_CALL_MS = 300;

/** A record that could not be read is kept this long. */
export const SET_ASIDE_KEPT_MS = 7 * 24 * 3_600_000;

/** After sleep a timer is late by as long as the device slept; a look at the clock this often finds that out. */
export const RECHECK_MS = 60_000;

/** A challenge of Cognito is good for 3 minutes by default (AuthSessionValidity). */
export const CHALLENGE_KEPT_MS = 15 * 60_000;

/** A user who signs in on Cognito's pages may have to look for a second factor; who takes longer begins again. */
export const REDIRECT_KEPT_MS = 10 * 60_000;

/** Redirect sign-ins that are under way at once, in all tabs. The oldest gives way. */
export const MOST_REDIRECTS = 10;
/** Confirming a new device: the sign-in is done, and waits for this no longer than for its two requests before (a call has 15 s). */
export const CONFIRM_DEVICE_TIMEOUT_MS = 3_000;

/** Users of this browser whose device is remembered; the one who was not here for longest is forgotten. */
export const MOST_DEVICES = 10;
/** A question to pages. Their functions look something up, or ask a server; the request to Cognito that waits for it has 5 s. */
export const QUESTION_MS = 2_000;

/** A page that has not answered by then may be frozen: the next one is asked as well. */
export const NEXT_PAGE_MS = 500;

/** Entries of a page's answer. Cognito takes ten logins at most (GetId, Logins). */
export const MOST_ANSWER_ENTRIES = 50;

/** Characters of a page's answer, names and values together: ten logins of 5,000 each are too many (GetId, Logins: 50,000). */
export const LONGEST_ANSWER = 50_000;

/** App clients that one run serves. An app has one, seldom a few; each keeps a channel and two SDK clients for good. */
export const MOST_SESSIONS = 32;

/** Other runtimes of one app client that are known by name: on the lower rungs there is one in each tab. */
export const MOST_PEERS = 1_000;
