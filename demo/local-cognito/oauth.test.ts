import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startLocalCognito, type LocalCognito } from './server.js';

const PAGE = 'http://127.0.0.1:1/app';
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
const ADA = { username: 'ada', password: 'Analytical-Engine-1843', action: 'sign-in' };

let cognito: LocalCognito;

beforeEach(async () => {
  cognito = await startLocalCognito();
});
afterEach(() => cognito.close());

type Fields = Record<string, string | undefined>;

/** Fields that are undefined are left out. */
function query(fields: Fields): URLSearchParams {
  return new URLSearchParams(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function authorizeUrl(change: Fields = {}): string {
  const asked = query({
    client_id: cognito.config.userPoolClientId,
    redirect_uri: PAGE,
    response_type: 'code',
    scope: 'openid email',
    state: 'the-state',
    nonce: 'the-nonce',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    ...change,
  });
  return `${cognito.url}/oauth2/authorize?${asked}`;
}

function open(url: string, cookie = '', form?: Fields): Promise<Response> {
  return fetch(url, {
    redirect: 'manual',
    headers: { cookie },
    ...(form && { method: 'POST', body: query(form) }),
  });
}

const locationOf = (response: Response): URL => new URL(response.headers.get('location') ?? '');

async function codeOf(change?: Fields): Promise<string> {
  const response = await open(authorizeUrl(change), '', ADA);
  return locationOf(response).searchParams.get('code') ?? '';
}

async function token(change: Fields): Promise<{ status: number; body: Record<string, string> }> {
  const response = await fetch(`${cognito.url}/oauth2/token`, {
    method: 'POST',
    body: query({
      grant_type: 'authorization_code',
      client_id: cognito.config.userPoolClientId,
      redirect_uri: PAGE,
      code_verifier: VERIFIER,
      ...change,
    }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

describe('the authorize endpoint', () => {
  test('shows a form; the right password leads back with a code and the state', async () => {
    expect(await (await open(authorizeUrl())).text()).toContain('name="password"');
    const location = locationOf(await open(authorizeUrl(), '', ADA));
    expect(location.origin + location.pathname).toBe(PAGE);
    expect(Object.fromEntries(location.searchParams)).toEqual({
      code: expect.stringMatching(/^[\da-f-]{36}$/) as string,
      state: 'the-state',
    });
  });

  test('shows the form again after a wrong password, and escapes what it says', async () => {
    const response = await open(authorizeUrl(), '', { ...ADA, password: '<script>' });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('Incorrect username or password.');
  });

  test('asks nobody again who has its cookie, until the logout', async () => {
    const [cookie = ''] = (await open(authorizeUrl(), '', ADA)).headers.get('set-cookie')?.split(';') ?? [];
    expect(locationOf(await open(authorizeUrl(), cookie)).searchParams.has('code')).toBe(true);
    const out = await open(
      `${cognito.url}/logout?${query({ client_id: cognito.config.userPoolClientId, logout_uri: PAGE })}`,
      cookie,
    );
    expect(out.headers.get('location')).toBe(PAGE);
    expect((await open(authorizeUrl(), cookie)).status).toBe(200);
  });

  test.each<[string, Fields, string]>([
    ['no challenge', { code_challenge: undefined }, 'invalid_request'],
    ['a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['an implicit grant', { response_type: 'token' }, 'unauthorized_client'],
    ['a scope that is not there', { scope: 'openid everything' }, 'invalid_scope'],
    ['a provider that is not there', { identity_provider: 'Nobody' }, 'invalid_request'],
  ])('goes back with an error for %s', async (_what, change, error) => {
    const { searchParams } = locationOf(await open(authorizeUrl(change)));
    expect(searchParams.get('error')).toBe(error);
    expect(searchParams.get('state')).toBe('the-state');
  });

  test('goes back with access_denied when the user cancels', async () => {
    const { searchParams } = locationOf(await open(authorizeUrl(), '', { action: 'cancel' }));
    expect(searchParams.get('error')).toBe('access_denied');
  });

  test.each<[string, Fields]>([
    ['another app client', { client_id: 'another' }],
    ['a page of another machine', { redirect_uri: 'https://app.example/' }],
    ['a host that begins like this machine', { redirect_uri: 'http://localhost.example/' }],
  ])('goes nowhere for %s', async (_what, change) => {
    expect((await open(authorizeUrl(change))).status).toBe(400);
  });

  test('goes back to the listed URLs alone, where there is a list', async () => {
    await cognito.close();
    cognito = await startLocalCognito({ callbackUrls: ['https://app.example/'] });
    expect((await open(authorizeUrl())).status).toBe(400);
    expect((await open(authorizeUrl({ redirect_uri: 'https://app.example/' }))).status).toBe(200);
  });
});

describe('the token endpoint', () => {
  test('gives tokens with the scopes and the nonce that were asked for', async () => {
    const { status, body } = await token({ code: await codeOf() });
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3_600 });
    expect(decodeJwt(body['access_token'] ?? '')).toMatchObject({
      username: 'ada',
      scope: 'openid email',
      version: 2,
    });
    expect(decodeJwt(body['id_token'] ?? '')).toMatchObject({ nonce: 'the-nonce' });
    expect(cognito.counts()).toEqual({ 'oauth2/token': 1 });
  });

  test('gives no ID token without the scope openid', async () => {
    const { body } = await token({ code: await codeOf({ scope: 'aws.cognito.signin.user.admin' }) });
    expect(body).not.toHaveProperty('id_token');
  });

  test('takes a code once, also when it was shown wrongly', async () => {
    const code = await codeOf();
    expect(await token({ code, code_verifier: 'wrong' })).toEqual({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    expect(await token({ code })).toEqual({ status: 400, body: { error: 'invalid_grant' } });
  });

  test.each<[string, Fields, string]>([
    ['another redirect_uri', { redirect_uri: `${PAGE}/` }, 'invalid_grant'],
    ['another verifier', { code_verifier: 'another' }, 'invalid_grant'],
    ['another app client', { client_id: 'another' }, 'invalid_client'],
    ['another grant', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['no grant', { grant_type: undefined }, 'invalid_request'],
  ])('refuses %s', async (_what, change, error) => {
    expect(await token({ code: await codeOf(), ...change })).toEqual({ status: 400, body: { error } });
  });

  test('takes no code that is older than five minutes', async () => {
    const code = await codeOf();
    cognito.change({ clockOffsetSeconds: 301 });
    expect(await token({ code })).toMatchObject({ body: { error: 'invalid_grant' } });
  });

  test('refreshes, with rotation gives another refresh token, and keeps the scopes', async () => {
    cognito.change({ rotation: { enabled: true, graceSeconds: 0 } });
    const { body: first } = await token({ code: await codeOf() });
    const refresh_token = first['refresh_token'];
    const { body } = await token({ grant_type: 'refresh_token', refresh_token });
    expect(decodeJwt(body['access_token'] ?? '')).toMatchObject({ scope: 'openid email' });
    expect(body['refresh_token']).not.toBe(refresh_token);
    expect(await token({ grant_type: 'refresh_token', refresh_token })).toMatchObject({
      body: { error: 'invalid_grant' },
    });
  });
});

test('a revoked refresh token is good no more, nor its access token for userInfo', async () => {
  const { body } = await token({ code: await codeOf() });
  const headers = { authorization: `Bearer ${body['access_token'] ?? ''}` };
  const userInfo = (): Promise<Response> => fetch(`${cognito.url}/oauth2/userInfo`, { headers });
  expect(await (await userInfo()).json()).toMatchObject({ username: 'ada', email: 'ada@example.com' });
  const revoked = await fetch(`${cognito.url}/oauth2/revoke`, {
    method: 'POST',
    body: query({ client_id: cognito.config.userPoolClientId, token: body['refresh_token'] }),
  });
  expect(revoked.status).toBe(200);
  expect((await userInfo()).status).toBe(401);
});

test.each(['https://evil.example/', 'javascript:alert(1)', undefined])(
  'a logout to %s goes nowhere',
  async (logout_uri) => {
    const asked = query({ client_id: cognito.config.userPoolClientId, logout_uri });
    expect((await open(`${cognito.url}/logout?${asked}`)).status).toBe(400);
  },
);
