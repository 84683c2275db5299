/** The session as this page holds it: for how long it may answer from it, and the object that it gives out. */
import type { PageView } from '../worker/contract.js';
import { AuthError } from '../worker/errors.js';
import type { Platform } from './platform.js';
import type { AuthSession } from './types.js';

export interface Held {
  view: PageView;
  /** The same object until something in it changes. */
  session: AuthSession;
}

export interface HeldView {
  readonly held: Held | undefined;
  /** Starts the count of a lease: call this when the request is sent. */
  now(): Instant;
  hold(view: PageView, sentAt: Instant): Held;
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
      const session =
        held && keyOf(held.view) === keyOf(view) ? held.session : toSession(view, held?.session);
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
      held = undefined;
    },
  };
}

/** What tells two sessions apart: an ID token comes with its access token, and an identity with its credentials. */
function keyOf({ status, tokens, session, credentialsError }: PageView): string {
  return [
    status,
    tokens?.accessToken,
    tokens?.refreshToken,
    session.credentials?.accessKeyId,
    credentialsError?.message,
  ].join();
}

/** It is this page's own copy: what is missing is added to it. */
function toSession({ tokens, session, credentialsError }: PageView, known?: AuthSession): AuthSession {
  const own: AuthSession = session;
  const shown = own.tokens;
  for (const use of ['accessToken', 'idToken'] as const) {
    const jwt = shown?.[use];
    const token = tokens?.[use];
    const before = known?.tokens?.[use];
    if (!jwt || !token) continue;
    if (before?.toString() === token) shown[use] = before;
    else jwt.toString = () => token;
  }
  Object.freeze(shown);
  if (credentialsError) own.credentialsError = new AuthError(credentialsError);
  return Object.freeze(own);
}
