/** The session of one client as a store that a user interface subscribes to: one subscription and one first fetch for all. */
import type { AuthError } from '../worker/errors.js';
import type { AuthSession, SessionClient, SessionEvent } from './types.js';

/** What a component sees of the session. */
export interface AuthSessionState {
  /** What is known now, a guest's too; null while nothing is, and when there are neither tokens nor credentials. */
  session: AuthSession | null;
  /** True until the first answer, or its failure. */
  loading: boolean;
  /** Whether somebody is signed in. Guests are not. */
  isAuthenticated: boolean;
  /** Why the session could not be had just now, or why it was ended; null otherwise. The last known session stays. */
  error: AuthError | null;
}

export interface SessionStore {
  /** @returns the function that ends it. */
  subscribe(onChange: () => void): () => void;
  /** The same object until something in it changes. */
  snapshot(): AuthSessionState;
}

export const LOADING: AuthSessionState = Object.freeze({
  session: null,
  loading: true,
  isAuthenticated: false,
  error: null,
});

export function stateOf(session: AuthSession | null, error: AuthError | null): AuthSessionState {
  return Object.freeze({ session, loading: false, isAuthenticated: !!session?.tokens, error });
}

export function createSessionStore(client: SessionClient): SessionStore {
  const subscribers = new Set<() => void>();
  let state = LOADING;
  let stopListening: (() => void) | undefined;
  /** What Cognito ended the last session with: shown for as long as nobody is signed in. */
  let verdict: AuthError | null = null;
  let lastFetch = 0;

  function become(given: AuthSession | null, error: AuthError | null): void {
    const session = given?.tokens || given?.credentials ? given : null;
    if (!state.loading && state.session === session && state.error === error) return;
    state = stateOf(session, error);
    for (const tell of [...subscribers]) tell();
  }

  /** Usually answered without a message; else it brings the credentials, which no event tells of. */
  function ask(): void {
    const mine = (lastFetch += 1);
    client.fetchAuthSession().then(
      (session) => mine === lastFetch && become(session, session.tokens ? null : verdict),
      (error: AuthError) => mine === lastFetch && become(client.peekSession() ?? state.session, error),
    );
  }

  function follow(session: AuthSession | null, event: SessionEvent): void {
    if (event.type === 'signedOut') verdict = event.error ?? null;
    become(session, 'error' in event ? event.error : null);
    // Whoever asks right after a failure, fails again.
    if (!('error' in event) || event.type === 'signedOut') ask();
  }

  function stopIfUnused(): void {
    if (subscribers.size > 0) return;
    stopListening?.();
    stopListening = undefined;
    // Its answer is for nobody.
    lastFetch += 1;
  }

  return {
    subscribe(onChange) {
      // A function of its own, so that one that was given twice is told twice.
      const tell = (): void => onChange();
      subscribers.add(tell);
      if (!stopListening) {
        stopListening = client.onSessionChange(follow);
        ask();
      }
      return () => {
        subscribers.delete(tell);
        // Strict mode subscribes anew at once, and so does a page that takes the place of another.
        void Promise.resolve().then(stopIfUnused);
      };
    },
    snapshot() {
      if (stopListening) return state;
      // Nobody has told of changes since.
      const known = client.peekSession();
      if (known) become(known, null);
      else state = LOADING;
      return state;
    },
  };
}
