/** The entry `cognito-session-worker/react`: the session in React components. */
import { useSyncExternalStore } from 'react';
import type { AuthError } from '../worker/errors.js';
import { defaultClient } from './index.js';
import {
  createSessionStore,
  LOADING,
  stateOf,
  type AuthSessionState,
  type SessionStore,
} from './session-store.js';
import type { SessionClient } from './types.js';

export type { AuthSessionState } from './session-store.js';

const stores = new WeakMap<SessionClient, SessionStore>();

/**
 * The session, in a component that renders again when it changes, in whatever tab: at a sign-in, a refresh, a sign-out. All
 * components share one subscription and one fetch.
 * On a server, and until the first answer, it is `loading`. Before `configure()`, `error` is `AuthUserPoolException`; the client
 * that another `configure()` makes is used from the next render on.
 * @param client Default: the client that `configure()` made.
 */
export function useAuthSession(client?: SessionClient): AuthSessionState {
  const { subscribe, snapshot } = storeOf(client);
  return useSyncExternalStore(subscribe, snapshot, () => LOADING);
}

function storeOf(given: SessionClient | undefined): SessionStore {
  const client = given ?? clientOrError();
  if (client instanceof Error) return (unconfigured ??= withoutClient(client));
  const store = stores.get(client) ?? createSessionStore(client);
  stores.set(client, store);
  return store;
}

let unconfigured: SessionStore | undefined;

function withoutClient(error: AuthError): SessionStore {
  const failed = stateOf(null, error);
  return {
    subscribe(onChange) {
      let isSubscribed = true;
      // The app may call configure() in an effect, which comes after this one.
      void Promise.resolve().then(() => isSubscribed && onChange());
      return () => {
        isSubscribed = false;
      };
    },
    // Whoever sees it change renders again, and has the client then.
    snapshot: () => (clientOrError() instanceof Error ? failed : LOADING),
  };
}

function clientOrError(): SessionClient | AuthError {
  try {
    return defaultClient();
  } catch (error) {
    return error as AuthError;
  }
}
