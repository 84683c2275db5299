/** The entry `cognito-session-worker/account`: what a sign-in page needs besides signing in, in Amplify v6's shapes. */
import type {
  AccountInput,
  AccountOperation,
  AccountOutput,
  AccountRequest,
  CodeDeliveryDetails,
  ConfirmResetPasswordInput,
  ConfirmSignUpInput,
  ConfirmSignUpOutput,
  ResendSignUpCodeInput,
  ResetPasswordInput,
  ResetPasswordOutput,
  SignUpInput,
  SignUpOutput,
  UpdatePasswordInput,
} from '../worker/contract.js';
import { defaultClient } from './index.js';
import type { CallOptions, SessionClient } from './types.js';

export type {
  CodeDeliveryDetails,
  ConfirmResetPasswordInput,
  ConfirmSignUpInput,
  ConfirmSignUpOutput,
  ResendSignUpCodeInput,
  ResetPasswordInput,
  ResetPasswordOutput,
  SignUpInput,
  SignUpOutput,
  UpdatePasswordInput,
} from '../worker/contract.js';

/** What every call of this entry takes last. */
export interface AccountCallOptions extends CallOptions {
  /** Default: the client that `configure()` made. */
  client?: SessionClient;
}

async function ask<K extends AccountOperation>(
  operation: K,
  input: AccountInput<K>,
  { client = defaultClient(), ...options }: AccountCallOptions = {},
): Promise<AccountOutput<K>> {
  return await client.account({ operation, input } as AccountRequest, options);
}

/**
 * Makes a new user (SignUp). Nobody is signed in by it, here or after the confirmation: Amplify's `autoSignIn` is left out.
 * Call `signIn()` when the step is `DONE`.
 * @throws AuthError `UsernameExistsException`, `InvalidPasswordException` and the like; `InvalidInputException` naming the
 * field; `WorkerRestartedException` when the worker was replaced meanwhile, as the other calls that change something.
 */
export function signUp(input: SignUpInput, options?: AccountCallOptions): Promise<SignUpOutput> {
  return ask('signUp', input, options);
}

/**
 * Confirms a new user by the code that was sent (ConfirmSignUp). Its step is always `DONE`: there is no `autoSignIn`.
 * @throws AuthError `CodeMismatchException`, `ExpiredCodeException`, `AliasExistsException` and the like.
 */
export function confirmSignUp(
  input: ConfirmSignUpInput,
  options?: AccountCallOptions,
): Promise<ConfirmSignUpOutput> {
  return ask('confirmSignUp', input, options);
}

/**
 * Has the code of a sign-up sent again (ResendConfirmationCode).
 * @throws AuthError `LimitExceededException`, `UserNotFoundException` and the like.
 */
export function resendSignUpCode(
  input: ResendSignUpCodeInput,
  options?: AccountCallOptions,
): Promise<CodeDeliveryDetails> {
  return ask('resendSignUpCode', input, options);
}

/**
 * Has a code sent with which a forgotten password can be replaced (ForgotPassword).
 * @throws AuthError `LimitExceededException`, `UserNotFoundException` and the like.
 */
export function resetPassword(
  input: ResetPasswordInput,
  options?: AccountCallOptions,
): Promise<ResetPasswordOutput> {
  return ask('resetPassword', input, options);
}

/**
 * Replaces a forgotten password by the code that was sent (ConfirmForgotPassword). The session stays as it is.
 * @throws AuthError `CodeMismatchException`, `ExpiredCodeException`, `InvalidPasswordException` and the like.
 */
export function confirmResetPassword(
  input: ConfirmResetPasswordInput,
  options?: AccountCallOptions,
): Promise<void> {
  return ask('confirmResetPassword', input, options);
}

/**
 * Changes the password of who is signed in (ChangePassword). The session stays as it is.
 * @throws AuthError `UserUnAuthenticatedException` when nobody is; `NotAuthorizedException` for a wrong old password;
 * `InvalidPasswordException`, `LimitExceededException` and the like.
 */
export function updatePassword(input: UpdatePasswordInput, options?: AccountCallOptions): Promise<void> {
  return ask('updatePassword', input, options);
}

/**
 * The attributes of who is signed in, by name (GetUser). Asks Cognito each time.
 * @throws AuthError `UserUnAuthenticatedException` when nobody is; else as `fetchAuthSession()`.
 */
export function fetchUserAttributes(options?: AccountCallOptions): Promise<Record<string, string>> {
  return ask('fetchUserAttributes', undefined, options);
}
