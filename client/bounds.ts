/** Every bound of the page's side, in milliseconds, each with its reason. */

/** From opening a port to the worker's welcome; then one rung of the ladder down. A cold worker starts in about 0.1 s. */
export const CONNECT_MS = 3_000;

/** An answer that is this late makes the page ask whether the worker lives; as often again while it waits. */
export const LATE_MS = 1_000;

/** A living worker answers a ping within a millisecond; one that hasn't by then is dead or frozen. */
export const PING_MS = 1_000;

/** One call, with all its repetitions: longer than the longest that the worker takes. */
export const CALL_MS = 15_000;
