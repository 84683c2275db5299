/** The page's part of a sign-in in several steps: it asks for passkeys, and makes the URI for an authenticator app. */
import type { SignInProgress } from '../worker/contract.js';
import type { Core } from './extras.js';
import { getPasskey } from './passkey.js';
import type { CallOptions, SessionClient, SignInOutput } from './types.js';

export interface SignInSteps extends Pick<SessionClient, 'confirmSignIn' | 'pendingSignIn'> {
  /** What the page makes of what the worker answered. A passkey is had at once, and its answer sent. */
  takeStep(progress: SignInProgress, options?: CallOptions): Promise<SignInOutput>;
}

export function createSignInSteps({ call, change }: Core): SignInSteps {
  async function takeStep(progress: SignInProgress, options?: CallOptions): Promise<SignInOutput> {
    if (progress.passkeyOptions === undefined) return toOutput(progress);
    const challengeResponse = await getPasskey(progress.passkeyOptions, options?.signal);
    return takeStep(await change('confirmSignIn', { challengeResponse }, options), options);
  }

  return {
    takeStep,
    confirmSignIn: async (input, options) => takeStep(await change('confirmSignIn', input, options), options),
    async pendingSignIn(options) {
      const { value } = await call('pendingSignIn', undefined, options);
      return value && takeStep(value, options);
    },
  };
}

/** Plain data cross the port, and get their function here. */
export function toOutput(progress: SignInProgress): SignInOutput {
  const { nextStep } = progress;
  if ('totpSetupDetails' in nextStep) {
    const { sharedSecret, accountName } = nextStep.totpSetupDetails;
    Object.assign(nextStep.totpSetupDetails, {
      getSetupUri(...names: string[]) {
        const [app, account = encodeURIComponent(accountName)] = names.map(encodeURIComponent);
        return new URL(`otpauth://totp/${app}:${account}?secret=${sharedSecret}&issuer=${app}`);
      },
    });
  }
  return progress as SignInOutput;
}
