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
  const name = errorName(error);
  const words = WORDS[name];
  return words ? `${words} (${name})` : errorText(error);
}
