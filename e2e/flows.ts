/** Sign-ins in more than one step that both the local Cognito and npm's cognito-local have, walked through in one tab. */
import type { SeedUser } from '../demo/local-cognito/server.js';
import { totpCode } from '../demo/local-cognito/totp.js';
import type { SignInInput } from '../worker/contract.js';
import { expect } from './fixtures.js';
import type { Tab } from './tab.js';

export const password = 'Analytical-Engine-1843';
const NEW_PASSWORD = 'Difference-Engine-1822';
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const attributes = {
  email: 'a@example.com',
  email_verified: 'true',
  phone_number: '+15550100',
  phone_number_verified: 'true',
};

export const user = (username: string, factors: SeedUser['factors'] = {}): SeedUser => ({
  username,
  password,
  attributes,
  factors,
});

/** Those whom the flows sign in. */
export const FLOW_USERS: SeedUser[] = [
  user('plain'),
  user('sms', { mfa: ['SMS_MFA'] }),
  user('app', { mfa: ['SOFTWARE_TOKEN_MFA'], totpSecret: SECRET }),
  user('both', { mfa: ['SMS_MFA', 'SOFTWARE_TOKEN_MFA'], totpSecret: SECRET }),
  { ...user('new'), status: 'FORCE_CHANGE_PASSWORD' },
];

export const stepOf = ({ nextStep }: { nextStep: { signInStep: string } }): string => nextStep.signInStep;

/** What a flow is walked through with. */
export interface Walk {
  tab: Tab;
  /** The last code that the server sent to a user. */
  lastCode: (username: string) => string | Promise<string>;
  options?: SignInInput['options'];
}

const startOf = ({ options }: Walk, username: string): SignInInput => ({
  username,
  password,
  ...(options && { options }),
});

/** Asks for a code, refuses a wrong one, takes the right one. */
export async function walkSentCode(walk: Walk, username: string, step: string): Promise<void> {
  const { tab, lastCode } = walk;
  expect(stepOf(await tab.signIn(startOf(walk, username)))).toBe(step);
  expect(await tab.rejection('confirmSignIn', { challengeResponse: 'wrong1' })).toBe('CodeMismatchException');
  expect((await tab.fetch()).accessToken).toBeUndefined();
  expect(stepOf(await tab.confirmSignIn({ challengeResponse: await lastCode(username) }))).toBe('DONE');
}

export async function walkAppCode(walk: Walk): Promise<void> {
  const { tab } = walk;
  expect(stepOf(await tab.signIn(startOf(walk, 'app')))).toBe('CONFIRM_SIGN_IN_WITH_TOTP_CODE');
  expect(stepOf(await tab.confirmSignIn({ challengeResponse: totpCode(SECRET, Date.now()) }))).toBe('DONE');
}

/** Of two second factors, takes the one by SMS. */
export async function walkChosenFactor(walk: Walk): Promise<void> {
  const { tab, lastCode } = walk;
  const { nextStep } = await tab.signIn(startOf(walk, 'both'));
  expect(nextStep).toEqual({
    signInStep: 'CONTINUE_SIGN_IN_WITH_MFA_SELECTION',
    allowedMFATypes: expect.arrayContaining(['SMS', 'TOTP']) as unknown,
  });
  expect(stepOf(await tab.confirmSignIn({ challengeResponse: 'SMS' }))).toBe('CONFIRM_SIGN_IN_WITH_SMS_CODE');
  expect(stepOf(await tab.confirmSignIn({ challengeResponse: await lastCode('both') }))).toBe('DONE');
}

/** Replaces a temporary password, and signs in with the new one after. */
export async function walkNewPassword(walk: Walk): Promise<void> {
  const { tab } = walk;
  expect(stepOf(await tab.signIn(startOf(walk, 'new')))).toBe('CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED');
  expect(stepOf(await tab.confirmSignIn({ challengeResponse: NEW_PASSWORD }))).toBe('DONE');
  await tab.signOut();
  expect(stepOf(await tab.signIn({ ...startOf(walk, 'new'), password: NEW_PASSWORD }))).toBe('DONE');
}
