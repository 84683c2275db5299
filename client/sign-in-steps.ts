/** What a page is given of a sign-in: plain data cross the port, and a function is made of them here. */
import type { SignInProgress } from '../worker/contract.js';
import type { SignInOutput } from './types.js';

export function toOutput({ isSignedIn, nextStep }: SignInProgress): SignInOutput {
  if (!('totpSetupDetails' in nextStep)) return { isSignedIn, nextStep };
  const { sharedSecret, accountName } = nextStep.totpSetupDetails;
  const getSetupUri = (appName: string, account = accountName): URL =>
    new URL(
      `otpauth://totp/${encode(appName)}:${encode(account)}?secret=${sharedSecret}&issuer=${encode(appName)}`,
    );
  return { isSignedIn, nextStep: { ...nextStep, totpSetupDetails: { sharedSecret, getSetupUri } } };
}

const encode = encodeURIComponent;
