import { describe, expect, test } from 'vitest';
import type { ConfirmSignInInput, SignInInput, SignInProgress } from './contract.js';
import type { Challenge } from './deps.js';
import { answered } from './testing/scripted-cognito.js';
import { createWorld, type Runtime, type World } from './testing/world.js';

type Both = World & Runtime;
type Responses = Record<string, string>;

const DONE = { isSignedIn: true, nextStep: { signInStep: 'DONE' } };
const VERIFIER: Challenge = {
  name: 'PASSWORD_VERIFIER',
  session: 'srp-session',
  parameters: {
    USER_ID_FOR_SRP: 'ada-in-the-pool',
    SALT: 'abcd',
    SRP_B: '1234567890abcdef',
    SECRET_BLOCK: btoa('block'),
  },
};

async function signedOut(): Promise<Both> {
  const world = createWorld();
  const runtime = world.start();
  await runtime.connect();
  return { ...world, ...runtime };
}

function asks(world: World, operation: 'initiateAuth' | 'respondToChallenge', challenge: Challenge): void {
  world.cognito.answerWith(operation, () => ({ type: 'challenge', ...challenge }));
}

/** WebCrypto may be at work between two requests, on real time. */
const signIn = (
  { session }: Both,
  options: SignInInput['options'],
  password?: string,
): Promise<SignInProgress> =>
  session.signIn(
    { username: 'ada', ...(password !== undefined && { password }), options: options! },
    'tab-1',
  );

const confirm = (
  { session }: Both,
  challengeResponse: string,
  options?: ConfirmSignInInput['options'],
): Promise<SignInProgress> =>
  session.confirmSignIn({ challengeResponse, ...(options && { options }) }, 'tab-1');

const inputs = ({ cognito }: World): unknown[] => cognito.requests.map(({ input }) => input);

/** A sign-in by password that meets this challenge. */
async function challenged(challenge: Challenge): Promise<Both & { progress: SignInProgress }> {
  const world = await signedOut();
  asks(world, 'initiateAuth', challenge);
  const progress = await signIn(world, { authFlowType: 'USER_PASSWORD_AUTH' }, 'right');
  return { ...world, progress };
}

