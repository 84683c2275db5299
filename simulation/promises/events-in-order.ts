/** Events come at most once and in order, with the session that they tell of. */
import type { Page } from '../page.js';
import type { KeptPromise } from './promise.js';

interface Told {
  isSignedIn: boolean | undefined;
  refreshes: number;
}

export const eventsInOrder: KeptPromise = ({ troubles }, violate) => {
  const told = new Map<Page, Told>();
  /** New tokens that were stored. To a page that slept through a sign-out and the same user's sign-in, those are a refresh. */
  let refreshes = 0;

  return {
    onCommitted(_realm, before, after) {
      if (before && after.sequence > before.sequence) refreshes += 1;
    },
    onEvent(page, event) {
      const before = told.get(page) ?? { isSignedIn: undefined, refreshes: 0 };
      told.set(page, before);
      const where = page.realm.name;
      switch (event.type) {
        case 'signedOut':
          if (before.isSignedIn === false) violate(`${where} was told of one sign-out twice.`);
          before.isSignedIn = false;
          return;
        case 'signedIn':
          before.isSignedIn = true;
          return;
        case 'tokenRefresh':
          if (before.isSignedIn === false) violate(`${where} was told of new tokens of nobody.`);
          before.refreshes += 1;
          if (before.refreshes > refreshes && !troubles.since(0, 'storage')) {
            violate(`${where} was told of ${before.refreshes} refreshes, and there were ${refreshes}.`);
          }
          return;
        case 'sessionEnding':
        case 'sessionExtended':
          if (before.isSignedIn === false) violate(`${where} was warned of the end of nobody's session.`);
          return;
        case 'tokenRefresh_failure':
        case 'customOAuthState':
        case 'signInWithRedirect':
        case 'signInWithRedirect_failure':
          return;
      }
    },
  };
};
