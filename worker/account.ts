/** Calls about the user's account: sign-up, passwords, attributes. None of them changes the session. */
import type { AccountOperation, AccountOutput, AccountRequest } from './account-contract.js';
import { demandShape, RULES, type Shape } from './arguments.js';
import type { AccountAnswer } from './cognito-account.js';
import type { Deps } from './deps.js';
import { ownError } from './errors.js';
import { noUserPool } from './first-tokens.js';
import { isPlainObject } from './plain-object.js';

const { filled, flag, optional, texts } = RULES;
const withMetadata = { clientMetadata: optional(texts) };

const SHAPES: Readonly<Record<AccountOperation, Shape>> = {
  signUp: {
    username: filled,
    password: optional(filled),
    options: { ...withMetadata, userAttributes: optional(texts), validationData: optional(texts) },
  },
  confirmSignUp: {
    username: filled,
    confirmationCode: filled,
    options: { ...withMetadata, forceAliasCreation: optional(flag) },
  },
  resendSignUpCode: { username: filled, options: withMetadata },
  resetPassword: { username: filled, options: withMetadata },
  confirmResetPassword: {
    username: filled,
    newPassword: filled,
    confirmationCode: filled,
    options: withMetadata,
  },
  updatePassword: { oldPassword: filled, newPassword: filled },
  fetchUserAttributes: {},
};

const NEED_A_SESSION: readonly AccountOperation[] = ['updatePassword', 'fetchUserAttributes'];

/** @param freshAccessToken Refreshes first if it has to; undefined when nobody is signed in. */
export function createAccount(
  { cognito, config }: { cognito: Pick<Deps['cognito'], 'account'>; config: Deps['config'] },
  freshAccessToken: () => Promise<string | undefined>,
): (request: unknown) => Promise<AccountOutput<AccountOperation>> {
  async function accessTokenFor(operation: AccountOperation): Promise<string> {
    if (!NEED_A_SESSION.includes(operation)) return '';
    const accessToken = await freshAccessToken();
    if (accessToken !== undefined) return accessToken;
    throw ownError('UserUnAuthenticatedException', 'Nobody is signed in.', 'Sign in first.');
  }

  return async (given) => {
    const request = checkedRequest(given);
    if (config.userPoolClientId === undefined) throw noUserPool();
    return outputOf(
      request.operation,
      await cognito.account(request, await accessTokenFor(request.operation)),
    );
  };
}

/** @throws AuthError `InvalidInputException` naming the field. */
function checkedRequest(given: unknown): AccountRequest {
  const { operation, input } = isPlainObject(given) ? given : { operation: undefined, input: undefined };
  if (typeof operation !== 'string' || !Object.hasOwn(SHAPES, operation))
    throw ownError('InvalidInputException', 'operation is missing or wrong.', 'Name one of the operations.');
  // As in `checked()`, what is not given is empty.
  const filledIn = input ?? {};
  demandShape(filledIn, SHAPES[operation as AccountOperation]);
  return { operation, input: filledIn } as AccountRequest;
}

function outputOf(
  operation: AccountOperation,
  { userId, isConfirmed, delivery = {}, attributes = {} }: AccountAnswer,
): AccountOutput<AccountOperation> {
  switch (operation) {
    case 'signUp':
      return {
        isSignUpComplete: isConfirmed === true,
        ...(userId !== undefined && { userId }),
        nextStep: isConfirmed
          ? { signUpStep: 'DONE' }
          : { signUpStep: 'CONFIRM_SIGN_UP', codeDeliveryDetails: delivery },
      };
    case 'confirmSignUp':
      return { isSignUpComplete: true, nextStep: { signUpStep: 'DONE' } };
    case 'resendSignUpCode':
      return delivery;
    case 'resetPassword':
      return {
        isPasswordReset: false,
        nextStep: {
          resetPasswordStep: 'CONFIRM_RESET_PASSWORD_WITH_CODE',
          codeDeliveryDetails: delivery,
        },
      };
    case 'fetchUserAttributes':
      return attributes;
    case 'confirmResetPassword':
    case 'updatePassword':
      return undefined;
  }
}
