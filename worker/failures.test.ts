import { describe, expect, test } from 'vitest';
import { CognitoFailure } from './deps.js';
import {
  isDefinite,
  meaningOf,
  suggestionFor,
  toFailure,
  unreadableAnswer,
  type Meaning,
} from './failures.js';
import { answered, unanswered } from './testing/scripted-cognito.js';

const VERDICTS = [
  'NotAuthorizedException',
  'RefreshTokenReuseException',
  'UserNotFoundException',
  'TokenRevokedException',
  'PasswordResetRequiredException',
  'UserNotConfirmedException',
];

const TABLE: [name: string, status: number, meaning: Meaning][] = [
  ...VERDICTS.map((name): [string, number, Meaning] => [name, 400, 'verdict']),
  // A proxy in front of Cognito may say anything; only Cognito's own status makes it a verdict.
  ...VERDICTS.map((name): [string, number, Meaning] => [name, 503, 'retry']),
  ['NotAuthorizedException', 429, 'retry'],
  ['TooManyRequestsException', 400, 'retry'],
  ['TooManyRequestsException', 429, 'retry'],
  ['ThrottlingException', 400, 'retry'],
  ['InternalErrorException', 500, 'retry'],
  ['InternalErrorException', 400, 'retry'],
  ['ServiceUnavailable', 503, 'retry'],
  ['UnknownError', 500, 'retry'],
  ['UnknownError', 502, 'retry'],
  ['ResourceNotFoundException', 400, 'report'],
  ['ForbiddenException', 403, 'report'],
  ['InvalidParameterException', 400, 'report'],
  ['UserLambdaValidationException', 400, 'report'],
  ['UnexpectedLambdaException', 400, 'report'],
  ['InvalidLambdaResponseException', 400, 'report'],
  ['SomethingThatCognitoNamesNextYear', 400, 'report'],
];

test.each(TABLE)('%s with status %d means: %s', (name, status, meaning) => {
  expect(meaningOf(answered(name, status))).toBe(meaning);
});

test('no answer decides nothing', () => {
  expect(meaningOf(unanswered())).toBe('retry');
  expect(meaningOf(unreadableAnswer('GetId'))).toBe('retry');
  expect(unreadableAnswer('GetId')).toMatchObject({
    fields: { message: expect.stringContaining('GetId') as string },
    answered: false,
  });
});

test('a revocation is tried again exactly after what decides nothing', () => {
  expect(isDefinite(unanswered())).toBe(false);
  expect(isDefinite(answered('InternalErrorException', 500))).toBe(false);
  expect(isDefinite(answered('UnsupportedTokenTypeException'))).toBe(true);
  expect(isDefinite(answered('NotAuthorizedException'))).toBe(true);
});

describe('what a request rejected with', () => {
  const service = (headers: Record<string, string> = {}): Error =>
    Object.assign(new Error('Slow down.'), {
      name: 'TooManyRequestsException',
      $fault: 'client',
      $metadata: { httpStatusCode: 429, requestId: 'request-1' },
      $response: { headers },
    });

  test('an exception of the service keeps its name, text, status and request id', () => {
    expect(toFailure(service(), false)).toMatchObject({
      fields: {
        name: 'TooManyRequestsException',
        message: 'Slow down.',
        metadata: { httpStatusCode: 429, requestId: 'request-1' },
      },
      answered: true,
      retryAfterMs: undefined,
    });
  });

  test.each([
    ['7', 7_000],
    ['0', 0],
    ['1.5', 1_500],
    ['-1', undefined],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
    ['soon', undefined],
    ['Infinity', undefined],
  ])('Retry-After %j asks for %s ms', (value, expectedMs) => {
    expect(toFailure(service({ 'retry-after': value }), false).retryAfterMs).toBe(expectedMs);
  });

  test.each([
    ['headers', { $response: {} }],
    ['anything that is known of it', {}],
  ])('an exception whose answer came without %s has just its name and text', (_what, response) => {
    const error = Object.assign(new Error('No.'), {
      name: 'X',
      $fault: 'client',
      $metadata: {},
      ...response,
    });
    const { fields, retryAfterMs } = toFailure(error, false);
    expect(fields).toStrictEqual({ name: 'X', message: 'No.', metadata: {} });
    expect(retryAfterMs).toBeUndefined();
  });

  test.each([
    ['a connection that failed', new TypeError('Failed to fetch'), 'Cognito could not be reached.'],
    [
      'a body that is no JSON',
      Object.assign(new SyntaxError('Unexpected token <'), { $metadata: {} }),
      "Something between here and Cognito answered in Cognito's place.",
    ],
    ['something that is no error', 'oops', 'Cognito could not be reached.'],
  ])('%s is a NetworkError without an answer', (_what, error, message) => {
    expect(toFailure(error, false)).toMatchObject({
      fields: { name: 'NetworkError', message },
      answered: false,
    });
  });

  test('what timed out is without an answer, whatever the SDK calls it', () => {
    const failure = toFailure(Object.assign(new Error('aborted'), { name: 'AbortError' }), true);
    expect(failure).toMatchObject({
      fields: { name: 'NetworkError', message: 'Cognito did not answer in time.' },
      answered: false,
    });
  });

  test('a failure stays what it is', () => {
    const failure = new CognitoFailure({ name: 'X', message: 'x' }, true, 5);
    expect(toFailure(failure, true)).toBe(failure);
  });
});

test('there is a suggestion for what a user can do something about', () => {
  for (const name of [...VERDICTS, 'NetworkError', 'ResourceNotFoundException'])
    expect(suggestionFor(name).recoverySuggestion).toMatch(/\.$/);
  expect(suggestionFor('SomethingElse')).toStrictEqual({});
});

test.each([
  ['Incorrect username or password.', 'Check the user name and the password.'],
  ['Refresh Token has been revoked', 'Sign in again.'],
])(
  'what Cognito will not authorize is mended by what its message is about: %s',
  (message, recoverySuggestion) => {
    const error = Object.assign(new Error(message), {
      name: 'NotAuthorizedException',
      $fault: 'client',
      $metadata: { httpStatusCode: 400 },
    });
    expect(toFailure(error, false).fields).toMatchObject({ message, recoverySuggestion });
  },
);
