/** One refresh: no refresh token goes out twice, and none goes out that nobody needs. */
import type { Call } from '../page.js';
import type { Realm } from '../realm.js';
import { LAST_REFRESH_MS } from '../../worker/bounds.js';
import type { StoredSession } from '../../worker/deps.js';
import type { Facts, KeptPromise } from './promise.js';

interface Sending {
  realm: Realm;
  atMs: number;
}

/** A runtime that lives needs no longer from one step of a refresh to the next. */
const LEGAL_HOLD_MS = 30_000;

/** The margin of five minutes, and the second to which Cognito rounds. */
const MARGIN_MS = 301_000;

const TOKEN_LIFE_MS = 3_600_000;

export const oneRefresh: KeptPromise = (facts, violate) => {
  const { scheduler, users, troubles, record } = facts;
  const sendings = new Map<string, Sending[]>();
  /** Calls that want new tokens, and were not answered. */
  const demands = new Set<Call>();
  let lastDemandMs = -Infinity;
  let wasUnfinished = false;

  return {
    onCallBegan(call) {
      if (call.kind === 'fetch' && (call.options.forceRefresh || call.options.rejectedToken))
        demands.add(call);
    },
    onCallEnded(call) {
      if (demands.delete(call)) lastDemandMs = scheduler.trueMs;
    },

    onCommitted(_realm, before, after) {
      // Who writes an intent over another one takes up what nobody finished.
      if (after.intent) wasUnfinished = before?.intent !== undefined;
    },

    onSent(_realm, operation) {
      if (operation !== 'refresh' || wasUnfinished) return;
      const nowMs = scheduler.trueMs;
      const tokens = record()?.session;
      const issued = tokens && users.issuedBy(tokens.accessToken);
      if (!issued || demands.size > 0 || nowMs - lastDemandMs < LEGAL_HOLD_MS) return;
      if (issued.expiresAtMs - nowMs <= MARGIN_MS || isLast(facts, tokens)) return;
      // A runtime that starts on a device whose clock is off refreshes before it serves.
      if (Math.abs(scheduler.wallMs - nowMs) > 55_000) return;
      const issuedAtMs = issued.expiresAtMs - TOKEN_LIFE_MS;
      if (troubles.since(issuedAtMs - 1_000, 'storage', 'clock', 'freeze', 'network')) return;
      violate(`A refresh that nobody needs: the tokens live for ${issued.expiresAtMs - nowMs} ms.`);
    },

    onRefreshArrived(realm, refreshToken, isDouble) {
      const before = sendings.get(refreshToken) ?? [];
      sendings.set(refreshToken, [...before, { realm, atMs: scheduler.trueMs }]);
      const [first] = before;
      if (!first || isDouble) return;
      // Past its end there is nothing to be had with it, and nothing to be lost.
      if (scheduler.trueMs >= (users.familyOf(refreshToken)?.expiresAtMs ?? Infinity)) return;
      if (users.isRotating && !troubles.since(first.atMs - LEGAL_HOLD_MS)) {
        violate(`${refreshToken} went out twice: from ${first.realm.name}, then from ${realm.name}.`);
      }
    },
  };
};

/** The refresh that carries the session furthest, where the app has told when the refresh token ends. */
function isLast({ config, users, scheduler }: Facts, { refreshToken, accessToken }: StoredSession): boolean {
  if (config.refreshTokenValiditySeconds === undefined) return false;
  const lastMs = (users.familyOf(refreshToken)?.expiresAtMs ?? Infinity) - LAST_REFRESH_MS;
  const issuedAtMs = (users.issuedBy(accessToken)?.expiresAtMs ?? 0) - TOKEN_LIFE_MS;
  return scheduler.trueMs >= lastMs && issuedAtMs < lastMs;
}
