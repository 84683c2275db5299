import { confirmSignIn, fetchAuthSession, signIn, signOut, type SignInOutput } from 'aws-amplify/auth';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { configureAmplify } from './amplify-client.js';
import { askAt, shapeOf, type Ask } from './answer-shape.js';
import { startLocalCognito, type LocalCognito, type SeedFactors } from './server.js';
import { totpCode } from './totp.js';

const PASSWORD = 'Analytical-Engine-1843';
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

const userWith = (username: string, factors: SeedFactors) => ({
  username,
  password: PASSWORD,
  attributes: { email: `${username}@example.com`, phone_number: '+4915112345678' },
  factors,
});

let server: LocalCognito;
let ask: Ask;

beforeAll(async () => {
  server = await startLocalCognito({
    users: [
      userWith('sms', { mfa: ['SMS_MFA'] }),
      userWith('mail', { mfa: ['EMAIL_OTP'] }),
      userWith('totp', { mfa: ['SOFTWARE_TOKEN_MFA'], totpSecret: SECRET }),
      userWith('all', { mfa: ['SMS_MFA', 'EMAIL_OTP', 'SOFTWARE_TOKEN_MFA'], totpSecret: SECRET }),
      userWith('prefers', {
        mfa: ['SMS_MFA', 'SOFTWARE_TOKEN_MFA'],
        preferredMfa: 'SOFTWARE_TOKEN_MFA',
        totpSecret: SECRET,
      }),
      userWith('bare', { mfaSetup: ['SOFTWARE_TOKEN_MFA'] }),
      userWith('bare-both', { mfaSetup: ['SOFTWARE_TOKEN_MFA', 'EMAIL_OTP'] }),
      { ...userWith('new', { mfa: ['SMS_MFA'] }), status: 'FORCE_CHANGE_PASSWORD' as const },
    ],
  });
  ask = askAt(server.url);
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  configureAmplify(server);
});

beforeEach(() => server.reset());
afterEach(() => signOut());
afterAll(() => server.close());

const codeOf = (username: string): string => server.codes(username).at(-1)?.code ?? 'no code';
const totpNow = (secret = SECRET): string => totpCode(secret, Date.now());
const wrong = (code: string): string => code.replace(/^./, (digit) => String((Number(digit) + 1) % 10));
const begin = (username: string): Promise<SignInOutput> => signIn({ username, password: PASSWORD });
const step = ({ nextStep }: SignInOutput): string => nextStep.signInStep;

async function whoIsSignedIn(): Promise<unknown> {
  return (await fetchAuthSession()).tokens?.idToken?.payload['cognito:username'];
}

it('shows what authenticator apps show, from the moment they are set up', async () => {
  const shown = (username: string) => server.authenticators().find((app) => app.username === username);
  expect(shown('totp')).toEqual({
    username: 'totp',
    code: expect.stringMatching(/^\d{6}$/) as string,
    secondsLeft: expect.any(Number) as number,
  });
  expect(shown('bare')).toBeUndefined();
  await begin('bare');
  const isSetUp = await confirmSignIn({ challengeResponse: shown('bare')?.code ?? 'no code' });
  expect(step(isSetUp)).toBe('DONE');
  const state = await (await fetch(`${server.url}/_local/state`)).text();
  expect(state).toMatch(/"username":"bare","code":"\d{6}"/);
  server.reset();
  expect(shown('bare')).toBeUndefined();
});

