import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mountLocalCognitos } from './mount.js';
import { clientsOf } from './test-clients.js';

const mounted = mountLocalCognitos('/cognito', {
  settings: { rotation: { enabled: true, graceSeconds: 0 } },
});
let http: Server;
let origin: string;

beforeAll(async () => {
  http = createServer((request, response) => {
    if (!mounted.handle(request, response)) response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await mounted.close();
  await new Promise((resolve) => http.close(resolve));
});

interface Made {
  id: string;
  config: { userPoolId: string; userPoolClientId: string; identityPoolId: string };
}

async function make(): Promise<Made & { url: string }> {
  const made = (await (await fetch(`${origin}/cognito/`, { method: 'POST' })).json()) as Made;
  return { ...made, url: `${origin}/cognito/${made.id}` };
}

function clients({ url, config }: Awaited<ReturnType<typeof make>>): ReturnType<typeof clientsOf> {
  return clientsOf({
    url,
    config: { ...config, endpoints: { userPool: url, identityPool: url, oauth: url } },
  });
}

it('serves the SDK below a path, and leaves other paths alone', async () => {
  const made = await make();
  const { RefreshToken } = await clients(made).signIn();
  expect((await clients(made).refresh(RefreshToken)).RefreshToken).not.toBe(RefreshToken);
  await expect(clients(made).refresh(RefreshToken)).rejects.toMatchObject({
    name: 'RefreshTokenReuseException',
  });
  const jwks = await fetch(`${made.url}/${made.config.userPoolId}/.well-known/jwks.json`);
  expect(await jwks.json()).toMatchObject({ keys: [{ kty: 'RSA' }, { kty: 'RSA' }] });
  expect((await fetch(`${origin}/elsewhere`)).status).toBe(204);
  expect((await fetch(`${origin}/cognito/nobody/`, { method: 'POST' })).status).toBe(404);
});

it('keeps each to itself: app client, users, log, settings', async () => {
  const [one, other] = [await make(), await make()];
  expect(one.config.userPoolClientId).not.toBe(other.config.userPoolClientId);
  await clients(one).signIn();
  await fetch(`${one.url}/_local/settings`, { method: 'POST', body: '{"latencyMs":7}' });
  expect(await (await fetch(`${one.url}/_local/state`)).json()).toMatchObject({
    counts: { InitiateAuth: 1 },
    settings: { latencyMs: 7 },
  });
  expect(await (await fetch(`${other.url}/_local/state`)).json()).toMatchObject({
    counts: {},
    settings: { latencyMs: 0, rotation: { enabled: true } },
  });
});

it('ends one when told to, and the oldest when there are too many', async () => {
  const first = await make();
  const second = await make();
  await fetch(`${second.url}/`, { method: 'DELETE' });
  expect((await fetch(`${second.url}/_local/state`)).status).toBe(404);
  expect((await fetch(`${first.url}/_local/state`)).status).toBe(200);
  for (let more = 0; more < 8; more++) await make();
  expect((await fetch(`${first.url}/_local/state`)).status).toBe(404);
});
