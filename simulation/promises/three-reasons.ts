/**
 * A session ends for three reasons only: somebody signs out, Cognito's verdict, or a policy that the app has set. Where the app has
 * told how long refresh tokens are valid, the verdict at their end is told as `expired`, and not before the last tokens are.
 */
import type { Family } from '../../demo/local-cognito/refresh-tokens.js';
import type { RuntimeConfig } from '../../worker/contract.js';
import type { SessionRecord, StoredSession } from '../../worker/deps.js';
import type { Realm } from '../realm.js';
import type { Facts, KeptPromise } from './promise.js';

/** In this time on end without trouble, a runtime has taken up any refresh that was begun and not finished. */
const TIME_TO_TAKE_UP_MS = 30_000;

/** Cognito's times are whole seconds. */
const ROUNDING_MS = 1_000;

export const threeReasons: KeptPromise = (facts, violate) => {
  const { scheduler, users, troubles, record, isServing } = facts;
  let signOuts = 0;
  /** The session that was begun last, and who holds its newest tokens. */
  let present: { family: Family; holder: Realm; token: string } | undefined;
  return {
    onRefreshed(realm, { refreshToken }) {
      if (refreshToken === undefined || present?.family.newest !== refreshToken) return;
      // Two runtimes without a common store have refreshed it: each has tokens of its own.
      const isForked = realm !== present.holder && troubles.since(0, 'storage');
      present = isForked ? undefined : { ...present, holder: realm, token: refreshToken };
    },
    onRecovered() {
      if (!present || signOuts > 0 || !isServing(present.holder)) return;
      const { family, holder, token } = present;
      if (family.newest !== token || family.revoked || scheduler.trueMs >= family.expiresAtMs) return;
      const { session } = record() ?? {};
      if (session && users.familyOf(session.refreshToken) === family) return;
      violate(`the session is gone, though ${holder.name} lived on with its newest tokens.`);
    },
    onCallBegan({ kind }) {
      if (kind === 'signOut') signOuts += 1;
    },
    onPosted(realm, message) {
      const { event } = message as { event?: NonNullable<SessionRecord['ended']> };
      // Where the store is silent, it is ended in memory first.
      if (realm && isPolicy(event?.reason)) present = undefined;
    },
    onCommitted(realm, before, after) {
      const family = after.session && users.familyOf(after.session.refreshToken);
      const isBegun = family && family.original === after.session?.refreshToken && !before?.session;
      if (isBegun) present = { family, holder: realm, token: family.original };
      if (!before?.session || after.fence === before.fence) return;
      if (after.session) {
        // Who signs in where the store is silent is signed in when it speaks again.
        if (troubles.since(0, 'storage')) return;
        return violate(`${realm.name} put another session in the place of a living one.`);
      }
      switch (after.ended?.reason) {
        case 'user':
          if (signOuts === 0) violate(`${realm.name} signed out, and nobody had asked for it.`);
          return;
        case 'rejected':
        case 'expired': {
          const { refreshToken } = before.session;
          if (users.wouldTake(refreshToken)) {
            return violate(`${realm.name} ended a session that the service would have gone on with.`);
          }
          const isEarly = after.ended.reason === 'expired' && !hasExpired(facts, before.session);
          if (isEarly) violate(`${realm.name} called a session expired that had not.`);
          const why = whyRefused(facts, before.session, scheduler.trueMs);
          if (why) violate(`${realm.name} lost the session: ${why}`);
          return;
        }
        case 'idle':
        case 'policy': {
          const why = whyNotByPolicy(facts, after.ended.reason, before.session);
          if (why) violate(`${realm.name} ended a session by policy: ${why}.`);
          return;
        }
        default:
          return violate(`${realm.name} ended a session for ${String(after.ended?.reason)}.`);
      }
    },
  };
};

const isPolicy = (reason: unknown): boolean => reason === 'idle' || reason === 'policy';

/** @returns undefined when the app has asked for it, and something is left to be asked for. */
function whyNotByPolicy(
  { config, users, troubles, scheduler }: Facts,
  reason: 'idle' | 'policy',
  { refreshToken }: StoredSession,
): string | undefined {
  const { idle, minRemaining } = config.policy ?? {};
  if (reason === 'idle') return idle ? undefined : 'no idle time is set';
  if (!minRemaining) return 'nothing that must remain is set';
  const leastMs = mostOf(minRemaining) * 1_000;
  const leftMs = (users.familyOf(refreshToken)?.expiresAtMs ?? 0) - scheduler.trueMs;
  // The last access token can be had until the refresh token ends, and more is left than that.
  if (leftMs < leastMs || troubles.since(0, 'clock')) return undefined;
  return `${leftMs} ms were left`;
}

function mostOf({
  atFirstLoadSeconds = 0,
  onReturnSeconds = 0,
}: NonNullable<NonNullable<RuntimeConfig['policy']>['minRemaining']>): number {
  return Math.max(atFirstLoadSeconds, onReturnSeconds);
}

/** The refresh token and the last access token, as far as the clock can be believed. */
function hasExpired({ users, troubles, scheduler }: Facts, session: StoredSession): boolean {
  if (troubles.since(0, 'clock')) return true;
  const { expiresAtMs = 0 } = users.familyOf(session.refreshToken) ?? {};
  const lastMs = Math.max(expiresAtMs, users.issuedBy(session.accessToken)?.expiresAtMs ?? 0);
  return scheduler.trueMs >= lastMs - ROUNDING_MS;
}

/** @returns undefined when the loss could not be helped. */
function whyRefused({ users, troubles }: Facts, session: StoredSession, nowMs: number): string | undefined {
  const { refreshToken } = session;
  const family = users.familyOf(refreshToken);
  if (!family || family.revoked || nowMs >= family.expiresAtMs) return undefined;
  // It was rotated away, and what came of that was not stored.
  const atMs = users.supersededAtMs(refreshToken) ?? nowMs;
  if (!troubles.since(atMs - 60_000)) {
    return `${refreshToken} was rotated away, and nothing had gone wrong.`;
  }
  // Without a store that all share, two runtimes may refresh one session.
  if (troubles.since(atMs - 60_000, 'storage')) return undefined;
  const graceMs = users.graceSeconds * 1_000;
  const wellMs = troubles.longestWellMs(atMs, Math.min(nowMs, atMs + graceMs));
  if (wellMs < TIME_TO_TAKE_UP_MS) return undefined;
  return `${refreshToken} could have been used again for ${wellMs} ms in which nothing was wrong.`;
}
