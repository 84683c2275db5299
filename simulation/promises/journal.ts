/** The rotation journal: the intent is stored before the call, the answer before anything else is done with it. */
import type { Realm } from '../realm.js';
import type { KeptPromise } from './promise.js';

export const journal: KeptPromise = ({ isStoreGood, instanceIdOf }, violate) => {
  /** Those that have tokens which are not on their way into the store. */
  const holding = new Set<Realm>();
  /** Those whose intent was stored. A sign-out may have erased it since. */
  const intending = new Set<Realm>();

  function demandStored(realm: Realm, deed: string): void {
    if (!holding.has(realm) || !isStoreGood(realm)) return;
    violate(`${realm.name} had new tokens and, before it stored them, ${deed}.`);
  }

  return {
    onSent(realm, operation) {
      demandStored(realm, `asked for ${operation}`);
      if (operation !== 'refresh' || !isStoreGood(realm)) return;
      if (intending.delete(realm)) return;
      violate(`${realm.name} asked for new tokens, and had stored no intent.`);
    },
    onCommitted(realm, _before, { intent }) {
      if (intent && intent.instanceId === instanceIdOf(realm)) intending.add(realm);
    },
    onAnswered(realm, operation, isGood) {
      if (operation === 'refresh' && isGood) holding.add(realm);
    },
    onStoreAsked(realm) {
      holding.delete(realm);
    },
    onPosted(realm) {
      if (realm) demandStored(realm, 'told of something');
    },
  };
};
