/** What a page is given of a sign-in: plain data cross the port, and get their function here. */
import type { SignInProgress } from '../worker/contract.js';
import type { SignInOutput } from './types.js';

export function toOutput(progress: SignInProgress): SignInOutput {
  const { nextStep } = progress;
  if ('totpSetupDetails' in nextStep) {
    const { sharedSecret, accountName } = nextStep.totpSetupDetails;
    Object.assign(nextStep.totpSetupDetails, {
      getSetupUri(...names: string[]) {
        const [app, account = accountName] = names.map(encodeURIComponent);
        return new URL(`otpauth://totp/${app}:${account}?secret=${sharedSecret}&issuer=${app}`);
      },
    });
  }
  return progress as SignInOutput;
}
