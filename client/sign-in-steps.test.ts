import { expect, test } from 'vitest';
import { toOutput } from './sign-in-steps.js';

test('an authenticator app is set up with an otpauth URI, for the account that is named or else the one typed in', () => {
  const totpSetupDetails = { sharedSecret: 'JBSWY3DP', accountName: 'ada' };
  const signInStep = 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP';
  const { nextStep } = toOutput({ isSignedIn: false, nextStep: { signInStep, totpSetupDetails } });
  if (nextStep.signInStep !== signInStep) throw new Error('another step');
  const { sharedSecret, getSetupUri } = nextStep.totpSetupDetails;
  expect(sharedSecret).toBe('JBSWY3DP');
  expect(getSetupUri('Engine').href).toBe('otpauth://totp/Engine:ada?secret=JBSWY3DP&issuer=Engine');
  const uri = getSetupUri('Ada & Co', 'a/b?c');
  expect(uri).toBeInstanceOf(URL);
  expect(uri.searchParams.get('issuer')).toBe('Ada & Co');
  expect(uri.searchParams.get('secret')).toBe('JBSWY3DP');
  expect(decodeURIComponent(uri.href.split('?')[0] ?? '')).toBe('otpauth://totp/Ada & Co:a/b?c');
});

test('the name that was typed in does not break the URI', () => {
  const totpSetupDetails = { sharedSecret: 'JBSWY3DP', accountName: 'ada#1?secret=x&y' };
  const signInStep = 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP';
  const { nextStep } = toOutput({ isSignedIn: false, nextStep: { signInStep, totpSetupDetails } });
  if (nextStep.signInStep !== signInStep) throw new Error('another step');
  const uri = nextStep.totpSetupDetails.getSetupUri('Engine');
  expect(uri.searchParams.getAll('secret')).toEqual(['JBSWY3DP']);
  expect(decodeURIComponent(uri.href.split('?')[0] ?? '')).toBe('otpauth://totp/Engine:ada#1?secret=x&y');
});

test('every other step is given as it came', () => {
  const nextStep = { signInStep: 'CONFIRM_SIGN_IN_WITH_TOTP_CODE' } as const;
  expect(toOutput({ isSignedIn: false, nextStep })).toEqual({ isSignedIn: false, nextStep });
});
