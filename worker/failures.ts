/** What failures of Cognito, and of the way to it, mean. */
import { CognitoFailure } from './deps.js';
import { type ErrorFields } from './errors.js';

export type Meaning =
  /** Nothing is decided: keep the session and try again. */
  | 'retry'
  /** Cognito's definite word: this refresh token is good no more. */
  | 'verdict'
  /** Something is wrong that trying again or signing in again won't mend: report it, keep the session. */
  | 'report';

const VERDICTS: ReadonlySet<string> = new Set([
  'NotAuthorizedException',
  'RefreshTokenReuseException',
  'UserNotFoundException',
  'TokenRevokedException',
  'PasswordResetRequiredException',
  'UserNotConfirmedException',
]);

const PASSING: ReadonlySet<string> = new Set([
  'NetworkError',
  'TimeoutException',
  'TooManyRequestsException',
  'InternalErrorException',
  'ThrottlingException',
  'ServiceUnavailable',
  'ServiceUnavailableException',
]);

/**
 * What a failed refresh means.
 * A verdict is believed by its name only with the status that Cognito gives it: a proxy's 5xx decides nothing.
 */
export function meaningOf({ fields }: CognitoFailure): Meaning {
  const status = fields.metadata?.httpStatusCode ?? 0;
  if (status >= 500 || status === 429 || PASSING.has(fields.name)) return 'retry';
  return VERDICTS.has(fields.name) ? 'verdict' : 'report';
}

/** Whether a revocation that failed so need not be tried again. */
export function isDefinite(failure: CognitoFailure): boolean {
  return meaningOf(failure) !== 'retry';
}

const SUGGESTIONS: Readonly<Record<string, string>> = {
  NotAuthorizedException: 'Sign in again.',
  RefreshTokenReuseException: 'Sign in again.',
  TokenRevokedException: 'Sign in again.',
  UserNotFoundException: 'Check the user name, or sign up.',
  UserNotConfirmedException: 'Confirm the sign-up with the code that was sent to the user.',
  PasswordResetRequiredException: 'Reset the password.',
  TooManyRequestsException: 'Wait a moment and try again.',
  ResourceNotFoundException: 'Check the ids of the user pool, its app client and the identity pool.',
  CodeMismatchException: 'Enter the code again as it was sent, or ask for another one.',
  ExpiredCodeException: 'Ask for another code.',
  UsernameExistsException: 'Choose another user name, or sign in.',
  InvalidPasswordException: 'Choose a password that meets the password policy of the user pool.',
  LimitExceededException: 'Wait a while before trying again.',
  NetworkError: 'Check the connection and try again. The session is kept.',
  TimeoutException: 'Try again. The session is kept.',
};

/** @param message Cognito's: it says of a sign-in that the name or the password is wrong, of a session that it is over. */
export function suggestionFor(name: string, message = ''): { recoverySuggestion?: string } {
  const isOfPassword = name === 'NotAuthorizedException' && /password/i.test(message);
  const recoverySuggestion = isOfPassword ? 'Check the user name and the password.' : SUGGESTIONS[name];
  return recoverySuggestion === undefined ? {} : { recoverySuggestion };
}

/** Whatever a request rejected with, as a failure. */
export function toFailure(error: unknown, timedOut: boolean): CognitoFailure {
  if (error instanceof CognitoFailure) return error;
  if (timedOut) return failureOf('NetworkError', 'Cognito did not answer in time.', false);
  if (!isServiceError(error)) {
    // fetch rejects with a TypeError; a body that isn't JSON, with a SyntaxError of the SDK's parser.
    const message =
      error instanceof SyntaxError
        ? "Something between here and Cognito answered in Cognito's place."
        : 'Cognito could not be reached.';
    return failureOf('NetworkError', message, false);
  }
  const { name, message, $metadata, $response } = error;
  const retryAfterMs = parseRetryAfter($response?.headers?.['retry-after']);
  return new CognitoFailure(
    {
      name,
      message: message || name,
      ...suggestionFor(name, message),
      metadata: {
        ...($metadata.httpStatusCode !== undefined && { httpStatusCode: $metadata.httpStatusCode }),
        ...($metadata.requestId !== undefined && { requestId: $metadata.requestId }),
      },
    },
    true,
    retryAfterMs,
  );
}

/** An answer of 200 that lacks what it must hold: what it did on the way is as unknown as without an answer. */
export function unreadableAnswer(operation: string): CognitoFailure {
  return failureOf('NetworkError', `${operation} answered with something unreadable.`, false);
}

function failureOf(name: string, message: string, answered: boolean): CognitoFailure {
  const fields: ErrorFields = { name, message, ...suggestionFor(name) };
  return new CognitoFailure(fields, answered);
}

interface ServiceError extends Error {
  $metadata: { httpStatusCode?: number; requestId?: string };
  $response?: { headers?: Record<string, string> };
}

/** The SDK's exceptions carry `$fault`; a parse error is marked with `$metadata` alone. */
function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && '$fault' in error && '$metadata' in error;
}

/** `Retry-After` in seconds (RFC 9110 section 10.2.3); its date form would need a clock that is right. */
function parseRetryAfter(value: string | undefined): number | undefined {
  const seconds = Number(value);
  return value !== undefined && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}
