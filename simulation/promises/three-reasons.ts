/** A session ends for three reasons only. */
import type { Family } from '../../demo/local-cognito/refresh-tokens.js';
import type { StoredSession } from '../../worker/deps.js';
import type { Realm } from '../realm.js';
import type { Facts, KeptPromise } from './promise.js';

/** In this time on end without trouble, a runtime has taken up any refresh that was begun and not finished. */
const TIME_TO_TAKE_UP_MS = 30_000;

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
        case 'rejected': {
          const { refreshToken } = before.session;
          if (users.wouldTake(refreshToken)) {
            return violate(`${realm.name} ended a session that the service would have gone on with.`);
          }
          const why = whyRefused(facts, before.session, scheduler.trueMs);
          if (why) violate(`${realm.name} lost the session: ${why}`);
          return;
        }
        default:
          return violate(`${realm.name} ended a session for ${String(after.ended?.reason)}.`);
      }
    },
  };
};

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
