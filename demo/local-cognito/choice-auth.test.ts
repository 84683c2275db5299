import { generateKeyPairSync, createHash, sign, type KeyObject } from 'node:crypto';
import { confirmSignIn, fetchAuthSession, signIn, signOut, type SignInOutput } from 'aws-amplify/auth';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { configureAmplify } from './amplify-client.js';
import { askAt, shapeOf } from './answer-shape.js';
import { startLocalCognito, type LocalCognito } from './server.js';

const PASSWORD = 'Analytical-Engine-1843';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const CREDENTIAL_ID = 'cGFzc2tleQ';

let server: LocalCognito;

beforeAll(async () => {
  server = await startLocalCognito({
    users: [
      {
        username: 'chooser',
        password: PASSWORD,
        attributes: { email: 'chooser@example.com', phone_number: '+4915112345678' },
        factors: { firstFactors: ['PASSWORD', 'PASSWORD_SRP', 'EMAIL_OTP', 'SMS_OTP'] },
      },
      {
        username: 'mailer',
        password: PASSWORD,
        attributes: { email: 'mailer@example.com' },
        factors: { firstFactors: ['EMAIL_OTP'], mfa: ['EMAIL_OTP'] },
      },
      {
        username: 'keys',
        password: PASSWORD,
        factors: {
          firstFactors: ['PASSWORD', 'WEB_AUTHN'],
          passkeys: [{ credentialId: CREDENTIAL_ID, publicKey: publicKey.export({ format: 'jwk' }) }],
        },
      },
    ],
  });
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  configureAmplify(server);
});

beforeEach(() => server.reset());
afterEach(() => signOut());
afterAll(() => server.close());

const codeOf = (username: string): string => server.codes(username).at(-1)?.code ?? 'no code';
const step = ({ nextStep }: SignInOutput): string => nextStep.signInStep;

async function whoIsSignedIn(): Promise<unknown> {
  return (await fetchAuthSession()).tokens?.idToken?.payload['cognito:username'];
}

/** Cognito asks and Amplify answers, with the user's preference or without one. */
function choose(
  preferredChallenge?: 'PASSWORD' | 'PASSWORD_SRP' | 'EMAIL_OTP' | 'SMS_OTP',
  password?: string,
): Promise<SignInOutput> {
  return signIn({
    username: 'chooser',
    ...(password === undefined ? {} : { password }),
    options: { authFlowType: 'USER_AUTH', ...(preferredChallenge ? { preferredChallenge } : {}) },
  });
}

