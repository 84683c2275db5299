import { GetIdCommand } from '@aws-sdk/client-cognito-identity';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startLocalCognito, type LocalCognito } from './server.js';
import { clientsOf } from './test-clients.js';

let server: LocalCognito;
let clients: ReturnType<typeof clientsOf>;

beforeAll(async () => {
  server = await startLocalCognito({ settings: { rotation: { enabled: true, graceSeconds: 0 } } });
  clients = clientsOf(server);
});
afterEach(() => server.reset());
afterAll(() => server.close());

async function ask(path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${server.url}/_local/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

it('holds answers over HTTP until they are released, and a page can wait for each stage', async () => {
  await ask('hold', { operation: 'GetId' });
  const answer = clients.identities.send(new GetIdCommand({ IdentityPoolId: server.config.identityPoolId }));
  expect((await ask('wait', { operation: 'GetId', stage: 'arrived' })).status).toBe(200);
  expect((await ask('wait', { operation: 'GetId', stage: 'held', count: 1 })).status).toBe(200);
  expect(server.accepted()).toEqual({});

  await ask('release', {});

  await answer;
  expect((await ask('wait', { operation: 'GetId', stage: 'accepted' })).body).toMatchObject({
    accepted: { GetId: 1 },
  });
});

it('ends the sessions of a user, and says which refresh tokens could still be exchanged', async () => {
  const first = await clients.signIn();
  const { RefreshToken } = await clients.refresh(first.RefreshToken);
  expect((await ask('refresh-tokens')).body).toEqual([
    { token: first.RefreshToken, username: 'ada', isUsable: false },
    { token: RefreshToken, username: 'ada', isUsable: true },
  ]);

  await ask('revoke-sessions', { username: 'ada' });

  expect((await ask('refresh-tokens')).body).toMatchObject([{ isUsable: false }, { isUsable: false }]);
  await expect(clients.refresh(RefreshToken ?? '')).rejects.toMatchObject({ name: 'NotAuthorizedException' });
});

it.each([
  ['hold', { operation: 'GetIds' }],
  ['hold', {}],
  ['wait', { operation: 'GetId', stage: 'soon' }],
  ['revoke-sessions', {}],
])('refuses %s with %o', async (path, body) => {
  expect((await ask(path, body)).status).toBe(400);
});
