/** What an app does about each error of its session. */
import { AuthError, fetchAuthSession } from '../../client/index.js';

/** Where the app goes next. */
export type WayOn =
  | 'go on'
  | 'sign in'
  | 'confirm the address'
  | 'reset the password'
  | 'forget the user'
  | 'show that it is offline'
  | `tell: ${string}`;

/** Runs a call about the session, and says what to do. Errors of other code pass through. */
export async function wayOnAfter(call: () => Promise<unknown>): Promise<WayOn> {
  try {
    await call();
    return 'go on';
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    switch (error.name) {
      case 'NotAuthorizedException':
        return 'sign in';
      case 'UserNotConfirmedException':
        return 'confirm the address';
      case 'PasswordResetRequiredException':
        return 'reset the password';
      case 'UserNotFoundException':
        return 'forget the user';
      case 'NetworkError':
        return 'show that it is offline';
      default:
        return `tell: ${error.message} ${error.recoverySuggestion ?? ''}`;
    }
  }
}

/** Before something that must not fail halfway: whether the session is good for another while. */
export async function isGoodForAWhile(): Promise<boolean> {
  try {
    return (await fetchAuthSession({ forceRefresh: true })).tokens !== undefined;
  } catch (error) {
    // Cognito has ended it: every tab knows by now, and there is nothing left to clear.
    if (error instanceof AuthError && error.name === 'NotAuthorizedException') return false;
    throw error;
  }
}
