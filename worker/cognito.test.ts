import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCognito } from './cognito.js';
import type { Cognito, CognitoFailure } from './deps.js';
import { clock, timers } from './platform.js';
import { CONFIG } from './testing/world.js';

let answer: object = {};
let status = 200;
let server: Server;
let cognito: Cognito;

beforeAll(async () => {
  server = createServer((_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const userPool = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  cognito = createCognito({ ...CONFIG, endpoints: { userPool } }, { clock, timers });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('the answer to a refresh', () => {
  const refresh = () => cognito.refresh({ refreshToken: 'r1', timeoutMs: 5_000 });

  test('with all tokens is taken as it is', async () => {
    answer = { AuthenticationResult: { AccessToken: 'a', IdToken: 'i', RefreshToken: 'r2' } };
    expect(await refresh()).toEqual({ accessToken: 'a', idToken: 'i', refreshToken: 'r2' });
  });

  test('with nothing but a refresh token hands that on: the one before may be dead by now', async () => {
    answer = { AuthenticationResult: { RefreshToken: 'r2' } };
    expect(await refresh()).toMatchObject({ refreshToken: 'r2' });
  });

  test.each([{}, { AuthenticationResult: {} }, { AuthenticationResult: { IdToken: 'i' } }])(
    'with no token to go on with rejects: %j',
    async (empty) => {
      answer = empty;
      await expect(refresh()).rejects.toMatchObject({ fields: { name: expect.any(String) as string } });
    },
  );
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
  ];

  test.each(failures)('of a %s does not hand on the secret', async (_operation, secret, ask) => {
    status = 400;
    answer = { __type: 'InvalidParameterException', message: `1 error: '${secret}' twice: ${secret}` };
    try {
      const { fields } = await ask().then(
        () => expect.unreachable(),
        (error: unknown) => error as CognitoFailure,
      );
      expect(fields).toMatchObject({ name: 'InvalidParameterException', message: "1 error: '…' twice: …" });
    } finally {
      status = 200;
    }
  });
});
