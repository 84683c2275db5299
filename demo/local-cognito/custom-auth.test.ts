import { confirmSignIn, fetchAuthSession, signIn, signOut } from 'aws-amplify/auth';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { configureAmplify } from './amplify-client.js';
import { askAt, shapeOf } from './answer-shape.js';
import { startLocalCognito, type LocalCognito } from './server.js';

const PASSWORD = 'Analytical-Engine-1843';

let server: LocalCognito;

beforeAll(async () => {
  server = await startLocalCognito({
    users: [
      {
        username: 'riddle',
        password: PASSWORD,
        factors: {
          custom: [
            { answer: 'a river', parameters: { question: 'What runs but never walks?' } },
            { answer: 'a towel', parameters: { question: 'What gets wetter as it dries?' } },
          ],
          customRetries: 1,
        },
      },
      { username: 'plain', password: PASSWORD },
    ],
  });
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  configureAmplify(server);
});

beforeEach(() => server.reset());
afterEach(() => signOut());
afterAll(() => server.close());

async function whoIsSignedIn(): Promise<unknown> {
  return (await fetchAuthSession()).tokens?.idToken?.payload['cognito:username'];
}

const FIRST = {
  signInStep: 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE',
  additionalInfo: { question: 'What runs but never walks?' },
};
const SECOND = {
  signInStep: 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE',
  additionalInfo: { question: 'What gets wetter as it dries?' },
};

describe("Amplify's client", () => {
  it('answers round after round without a password', async () => {
    const asked = await signIn({ username: 'riddle', options: { authFlowType: 'CUSTOM_WITHOUT_SRP' } });
    expect(asked.nextStep).toMatchObject(FIRST);
    expect((await confirmSignIn({ challengeResponse: 'a river' })).nextStep).toMatchObject(SECOND);
    await confirmSignIn({ challengeResponse: 'a towel' });
    expect(await whoIsSignedIn()).toBe('riddle');
  });

  it('proves the password first by SRP', async () => {
    const options = { authFlowType: 'CUSTOM_WITH_SRP' } as const;
    const asked = await signIn({ username: 'riddle', password: PASSWORD, options });
    expect(asked.nextStep).toMatchObject(FIRST);
    await confirmSignIn({ challengeResponse: 'a river' });
    await confirmSignIn({ challengeResponse: 'a towel' });
    expect(await whoIsSignedIn()).toBe('riddle');
    await signOut();
    await expect(signIn({ username: 'riddle', password: 'wrong', options })).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    });
  });

  it('is asked again after a wrong answer as often as the pool forgives', async () => {
    await signIn({ username: 'riddle', options: { authFlowType: 'CUSTOM_WITHOUT_SRP' } });
    expect((await confirmSignIn({ challengeResponse: 'a stone' })).nextStep).toMatchObject(FIRST);
    await expect(confirmSignIn({ challengeResponse: 'a stone' })).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    });
  });

  it('hands its metadata over with each request', async () => {
    const options = { authFlowType: 'CUSTOM_WITHOUT_SRP', clientMetadata: { from: 'sign-in' } } as const;
    await signIn({ username: 'riddle', options });
    await confirmSignIn({
      challengeResponse: 'a river',
      options: { clientMetadata: { from: 'first answer' } },
    });
    await confirmSignIn({ challengeResponse: 'a towel' });
    expect(server.requests.map(({ clientMetadata }) => clientMetadata?.from)).toEqual([
      'sign-in',
      'first answer',
      undefined,
    ]);
  });

  it('learns that the flow is off for a user without rounds', async () => {
    await expect(
      signIn({ username: 'plain', options: { authFlowType: 'CUSTOM_WITHOUT_SRP' } }),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('the proof of the password before a custom challenge', () => {
  it('counts with its session only, so that no challenge can be left out', async () => {
    const ask = askAt(server.url);
    const ClientId = server.config.userPoolClientId;
    const { body } = await ask('InitiateAuth', {
      ClientId,
      AuthFlow: 'CUSTOM_AUTH',
      AuthParameters: { USERNAME: 'riddle', SRP_A: 'abcdef', CHALLENGE_NAME: 'SRP_A' },
    });
    const { SECRET_BLOCK } = body.ChallengeParameters as Record<string, string>;
    const response = await ask('RespondToAuthChallenge', {
      ClientId,
      ChallengeName: 'PASSWORD_VERIFIER',
      ChallengeResponses: {
        USERNAME: 'riddle',
        PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
        PASSWORD_CLAIM_SIGNATURE: 'none',
        TIMESTAMP: 'Sat Nov 1 09:05:07 UTC 2025',
      },
    });
    expect(body.Session).toEqual(expect.any(String));
    expect(shapeOf(response).outcome).toBe('400 InvalidParameterException');
  });
});
