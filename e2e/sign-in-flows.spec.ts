/** Promise: every way that Cognito can ask for is a way in, in whatever tab, and over a reload; what is wrong leaves nothing behind. */
import { generateKeyPairSync } from 'node:crypto';
import type { LocalCognito, SeedUser } from '../demo/local-cognito/server.js';
import { totpCode } from '../demo/local-cognito/totp.js';
import { expect, test } from './fixtures.js';
import {
  FLOW_USERS,
  password,
  stepOf,
  user,
  walkAppCode,
  walkChosenFactor,
  walkNewPassword,
  walkSentCode,
} from './flows.js';
import type { Tab } from './tab.js';
import { addVirtualAuthenticator } from './virtual-authenticator.js';

const USERS: SeedUser[] = [
  ...FLOW_USERS,
  user('mail', { mfa: ['EMAIL_OTP'] }),
  user('setup', { mfaSetup: ['SOFTWARE_TOKEN_MFA'] }),
  user('custom', {
    custom: [{ answer: '42', parameters: { question: 'six by seven' } }, { answer: 'blue' }],
  }),
  user('choice', { firstFactors: ['PASSWORD', 'PASSWORD_SRP', 'EMAIL_OTP', 'SMS_OTP', 'WEB_AUTHN'] }),
];

test.use({ cognitoOptions: { users: USERS } });

const lastCode = (cognito: LocalCognito, username: string): string => {
  const code = cognito.codes(username).at(-1)?.code;
  if (code === undefined) throw new Error(`No code was sent to ${username}`);
  return code;
};

async function isSignedIn(tab: Tab, username: string): Promise<void> {
  expect((await tab.getCurrentUser()).username).toBe(username);
  expect((await tab.fetch({ forceRefresh: true })).accessToken).toBeTruthy();
}

