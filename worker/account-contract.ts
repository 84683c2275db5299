/** What crosses the port for the account: inputs and outputs as in Amplify v6. Types alone. */

/** How a code was sent, and to what. */
export interface CodeDeliveryDetails {
  /** Masked by Cognito, for example `a***@e***`. */
  destination?: string;
  deliveryMedium?: 'EMAIL' | 'SMS' | 'PHONE' | 'UNKNOWN';
  attributeName?: 'email' | 'phone_number';
}

/** Options that every request without a session takes. */
interface MetadataOptions {
  /** Passed to Cognito's Lambda triggers. */
  clientMetadata?: Record<string, string>;
}

/** Input of `signUp()`. Amplify's `autoSignIn` is not among the options. */
export interface SignUpInput {
  username: string;
  /** May be left out where the pool signs in without passwords. */
  password?: string;
  options?: MetadataOptions & {
    userAttributes?: Record<string, string>;
    /** Passed to the pre-sign-up Lambda trigger, and not kept. */
    validationData?: Record<string, string>;
  };
}

/** Output of `signUp()`. */
export interface SignUpOutput {
  isSignUpComplete: boolean;
  /** The `sub` of the new user. */
  userId?: string;
  nextStep:
    { signUpStep: 'DONE' } | { signUpStep: 'CONFIRM_SIGN_UP'; codeDeliveryDetails: CodeDeliveryDetails };
}

/** Input of `confirmSignUp()`. */
export interface ConfirmSignUpInput {
  username: string;
  confirmationCode: string;
  options?: MetadataOptions & {
    /** True: an alias that another user has moves to this one. Default false. */
    forceAliasCreation?: boolean;
  };
}

/** Output of `confirmSignUp()`. */
export interface ConfirmSignUpOutput {
  isSignUpComplete: true;
  nextStep: { signUpStep: 'DONE' };
}

/** Input of `resendSignUpCode()`. */
export interface ResendSignUpCodeInput {
  username: string;
  options?: MetadataOptions;
}

/** Input of `resetPassword()`. */
export interface ResetPasswordInput {
  username: string;
  options?: MetadataOptions;
}

/** Output of `resetPassword()`. */
export interface ResetPasswordOutput {
  isPasswordReset: false;
  nextStep: {
    resetPasswordStep: 'CONFIRM_RESET_PASSWORD_WITH_CODE';
    codeDeliveryDetails: CodeDeliveryDetails;
  };
}

/** Input of `confirmResetPassword()`. */
export interface ConfirmResetPasswordInput {
  username: string;
  newPassword: string;
  confirmationCode: string;
  options?: MetadataOptions;
}

/** Input of `updatePassword()`. */
export interface UpdatePasswordInput {
  oldPassword: string;
  newPassword: string;
}

/** Each operation with its input and its output. */
export interface AccountOperations {
  signUp: { input: SignUpInput; output: SignUpOutput };
  confirmSignUp: { input: ConfirmSignUpInput; output: ConfirmSignUpOutput };
  resendSignUpCode: { input: ResendSignUpCodeInput; output: CodeDeliveryDetails };
  resetPassword: { input: ResetPasswordInput; output: ResetPasswordOutput };
  confirmResetPassword: { input: ConfirmResetPasswordInput; output: undefined };
  updatePassword: { input: UpdatePasswordInput; output: undefined };
  fetchUserAttributes: { input: undefined; output: Record<string, string> };
}

export type AccountOperation = keyof AccountOperations;
export type AccountInput<K extends AccountOperation> = AccountOperations[K]['input'];
export type AccountOutput<K extends AccountOperation> = AccountOperations[K]['output'];

/** One request about the account, as a page sends it. */
export type AccountRequest = {
  [K in AccountOperation]: { operation: K; input: AccountInput<K> };
}[AccountOperation];
