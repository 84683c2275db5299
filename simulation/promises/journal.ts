/** The rotation journal: the intent is stored before the call, the answer before anything else is done with it. */
import type { Realm } from '../realm.js';
import type { KeptPromise } from './promise.js';

export const journal: KeptPromise = ({ isStoreGood, instanceIdOf }, violate) => {
  /** Tokens that a realm was given and that are not in the store yet. */
  const unstored = new Map<Realm, string[]>();
  /** Those whose intent was stored. A sign-out may have erased it since. */
  const intending = new Set<Realm>();
  /** Those that have done nothing on the store since new tokens came. */
  const idle = new Set<Realm>();

  function demandStored(realm: Realm, deed: string, what: string): void {
    const tokens = isStoreGood(realm) ? unstored.get(realm) : undefined;
    if (!tokens?.some((token) => what.includes(token))) return;
    violate(`${realm.name} had new tokens and, before they were stored, ${deed}.`);
  }

  return {
    onSent(realm, operation, input) {
      demandStored(realm, `asked for ${operation} with them`, input);
      if (operation !== 'refresh' || !isStoreGood(realm) || intending.delete(realm)) return;
      violate(`${realm.name} asked for new tokens, and had stored no intent.`);
    },
    onRefreshed(realm, { accessToken, idToken, refreshToken }) {
      if (!isStoreGood(realm)) return;
      idle.add(realm);
      unstored.set(
        realm,
        [accessToken, idToken, refreshToken].filter((token) => token !== undefined),
      );
    },
    onStoreAsked: (realm) => void idle.delete(realm),
    // It goes on in memory.
    onStoreFailed: (realm) => void unstored.delete(realm),
    onCommitted(realm, _before, { session, intent, revocations = [] }) {
      if (intent && intent.instanceId === instanceIdOf(realm)) intending.add(realm);
      // Those of a session that has ended meanwhile are stored to be revoked.
      const stored = [session?.accessToken, ...revocations.map(({ refreshToken }) => refreshToken)];
      if (unstored.get(realm)?.some((token) => stored.includes(token))) unstored.delete(realm);
    },
    onMessage(from, _to, message) {
      if (unstored.has(from)) demandStored(from, 'gave them to a page', JSON.stringify(message));
    },
    onPosted(realm, message) {
      const { event } = message as { event?: { type?: string } };
      if (!realm || event?.type !== 'tokenRefresh' || !idle.has(realm) || !isStoreGood(realm)) return;
      violate(`${realm.name} had new tokens and, before they were stored, told of a refresh.`);
    },
  };
};