describe("Amplify's client", () => {
  it('signs in with a code by text message, whose number it sees masked', async () => {
    expect((await begin('sms')).nextStep).toMatchObject({
      signInStep: 'CONFIRM_SIGN_IN_WITH_SMS_CODE',
      codeDeliveryDetails: { deliveryMedium: 'SMS', destination: '+*********5678' },
    });
    await confirmSignIn({ challengeResponse: codeOf('sms') });
    expect(await whoIsSignedIn()).toBe('sms');
  });

  it('signs in with a code by e-mail', async () => {
    expect((await begin('mail')).nextStep).toMatchObject({
      signInStep: 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE',
      codeDeliveryDetails: { deliveryMedium: 'EMAIL', destination: 'm***@e***' },
    });
    await confirmSignIn({ challengeResponse: codeOf('mail') });
    expect(await whoIsSignedIn()).toBe('mail');
  });

  it('signs in with the code of an authenticator app, each code once', async () => {
    expect(step(await begin('totp'))).toBe('CONFIRM_SIGN_IN_WITH_TOTP_CODE');
    const code = totpNow();
    await confirmSignIn({ challengeResponse: code });
    expect(await whoIsSignedIn()).toBe('totp');
    await signOut();
    await begin('totp');
    await expect(confirmSignIn({ challengeResponse: code })).rejects.toMatchObject({
      name: 'ExpiredCodeException',
    });
  });

  it.each([
    ['SMS', 'CONFIRM_SIGN_IN_WITH_SMS_CODE'],
    ['EMAIL', 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE'],
    ['TOTP', 'CONFIRM_SIGN_IN_WITH_TOTP_CODE'],
  ])('chooses %s where the user has several and prefers none', async (type, expected) => {
    expect((await begin('all')).nextStep).toMatchObject({
      signInStep: 'CONTINUE_SIGN_IN_WITH_MFA_SELECTION',
      allowedMFATypes: ['SMS', 'EMAIL', 'TOTP'],
    });
    expect(step(await confirmSignIn({ challengeResponse: type }))).toBe(expected);
    await confirmSignIn({ challengeResponse: type === 'TOTP' ? totpNow() : codeOf('all') });
    expect(await whoIsSignedIn()).toBe('all');
  });

  it('is asked for the one that the user prefers', async () => {
    expect(step(await begin('prefers'))).toBe('CONFIRM_SIGN_IN_WITH_TOTP_CODE');
  });

  it('sets up an authenticator app in the middle of a sign-in, and is asked for it the next time', async () => {
    const { nextStep } = await begin('bare');
    if (nextStep.signInStep !== 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP')
      throw new Error(`It asked for ${nextStep.signInStep}`);
    await confirmSignIn({ challengeResponse: totpNow(nextStep.totpSetupDetails.sharedSecret) });
    expect(await whoIsSignedIn()).toBe('bare');
    await signOut();
    expect(step(await begin('bare'))).toBe('CONFIRM_SIGN_IN_WITH_TOTP_CODE');
  });

  it('sets up e-mail where the user may choose what to set up', async () => {
    expect((await begin('bare-both')).nextStep).toMatchObject({
      signInStep: 'CONTINUE_SIGN_IN_WITH_MFA_SETUP_SELECTION',
      allowedMFATypes: ['TOTP', 'EMAIL'],
    });
    expect(step(await confirmSignIn({ challengeResponse: 'EMAIL' }))).toBe(
      'CONTINUE_SIGN_IN_WITH_EMAIL_SETUP',
    );
    const asked = await confirmSignIn({ challengeResponse: 'else@example.org' });
    expect(step(asked)).toBe('CONFIRM_SIGN_IN_WITH_EMAIL_CODE');
    expect(server.codes('bare-both').at(-1)?.destination).toBe('else@example.org');
    await confirmSignIn({ challengeResponse: codeOf('bare-both') });
    expect(await whoIsSignedIn()).toBe('bare-both');
  });

  it('is asked for the second factor after a new password', async () => {
    expect(step(await begin('new'))).toBe('CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED');
    const asked = await confirmSignIn({ challengeResponse: `${PASSWORD}-2` });
    expect(step(asked)).toBe('CONFIRM_SIGN_IN_WITH_SMS_CODE');
    await confirmSignIn({ challengeResponse: codeOf('new') });
    expect(await whoIsSignedIn()).toBe('new');
  });

  it('can try again after a wrong code', async () => {
    await begin('sms');
    await expect(confirmSignIn({ challengeResponse: wrong(codeOf('sms')) })).rejects.toMatchObject({
      name: 'CodeMismatchException',
    });
    await confirmSignIn({ challengeResponse: codeOf('sms') });
    expect(await whoIsSignedIn()).toBe('sms');
  });

  it('learns that a code of the setup was wrong', async () => {
    await begin('bare');
    await expect(confirmSignIn({ challengeResponse: wrong(totpNow('AAAA')) })).rejects.toMatchObject({
      name: 'EnableSoftwareTokenMFAException',
    });
  });
});

describe('the session of a challenge', () => {
  async function challenged(username: string): Promise<string> {
    const { body } = await ask('InitiateAuth', {
      ClientId: server.config.userPoolClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: username, PASSWORD },
    });
    return String(body.Session);
  }

  async function answer(session: string, code: string, username = 'sms'): Promise<string> {
    const response = await ask('RespondToAuthChallenge', {
      ClientId: server.config.userPoolClientId,
      ChallengeName: 'SMS_MFA',
      ChallengeResponses: { USERNAME: username, SMS_MFA_CODE: code },
      Session: session,
    });
    return [shapeOf(response).outcome, response.body.message].join(' ').trim();
  }

  const INVALID = '400 NotAuthorizedException Invalid session for the user.';

  it('can be used once', async () => {
    const session = await challenged('sms');
    expect(await answer(session, codeOf('sms'))).toBe('200');
    expect(await answer(session, codeOf('sms'))).toBe(INVALID);
  });

  it('is for its own user and its own challenge', async () => {
    const session = await challenged('sms');
    expect(await answer(session, codeOf('sms'), 'mail')).toBe(INVALID);
    expect(await answer(await challenged('mail'), codeOf('mail'), 'mail')).toBe(INVALID);
  });

  it('ends with its life, and after five wrong codes', async () => {
    const session = await challenged('sms');
    for (let round = 0; round < 5; round += 1)
      expect(await answer(session, wrong(codeOf('sms')))).toMatch('CodeMismatchException');
    expect(await answer(session, codeOf('sms'))).toBe(INVALID);

    const late = await challenged('sms');
    server.change({ clockOffsetSeconds: 180 });
    expect(await answer(late, codeOf('sms'))).toBe(
      '400 NotAuthorizedException Invalid session for the user, session is expired.',
    );
  });

  it('outlives its code where codes live shorter', async () => {
    server.change({ codeSeconds: 60 });
    const session = await challenged('sms');
    server.change({ clockOffsetSeconds: 60 });
    expect(await answer(session, codeOf('sms'))).toMatch('ExpiredCodeException');
  });

  it('has its codes in the control API', async () => {
    await challenged('sms');
    const listed = (await (await fetch(`${server.url}/_local/codes`)).json()) as unknown;
    expect(listed).toEqual([
      { username: 'sms', medium: 'SMS', destination: '+4915112345678', code: codeOf('sms') },
    ]);
  });
});