describe('a sign-in in the flow', () => {
  test('CUSTOM_WITHOUT_SRP sends the name alone, and gives what the custom challenge tells', async () => {
    const world = await signedOut();
    const parameters = { USERNAME: 'ada-in-the-pool', question: '6 × 7' };
    asks(world, 'initiateAuth', { name: 'CUSTOM_CHALLENGE', session: 's1', parameters });
    expect(
      await signIn(world, { authFlowType: 'CUSTOM_WITHOUT_SRP', clientMetadata: { a: 'b' } }, 'unsent'),
    ).toEqual({
      isSignedIn: false,
      nextStep: { signInStep: 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE', additionalInfo: parameters },
    });
    expect(await confirm(world, '42', { clientMetadata: { c: 'd' } })).toEqual(DONE);
    expect(inputs(world)).toEqual([
      { flow: 'CUSTOM_AUTH', parameters: { USERNAME: 'ada' }, clientMetadata: { a: 'b' } },
      {
        name: 'CUSTOM_CHALLENGE',
        session: 's1',
        responses: { USERNAME: 'ada-in-the-pool', ANSWER: '42' },
        clientMetadata: { c: 'd' },
      },
    ]);
    expect(world.backing.record?.session?.authFlowType).toBe('CUSTOM_WITHOUT_SRP');
  });

  test('CUSTOM_WITH_SRP proves the password first, and goes on in the name that the pool has', async () => {
    const world = await signedOut();
    asks(world, 'initiateAuth', VERIFIER);
    asks(world, 'respondToChallenge', { name: 'CUSTOM_CHALLENGE', session: 's2', parameters: { q: '?' } });
    const clientMetadata = { a: 'b' };
    expect(
      await signIn(world, { authFlowType: 'CUSTOM_WITH_SRP', clientMetadata }, 'Analytical'),
    ).toMatchObject({ nextStep: { signInStep: 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE' } });
    expect(await confirm(world, '42')).toEqual(DONE);
    expect(inputs(world)).toMatchObject([
      { flow: 'CUSTOM_AUTH', parameters: { USERNAME: 'ada', CHALLENGE_NAME: 'SRP_A' }, clientMetadata },
      { name: 'PASSWORD_VERIFIER', session: 'srp-session', clientMetadata },
      { session: 's2', responses: { USERNAME: 'ada-in-the-pool', ANSWER: '42' } },
    ]);
    expect(JSON.stringify(inputs(world))).not.toContain('Analytical');
    // What was said at the sign-in is not said again at its confirmation.
    expect(inputs(world)[2]).not.toHaveProperty('clientMetadata');
  });

  test('USER_AUTH needs no password, and lets choose among the first factors', async () => {
    const world = await signedOut();
    const availableChallenges = ['PASSWORD', 'EMAIL_OTP'];
    asks(world, 'initiateAuth', {
      name: 'SELECT_CHALLENGE',
      session: 's1',
      parameters: {},
      availableChallenges,
    });
    expect(await signIn(world, { authFlowType: 'USER_AUTH' })).toEqual({
      isSignedIn: false,
      nextStep: { signInStep: 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION', availableChallenges },
    });
    asks(world, 'respondToChallenge', {
      name: 'EMAIL_OTP',
      session: 's2',
      parameters: { CODE_DELIVERY_DELIVERY_MEDIUM: 'EMAIL', CODE_DELIVERY_DESTINATION: 'a***@e***' },
    });
    expect(await confirm(world, 'EMAIL_OTP')).toEqual({
      isSignedIn: false,
      nextStep: {
        signInStep: 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE',
        codeDeliveryDetails: { deliveryMedium: 'EMAIL', destination: 'a***@e***' },
      },
    });
    expect(await confirm(world, '123456')).toEqual(DONE);
    expect(inputs(world)).toEqual([
      { flow: 'USER_AUTH', parameters: { USERNAME: 'ada' } },
      { name: 'SELECT_CHALLENGE', session: 's1', responses: { USERNAME: 'ada', ANSWER: 'EMAIL_OTP' } },
      { name: 'EMAIL_OTP', session: 's2', responses: { USERNAME: 'ada', EMAIL_OTP_CODE: '123456' } },
    ]);
  });

  test.each<[string, string | undefined, Responses]>([
    ['EMAIL_OTP', undefined, { PREFERRED_CHALLENGE: 'EMAIL_OTP' }],
    ['WEB_AUTHN', undefined, { PREFERRED_CHALLENGE: 'WEB_AUTHN' }],
    ['PASSWORD', 'right', { PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: 'right' }],
  ])('USER_AUTH begins with the %s that is preferred', async (preferredChallenge, password, sent) => {
    const world = await signedOut();
    const options = { authFlowType: 'USER_AUTH', preferredChallenge } as NonNullable<SignInInput['options']>;
    expect(await signIn(world, options, password)).toEqual(DONE);
    expect(inputs(world)).toEqual([{ flow: 'USER_AUTH', parameters: { USERNAME: 'ada', ...sent } }]);
  });

  test('USER_AUTH with PASSWORD_SRP proves the password and does not send it', async () => {
    const world = await signedOut();
    asks(world, 'initiateAuth', VERIFIER);
    const options = { authFlowType: 'USER_AUTH', preferredChallenge: 'PASSWORD_SRP' } as const;
    expect(await signIn(world, options, 'Analytical')).toEqual(DONE);
    expect(inputs(world)).toMatchObject([
      { flow: 'USER_AUTH', parameters: { USERNAME: 'ada', PREFERRED_CHALLENGE: 'PASSWORD_SRP' } },
      { name: 'PASSWORD_VERIFIER' },
    ]);
    expect(JSON.stringify(inputs(world))).not.toContain('Analytical');
  });
});

describe('a password that is chosen as the first factor', () => {
  const SELECT: Challenge = { name: 'SELECT_CHALLENGE', session: 's1', parameters: {} };
  const PASSWORD_STEP = { isSignedIn: false, nextStep: { signInStep: 'CONFIRM_SIGN_IN_WITH_PASSWORD' } };

  test('PASSWORD is asked for without a request, and then sent', async () => {
    const world = await signedOut();
    asks(world, 'initiateAuth', SELECT);
    await signIn(world, { authFlowType: 'USER_AUTH' });
    expect(await confirm(world, 'PASSWORD')).toEqual(PASSWORD_STEP);
    expect(world.cognito.requests).toHaveLength(1);
    expect(await confirm(world, 'right', { clientMetadata: { a: 'b' } })).toEqual(DONE);
    expect(inputs(world)[1]).toEqual({
      name: 'SELECT_CHALLENGE',
      session: 's1',
      responses: { USERNAME: 'ada', ANSWER: 'PASSWORD', PASSWORD: 'right' },
      clientMetadata: { a: 'b' },
    });
  });

  test('PASSWORD_SRP is asked for without a request, and then proven', async () => {
    const world = await signedOut();
    asks(world, 'initiateAuth', SELECT);
    await signIn(world, { authFlowType: 'USER_AUTH' });
    expect(await confirm(world, 'PASSWORD_SRP')).toEqual(PASSWORD_STEP);
    asks(world, 'respondToChallenge', VERIFIER);
    expect(await confirm(world, 'Analytical', { clientMetadata: { a: 'b' } })).toEqual(DONE);
    expect(inputs(world).slice(1)).toMatchObject([
      {
        name: 'SELECT_CHALLENGE',
        session: 's1',
        responses: { USERNAME: 'ada', ANSWER: 'PASSWORD_SRP', SRP_A: expect.any(String) as string },
        clientMetadata: { a: 'b' },
      },
      {
        name: 'PASSWORD_VERIFIER',
        session: 'srp-session',
        responses: { USERNAME: 'ada-in-the-pool', TIMESTAMP: expect.any(String) as string },
        clientMetadata: { a: 'b' },
      },
    ]);
    expect(JSON.stringify(inputs(world))).not.toContain('Analytical');
  });

  test('is not stored', async () => {
    const world = await signedOut();
    asks(world, 'initiateAuth', SELECT);
    await signIn(world, { authFlowType: 'USER_AUTH' });
    await confirm(world, 'PASSWORD');
    asks(world, 'respondToChallenge', { name: 'SMS_MFA', session: 's2', parameters: {} });
    await confirm(world, 'Analytical');
    expect(world.backing.record).toHaveProperty('pendingSignIn');
    expect(JSON.stringify(world.backing.record)).not.toContain('Analytical');
  });
});

describe('the challenge', () => {
  const sent = { CODE_DELIVERY_DELIVERY_MEDIUM: 'SMS', CODE_DELIVERY_DESTINATION: '+*******99' };
  const sms = {
    signInStep: 'CONFIRM_SIGN_IN_WITH_SMS_CODE',
    codeDeliveryDetails: { deliveryMedium: 'SMS', destination: '+*******99' },
  };
  test.each<[name: string, parameters: Responses, step: object, field: string]>([
    ['SMS_MFA', sent, sms, 'SMS_MFA_CODE'],
    ['SMS_OTP', sent, sms, 'SMS_OTP_CODE'],
    ['EMAIL_OTP', {}, { signInStep: 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE' }, 'EMAIL_OTP_CODE'],
    ['SOFTWARE_TOKEN_MFA', {}, { signInStep: 'CONFIRM_SIGN_IN_WITH_TOTP_CODE' }, 'SOFTWARE_TOKEN_MFA_CODE'],
  ])('%s asks for a code, and is answered with it', async (name, parameters, nextStep, field) => {
    const world = await challenged({ name, session: 's1', parameters });
    expect(world.progress).toEqual({ isSignedIn: false, nextStep });
    expect(await confirm(world, '123456', { clientMetadata: { a: 'b' } })).toEqual(DONE);
    expect(inputs(world)[1]).toEqual({
      name,
      session: 's1',
      responses: { USERNAME: 'ada', [field]: '123456' },
      clientMetadata: { a: 'b' },
    });
  });

  test.each([
    ['SMS', 'SMS_MFA'],
    ['TOTP', 'SOFTWARE_TOKEN_MFA'],
    ['EMAIL', 'EMAIL_OTP'],
  ])('SELECT_MFA_TYPE lets choose %s, and tells Cognito %s', async (choice, answer) => {
    const parameters = { MFAS_CAN_CHOOSE: '["SMS_MFA","SOFTWARE_TOKEN_MFA","EMAIL_OTP","NEW_ONE"]' };
    const world = await challenged({ name: 'SELECT_MFA_TYPE', session: 's1', parameters });
    expect(world.progress.nextStep).toEqual({
      signInStep: 'CONTINUE_SIGN_IN_WITH_MFA_SELECTION',
      allowedMFATypes: ['SMS', 'TOTP', 'EMAIL'],
    });
    asks(world, 'respondToChallenge', { name: answer, session: 's2', parameters: {} });
    expect(await confirm(world, choice)).toMatchObject({ isSignedIn: false });
    expect(await confirm(world, '123456')).toEqual(DONE);
    expect(inputs(world).slice(1)).toMatchObject([
      { name: 'SELECT_MFA_TYPE', session: 's1', responses: { USERNAME: 'ada', ANSWER: answer } },
      { name: answer, session: 's2' },
    ]);
  });

  test.each(['SELECT_MFA_TYPE', 'MFA_SETUP'])(
    '%s takes only what can be chosen, and can be answered again',
    async (name) => {
      const list = '["SOFTWARE_TOKEN_MFA","EMAIL_OTP"]';
      const parameters = { MFAS_CAN_CHOOSE: list, MFAS_CAN_SETUP: list };
      const world = await challenged({ name, session: 's1', parameters });
      for (const wrong of ['SMS', 'totp', 'constructor', '123456']) {
        await expect(confirm(world, wrong)).rejects.toMatchObject({
          name: 'InvalidInputException',
          message: expect.stringContaining('challengeResponse') as string,
          recoverySuggestion: 'Give one of TOTP, EMAIL.',
        });
      }
      expect(world.cognito.requests).toHaveLength(1);
      await confirm(world, 'TOTP');
    },
  );

  test('that can not be answered is told, and none waits', async () => {
    const world = await signedOut();
    asks(world, 'initiateAuth', { name: 'MFA_SETUP', session: 's1', parameters: { MFAS_CAN_SETUP: '[]' } });
    await expect(signIn(world, { authFlowType: 'USER_PASSWORD_AUTH' }, 'right')).rejects.toMatchObject({
      name: 'SignInException',
      message: 'Cognito wants a second factor to be set up, and names none that can be.',
    });
    await expect(confirm(world, 'x')).rejects.toMatchObject({ name: 'SignInException' });
    expect(world.backing.record).not.toHaveProperty('pendingSignIn');
  });
});

describe('setting up an authenticator app', () => {
  const TOTP_ONLY = { MFAS_CAN_SETUP: '["SMS_MFA","SOFTWARE_TOKEN_MFA"]' };
  const STEP = {
    isSignedIn: false,
    nextStep: {
      signInStep: 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP',
      totpSetupDetails: { sharedSecret: 'JBSWY3DPEHPK3PXP', accountName: 'ada' },
    },
  };

  test('gives its secret, verifies its code, and answers in the sessions that each request gave', async () => {
    const world = await challenged({ name: 'MFA_SETUP', session: 's1', parameters: TOTP_ONLY });
    expect(world.progress).toEqual(STEP);
    const options = { friendlyDeviceName: 'phone', clientMetadata: { a: 'b' } };
    expect(await confirm(world, '123456', options)).toEqual(DONE);
    expect(world.cognito.requests.slice(1)).toMatchObject([
      { operation: 'associateSoftwareToken', input: 's1' },
      {
        operation: 'verifySoftwareToken',
        input: { session: 'associated-session', code: '123456', friendlyDeviceName: 'phone' },
      },
      {
        operation: 'respondToChallenge',
        input: {
          name: 'MFA_SETUP',
          session: 'verified-session',
          responses: { USERNAME: 'ada' },
          clientMetadata: { a: 'b' },
        },
      },
    ]);
  });

  test('takes another code after a wrong one', async () => {
    const world = await challenged({ name: 'MFA_SETUP', session: 's1', parameters: TOTP_ONLY });
    world.cognito.fail('verifySoftwareToken', answered('EnableSoftwareTokenMFAException'));
    await expect(confirm(world, '000000')).rejects.toMatchObject({
      fields: { name: 'EnableSoftwareTokenMFAException' },
    });
    expect(await confirm(world, '123456')).toEqual(DONE);
  });

  test('can be chosen where e-mail can be set up as well', async () => {
    const parameters = { MFAS_CAN_SETUP: '["SOFTWARE_TOKEN_MFA","EMAIL_OTP"]' };
    const world = await challenged({ name: 'MFA_SETUP', session: 's1', parameters });
    expect(world.progress.nextStep).toEqual({
      signInStep: 'CONTINUE_SIGN_IN_WITH_MFA_SETUP_SELECTION',
      allowedMFATypes: ['TOTP', 'EMAIL'],
    });
    expect(await confirm(world, 'TOTP')).toEqual(STEP);
    expect(await confirm(world, '123456')).toEqual(DONE);
  });

  test('leaves e-mail to be chosen, which is set up with its address', async () => {
    const parameters = { MFAS_CAN_SETUP: '["SOFTWARE_TOKEN_MFA","EMAIL_OTP"]' };
    const world = await challenged({ name: 'MFA_SETUP', session: 's1', parameters });
    expect(await confirm(world, 'EMAIL')).toEqual({
      isSignedIn: false,
      nextStep: { signInStep: 'CONTINUE_SIGN_IN_WITH_EMAIL_SETUP' },
    });
    asks(world, 'respondToChallenge', { name: 'EMAIL_OTP', session: 's2', parameters: {} });
    await confirm(world, 'ada@example.com');
    expect(await confirm(world, '123456')).toEqual(DONE);
    expect(inputs(world).slice(1)).toEqual([
      { name: 'MFA_SETUP', session: 's1', responses: { USERNAME: 'ada', EMAIL: 'ada@example.com' } },
      { name: 'EMAIL_OTP', session: 's2', responses: { USERNAME: 'ada', EMAIL_OTP_CODE: '123456' } },
    ]);
  });

  test('keeps its secret out of the store', async () => {
    const world = await challenged({ name: 'MFA_SETUP', session: 's1', parameters: TOTP_ONLY });
    expect(world.backing.record).toHaveProperty('pendingSignIn');
    expect(JSON.stringify(world.backing.record)).not.toContain('JBSWY3DPEHPK3PXP');
  });
});

describe('a passkey', () => {
  const options = '{"challenge":"abc"}';
  const parameters = { CREDENTIAL_REQUEST_OPTIONS: options };
  const WEB_AUTHN: Challenge = { name: 'WEB_AUTHN', session: 's1', parameters };
  const begin = async (challenge = WEB_AUTHN): Promise<Both & { progress: SignInProgress }> => {
    const world = await signedOut();
    asks(world, 'initiateAuth', challenge);
    const how = { authFlowType: 'USER_AUTH', preferredChallenge: 'WEB_AUTHN' } as const;
    return { ...world, progress: await signIn(world, { ...how, clientMetadata: { a: 'b' } }) };
  };

  test('is asked for in the page, and its credential sent on with the metadata of the call', async () => {
    const world = await begin();
    expect(world.progress).toMatchObject({ isSignedIn: false, passkeyOptions: options });
    expect(await confirm(world, '{"id":"key"}')).toEqual(DONE);
    expect(inputs(world)[1]).toEqual({
      name: 'WEB_AUTHN',
      session: 's1',
      responses: { USERNAME: 'ada', CREDENTIAL: '{"id":"key"}' },
      clientMetadata: { a: 'b' },
    });
  });

  test('that the user does not give leaves the choice of another factor, or of itself', async () => {
    const world = await begin();
    const { passkeyOptions: _forThePage, ...shown } = world.progress;
    expect(shown.nextStep).toEqual({
      signInStep: 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION',
      availableChallenges: ['WEB_AUTHN'],
    });
    expect(await world.session.pendingSignIn('tab-1')).toEqual(shown);
    await confirm(world, 'EMAIL_OTP');
    expect(inputs(world)[1]).toMatchObject({
      name: 'SELECT_CHALLENGE',
      session: 's1',
      responses: { ANSWER: 'EMAIL_OTP' },
    });
  });

  test.each([
    ['ReferenceError', 'PasskeyNotSupported'],
    ['TypeError', 'PasskeyNotSupported'],
    ['NotAllowedError', 'PasskeyAuthenticationCanceled'],
    ['SecurityError', 'PasskeyRetrievalFailed'],
  ])('that the page failed to get by %s is told as %s, and Cognito asked nothing', async (error, name) => {
    const world = await begin();
    const failed = JSON.stringify({ passkeyError: error });
    await expect(confirm(world, failed)).rejects.toMatchObject({ name });
    expect(world.cognito.requests).toHaveLength(1);
    await confirm(world, 'EMAIL_OTP');
  });

  test('is no text that is no JSON', async () => {
    const world = await begin();
    await expect(confirm(world, '{')).rejects.toMatchObject({ name: 'InvalidInputException' });
    expect(world.cognito.requests).toHaveLength(1);
  });

  test('can not be had without what Cognito asks of it', async () => {
    await expect(begin({ ...WEB_AUTHN, parameters: {} })).rejects.toMatchObject({
      fields: { name: 'NetworkError' },
    });
  });
});
