import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test, vi } from 'vitest';
import type { SessionPolicy } from '../worker/contract.js';
import { AuthError, ownError } from '../worker/errors.js';
import { makeTokenPair } from '../worker/testing/tokens.js';
import { decodeJWT } from './decode-jwt.js';
import { createExtras, type Core, type Extras } from './extras.js';
import type { AuthSession } from './types.js';

const PAIR = makeTokenPair('sub-ada', 1_700_000_000_000, 3_600);
const TOKENS = { accessToken: decodeJWT(PAIR.accessToken), idToken: decodeJWT(PAIR.idToken) };
const CREDENTIALS = {
  accessKeyId: 'ASIA1',
  secretAccessKey: 'secret',
  expiration: new Date(1_700_003_600_000),
};
const NETWORK = ownError('NetworkError', 'Cognito could not be reached.');

function extrasOn(answer: AuthSession | Error) {
  const fetchAuthSession = vi.fn(async () => {
    if (answer instanceof Error) throw answer;
    return answer;
  });
  const change = vi.fn(async () => ({ revoked: false, clients: 1 }));
  const core = { fetchAuthSession, change, AuthError, ownError, hello: {} };
  const extras: Extras = createExtras(core as unknown as Core);
  return { extras, fetchAuthSession, change };
}

describe('the session, or null', () => {
  test.each<[string, AuthSession, boolean]>([
    ['of a user', { tokens: TOKENS }, true],
    ['of a guest', { credentials: CREDENTIALS }, true],
    ['of nobody', {}, false],
  ])('%s: %#', async (_who, session, isThere) => {
    const { extras } = extrasOn(session);
    expect(await extras.getSession()).toBe(isThere ? session : null);
    expect(await extras.initialize()).toBe(isThere ? session : null);
  });

  test('is null when none can be had, and the call does not reject', async () => {
    const { extras } = extrasOn(NETWORK);
    expect(await extras.getSession()).toBeNull();
    expect(await extras.isAuthenticated()).toBe(false);
    expect(await extras.getCredentials()).toBeNull();
  });

  test("an aborted call rejects with its signal's reason", async () => {
    const { extras } = extrasOn(NETWORK);
    const reason = new Error('the user went elsewhere');
    await expect(extras.getSession({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('a guest is not authenticated, and has credentials', async () => {
    const { extras } = extrasOn({ credentials: CREDENTIALS });
    expect(await extras.isAuthenticated()).toBe(false);
    expect(await extras.getCredentials()).toBe(CREDENTIALS);
  });

  test('a refresh is forced only when it is asked for, and rejects as a fetch does', async () => {
    const { extras, fetchAuthSession } = extrasOn({ tokens: TOKENS });
    await extras.refreshSession();
    await extras.refreshSession(true);
    expect(fetchAuthSession.mock.calls).toEqual([[{ forceRefresh: false }], [{ forceRefresh: true }]]);
    await expect(extrasOn(NETWORK).extras.refreshSession()).rejects.toBe(NETWORK);
  });
});

describe('ending the session without telling Cognito', () => {
  test('signs out and does not revoke', async () => {
    const { extras, change } = extrasOn({});
    expect(await extras.clearSession()).toBeUndefined();
    expect(change.mock.calls).toEqual([['signOut', { revoke: false }, undefined]]);
  });
});

describe('AWS credentials', () => {
  test('are given to the operation, whose answer comes back', async () => {
    const { extras } = extrasOn({ credentials: CREDENTIALS, identityId: 'eu-central-1:1' });
    expect(await extras.withAWSCredentials(({ accessKeyId }) => `with ${accessKeyId}`)).toBe('with ASIA1');
  });

  test('are not waited for longer than the caller wants', async () => {
    const { extras, fetchAuthSession } = extrasOn({ credentials: CREDENTIALS });
    const { signal } = new AbortController();
    await extras.withAWSCredentials(() => 1, { signal });
    expect(fetchAuthSession.mock.calls).toEqual([[{ signal, forceRefresh: false }]]);
  });

  test('that could not be had reject with the reason, and the operation is not begun', async () => {
    const operation = vi.fn();
    const credentialsError = new AuthError({ name: 'ResourceNotFoundException', message: 'No such pool.' });
    const failing = extrasOn({ tokens: TOKENS, credentialsError }).extras.withAWSCredentials(operation);
    await expect(failing).rejects.toBe(credentialsError);
    await expect(extrasOn({}).extras.withAWSCredentials(operation)).rejects.toMatchObject({
      name: 'CredentialsException',
      recoverySuggestion: 'Configure an identity pool, and sign in or allow guests.',
    });
    expect(operation).not.toHaveBeenCalled();
  });

  test('are provided to the AWS SDK with their expiry and identity, and anew when it forces them', async () => {
    const { extras, fetchAuthSession } = extrasOn({ credentials: CREDENTIALS, identityId: 'eu-central-1:1' });
    expect(await extras.credentials()).toEqual({ ...CREDENTIALS, identityId: 'eu-central-1:1' });
    await extras.credentials({ forceRefresh: true });
    expect(fetchAuthSession.mock.calls).toEqual([[{ forceRefresh: false }], [{ forceRefresh: true }]]);
  });

  test('are asked for by the AWS SDK with the config of its client, which stays in the page', async () => {
    const { accessKeyId, secretAccessKey } = CREDENTIALS;
    const { extras, fetchAuthSession } = extrasOn({ credentials: { accessKeyId, secretAccessKey } });
    const { config } = new S3Client({ region: 'eu-central-1', credentials: extras.credentials });
    expect(await config.credentials()).toMatchObject({ accessKeyId: 'ASIA1' });
    expect(fetchAuthSession.mock.calls).toEqual([[{ forceRefresh: false }]]);
  });
});

describe('the token to send', () => {
  test('is the one that was asked for', async () => {
    const { extras } = extrasOn({ tokens: TOKENS });
    expect(await extras.bearerToken('access')).toBe(PAIR.accessToken);
    expect(await extras.bearerToken('id')).toBe(PAIR.idToken);
  });

  test.each<['access' | 'id', AuthSession]>([
    ['access', {}],
    ['id', { tokens: { accessToken: TOKENS.accessToken } }],
  ])('is refused where there is no %s token', async (use, session) => {
    await expect(extrasOn(session).extras.bearerToken(use)).rejects.toMatchObject({
      name: 'UserUnAuthenticatedException',
      message: `There is no ${use} token.`,
    });
  });
});

describe('calls about the account', () => {
  test.each([
    ['fetchUserAttributes', true],
    ['updatePassword', false],
    ['signUp', false],
  ] as const)('%s is safe to repeat when its worker dies: %s', async (operation, isRepeatable) => {
    const call = vi.fn(async () => ({ value: { email: 'ada@example.com' } }));
    const extras = createExtras({ call, hello: {} } as unknown as Core);
    const request = { operation, input: {} } as Parameters<Extras['account']>[0];
    expect(await extras.account(request)).toEqual({ email: 'ada@example.com' });
    expect(call.mock.calls).toEqual([['account', request, undefined, isRepeatable]]);
  });
});

describe("the page's use", () => {
  test.each<[SessionPolicy | undefined, boolean]>([
    [undefined, false],
    [{ minRemaining: { atFirstLoadSeconds: 60 } }, false],
    [{ minRemaining: { onReturnSeconds: 60 } }, true],
    [{ idle: { timeoutSeconds: 60 } }, true],
  ])('is listened to only where the policy goes by it: %j', async (policy, isWatched) => {
    const on = vi.fn();
    const { signal } = new AbortController();
    const core = { runtime: { policy }, platform: { on }, lifetime: signal, hello: {} };
    await createExtras(core as unknown as Core).watchActivity();
    expect(on.mock.calls.length > 0).toBe(isWatched);
  });
});
