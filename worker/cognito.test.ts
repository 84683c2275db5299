import dns from 'node:dns';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { CONFIRM_DEVICE_TIMEOUT_MS, REQUEST_TIMEOUT_MS, REVOKE_TIMEOUT_MS } from './bounds.js';
import { createCognito } from './cognito.js';
import type { RuntimeConfig } from './contract.js';
import type { Cognito, CognitoFailure, Timers } from './deps.js';
import { clock, timers } from './platform.js';
import { IDENTITY_CONFIG } from './testing/world.js';

/** What the server answers every request with; undefined: nothing. */
let answer: object | undefined;
let status: number;
/** The operations that the server was asked for, and with what. */
let asked: [operation: string, body: unknown][];
let onAsked: (gone: Promise<void>) => void;

let server: Server;
let config: RuntimeConfig;
let cognito: Cognito;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      const target = String(request.headers['x-amz-target']);
      asked.push([target.slice(target.indexOf('.') + 1), JSON.parse(body)]);
      onAsked(new Promise((resolve) => response.on('close', resolve)));
      if (!answer) return;
      response
        .writeHead(status, { 'Content-Type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  config = { ...IDENTITY_CONFIG, endpoints: { userPool: url, identityPool: url } };
  cognito = createCognito(config, { clock, timers }, fetch);
});
beforeEach(() => {
  answer = {};
  status = 200;
  asked = [];
  onAsked = () => undefined;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const clientMetadata = { tenant: 'a' };
const tokens = { AccessToken: 'a', IdToken: 'i', RefreshToken: 'r2' };
const logins = { 'cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Pool': 'id-token-1' };
const credentials = { AccessKeyId: 'AKID', SecretKey: 's', SessionToken: 't', Expiration: 1_900_000_000 };

const signIn = (options: { clientMetadata?: Record<string, string> } = {}) =>
  cognito.initiateAuth({ flow: 'USER_SRP_AUTH', parameters: { USERNAME: 'ada', SRP_A: 'abc' }, ...options });
const respond = (options: { session?: string; clientMetadata?: Record<string, string> } = {}) =>
  cognito.respondToChallenge({ name: 'SMS_MFA', responses: { SMS_MFA_CODE: '123456' }, ...options });
const refresh = (options: { clientMetadata?: Record<string, string>; deviceKey?: string } = {}) =>
  cognito.refresh({ refreshToken: 'r1', timeoutMs: 4_000, ...options });

const device = {
  accessToken: 'access-1',
  deviceKey: 'd1',
  saltBase64: 'c2FsdA==',
  verifierBase64: 'dmVyaWZpZXI=',
};

const failureOf = (work: Promise<unknown>): Promise<CognitoFailure> =>
  work.then(
    () => expect.unreachable(),
    (error: unknown) => error as CognitoFailure,
  );

describe('exactly this is sent', () => {
  const signInBody = {
    ClientId: 'client1',
    AuthFlow: 'USER_SRP_AUTH',
    AuthParameters: { USERNAME: 'ada', SRP_A: 'abc' },
  };
  const respondBody = {
    ClientId: 'client1',
    ChallengeName: 'SMS_MFA',
    ChallengeResponses: { SMS_MFA_CODE: '123456' },
  };
  const refreshBody = { ClientId: 'client1', RefreshToken: 'r1' };
  const ClientMetadata = clientMetadata;

  test.each<[string, () => Promise<unknown>, operation: string, body: object]>([
    ['a sign-in', signIn, 'InitiateAuth', signInBody],
    [
      'a sign-in with client metadata',
      () => signIn({ clientMetadata }),
      'InitiateAuth',
      { ...signInBody, ClientMetadata },
    ],
    ['a response to a challenge', respond, 'RespondToAuthChallenge', respondBody],
    [
      'a response to a challenge with all there is',
      () => respond({ session: 's1', clientMetadata }),
      'RespondToAuthChallenge',
      { ...respondBody, Session: 's1', ClientMetadata },
    ],
    ['a refresh', refresh, 'GetTokensFromRefreshToken', refreshBody],
    [
      'a refresh on a remembered device',
      () => refresh({ deviceKey: 'd1' }),
      'GetTokensFromRefreshToken',
      { ...refreshBody, DeviceKey: 'd1' },
    ],
    [
      'a secret for an authenticator app',
      () => cognito.associateSoftwareToken('s1'),
      'AssociateSoftwareToken',
      { Session: 's1' },
    ],
    ['a secret without a session', () => cognito.associateSoftwareToken(), 'AssociateSoftwareToken', {}],
    [
      'the code of an authenticator app',
      () => cognito.verifySoftwareToken({ session: 's1', code: '123456', friendlyDeviceName: 'phone' }),
      'VerifySoftwareToken',
      { Session: 's1', UserCode: '123456', FriendlyDeviceName: 'phone' },
    ],
    [
      'a code alone',
      () => cognito.verifySoftwareToken({ code: '123456' }),
      'VerifySoftwareToken',
      { UserCode: '123456' },
    ],
    [
      'a new device',
      () => cognito.confirmDevice(device),
      'ConfirmDevice',
      {
        AccessToken: 'access-1',
        DeviceKey: 'd1',
        DeviceSecretVerifierConfig: { Salt: 'c2FsdA==', PasswordVerifier: 'dmVyaWZpZXI=' },
      },
    ],
    [
      'a refresh with client metadata',
      () => refresh({ clientMetadata }),
      'GetTokensFromRefreshToken',
      { ...refreshBody, ClientMetadata },
    ],
    ['a revocation', () => cognito.revoke('r1'), 'RevokeToken', { ClientId: 'client1', Token: 'r1' }],
    ['a global sign-out', () => cognito.globalSignOut('a1'), 'GlobalSignOut', { AccessToken: 'a1' }],
    ['the identity of a guest', () => cognito.identityId(), 'GetId', { IdentityPoolId: 'eu-central-1:pool' }],
    [
      'the identity of a user',
      () => cognito.identityId(logins),
      'GetId',
      { IdentityPoolId: 'eu-central-1:pool', Logins: logins },
    ],
    [
      'the credentials of a guest',
      () => cognito.credentials('id1'),
      'GetCredentialsForIdentity',
      { IdentityId: 'id1' },
    ],
    [
      'the credentials of a user',
      () => cognito.credentials('id1', logins),
      'GetCredentialsForIdentity',
      { IdentityId: 'id1', Logins: logins },
    ],
    [
      'the credentials of a user with a role',
      () => cognito.credentials('id1', logins, 'arn:aws:iam::123456789012:role/a'),
      'GetCredentialsForIdentity',
      { IdentityId: 'id1', Logins: logins, CustomRoleArn: 'arn:aws:iam::123456789012:role/a' },
    ],
  ])('for %s', async (_what, ask, operation, body) => {
    answer = {
      AuthenticationResult: tokens,
      IdentityId: 'id1',
      Credentials: credentials,
      SecretCode: 'JBSW',
    };
    await ask();
    expect(asked).toStrictEqual([[operation, body]]);
  });

  test('once: what failed is not tried again behind the back of those who count the attempts', async () => {
    status = 500;
    answer = { __type: 'InternalErrorException' };
    await failureOf(refresh());
    expect(asked).toHaveLength(1);
  });
});

describe('the answer to a refresh', () => {
  test('with all tokens is taken as it is', async () => {
    answer = { AuthenticationResult: tokens };
    expect(await refresh()).toEqual({ accessToken: 'a', idToken: 'i', refreshToken: 'r2' });
  });

  test('with an access token alone has that and no more', async () => {
    answer = { AuthenticationResult: { AccessToken: 'a' } };
    expect(await refresh()).toStrictEqual({ accessToken: 'a' });
  });

  test('with nothing but a refresh token hands that on: the one before may be dead by now', async () => {
    answer = { AuthenticationResult: { RefreshToken: 'r2' } };
    expect(await refresh()).toStrictEqual({ accessToken: '', refreshToken: 'r2' });
  });

  test.each([{}, { AuthenticationResult: {} }, { AuthenticationResult: { IdToken: 'i' } }])(
    'with no token to go on with rejects: %j',
    async (empty) => {
      answer = empty;
      await expect(refresh()).rejects.toMatchObject({
        fields: { name: 'NetworkError', message: expect.stringContaining('token endpoint') as string },
        answered: false,
      });
    },
  );
});

describe.each([
  ['a sign-in', signIn],
  ['a response to a challenge', respond],
])('the answer to %s', (_what, ask) => {
  test('is the tokens', async () => {
    answer = { AuthenticationResult: tokens };
    const expected = { accessToken: 'a', idToken: 'i', refreshToken: 'r2' };
    expect(await ask()).toStrictEqual({ type: 'tokens', tokens: expected });
  });

  test('names a device that Cognito has not seen before', async () => {
    const NewDeviceMetadata = { DeviceKey: 'd1', DeviceGroupKey: 'g1' };
    answer = { AuthenticationResult: { ...tokens, NewDeviceMetadata } };
    expect(await ask()).toMatchObject({ newDevice: { deviceKey: 'd1', deviceGroupKey: 'g1' } });
    answer = { AuthenticationResult: { ...tokens, NewDeviceMetadata: { DeviceKey: 'd1' } } };
    expect(await ask()).not.toHaveProperty('newDevice');
  });

  test('or a choice of challenges', async () => {
    answer = { ChallengeName: 'SELECT_CHALLENGE', AvailableChallenges: ['PASSWORD', 'EMAIL_OTP'] };
    expect(await ask()).toMatchObject({ availableChallenges: ['PASSWORD', 'EMAIL_OTP'] });
  });

  test('or the next challenge, with its session and its parameters', async () => {
    answer = { ChallengeName: 'SMS_MFA', Session: 's2', ChallengeParameters: { TO: '+49' } };
    expect(await ask()).toStrictEqual({
      type: 'challenge',
      name: 'SMS_MFA',
      session: 's2',
      parameters: { TO: '+49' },
    });
  });

  test('or a challenge that has neither', async () => {
    answer = { ChallengeName: 'CUSTOM_CHALLENGE' };
    expect(await ask()).toStrictEqual({ type: 'challenge', name: 'CUSTOM_CHALLENGE', parameters: {} });
  });

  test('or, with none of these, nothing that could be read', async () => {
    expect(await failureOf(ask())).toMatchObject({ fields: { name: 'NetworkError' }, answered: false });
  });
});

describe('the answer of the identity pool', () => {
  const expirationMs = 1_900_000_000_000;

  test('is the identity', async () => {
    answer = { IdentityId: 'id1' };
    expect(await cognito.identityId(logins)).toBe('id1');
  });

  test('is the credentials, with the identity that it names', async () => {
    answer = { IdentityId: 'merged', Credentials: credentials };
    expect(await cognito.credentials('id1', logins)).toStrictEqual({
      identityId: 'merged',
      accessKeyId: 'AKID',
      secretAccessKey: 's',
      sessionToken: 't',
      expirationMs,
    });
  });

  test('is the credentials of the identity asked for if it names none, without a session token if there is none', async () => {
    const { SessionToken: _none, ...others } = credentials;
    answer = { Credentials: others };
    expect(await cognito.credentials('id1')).toStrictEqual({
      identityId: 'id1',
      accessKeyId: 'AKID',
      secretAccessKey: 's',
      expirationMs,
    });
  });

  test('without an identity could not be read, and the error names the operation', async () => {
    expect(await failureOf(cognito.identityId())).toMatchObject({
      fields: { name: 'NetworkError', message: expect.stringContaining('GetId ') as string },
      answered: false,
    });
  });

  test.each(['AccessKeyId', 'SecretKey', 'Expiration', 'Credentials'])(
    'without %s could not be read, and the error names the operation',
    async (missing) => {
      answer =
        missing === 'Credentials'
          ? { IdentityId: 'id1' }
          : { IdentityId: 'id1', Credentials: { ...credentials, [missing]: undefined } };
      expect(await failureOf(cognito.credentials('id1'))).toMatchObject({
        fields: {
          name: 'NetworkError',
          message: expect.stringContaining('GetCredentialsForIdentity ') as string,
        },
        answered: false,
      });
    },
  );
});

describe('the answer for an authenticator app', () => {
  test('is its secret, and the session to go on with', async () => {
    answer = { SecretCode: 'JBSW', Session: 's2' };
    expect(await cognito.associateSoftwareToken('s1')).toStrictEqual({ secret: 'JBSW', session: 's2' });
    expect(await cognito.verifySoftwareToken({ code: '1' })).toStrictEqual({ session: 's2' });
  });

  test('without a secret could not be read', async () => {
    const { fields } = await failureOf(cognito.associateSoftwareToken('s1'));
    expect(fields).toMatchObject({ name: 'NetworkError' });
    expect(fields.message).toContain('AssociateSoftwareToken');
  });
});

describe('an error that repeats what it was asked with', () => {
  const failures: [string, secret: string, () => Promise<unknown>][] = [
    [
      'refresh',
      'refresh-token-1',
      () => cognito.refresh({ refreshToken: 'refresh-token-1', timeoutMs: 5_000 }),
    ],
    ['revocation', 'refresh-token-1', () => cognito.revoke('refresh-token-1')],
    ['global sign-out', 'access-token-1', () => cognito.globalSignOut('access-token-1')],
    [
      'sign-in',
      'Pass.word-1',
      () => cognito.initiateAuth({ flow: 'USER_PASSWORD_AUTH', parameters: { PASSWORD: 'Pass.word-1' } }),
    ],
    [
      'new password',
      'Pass.word-1',
      () =>
        cognito.respondToChallenge({
          name: 'NEW_PASSWORD_REQUIRED',
          responses: { NEW_PASSWORD: 'Pass.word-1' },
        }),
    ],
    [
      "challenge's session",
      'session-1',
      () => cognito.respondToChallenge({ name: 'SMS_MFA', session: 'session-1', responses: {} }),
    ],
    ["setup's session", 'session-1', () => cognito.associateSoftwareToken('session-1')],
    ['code of an app', '123456', () => cognito.verifySoftwareToken({ code: '123456' })],
    ["code's session", 's-1', () => cognito.verifySoftwareToken({ code: '123456', session: 's-1' })],
    ['device', 'access-1', () => cognito.confirmDevice(device)],
    ["device's verifier", 'dmVyaWZpZXI=', () => cognito.confirmDevice(device)],
    ['identity', 'id-token-1', () => cognito.identityId(logins)],
    ['credentials', 'id-token-1', () => cognito.credentials('id1', logins)],
  ];

  test.each(failures)('of a %s does not hand on the secret', async (_operation, secret, ask) => {
    status = 400;
    answer = { __type: 'InvalidParameterException', message: `1 error: '${secret}' twice: ${secret}` };
    const { fields } = await failureOf(ask());
    expect(fields).toMatchObject({ name: 'InvalidParameterException', message: "1 error: '…' twice: …" });
  });

  test("may tell the user's name, and is not torn apart by a field that was left empty", async () => {
    status = 400;
    answer = { __type: 'UserNotFoundException', message: 'There is no ada.' };
    const parameters = { USERNAME: 'ada', PASSWORD: '' };
    const { fields } = await failureOf(cognito.initiateAuth({ flow: 'USER_PASSWORD_AUTH', parameters }));
    expect(fields.message).toBe('There is no ada.');
  });
});

describe('a request that is not answered', () => {
  const operations: [string, withinMs: number, (cognito: Cognito) => Promise<unknown>][] = [
    [
      'sign-in',
      REQUEST_TIMEOUT_MS,
      (cognito) => cognito.initiateAuth({ flow: 'CUSTOM_AUTH', parameters: {} }),
    ],
    ['refresh', 777, (cognito) => cognito.refresh({ refreshToken: 'r1', timeoutMs: 777 })],
    ['revocation', REVOKE_TIMEOUT_MS, (cognito) => cognito.revoke('r1')],
    ['global sign-out', REVOKE_TIMEOUT_MS, (cognito) => cognito.globalSignOut('a1')],
    ['secret for an app', REQUEST_TIMEOUT_MS, (cognito) => cognito.associateSoftwareToken()],
    ['code of an app', REQUEST_TIMEOUT_MS, (cognito) => cognito.verifySoftwareToken({ code: '1' })],
    ['new device', CONFIRM_DEVICE_TIMEOUT_MS, (cognito) => cognito.confirmDevice(device)],
    ['identity', REQUEST_TIMEOUT_MS, (cognito) => cognito.identityId()],
    ['credentials', REQUEST_TIMEOUT_MS, (cognito) => cognito.credentials('id1')],
  ];

  test.each(operations)(
    'is given up when its time is over, and broken off: %s',
    async (_what, withinMs, ask) => {
      answer = undefined;
      const waits: [delayMs: number, end: () => void][] = [];
      const byHand: Timers = { after: (delayMs, callback) => void waits.push([delayMs, callback]) };
      const arrived = new Promise<{ gone: Promise<void> }>((resolve) => {
        onAsked = (gone) => resolve({ gone });
      });
      const failure = failureOf(ask(createCognito(config, { clock, timers: byHand }, fetch)));
      const { gone } = await arrived;
      expect(waits.map(([delayMs]) => delayMs)).toEqual([withinMs]);
      for (const [, end] of waits) end();
      expect(await failure).toMatchObject({
        fields: { name: 'NetworkError', message: expect.stringContaining('in time') as string },
        answered: false,
      });
      await gone;
    },
  );
});

describe('where it goes without an endpoint of its own', () => {
  /** The host that is looked up for a request, which then fails: nothing leaves the machine. */
  async function hostOf(wanted: Partial<RuntimeConfig>, ask: (cognito: Cognito) => Promise<unknown>) {
    const hosts: string[] = [];
    type Lookup = (host: string, options: object, done: (error: Error) => void) => void;
    vi.spyOn(dns as { lookup: Lookup }, 'lookup').mockImplementation((host, _options, done) => {
      hosts.push(host);
      done(new Error('There is no such host.'));
    });
    const { userPoolId: _pool, userPoolClientId: _client, identityPoolId: _identity, ...others } = config;
    const plain = createCognito({ ...others, endpoints: {}, ...wanted }, { clock, timers }, fetch);
    expect(await failureOf(ask(plain))).toMatchObject({ fields: { name: 'NetworkError' }, answered: false });
    return hosts;
  }

  test('is the region of the user pool', async () => {
    const wanted = { userPoolId: 'eu-west-3_Pool', userPoolClientId: 'client1' };
    const hosts = await hostOf(wanted, (cognito) => cognito.revoke('r1'));
    expect(hosts).toEqual(['cognito-idp.eu-west-3.amazonaws.com']);
  });

  test('is the region of the identity pool, which may be there alone', async () => {
    const hosts = await hostOf({ identityPoolId: 'ap-south-1:pool' }, (cognito) => cognito.identityId());
    expect(hosts).toEqual(['cognito-identity.ap-south-1.amazonaws.com']);
  });
});
