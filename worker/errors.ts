/** What an {@link AuthError} is made from; also its form on the way from the worker to the page. */
export interface ErrorFields {
  /** Cognito's exception name (`NotAuthorizedException` …) or one of {@link OwnErrorName}. */
  name: OwnErrorName | (string & {});
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
export type OwnErrorName =
  /** No `configure()` yet, or the config has no user pool and the call needs one. Amplify's name. */
  | 'AuthUserPoolException'
  /** A field of the config is malformed or out of its bounds. */
  | 'InvalidConfigurationException'
  /** A call's argument is missing or malformed. */
  | 'InvalidInputException'
  /** Another pool or endpoint is in use under the same app client id. */
  | 'ConfigurationMismatchException'
  /** No secure context, no browser, or a sandboxed frame. */
  | 'UnsupportedEnvironmentException'
  /** Nobody is signed in. Amplify's name. */
  | 'UserUnAuthenticatedException'
  /** `adoptSession()` of a session that somebody signed out of here. Amplify's name. */
  | 'TokenRevokedException'
  /** `signIn()` or `adoptSession()` while somebody is signed in. Amplify's name. */
  | 'UserAlreadyAuthenticatedException'
  /** `confirmSignIn()` with no sign-in under way. Amplify's name. */
  | 'SignInException'
  /** A sign-in by redirect came back with an error, or with something that is not its answer. Amplify's name. */
  | 'OAuthSignInException'
  /** `signInWithRedirect()` without `oauth` in the config. Amplify's name. */
  | 'OAuthNotConfigureException'
  /** None of the configured redirect URLs is of the page's origin. Amplify's name. */
  | 'InvalidOriginException'
  /** `signOut()` with a `redirectUrl` that is not configured. Amplify's name. */
  | 'InvalidPreferredRedirectUrlException'
  /** The browser lacks what a passkey needs, the user gave none, or it failed. Amplify's names. */
  | 'PasskeyNotSupported'
  | 'PasskeyAuthenticationCanceled'
  | 'PasskeyRetrievalFailed'
  /** A string that isn't a JSON Web Token, or a token that is not one of this app's. */
  | 'InvalidTokenException'
  /** Cognito could not be reached, or its answer made no sense. Amplify's name. */
  | 'NetworkError'
  /** No answer within a bound. */
  | 'TimeoutException'
  /** The worker was replaced during a call that must not be repeated. */
  | 'WorkerRestartedException'
  /** Tokens are good, but there is no ID token to exchange for AWS credentials. Amplify's name. */
  | 'CredentialsException'
  /** `signOut({ respectHolds: true })` while a tab has unsaved work. */
  | 'UnsavedWorkException'
  /** The client was closed. */
  | 'ClientClosedException';

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

/** An error of this package's own. */
export function ownError(name: OwnErrorName, message: string, recoverySuggestion?: string): AuthError {
  return new AuthError({ name, message, ...(recoverySuggestion && { recoverySuggestion }) });
}
