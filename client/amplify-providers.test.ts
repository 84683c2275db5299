import { Amplify } from 'aws-amplify';
import { fetchAuthSession } from 'aws-amplify/auth';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { makeTokenPair } from '../worker/testing/tokens.js';
import { START_MS } from '../worker/testing/virtual-time.js';
import { amplifyProviders } from './amplify-providers.js';
import { AuthError, configure, decodeJWT } from './index.js';
import type { AuthSession, FetchAuthSessionOptions, SessionClient } from './types.js';

const credentials = {
  accessKeyId: 'AKIA1',
  secretAccessKey: 's',
  sessionToken: 't',
  expiration: new Date(START_MS),
};
const forbidden = new AuthError({ name: 'ResourceNotFoundException', message: 'No such identity pool.' });

function sessionOf(userId: string, rest: Partial<AuthSession> = {}): AuthSession {
  const { accessToken, idToken } = makeTokenPair(userId, START_MS, 3_600);
  const tokens = { accessToken: decodeJWT(accessToken), idToken: decodeJWT(idToken) };
  return { tokens, userSub: userId, credentials, identityId: `id-of-${userId}`, ...rest };
}

/** What the client answers, in turn; the last one from then on. */
let answers: (AuthSession | AuthError)[];
let asked: (FetchAuthSessionOptions | undefined)[];

const client = {
  async fetchAuthSession(options?: FetchAuthSessionOptions) {
    asked.push(options);
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? {};
    if (answer instanceof Error) throw answer;
    return answer;
  },
} as unknown as SessionClient;

beforeEach(() => {
  answers = [];
  asked = [];
  Amplify.configure(
    {
      Auth: {
        Cognito: {
          userPoolId: 'eu-central-1_Pool',
          userPoolClientId: 'client1',
          identityPoolId: 'eu-central-1:1a2b3c4d-0000-4000-8000-123456789abc',
        },
      },
    },
    { Auth: amplifyProviders({ client }) },
  );
});

describe("Amplify's fetchAuthSession()", () => {
  test('has the tokens, the credentials and the identity of this session', async () => {
    const ada = sessionOf('ada');
    answers = [ada];
    expect(await fetchAuthSession()).toEqual({
      tokens: ada.tokens,
      credentials,
      identityId: 'id-of-ada',
      userSub: 'ada',
    });
  });

  test('that forces a refresh forces one, and asks for the credentials that came with it', async () => {
    const [before, after] = [sessionOf('ada'), sessionOf('ada', { identityId: 'new' })];
    answers = [before, before, after];
    await fetchAuthSession();
    expect(await fetchAuthSession({ forceRefresh: true })).toMatchObject({
      tokens: after.tokens,
      identityId: 'new',
    });
    expect(asked.filter((options) => options?.forceRefresh)).toHaveLength(1);
  });

  test('signed out, it has nothing', async () => {
    answers = [{}];
    const nothing = { tokens: undefined, credentials: undefined, identityId: undefined, userSub: undefined };
    expect(await fetchAuthSession()).toEqual(nothing);
  });

  test('has the credentials of a guest', async () => {
    answers = [{ credentials, identityId: 'guest' }];
    expect(await fetchAuthSession()).toMatchObject({ tokens: undefined, credentials, identityId: 'guest' });
  });

  test('without an identity pool, it has tokens and no credentials', async () => {
    const { tokens } = sessionOf('ada');
    answers = [{ tokens, userSub: 'ada' } as AuthSession];
    expect(await fetchAuthSession()).toMatchObject({ tokens, credentials: undefined });
  });

  test('rejects where tokens are good and credentials could not be had, as with its own provider', async () => {
    const { tokens, userSub } = sessionOf('ada');
    answers = [{ tokens, userSub, credentialsError: forbidden } as AuthSession];
    await expect(fetchAuthSession()).rejects.toBe(forbidden);
  });

  test.each(['NetworkError', 'RefreshTokenReuseException', 'TimeoutException'])(
    'rejects with a %s, as with its own provider',
    async (name) => {
      const error = new AuthError({ name, message: 'No.' });
      // Also where it has ended the session, which a second question would find.
      answers = [error, {}];
      await expect(fetchAuthSession({ forceRefresh: true })).rejects.toBe(error);
    },
  );

  test('is signed out where Cognito ended the session with NotAuthorizedException', async () => {
    answers = [new AuthError({ name: 'NotAuthorizedException', message: 'Revoked.' }), {}];
    expect((await fetchAuthSession()).tokens).toBeUndefined();
  });

  test('rejects where a NotAuthorizedException did not end the session', async () => {
    const error = new AuthError({ name: 'NotAuthorizedException', message: 'Says a gateway.' });
    answers = [error, sessionOf('ada')];
    await expect(fetchAuthSession({ forceRefresh: true })).rejects.toBe(error);
  });

  test('never joins the tokens of one user with the credentials of another', async () => {
    answers = [sessionOf('ada'), sessionOf('grace')];
    expect(await fetchAuthSession()).toMatchObject({
      userSub: 'ada',
      credentials: undefined,
      identityId: undefined,
    });
    answers = [sessionOf('ada'), { credentials, identityId: 'guest' }];
    expect(await fetchAuthSession()).toMatchObject({
      userSub: 'ada',
      credentials: undefined,
      identityId: undefined,
    });
    answers = [{}, sessionOf('ada')];
    expect(await fetchAuthSession()).toMatchObject({ tokens: undefined, credentials: undefined });
  });
});

test('clearing the credentials asks nothing and changes nothing', async () => {
  answers = [sessionOf('ada')];
  amplifyProviders({ client }).credentialsProvider.clearCredentialsAndIdentityId();
  expect(asked).toEqual([]);
  expect(await fetchAuthSession()).toMatchObject({ credentials, userSub: 'ada' });
});

test('without a client, the default one of that moment is asked', async () => {
  const { tokenProvider } = amplifyProviders();
  await expect(tokenProvider.getTokens()).rejects.toMatchObject({ name: 'AuthUserPoolException' });
  const ada = sessionOf('ada');
  const made = configure({ userPoolId: 'eu-central-1_Pool', userPoolClientId: 'client1' });
  vi.spyOn(made, 'fetchAuthSession').mockResolvedValue(ada);
  expect(await tokenProvider.getTokens()).toBe(ada.tokens);
  made.close();
});
