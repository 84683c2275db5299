/** Compiled, never run: the entry for the account, beside Amplify's own functions. */
import type * as amplify from 'aws-amplify/auth';
import { expectTypeOf } from 'vitest';
import * as account from './account.js';
import type { AccountCallOptions, CodeDeliveryDetails } from './account.js';

// Every export is listed here, and none is `any`.
expectTypeOf<keyof typeof account>().toEqualTypeOf<
  | 'confirmResetPassword'
  | 'confirmSignUp'
  | 'fetchUserAttributes'
  | 'resendSignUpCode'
  | 'resetPassword'
  | 'signUp'
  | 'updatePassword'
>();
expectTypeOf<(typeof account)[keyof typeof account]>().not.toBeAny();

// What an app hands to Amplify, it can hand over here.
expectTypeOf<Omit<amplify.SignUpInput, 'options'>>().toExtend<account.SignUpInput>();
expectTypeOf<amplify.ConfirmSignUpInput>().toExtend<account.ConfirmSignUpInput>();
expectTypeOf<amplify.ResendSignUpCodeInput>().toExtend<account.ResendSignUpCodeInput>();
expectTypeOf<amplify.ResetPasswordInput>().toExtend<account.ResetPasswordInput>();
expectTypeOf<amplify.ConfirmResetPasswordInput>().toExtend<account.ConfirmResetPasswordInput>();
expectTypeOf<amplify.UpdatePasswordInput>().toExtend<account.UpdatePasswordInput>();

// Without `autoSignIn`, an option that would be passed over in silence.
expectTypeOf<NonNullable<account.SignUpInput['options']>>().not.toHaveProperty('autoSignIn');

// And what it gets here fits where it took Amplify's.
expectTypeOf(account.signUp).returns.resolves.toExtend<amplify.SignUpOutput>();
expectTypeOf(account.confirmSignUp).returns.resolves.toExtend<amplify.ConfirmSignUpOutput>();
expectTypeOf(account.resetPassword).returns.resolves.toExtend<amplify.ResetPasswordOutput>();
expectTypeOf(account.resendSignUpCode).returns.resolves.toEqualTypeOf<CodeDeliveryDetails>();
expectTypeOf(account.confirmResetPassword).returns.resolves.toBeVoid();
expectTypeOf(account.updatePassword).returns.resolves.toBeVoid();
expectTypeOf(account.fetchUserAttributes).toEqualTypeOf<
  (options?: AccountCallOptions) => Promise<Record<string, string>>
>();
