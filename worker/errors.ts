/** What an {@link AuthError} is made from; also its form on the way from the worker to the page. */
export interface ErrorFields {
  /** Cognito's exception name (`NotAuthorizedException` …) or one of {@link ErrorName}. */
  name: string;
  /** One sentence for a developer. It holds no token and no password. */
  message: string;
  /** What the reader can do about it. */
  recoverySuggestion?: string;
  /** HTTP status and request id of the service's answer, where there was one. */
  metadata?: ErrorMetadata;
}

/** Where in the service an error came from. */
export interface ErrorMetadata {
  /** HTTP status code of the answer. */
  httpStatusCode?: number;
  /** The service's id of the request, to quote to AWS support. */
  requestId?: string;
}

/** The names that this package itself gives to errors; all others are Cognito's own. */
export const ErrorName = {
  /** No `configure()` yet, or the config has no user pool and the call needs one. Amplify's name. */
  notConfigured: 'AuthUserPoolException',
  /** A field of the config is malformed or out of its bounds. */
  invalidConfig: 'InvalidConfigurationException',
  /** A call's argument is missing or malformed. */
  invalidInput: 'InvalidInputException',
  /** Another pool or endpoint is in use under the same app client id. */
  configurationMismatch: 'ConfigurationMismatchException',
  /** No secure context, no browser, or a sandboxed frame. */
  unsupportedEnvironment: 'UnsupportedEnvironmentException',
  /** Nobody is signed in. Amplify's name. */
  unauthenticated: 'UserUnAuthenticatedException',
  /** `signIn()` while somebody is signed in. Amplify's name. */
  alreadyAuthenticated: 'UserAlreadyAuthenticatedException',
  /** `confirmSignIn()` with no sign-in under way. Amplify's name. */
  noSignInPending: 'SignInException',
  /** A string that isn't a JSON Web Token. */
  invalidToken: 'InvalidTokenException',
  /** Cognito could not be reached, or its answer made no sense. Amplify's name. */
  network: 'NetworkError',
  /** No answer within a bound. */
  timeout: 'TimeoutException',
  /** The worker was replaced during a call that must not be repeated. */
  workerRestarted: 'WorkerRestartedException',
  /** Tokens are good, but there is no ID token to exchange for AWS credentials. */
  credentials: 'CredentialsException',
  /** The client was closed. */
  closed: 'ClientClosedException',
} as const;

/** One of the names in the table {@link ErrorName}. */
export type ErrorName = (typeof ErrorName)[keyof typeof ErrorName];

/**
 * The only class of error that this package throws or rejects with.
 * Match on `name`; messages may change.
 */
export class AuthError extends Error {
  declare readonly recoverySuggestion?: string;
  declare readonly underlyingError?: unknown;
  declare readonly metadata?: ErrorMetadata;

  constructor(fields: ErrorFields & { underlyingError?: unknown }) {
    super(fields.message);
    // `message` again is harmless; own enumerable fields make the error log well.
    Object.assign(this, fields);
  }
}
