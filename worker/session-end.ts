/** When a session ends for good, where it is known how long the app client's refresh tokens are valid. */
import { LAST_REFRESH_MS, REQUEST_TIMEOUT_MS } from './bounds.js';
import type { Clock } from './deps.js';
import { refreshTokenExpiresAt, serverNowMs, type LiveTokens } from './tokens.js';

/** All counted from now; negative: it is past. */
export interface SessionEnd {
  /** The refresh token ends: from then on, Cognito has a verdict only. */
  refreshTokenLeftMs: number;
  /** The refresh that carries the session furthest is due. Infinity: it is done, or can't be made any more. */
  lastRefreshInMs: number;
  /** The last access token that can be had expires. */
  leftMs: number;
}

/** @returns undefined where the validity is not configured, or the tokens do not say when the user signed in. */
export function sessionEnd(
  tokens: LiveTokens,
  validitySeconds: number | undefined,
  clock: Clock,
): SessionEnd | undefined {
  const refreshTokenEndsAt = refreshTokenExpiresAt(tokens, validitySeconds);
  // Those of an unknown age are refreshed before anything is told of them.
  if (!refreshTokenEndsAt || !tokens.clockTrusted) return undefined;
  const nowMs = serverNowMs(tokens, clock);
  const refreshTokenLeftMs = refreshTokenEndsAt.getTime() - nowMs;
  const lastRefreshAtMs = refreshTokenEndsAt.getTime() - LAST_REFRESH_MS;
  const isDone = tokens.issuedAtMs >= lastRefreshAtMs || refreshTokenLeftMs <= 0;
  const lastIssuedAtMs = isDone ? tokens.issuedAtMs : Math.max(lastRefreshAtMs, nowMs);
  return {
    refreshTokenLeftMs,
    // Cognito's time is known to within a request: made any earlier, its tokens could be of the time before.
    lastRefreshInMs: isDone ? Infinity : lastRefreshAtMs + REQUEST_TIMEOUT_MS - nowMs,
    leftMs: lastIssuedAtMs + tokens.lifeMs - nowMs,
  };
}

/** Whether Cognito may still give new tokens, as far as is known. */
export function canRefresh(tokens: LiveTokens, validitySeconds: number | undefined, clock: Clock): boolean {
  return (sessionEnd(tokens, validitySeconds, clock)?.refreshTokenLeftMs ?? Infinity) > 0;
}
