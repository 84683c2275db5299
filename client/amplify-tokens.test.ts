import { decodeJWT } from 'aws-amplify/auth';
import { DefaultTokenStore } from 'aws-amplify/auth/cognito';
import { describe, expect, test } from 'vitest';
import { makeOwnTokens } from '../worker/testing/tokens.js';
import { START_MS } from '../worker/testing/virtual-time.js';
import type { AmplifyStorage } from './amplify-storage.js';
import { readAmplify } from './amplify-tokens.js';

const PREFIX = 'CognitoIdentityServiceProvider.client1';
const TOKENS = makeOwnTokens(START_MS);
const DEVICE = { deviceKey: 'eu-central-1_device', deviceGroupKey: 'group', randomPassword: 'secret' };
const DETAILS = { loginId: 'ada@example.com', authFlowType: 'USER_SRP_AUTH' as const };

type Stored = Parameters<DefaultTokenStore['storeTokens']>[0];

/** What Amplify's own token store writes, and reads again. */
async function amplify(tokens: Partial<Stored> = {}) {
  const map = new Map<string, string>();
  const store = new DefaultTokenStore();
  store.setAuthConfig({ Cognito: { userPoolId: 'eu-central-1_Pool', userPoolClientId: 'client1' } });
  store.setKeyValueStorage({
    setItem: async (key, value) => void map.set(key, value),
    getItem: async (key) => map.get(key) ?? null,
    removeItem: async (key) => void map.delete(key),
    clear: async () => map.clear(),
  });
  await store.storeTokens({
    accessToken: decodeJWT(TOKENS.accessToken),
    idToken: decodeJWT(TOKENS.idToken),
    refreshToken: 'r1',
    clockDrift: -1_234,
    username: 'ada@example.com',
    ...tokens,
  });
  return { map, store, storage: storageOf(map) };
}

function storageOf(map: Map<string, string>): AmplifyStorage {
  return { get: (key) => map.get(key), remove: (key) => void map.delete(key) };
}

const found = (map: Map<string, string>) => readAmplify(storageOf(map), 'client1');

describe("what Amplify's token store has written", () => {
  test('is read whole: tokens, drift, details and device', async () => {
    const { map } = await amplify({ deviceMetadata: DEVICE, signInDetails: DETAILS });
    expect(found(map)).toMatchObject({
      type: 'session',
      input: {
        ...TOKENS,
        refreshToken: 'r1',
        clockDrift: -1_234,
        deviceMetadata: DEVICE,
        signInDetails: DETAILS,
      },
    });
  });

  test('without what is optional has nothing in its place', async () => {
    const { map } = await amplify();
    map.delete(`${PREFIX}.ada@example.com.idToken`);
    expect(found(map)).toMatchObject({
      input: { accessToken: TOKENS.accessToken, refreshToken: 'r1', clockDrift: -1_234 },
    });
    const { input } = found(map) as { input: object };
    expect(Object.keys(input).sort()).toEqual(['accessToken', 'clockDrift', 'refreshToken']);
  });

  test('is all named for the removal, the name of the user first', async () => {
    const { map, store } = await amplify({ deviceMetadata: DEVICE, signInDetails: DETAILS });
    await store.setOAuthMetadata({ oauthSignIn: true });
    const { keys } = found(map) as { keys: readonly string[] };
    expect(keys[0]).toBe(`${PREFIX}.LastAuthUser`);
    map.delete(keys[0] ?? '');
    expect(await store.loadTokens()).toBeNull();
    for (const key of keys) map.delete(key);
    expect([...map]).toEqual([]);
  });

  test('after a sign-in on the pages of Cognito says so', async () => {
    const { map, store } = await amplify();
    await store.setOAuthMetadata({ oauthSignIn: true });
    expect(found(map)).toMatchObject({ input: { oauthSignIn: true } });
    await store.setOAuthMetadata({ oauthSignIn: false });
    expect(found(map)).not.toMatchObject({ input: { oauthSignIn: expect.anything() as unknown } });
  });

  test('of a user without a name is found where Amplify looks', async () => {
    const { map } = await amplify({ username: 'username' });
    map.delete(`${PREFIX}.LastAuthUser`);
    expect(found(map)).toMatchObject({ type: 'session', input: { refreshToken: 'r1' } });
  });

  test('after a sign-out is nothing, though the device stays', async () => {
    const { map, store } = await amplify({ deviceMetadata: DEVICE });
    await store.clearTokens();
    expect(map.size).toBe(3);
    expect(found(map)).toEqual({ type: 'nothing' });
  });

  test('for another app client is nothing', async () => {
    const { storage } = await amplify();
    expect(readAmplify(storage, 'client2')).toEqual({ type: 'nothing' });
  });

  test('of a device that is not whole is read without it', async () => {
    const { map } = await amplify({ deviceMetadata: DEVICE });
    map.delete(`${PREFIX}.ada@example.com.randomPasswordKey`);
    expect(found(map)).not.toMatchObject({ input: { deviceMetadata: expect.anything() as unknown } });
  });

  test.each(['', 'NaN', 'soon'])('with the drift %j has a drift that is not known', async (drift) => {
    const { map } = await amplify();
    map.set(`${PREFIX}.ada@example.com.clockDrift`, drift);
    expect(found(map)).not.toMatchObject({ input: { clockDrift: expect.anything() as unknown } });
  });
});

describe('a store that is not whole is broken, and it is said what of it', () => {
  test.each<[name: string, value: string | undefined, message: RegExp]>([
    ['accessToken', undefined, /access token is missing/],
    ['refreshToken', undefined, /refresh token is missing/],
    ['refreshToken', '', /refresh token is missing/],
    ['signInDetails', '{"loginId":', /signInDetails/],
    ['signInDetails', '["ada"]', /signInDetails/],
    ['signInDetails', 'null', /signInDetails/],
    ['oauthMetadata', 'yes', /oauthMetadata/],
  ])('%s: %j', async (name, value, message) => {
    const { map } = await amplify({ signInDetails: DETAILS });
    const key = `${PREFIX}.ada@example.com.${name}`;
    if (value === undefined) map.delete(key);
    else map.set(key, value);
    expect(found(map)).toEqual({ type: 'broken', message: expect.stringMatching(message) as string });
    expect(JSON.stringify(found(map))).not.toContain(TOKENS.accessToken);
  });

  test('a last user of whom there are no tokens', async () => {
    const { map } = await amplify();
    map.set(`${PREFIX}.LastAuthUser`, 'grace');
    expect(found(map)).toMatchObject({
      type: 'broken',
      message: expect.stringContaining('last user') as string,
    });
  });
});