describe("Amplify's client", () => {
  it('is offered the first factors of the user', async () => {
    expect((await choose()).nextStep).toMatchObject({
      signInStep: 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION',
      availableChallenges: ['PASSWORD', 'PASSWORD_SRP', 'EMAIL_OTP', 'SMS_OTP'],
    });
  });

  it.each(['PASSWORD', 'PASSWORD_SRP'] as const)('signs in with %s that it prefers', async (factor) => {
    await choose(factor, PASSWORD);
    expect(await whoIsSignedIn()).toBe('chooser');
  });

  it.each([
    ['EMAIL_OTP', 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE'],
    ['SMS_OTP', 'CONFIRM_SIGN_IN_WITH_SMS_CODE'],
  ] as const)('signs in with %s that it prefers', async (factor, expected) => {
    expect(step(await choose(factor))).toBe(expected);
    await confirmSignIn({ challengeResponse: codeOf('chooser') });
    expect(await whoIsSignedIn()).toBe('chooser');
  });

  it.each(['PASSWORD', 'PASSWORD_SRP'])('chooses %s, and can try a wrong password again', async (factor) => {
    await choose();
    expect(step(await confirmSignIn({ challengeResponse: factor }))).toBe('CONFIRM_SIGN_IN_WITH_PASSWORD');
    if (factor === 'PASSWORD') {
      await expect(confirmSignIn({ challengeResponse: 'wrong' })).rejects.toMatchObject({
        name: 'NotAuthorizedException',
      });
    }
    await confirmSignIn({ challengeResponse: PASSWORD });
    expect(await whoIsSignedIn()).toBe('chooser');
  });

  it.each(['EMAIL_OTP', 'SMS_OTP'])('chooses %s', async (factor) => {
    await choose();
    await confirmSignIn({ challengeResponse: factor });
    await confirmSignIn({ challengeResponse: codeOf('chooser') });
    expect(await whoIsSignedIn()).toBe('chooser');
  });

  it('is asked for no second factor after a code as the first', async () => {
    await signIn({
      username: 'mailer',
      options: { authFlowType: 'USER_AUTH', preferredChallenge: 'EMAIL_OTP' },
    });
    expect((await confirmSignIn({ challengeResponse: codeOf('mailer') })).isSignedIn).toBe(true);
  });

  it('is offered the choice where the user lacks what it prefers', async () => {
    const asked = await signIn({
      username: 'mailer',
      options: { authFlowType: 'USER_AUTH', preferredChallenge: 'SMS_OTP' },
    });
    expect(asked.nextStep).toMatchObject({ availableChallenges: ['EMAIL_OTP'] });
  });
});

describe('a passkey', () => {
  interface Made {
    challenge?: string;
    rpId?: string;
    type?: string;
    origin?: string;
    flags?: number;
    key?: KeyObject;
    id?: string;
  }

  interface Asked {
    random: string;
    session: string;
    options: Record<string, unknown>;
  }

  const ask = () => askAt(server.url);

  async function challenged(): Promise<Asked> {
    const { body } = await ask()('InitiateAuth', {
      ClientId: server.config.userPoolClientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME: 'keys', PREFERRED_CHALLENGE: 'WEB_AUTHN' },
    });
    const { CREDENTIAL_REQUEST_OPTIONS } = body.ChallengeParameters as Record<string, string>;
    const options = JSON.parse(CREDENTIAL_REQUEST_OPTIONS ?? '{}') as Record<string, unknown>;
    return { random: String(options.challenge), session: String(body.Session), options };
  }

  /** As an authenticator and a browser make it, but for what the test wants wrong. */
  async function answer({ random, session }: Asked, made: Made = {}): Promise<string> {
    const clientDataJSON = Buffer.from(
      JSON.stringify({
        type: made.type ?? 'webauthn.get',
        challenge: made.challenge ?? random,
        origin: made.origin ?? 'http://localhost:8080',
      }),
    );
    const hash = (data: Buffer | string): Buffer => createHash('sha256').update(data).digest();
    const authenticatorData = Buffer.concat([
      hash(made.rpId ?? 'localhost'),
      Buffer.from([made.flags ?? 0x05, 0, 0, 0, 1]),
    ]);
    const signed = Buffer.concat([authenticatorData, hash(clientDataJSON)]);
    const response = await ask()('RespondToAuthChallenge', {
      ClientId: server.config.userPoolClientId,
      ChallengeName: 'WEB_AUTHN',
      Session: session,
      ChallengeResponses: {
        USERNAME: 'keys',
        CREDENTIAL: JSON.stringify({
          id: made.id ?? CREDENTIAL_ID,
          rawId: made.id ?? CREDENTIAL_ID,
          type: 'public-key',
          response: {
            clientDataJSON: clientDataJSON.toString('base64url'),
            authenticatorData: authenticatorData.toString('base64url'),
            signature: sign('sha256', signed, made.key ?? privateKey).toString('base64url'),
          },
        }),
      },
    });
    return shapeOf(response).outcome;
  }

  it('is asked for with a challenge of its own and the credentials of the user', async () => {
    const [first, second] = [await challenged(), await challenged()];
    expect(first.options).toMatchObject({
      rpId: 'localhost',
      allowCredentials: [{ type: 'public-key', id: CREDENTIAL_ID }],
    });
    expect(first.random).not.toBe(second.random);
  });

  it('signs in, once for each challenge', async () => {
    const asked = await challenged();
    expect(await answer(asked)).toBe('200');
    expect(await answer(asked)).toBe('400 NotAuthorizedException');
  });

  it.each<[string, Made]>([
    ['for another challenge', { challenge: 'b3RoZXI' }],
    ['for another relying party', { rpId: 'example.com' }],
    ['that registers instead of signing in', { type: 'webauthn.create' }],
    ['without an origin', { origin: '' }],
    ['without a present user', { flags: 0 }],
    ['of another key', { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }],
    ['of an unknown credential', { id: 'dW5rbm93bg' }],
  ])('%s is refused', async (_, made) => {
    expect(await answer(await challenged(), made)).toBe('400 NotAuthorizedException');
  });

  it('can be registered over the control API', async () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const register = (publicKey: unknown): Promise<Response> =>
      fetch(`${server.url}/_local/passkeys`, {
        method: 'POST',
        body: JSON.stringify({ username: 'keys', credentialId: 'bmV3', publicKey }),
      });
    expect((await register({ kty: 'RSA' })).status).toBe(400);
    expect((await register(pair.publicKey.export({ format: 'jwk' }))).status).toBe(200);
    expect(await answer(await challenged(), { id: 'bmV3', key: pair.privateKey })).toBe('200');
  });
});
