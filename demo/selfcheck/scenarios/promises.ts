/** The README's promises, as far as they are about several tabs. */

export const ONE_SIGN_IN = 'Who signs in in one tab is signed in in all.';
export const ONE_REFRESH =
  'One expiry costs one refresh, however many tabs, workers or versions of the app are open.';
export const SIGN_OUT =
  'Sign-out reaches every tab and revokes. No call begun after it resolved gets that session.';
export const USERS = 'Two users’ tokens, identity and credentials never mix.';
export const SURVIVES =
  'The session survives a reload, a new tab, all tabs closed; and offline, 5xx, 429 and garbage.';
export const NO_HANG = 'No call hangs: a worker that is gone is noticed and replaced, with the session.';
export const VERDICT = 'Cognito’s definite word ends the session, in every tab, and nothing less does.';
export const ENDS =
  'Before a session ends by policy every tab is warned once, and can save; after it one signs in again in place.';
export const EVENTS = 'Every tab is told of each change once, in order.';
export const GUESTS = 'Guests share one identity; signing in links it; another user never gets it.';
export const LADDER = 'On each rung of the ladder all tabs share one session.';
export const SECRET = 'The refresh token never reaches a page.';
export const CACHE = 'A page trusts nothing when it comes back from the back/forward cache.';
