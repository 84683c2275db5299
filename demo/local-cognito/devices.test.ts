import { confirmSignIn, fetchAuthSession, forgetDevice, signIn, signOut } from 'aws-amplify/auth';
import { defaultStorage } from 'aws-amplify/utils';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { configureAmplify } from './amplify-client.js';
import { askAt, shapeOf, type Ask } from './answer-shape.js';
import { startLocalCognito, type LocalCognito } from './server.js';

const PASSWORD = 'Analytical-Engine-1843';

let server: LocalCognito;
let ask: Ask;

beforeAll(async () => {
  server = await startLocalCognito({
    settings: { rememberDevices: true },
    users: [
      {
        username: 'ada',
        password: PASSWORD,
        attributes: { phone_number: '+4915112345678' },
        factors: { mfa: ['SMS_MFA'], custom: [{ answer: '42' }] },
      },
      { username: 'grace', password: PASSWORD },
    ],
  });
  ask = askAt(server.url);
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  // Amplify names the device after the browser, and confirms none that has no name.
  vi.stubGlobal('navigator', { userAgent: 'Node.js', platform: 'test' });
  configureAmplify(server);
});

beforeEach(() => server.reset());
afterEach(async () => {
  await signOut();
  await defaultStorage.clear();
});
afterAll(() => {
  vi.unstubAllGlobals();
  return server.close();
});

const accepted = (operation: string): number => server.accepted()[operation] ?? 0;

async function signInWithCode(): Promise<void> {
  await signIn({ username: 'ada', password: PASSWORD });
  await confirmSignIn({ challengeResponse: server.codes('ada').at(-1)?.code ?? 'no code' });
}

async function deviceOfSession(): Promise<unknown> {
  return (await fetchAuthSession()).tokens?.accessToken.payload.device_key;
}

describe("Amplify's client", () => {
  it('confirms a new device, whose key is in the access token', async () => {
    await signInWithCode();
    expect(accepted('ConfirmDevice')).toBe(1);
    expect(await deviceOfSession()).toMatch(/^eu-central-1_[0-9a-f-]{36}$/);
  });

  it.each(['USER_SRP_AUTH', 'USER_PASSWORD_AUTH'] as const)(
    'proves the device by SRP in place of the code with %s, and has it in the new session',
    async (authFlowType) => {
      await signInWithCode();
      const first = await deviceOfSession();
      await signOut();
      await signIn({ username: 'ada', password: PASSWORD, options: { authFlowType } });
      expect(await deviceOfSession()).toBe(first);
      expect(server.codes('ada')).toHaveLength(1);
    },
  );

  it('proves the device after the last custom challenge', async () => {
    await signInWithCode();
    const first = await deviceOfSession();
    await signOut();
    await signIn({ username: 'ada', options: { authFlowType: 'CUSTOM_WITHOUT_SRP' } });
    await confirmSignIn({ challengeResponse: '42' });
    expect(await deviceOfSession()).toBe(first);
  });

  it('refreshes with the key of its device', async () => {
    await signInWithCode();
    const before = await fetchAuthSession();
    const after = await fetchAuthSession({ forceRefresh: true });
    expect(after.tokens?.accessToken.payload['jti']).not.toBe(before.tokens?.accessToken.payload['jti']);
    expect(after.tokens?.accessToken.payload['device_key']).toBe(await deviceOfSession());
    expect(accepted('GetTokensFromRefreshToken')).toBe(1);
  });

  it('starts over as a new device where the pool has forgotten the old one', async () => {
    await signInWithCode();
    const first = await deviceOfSession();
    await signOut();
    server.reset();
    await signInWithCode();
    expect(server.requests.map(({ errorType }) => errorType)).toContain('ResourceNotFoundException');
    expect(await deviceOfSession()).not.toBe(first);
  });

  it('is asked for the code again once it has forgotten its device', async () => {
    await signInWithCode();
    await forgetDevice();
    await signOut();
    const { nextStep } = await signIn({ username: 'ada', password: PASSWORD });
    expect(nextStep.signInStep).toBe('CONFIRM_SIGN_IN_WITH_SMS_CODE');
  });
});

describe('a session with a device', () => {
  interface Result {
    AccessToken: string;
    RefreshToken: string;
    NewDeviceMetadata: { DeviceKey: string; DeviceGroupKey: string };
  }

  async function graceSignsIn(): Promise<Result> {
    const { body } = await ask('InitiateAuth', {
      ClientId: server.config.userPoolClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'grace', PASSWORD },
    });
    return body.AuthenticationResult as Result;
  }

  it.each([
    ['its own key', true, (own: string) => own, '200'],
    ['its own key, not confirmed', false, (own: string) => own, '400 NotAuthorizedException'],
    ['no key', true, () => undefined, '400 NotAuthorizedException'],
    ['another key', true, () => 'eu-central-1_other', '400 NotAuthorizedException'],
  ])('is refreshed with %s: %#', async (_, isConfirmed, keyFor, expected) => {
    const { AccessToken, RefreshToken, NewDeviceMetadata } = await graceSignsIn();
    if (isConfirmed) {
      await ask('ConfirmDevice', {
        AccessToken,
        DeviceKey: NewDeviceMetadata.DeviceKey,
        DeviceSecretVerifierConfig: { Salt: 'AQ==', PasswordVerifier: 'AQ==' },
      });
    }
    const deviceKey = keyFor(NewDeviceMetadata.DeviceKey);
    const ClientId = server.config.userPoolClientId;
    const device = deviceKey === undefined ? {} : { DEVICE_KEY: deviceKey };
    const asInitiateAuth = await ask('InitiateAuth', {
      ClientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: RefreshToken, ...device },
    });
    const response = await ask('GetTokensFromRefreshToken', { ClientId, RefreshToken, DeviceKey: deviceKey });
    expect([shapeOf(asInitiateAuth).outcome, shapeOf(response).outcome]).toEqual([expected, expected]);
  });

  it("can't confirm a device that it was not given", async () => {
    const { AccessToken } = await graceSignsIn();
    const response = await ask('ConfirmDevice', {
      AccessToken,
      DeviceKey: 'eu-central-1_other',
      DeviceSecretVerifierConfig: { Salt: 'AQ==', PasswordVerifier: 'AQ==' },
    });
    expect(response.body.message).toBe('Invalid device key given.');
  });
});
