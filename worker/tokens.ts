/** A set of tokens, decoded, with its age measured so that a wrong device clock doesn't matter. */
import { countAgeMs, startAge, type Age } from './age.js';
import { CLOCK_DRIFT_TRUSTED_MS, LEAST_LIFE_MS, MUST_REFRESH_MS } from './bounds.js';
import type { Clock, StoredSession } from './deps.js';
import { decodeParts } from './jwt.js';

export interface LiveTokens {
  accessToken: string;
  idToken?: string;
  userId: string;
  username: string;
  /** From issue to expiry, on Cognito's clock, of the token that expires first. */
  lifeMs: number;
  /** Cognito's clock less the device's, when the tokens arrived. */
  clockDriftMs: number;
  /** False: adopted without their age, or read at a start from a device whose clock was off; refresh before serving. */
  clockTrusted: boolean;
  /** Where the count of their age began. */
  age: Age;
  /** `iat` of the access token. */
  issuedAtMs: number;
  /** `auth_time`: when the user signed in. It stays over a refresh. */
  authTimeMs?: number;
}

/**
 * Decodes what the store holds.
 * @param restarted True when the record was written before this runtime started.
 * @returns undefined when the access token isn't a readable JWT.
 */
export function readTokens(stored: StoredSession, clock: Clock, restarted: boolean): LiveTokens | undefined {
  const access = claimsOf(stored.accessToken);
  if (!access) return undefined;
  const id = stored.idToken === undefined ? undefined : claimsOf(stored.idToken);
  const ageMs = clock.wallMs() - stored.askedAtMs;
  const clockDriftMs = access.issuedAtMs - stored.askedAtMs;
  return {
    accessToken: stored.accessToken,
    ...(stored.idToken !== undefined && { idToken: stored.idToken }),
    userId: access.userId,
    username: id?.username ?? access.username ?? access.userId,
    lifeMs: Math.min(access.expiresAtMs, id?.expiresAtMs ?? Infinity) - access.issuedAtMs,
    clockDriftMs,
    clockTrusted:
      !stored.isAgeUnknown &&
      (!restarted || (Math.abs(clockDriftMs) <= CLOCK_DRIFT_TRUSTED_MS && ageMs >= 0)),
    age: startAge(stored.askedAtMs, clock),
    issuedAtMs: access.issuedAtMs,
    ...(access.authTimeMs !== undefined && { authTimeMs: access.authTimeMs }),
  };
}

/** Whose tokens these are. */
export function userIn(tokens: {
  accessToken: string;
  idToken?: string;
}): { userId: string; username: string } | undefined {
  const access = claimsOf(tokens.accessToken);
  if (!access) return undefined;
  const id = tokens.idToken === undefined ? undefined : claimsOf(tokens.idToken);
  return { userId: access.userId, username: id?.username ?? access.username ?? access.userId };
}

/** Milliseconds until the first of the tokens expires; negative after that. */
export function timeLeftMs(tokens: LiveTokens, clock: Clock): number {
  return tokens.lifeMs - countAgeMs(tokens.age, clock);
}

/** Cognito's time now, as far as these tokens tell. */
export function serverNowMs(tokens: LiveTokens, clock: Clock): number {
  return tokens.issuedAtMs + countAgeMs(tokens.age, clock);
}

/**
 * When the refresh token ends. A rotated one gets what is left of the first one's life, so the sign-in counts.
 * @returns undefined where its validity is not configured, or the tokens do not say when the user signed in.
 */
export function refreshTokenExpiresAt(
  { authTimeMs }: LiveTokens,
  validitySeconds: number | undefined,
): Date | undefined {
  if (authTimeMs === undefined || validitySeconds === undefined) return undefined;
  return new Date(authTimeMs + validitySeconds * 1_000);
}

/** With less than this left, a call waits for the refresh. */
export function mustRefreshMs(lifeMs: number): number {
  return Math.min(MUST_REFRESH_MS, Math.max(Math.min(LEAST_LIFE_MS, lifeMs / 2), lifeMs / 10));
}

/** With less than this left, a refresh is due. */
export function marginMs(lifeMs: number, refreshMarginSeconds: number): number {
  return Math.max(mustRefreshMs(lifeMs), Math.min(refreshMarginSeconds * 1_000, lifeMs / 2));
}

/** Whether these tokens can be read, and are this user's if one is given. */
export function areTokensOf(tokens: { accessToken: string; idToken?: string }, userId?: string): boolean {
  const access = claimsOf(tokens.accessToken);
  const id = tokens.idToken === undefined ? access : claimsOf(tokens.idToken);
  if (!access || !id || access.userId !== id.userId) return false;
  return userId === undefined || access.userId === userId;
}

/** Whether these tokens are of this pool, and for this app client. */
export function areTokensFor(
  tokens: { accessToken: string; idToken?: string },
  { userPoolId, userPoolClientId }: { userPoolId?: string; userPoolClientId?: string },
): boolean {
  const access = decoded(tokens.accessToken);
  const id = tokens.idToken === undefined ? undefined : decoded(tokens.idToken);
  const isOfPool = [access, id ?? access].every((claims) => poolIn(claims) === userPoolId);
  return isOfPool && access?.['client_id'] === userPoolClientId && (!id || id['aud'] === userPoolClientId);
}

function poolIn(claims: ForeignClaims | undefined): string | undefined {
  const issuer = claims?.['iss'];
  return typeof issuer === 'string' ? issuer.split('/').at(-1) : undefined;
}

/** The nonce of an ID token. */
export function nonceOf(idToken: string): unknown {
  return decoded(idToken)?.['nonce'];
}

/** Which sign-in the tokens come from, over each refresh; undefined where the app client's tokens can't be revoked. */
export function signInIdOf({ accessToken }: { accessToken: string }): string | undefined {
  const id = decoded(accessToken)?.['origin_jti'];
  return typeof id === 'string' ? id : undefined;
}

/** A token is foreign text: its claims may lack, or have any type. */
export type ForeignClaims = Readonly<Record<string, unknown>>;

/** All claims of a token; undefined where it can't be read. */
export function decoded(token: string): ForeignClaims | undefined {
  try {
    return decodeParts(token).payload;
  } catch {
    return undefined;
  }
}

/** Whether the first was issued later, to Cognito's second. */
export function isIssuedAfter(first: { accessToken: string }, second: { accessToken: string }): boolean {
  const [firstMs = 0, secondMs = 0] = [first, second].map((set) => claimsOf(set.accessToken)?.issuedAtMs);
  return firstMs > secondMs;
}

/** Some 30,000 years; a `Date` ends after 270,000. */
const LATEST_SECONDS = 1e12;

export interface Claims {
  userId: string;
  username?: string;
  issuedAtMs: number;
  expiresAtMs: number;
  authTimeMs?: number;
}

/** What this package needs of a token; undefined where it can't be read, or lacks that. */
export function claimsOf(token: string): Claims | undefined {
  const claims = decoded(token);
  if (!claims) return undefined;
  const { sub, iat, exp, auth_time: authTime } = claims;
  if (typeof sub !== 'string' || !isTime(iat) || !isTime(exp)) return undefined;
  const username = claims['cognito:username'] ?? claims['username'];
  return {
    userId: sub,
    ...(typeof username === 'string' && { username }),
    issuedAtMs: iat * 1_000,
    expiresAtMs: exp * 1_000,
    ...(isTime(authTime) && { authTimeMs: authTime * 1_000 }),
  };
}

/** Of seconds that are no date, no age can be counted. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= LATEST_SECONDS;
}
