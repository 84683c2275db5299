/** The session as this page holds it: for how long it may answer from it, and the object that it gives out. */
import type { JWTParts, SessionView } from '../worker/contract.js';
import { AuthError } from '../worker/errors.js';
import type { Platform } from './platform.js';
import type { AuthSession, JWT } from './types.js';

export interface Held {
  view: SessionView;
  /** The same object until something in it changes. */
  session: AuthSession;
}

export interface HeldView {
  readonly held: Held | undefined;
  /** Starts the count of a lease: call this when the request is sent. */
  now(): Instant;
  hold(view: SessionView, sentAt: Instant): Held;
  /** The session, if the lease lasts by both clocks. */
  underLease(): AuthSession | undefined;
  /** There is news: the lease is over, what is known stays known. */
  endLease(): void;
  /** Nothing is known any more. */
  forget(): void;
}

/** One moment on both clocks, the wall's first. */
export type Instant = readonly [wallMs: number, monotonicMs: number];

export function createHeldView(platform: Platform): HeldView {
  let held: Held | undefined;
  let leaseMs = 0;
  let [wallSinceMs, sinceMs]: Instant = [0, 0];
  const now = (): Instant => [platform.wallMs(), platform.monotonicMs()];

  return {
    get held() {
      return held;
    },
    now,
    hold(view, sentAt) {
      const session = held && isSame(held.view, view) ? held.session : toSession(view, held?.session);
      held = { view, session };
      leaseMs = view.leaseMs;
      [wallSinceMs, sinceMs] = sentAt;
      return held;
    },
    underLease() {
      // Either clock can stand still or jump; the lease lasts only while both say so.
      const elapsedMs = platform.monotonicMs() - sinceMs;
      const wallElapsedMs = platform.wallMs() - wallSinceMs;
      const lasts = elapsedMs < leaseMs && wallElapsedMs < leaseMs && wallElapsedMs >= 0;
      return lasts ? held?.session : undefined;
    },
    endLease() {
      leaseMs = 0;
    },
    forget() {
      leaseMs = 0;
      held = undefined;
    },
  };
}

/** An ID token comes with its access token, and an identity with its credentials. */
function isSame(held: SessionView, view: SessionView): boolean {
  return (
    held.status === view.status &&
    held.tokens?.accessToken === view.tokens?.accessToken &&
    held.tokens?.refreshToken === view.tokens?.refreshToken &&
    held.credentials?.accessKeyId === view.credentials?.accessKeyId &&
    held.credentialsError?.message === view.credentialsError?.message
  );
}

function toSession(
  { tokens, decoded, refreshTokenExpiresAt, credentials, identityId, credentialsError }: SessionView,
  known?: AuthSession,
): AuthSession {
  const session: AuthSession = {};
  if (tokens && decoded) {
    const accessToken = toJWT(tokens.accessToken, decoded.accessToken, known?.tokens?.accessToken);
    session.tokens = { accessToken };
    if (tokens.idToken && decoded.idToken)
      session.tokens.idToken = toJWT(tokens.idToken, decoded.idToken, known?.tokens?.idToken);
    if (tokens.refreshToken) session.tokens.refreshToken = tokens.refreshToken;
    session.userSub = accessToken.payload.sub;
    if (refreshTokenExpiresAt) session.refreshTokenExpiresAt = refreshTokenExpiresAt;
    Object.freeze(session.tokens);
  }
  if (credentials) session.credentials = credentials;
  if (identityId !== undefined) session.identityId = identityId;
  if (credentialsError) session.credentialsError = new AuthError(credentialsError);
  return Object.freeze(session);
}

function toJWT(token: string, parts: JWTParts, known: JWT | undefined): JWT {
  return known?.toString() === token ? known : { ...parts, toString: () => token };
}