for (const [username, step] of [
  ['sms', 'CONFIRM_SIGN_IN_WITH_SMS_CODE'],
  ['mail', 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE'],
] as const) {
  test(`a second factor by ${username} is asked for, a wrong code may be given again, the right one signs in`, async ({
    openTab,
    cognito,
  }) => {
    const tab = await openTab();
    await walkSentCode({ tab, lastCode: (name) => lastCode(cognito, name) }, username, step);
    await isSignedIn(tab, username);
  });
}

test('the code of an authenticator app signs in', async ({ openTab, cognito }) => {
  const tab = await openTab();
  await walkAppCode({ tab, lastCode: (name) => lastCode(cognito, name) });
  await isSignedIn(tab, 'app');
});

test('of two second factors one is chosen', async ({ openTab, cognito }) => {
  const tab = await openTab();
  await walkChosenFactor({ tab, lastCode: (name) => lastCode(cognito, name) });
  await isSignedIn(tab, 'both');
});

test('a temporary password is replaced at sign-in, and the new one holds', async ({ openTab, cognito }) => {
  const tab = await openTab();
  await walkNewPassword({ tab, lastCode: (name) => lastCode(cognito, name) });
  await isSignedIn(tab, 'new');
});

test('an authenticator app is set up with the URI that the step gives', async ({ openTab }) => {
  const tab = await openTab();
  const uri = await tab.run(
    async (input) => {
      const { nextStep } = await window.csw.signIn(input);
      if (nextStep.signInStep !== 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP') return nextStep.signInStep;
      return nextStep.totpSetupDetails.getSetupUri('Engine').href;
    },
    { username: 'setup', password },
  );
  expect(uri).toMatch(/^otpauth:\/\/totp\/Engine:setup\?secret=[A-Z2-7]+&issuer=Engine$/);
  const secret = new URL(uri).searchParams.get('secret') ?? '';
  await tab.confirmSignIn({ challengeResponse: totpCode(secret, Date.now()) });
  await isSignedIn(tab, 'setup');
});

for (const authFlowType of ['CUSTOM_WITHOUT_SRP', 'CUSTOM_WITH_SRP'] as const) {
  test(`custom challenges are answered one after the other: ${authFlowType}`, async ({ openTab }) => {
    const tab = await openTab();
    const withPassword = authFlowType === 'CUSTOM_WITH_SRP' && { password };
    const first = await tab.signIn({ username: 'custom', ...withPassword, options: { authFlowType } });
    expect(first.nextStep).toMatchObject({
      signInStep: 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE',
      additionalInfo: { question: 'six by seven' },
    });
    expect(stepOf(await tab.confirmSignIn({ challengeResponse: '42' }))).toBe(
      'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE',
    );
    await tab.confirmSignIn({ challengeResponse: 'blue' });
    await isSignedIn(tab, 'custom');
  });
}

test('a wrong answer to a custom challenge ends the sign-in, and nothing is left of it', async ({
  openTab,
}) => {
  const tab = await openTab();
  await tab.signIn({ username: 'custom', options: { authFlowType: 'CUSTOM_WITHOUT_SRP' } });
  expect(await tab.rejection('confirmSignIn', { challengeResponse: '41' })).toBe('NotAuthorizedException');
  expect((await tab.fetch()).accessToken).toBeUndefined();
});

for (const [preferredChallenge, step] of [
  ['EMAIL_OTP', 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE'],
  ['SMS_OTP', 'CONFIRM_SIGN_IN_WITH_SMS_CODE'],
] as const) {
  test(`without a password, a code by ${preferredChallenge} signs in`, async ({ openTab, cognito }) => {
    const tab = await openTab();
    const options = { authFlowType: 'USER_AUTH', preferredChallenge } as const;
    expect(stepOf(await tab.signIn({ username: 'choice', options }))).toBe(step);
    await tab.confirmSignIn({ challengeResponse: lastCode(cognito, 'choice') });
    await isSignedIn(tab, 'choice');
  });
}

for (const factor of ['PASSWORD', 'PASSWORD_SRP'] as const) {
  test(`of the first factors, ${factor} is chosen, and the password signs in`, async ({ openTab }) => {
    const tab = await openTab();
    const { nextStep } = await tab.signIn({ username: 'choice', options: { authFlowType: 'USER_AUTH' } });
    expect(nextStep).toMatchObject({
      signInStep: 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION',
      availableChallenges: expect.arrayContaining([factor]),
    });
    expect(stepOf(await tab.confirmSignIn({ challengeResponse: factor }))).toBe(
      'CONFIRM_SIGN_IN_WITH_PASSWORD',
    );
    await tab.confirmSignIn({ challengeResponse: password });
    await isSignedIn(tab, 'choice');
  });
}

test('a sign-in that waits is gone on with after a reload, and in another tab', async ({
  openTabs,
  cognito,
}) => {
  const [first, second = first] = await openTabs(2);
  await first.signIn({ username: 'sms', password });
  await first.reload();
  const waiting = (tab: Tab): Promise<string | undefined> =>
    tab.run(async () => (await window.csw.pendingSignIn())?.nextStep.signInStep, undefined);
  expect([await waiting(first), await waiting(second)]).toEqual([
    'CONFIRM_SIGN_IN_WITH_SMS_CODE',
    'CONFIRM_SIGN_IN_WITH_SMS_CODE',
  ]);
  await second.confirmSignIn({ challengeResponse: lastCode(cognito, 'sms') });
  await first.toldOf('signedIn');
  await isSignedIn(first, 'sms');
  expect(await waiting(first)).toBeUndefined();
});

test('a sign-in that waited for too long is refused by name, and nothing is stored', async ({
  openTab,
  cognito,
}) => {
  const tab = await openTab();
  await tab.signIn({ username: 'sms', password });
  const code = lastCode(cognito, 'sms');
  cognito.change({ clockOffsetSeconds: 600 });
  expect(await tab.rejection('confirmSignIn', { challengeResponse: code })).toMatch(
    /^(NotAuthorized|ExpiredCode)Exception$/,
  );
  expect((await tab.fetch()).accessToken).toBeUndefined();
});

test('a remembered device signs in by its own secret, and every refresh names it', async ({
  openTab,
  cognito,
}) => {
  cognito.change({ rememberDevices: true });
  const tab = await openTab();
  await tab.signIn({ username: 'plain', password });
  await isSignedIn(tab, 'plain');
  expect(cognito.counts()).toMatchObject({ ConfirmDevice: 1 });
  await tab.signOut();
  cognito.clearLog();
  await tab.signIn({ username: 'plain', password });
  await isSignedIn(tab, 'plain');
  // Password, device, device's secret; and no new device.
  expect(cognito.counts()).toMatchObject({ RespondToAuthChallenge: 3 });
  expect(cognito.counts()).not.toHaveProperty('ConfirmDevice');
});

test('a passkey signs in, and one of another key is refused', async ({ openTab, cognito, site }) => {
  const tab = await openTab();
  const { devtools, authenticatorId } = await addVirtualAuthenticator(tab.page);
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const id = Buffer.from('a passkey of the test');
  await devtools.send('WebAuthn.addCredential', {
    authenticatorId,
    credential: {
      credentialId: id.toString('base64'),
      isResidentCredential: true,
      rpId: 'localhost',
      privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
      userHandle: Buffer.from('choice').toString('base64'),
      signCount: 0,
    },
  });
  // An address can't be a relying party.
  await tab.page.goto(site.url.replace('127.0.0.1', 'localhost'));
  await tab.start();
  const credentialId = id.toString('base64url');
  const input = {
    username: 'choice',
    options: { authFlowType: 'USER_AUTH', preferredChallenge: 'WEB_AUTHN' },
  } as const;
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  cognito.addPasskey('choice', { credentialId, publicKey: other.export({ format: 'jwk' }) });
  expect(await tab.rejection('signIn', input)).toBe('NotAuthorizedException');
  cognito.reset();
  cognito.addPasskey('choice', { credentialId, publicKey: publicKey.export({ format: 'jwk' }) });
  expect(stepOf(await tab.signIn(input))).toBe('DONE');
  await isSignedIn(tab, 'choice');
});
