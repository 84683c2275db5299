import { describe, expect, test } from 'vitest';
import { createCodeExchange } from './oauth-endpoint.js';
import { createVirtualTime } from './testing/virtual-time.js';
import { CONFIG } from './testing/world.js';

const INPUT = { code: 'secret-code', verifier: 'secret-verifier', redirectUri: 'https://app.example/' };
const config = { ...CONFIG, endpoints: { oauth: 'https://auth.example/' } };

interface Sent {
  url: string;
  init: RequestInit;
}

/** An endpoint that answers every request so. */
function endpoint(answer: () => Promise<Response>) {
  const time = createVirtualTime();
  const sent: Sent[] = [];
  const exchange = createCodeExchange(config, time, (url, init) => {
    sent.push({ url, init });
    return answer();
  });
  return { time, sent, exchange: () => exchange(INPUT) };
}

const json = (value: unknown, status = 200) => Promise.resolve(Response.json(value, { status }));

test('a code is exchanged with one form, as RFC 6749 section 4.1.3 and RFC 7636 section 4.5 have it', async () => {
  const { sent, exchange } = endpoint(() =>
    json({ access_token: 'a', id_token: 'i', refresh_token: 'r', token_type: 'Bearer', expires_in: 3_600 }),
  );
  expect(await exchange()).toEqual({ accessToken: 'a', idToken: 'i', refreshToken: 'r' });
  expect(sent).toMatchObject([
    {
      url: 'https://auth.example/oauth2/token',
      init: {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        redirect: 'error',
      },
    },
  ]);
  expect(Object.fromEntries(new URLSearchParams(sent[0]?.init.body as string))).toEqual({
    grant_type: 'authorization_code',
    client_id: 'client1',
    code: 'secret-code',
    redirect_uri: 'https://app.example/',
    code_verifier: 'secret-verifier',
  });
});

describe('what is no set of tokens rejects, and repeats no secret:', () => {
  test.each<[string, () => Promise<Response>, string, string]>([
    ['a refusal', () => json({ error: 'invalid_grant' }, 400), 'OAuthSignInException', 'invalid_grant'],
    [
      'a refusal that repeats the code',
      () => json({ error: `no secret-code` }, 400),
      'OAuthSignInException',
      '400',
    ],
    ['a refusal without a word', () => json(null, 403), 'OAuthSignInException', '403'],
    [
      'an error of the server',
      () => Promise.resolve(new Response('<html>', { status: 502 })),
      'OAuthSignInException',
      '502',
    ],
    ['a page', () => Promise.resolve(new Response('<html>')), 'NetworkError', 'unreadable'],
    ['an answer without tokens', () => json({ token_type: 'Bearer' }), 'NetworkError', 'unreadable'],
    ['no answer', () => Promise.reject(new TypeError('secret-code')), 'NetworkError', 'reached'],
  ])('%s', async (_what, answer, name, message) => {
    const error: unknown = await endpoint(answer)
      .exchange()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ fields: { name, message: expect.stringContaining(message) as string } });
    expect(JSON.stringify(error)).not.toContain('secret');
  });
});

test('an endpoint that never answers is given up after five seconds', async () => {
  const { time, exchange } = endpoint(() => new Promise(() => undefined));
  const done = exchange().catch((error: unknown) => error);
  await time.advance(5_000);
  expect(await done).toMatchObject({ fields: { name: 'NetworkError' } });
});
