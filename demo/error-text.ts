/** Errors in the words of the person who reads the page; the name stays for the developer. */
import { AuthError } from '../client/index.js';

const WORDS: Record<string, string> = {
  NotAuthorizedException: 'The user name or the password is wrong.',
  UserNotFoundException: 'There is no user of that name.',
  UserNotConfirmedException: 'This user has not been confirmed yet.',
  PasswordResetRequiredException: 'This user must reset the password first.',
  InvalidPasswordException: 'The new password does not meet the rules.',
  NetworkError: 'Cognito could not be reached. Try again.',
  TooManyRequestsException: 'Cognito is busy. Try again in a moment.',
  TimeoutException: 'There was no answer in time. Try again.',
  UserAlreadyAuthenticatedException: 'Another tab has just signed in.',
};

/** Of a step after the first form; the rest as above. */
const STEP_WORDS: Record<string, string> = {
  ...WORDS,
  NotAuthorizedException: 'Cognito did not accept this.',
  CodeMismatchException: 'The code is wrong. Try again.',
  EnableSoftwareTokenMFAException: 'The code is wrong. Try again with the one that the app shows now.',
  ExpiredCodeException: 'The code is too old, or was used before. Take the next one.',
  InvalidParameterException: 'Cognito can not use this answer.',
  PasskeyAuthenticationCanceled: 'No passkey was given. Choose again.',
  PasskeyNotSupported: 'This browser knows no passkeys. Choose another way.',
  PasskeyRetrievalFailed: 'A passkey can not be used on this address. Choose another way.',
  SignInException: 'There is no sign-in that waits.',
};

/** The exception's name, for developers. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : 'Error';
}

/** What a developer should read: name, message and advice. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const advice = error instanceof AuthError ? error.recoverySuggestion : undefined;
  return [`${error.name}: ${error.message}`, advice].filter(Boolean).join(' ');
}

/** What somebody who signs in should read. */
export function signInErrorText(error: unknown): string {
  return inWords(WORDS, error);
}

/** What somebody should read whose answer to a step was not taken. */
export function stepErrorText(error: unknown): string {
  return inWords(STEP_WORDS, error);
}

function inWords(known: Record<string, string>, error: unknown): string {
  const name = errorName(error);
  const words = known[name];
  return words ? `${words} (${name})` : errorText(error);
}
