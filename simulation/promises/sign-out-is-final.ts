/** Sign-out is final: no call begun after it resolved returns that session. So is an end by policy. */
import type { Family } from '../../demo/local-cognito/refresh-tokens.js';
import type { AuthSession } from '../../client/types.js';
import type { KeptPromise } from './promise.js';

const FINAL: ReadonlySet<string | undefined> = new Set(['user', 'idle', 'policy']);

export const signOutIsFinal: KeptPromise = ({ users, troubles }, violate) => {
  /** Those that a sign-out or a policy has erased. */
  const erased = new Set<Family>();
  /** Those whose sign-out was answered, and when, in the order of calls. */
  const final = new Map<Family, number>();

  return {
    onCommitted(realm, before, after) {
      const present = after.session && users.familyOf(after.session.refreshToken);
      if (present && erased.has(present) && !troubles.since(0, 'storage')) {
        violate(`${realm.name} brought back a session that had been ended.`);
      }
      if (!before?.session || after.session || !FINAL.has(after.ended?.reason)) return;
      const family = users.familyOf(before.session.refreshToken);
      if (family) erased.add(family);
    },
    onCallEnded({ page, kind, order, endedOrder, outcome }) {
      if (!outcome?.ok) return;
      if (kind === 'signOut') {
        for (const family of erased) if (!final.has(family)) final.set(family, endedOrder ?? order);
        return;
      }
      if (kind !== 'fetch') return;
      const token = (outcome.value as AuthSession).tokens?.accessToken.toString();
      const family = token === undefined ? undefined : users.issuedBy(token)?.family;
      const finalAt = family && final.get(family);
      // Without a store that all share, it holds within one runtime.
      if (finalAt === undefined || finalAt > order || troubles.since(0, 'storage')) return;
      violate(`${page.realm.name} got a session whose sign-out had been answered before it asked.`);
    },
  };
};
