import { describe, expect, test } from 'vitest';
import type { CompletedRedirect, RuntimeConfig } from './contract.js';
import type { TokenAnswer } from './deps.js';
import { challengeOf } from './pkce.js';
import { createCryptoAdapter } from './platform.js';
import { answered, unanswered } from './testing/scripted-cognito.js';
import { makeToken, type TokenClaims } from './testing/tokens.js';
import { START_MS } from './testing/virtual-time.js';
import { CONFIG, createWorld, type Runtime, type World } from './testing/world.js';

const PAGE = 'https://app.example/';
const OAUTH: RuntimeConfig = {
  ...CONFIG,
  oauth: {
    domain: 'auth.example.com',
    redirectSignIn: ['https://other.example/', PAGE],
    redirectSignOut: [PAGE, 'https://app.example/bye'],
  },
};

type Both = World & Runtime;

const {
  userPoolId: _pool,
  userPoolClientId: _client,
  ...WITHOUT_USER_POOL
} = {
  ...OAUTH,
  identityPoolId: 'eu-central-1:pool',
};

async function device(config: RuntimeConfig = OAUTH): Promise<Both> {
  const world = createWorld();
  const runtime = world.start({ config });
  await runtime.connect();
  return { ...world, ...runtime };
}

/** Goes to Cognito's pages. WebCrypto is at work meanwhile, on real time. */
async function begin({ session }: Pick<Both, 'session'>, customState?: string): Promise<URL> {
  return new URL(
    await session.beginRedirect({ pageUrl: PAGE, ...(customState !== undefined && { customState }) }),
  );
}

const returnOf = (authorize: URL, rest = 'code=secret-code'): string =>
  `${PAGE}?${rest}&state=${authorize.searchParams.get('state') ?? ''}`;

const complete = ({ time, session }: Both, url: string): Promise<CompletedRedirect> =>
  time.run(session.completeRedirect({ url }));

/** What Cognito gives for the code of this request. */
function tokensFor(
  authorize: URL,
  change: Partial<Record<'iss' | 'client_id' | 'aud' | 'nonce', unknown>> = {},
): TokenAnswer {
  const iat = Math.floor(START_MS / 1_000);
  const claims: TokenClaims = {
    sub: 'sub-ada',
    iat,
    exp: iat + 3_600,
    token_use: 'access',
    iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Pool',
    client_id: 'client1',
    username: 'ada',
    ...change,
  };
  return {
    accessToken: makeToken(claims),
    idToken: makeToken({
      ...claims,
      token_use: 'id',
      aud: 'client1',
      nonce: authorize.searchParams.get('nonce'),
      ...change,
    }),
    refreshToken: 'refresh-by-redirect',
  };
}

const answer = (world: Both, authorize: URL, change?: Parameters<typeof tokensFor>[1]): void =>
  world.cognito.answerWith('exchangeCode', () => tokensFor(authorize, change));

async function signedIn(): Promise<Both> {
  const world = await device();
  const authorize = await begin(world);
  answer(world, authorize);
  await complete(world, returnOf(authorize));
  return world;
}

const nameIn = ({ events }: CompletedRedirect): string =>
  events.map((event) => ('error' in event ? event.error.name : event.type)).join();

const status = async ({ time, session }: Both): Promise<string> =>
  (await time.run(session.session({}))).status;

describe('on the way there', () => {
  test('Cognito is asked for a code, with a state, a nonce, and the challenge of what is stored', async () => {
    const world = await device();
    const authorize = await begin(world);
    const [stored] = world.backing.record?.redirects ?? [];
    expect(authorize.origin + authorize.pathname).toBe('https://auth.example.com/oauth2/authorize');
    expect(Object.fromEntries(authorize.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'client1',
      redirect_uri: PAGE,
      identity_provider: 'COGNITO',
      state: stored?.state,
      nonce: stored?.nonce,
      code_challenge: await challengeOf(stored?.verifier ?? '', createCryptoAdapter()),
      code_challenge_method: 'S256',
    });
    expect(new Set([stored?.state, stored?.nonce, stored?.verifier]).size).toBe(3);
  });

  test.each([
    ['Amazon' as const, 'LoginWithAmazon'],
    ['Apple' as const, 'SignInWithApple'],
    ['Facebook' as const, 'Facebook'],
    ['Google' as const, 'Google'],
    [{ custom: 'Okta' }, 'Okta'],
  ])('the provider %j is what Cognito calls %s', async (provider, expected) => {
    const { session } = await device();
    const url = new URL(await session.beginRedirect({ provider, pageUrl: PAGE }));
    expect(url.searchParams.get('identity_provider')).toBe(expected);
  });

  test('the scopes are those that are configured', async () => {
    const { session } = await device({
      ...OAUTH,
      oauth: { redirectSignIn: [PAGE], domain: 'auth.example.com', scopes: ['openid', 'email'] },
    });
    const url = new URL(await session.beginRedirect({ pageUrl: PAGE }));
    expect(url.searchParams.get('scope')).toBe('openid email');
  });

  test.each<[string, RuntimeConfig, string, string]>([
    ['without a config', CONFIG, PAGE, 'OAuthNotConfigureException'],
    ['without a domain', { ...OAUTH, oauth: { redirectSignIn: [PAGE] } }, PAGE, 'OAuthNotConfigureException'],
    ['without a user pool', WITHOUT_USER_POOL, PAGE, 'OAuthNotConfigureException'],
    ['from another origin', OAUTH, 'https://evil.example/', 'InvalidOriginException'],
  ])('nobody goes %s', async (_what, config, pageUrl, name) => {
    const { session, backing } = await device(config);
    await expect(session.beginRedirect({ pageUrl })).rejects.toMatchObject({ name });
    expect(backing.record?.redirects).toBeUndefined();
  });

  test('nobody goes who is signed in', async () => {
    const { session } = await signedIn();
    await expect(session.beginRedirect({ pageUrl: PAGE })).rejects.toMatchObject({
      name: 'UserAlreadyAuthenticatedException',
    });
  });

  test('the ten latest stay, for ten minutes; one that was abandoned blocks nobody', async () => {
    const world = await device();
    const first = await begin(world);
    const others: URL[] = [];
    for (let count = 0; count < 10; count += 1) others.push(await begin(world));
    expect(world.backing.record?.redirects).toHaveLength(10);
    expect(nameIn(await complete(world, returnOf(first)))).toBe('OAuthSignInException');
    await world.time.advance(9 * 60_000);
    const [second, third] = others as [URL, URL];
    answer(world, second);
    expect(nameIn(await complete(world, returnOf(second)))).toBe('signInWithRedirect');
    await world.time.advance(61_000);
    expect(nameIn(await complete(world, returnOf(third)))).toBe('OAuthSignInException');
    expect(world.cognito.count('exchangeCode')).toBe(1);
  });
});

describe('on the way back', () => {
  test('the code becomes the session, with the verifier that was stored, and the news goes out', async () => {
    const world = await device();
    const authorize = await begin(world, 'cart=7');
    const verifier = world.backing.record?.redirects?.[0]?.verifier;
    answer(world, authorize);
    expect(await complete(world, `${returnOf(authorize)}&tab=1`)).toMatchObject({
      search: [expect.anything(), '?tab=1'],
      events: [{ type: 'customOAuthState', data: 'cart=7' }, { type: 'signInWithRedirect' }],
    });
    expect(world.cognito.requests).toMatchObject([
      { operation: 'exchangeCode', input: { code: 'secret-code', verifier, redirectUri: PAGE } },
    ]);
    expect(world.backing.record?.session).toMatchObject({
      refreshToken: 'refresh-by-redirect',
      signedInByRedirect: true,
    });
    expect(world.backing.record).not.toHaveProperty('redirects');
    expect(await status(world)).toBe('signed-in');
    expect(world.news()).toEqual(['signedIn']);
  });

  test('two tabs with the same URL cost one exchange, and hear the same', async () => {
    const world = await device();
    const authorize = await begin(world);
    answer(world, authorize);
    const url = returnOf(authorize);
    const both = await world.time.run(
      Promise.all([world.session.completeRedirect({ url }), world.session.completeRedirect({ url })]),
    );
    expect(both.map(nameIn)).toEqual(['signInWithRedirect', 'signInWithRedirect']);
    expect(world.cognito.count('exchangeCode')).toBe(1);
  });

  test('two runs of the worker with the same URL cost one exchange; the other hears why, and the session stays', async () => {
    const world = await device();
    const other = world.start({ config: OAUTH });
    await other.connect('tab-2');
    const authorize = await begin(world);
    answer(world, authorize);
    const url = returnOf(authorize);
    const both = await world.time.run(
      Promise.all([world.session.completeRedirect({ url }), other.session.completeRedirect({ url })]),
    );
    expect(both.map(nameIn).sort()).toEqual(['OAuthSignInException', 'signInWithRedirect']);
    expect(world.cognito.count('exchangeCode')).toBe(1);
    expect(await status(world)).toBe('signed-in');
    expect(await status({ ...world, ...other })).toBe('signed-in');
  });

  test('a store that keeps and can not confirm that the state was taken does not cost the sign-in', async () => {
    const world = await device();
    const authorize = await begin(world);
    answer(world, authorize);
    world.backing.isConfirmationLost = true;
    expect(nameIn(await complete(world, returnOf(authorize)))).toBe('signInWithRedirect');
  });

  test.each([
    ['nothing of Cognito in it', PAGE],
    ['a code alone', `${PAGE}?code=c`],
    ['a state alone', `${PAGE}?state=s`],
    ['a page that is not configured', 'https://app.example/other?code=c&state=s'],
  ])('a URL with %s is left alone', async (_what, url) => {
    const world = await device();
    expect(await complete(world, url)).toEqual({ search: ['', ''], events: [] });
  });

  test.each<[string, (authorize: URL) => string, string]>([
    ['a state that nobody made', () => `${PAGE}?code=c&state=forged`, 'unknown'],
    ['an error', (url) => returnOf(url, 'error=access_denied'), 'access_denied'],
    [
      'an error that is described',
      (url) => returnOf(url, 'error=e&error_description=No+account'),
      'No account',
    ],
    ['an error whose state nobody made', () => `${PAGE}?error=access_denied&state=forged`, 'unknown'],
    [
      'another page than it was begun for',
      (url) => returnOf(url).replace(PAGE, 'https://other.example/'),
      'unknown',
    ],
    ['a code that is empty', (url) => returnOf(url, 'code='), 'no code'],
  ])('%s is told, and nothing is asked or stored', async (_what, urlOf, reason) => {
    const world = await device();
    const authorize = await begin(world);
    const { events } = await complete(world, urlOf(authorize));
    expect(events).toMatchObject([
      {
        type: 'signInWithRedirect_failure',
        error: { name: 'OAuthSignInException', message: expect.stringContaining(reason) as string },
      },
    ]);
    expect(world.cognito.requests).toEqual([]);
    expect(await status(world)).toBe('signed-out');
  });

  test('a foreign description is bounded and printable', async () => {
    const world = await device();
    const authorize = await begin(world);
    const text = encodeURIComponent(`\u202e\n${'x'.repeat(10_000)}`);
    const [event] = (await complete(world, returnOf(authorize, `error=e&error_description=${text}`))).events;
    const message = event && 'error' in event ? event.error.message : '';
    expect(message.length).toBeLessThan(300);
    expect(message).toMatch(/^[\x20-\x7e]+$/);
  });

  test('a state is used once, also when it came with an error', async () => {
    const world = await device();
    const authorize = await begin(world);
    await complete(world, returnOf(authorize, 'error=access_denied'));
    expect(nameIn(await complete(world, returnOf(authorize)))).toBe('OAuthSignInException');
    expect(world.cognito.count('exchangeCode')).toBe(0);
  });

  test.each<[string, unknown, string]>([
    [
      'a refusal',
      answered('OAuthSignInException', 400, 'The token endpoint refused the code: invalid_grant.'),
      'OAuthSignInException',
    ],
    ['no answer', unanswered(), 'NetworkError'],
  ])('%s of the token endpoint is told, and nobody is signed in', async (_what, failure, name) => {
    const world = await device();
    const authorize = await begin(world);
    world.cognito.fail('exchangeCode', failure);
    expect(nameIn(await complete(world, returnOf(authorize)))).toBe(name);
    expect(await status(world)).toBe('signed-out');
    expect(world.news()).toEqual([]);
  });

  test.each<[string, Parameters<typeof tokensFor>[1]]>([
    ['another nonce', { nonce: 'of another sign-in' }],
    ['no nonce', { nonce: undefined }],
    ['another app client', { client_id: 'client2' }],
    ['another audience', { aud: 'client2' }],
    ['an issuer that is no text', { iss: 5 }],
    ['another pool', { iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Other' }],
  ])('tokens with %s are revoked, not stored', async (_what, change) => {
    const world = await device();
    const authorize = await begin(world);
    answer(world, authorize, change);
    expect(nameIn(await complete(world, returnOf(authorize)))).toBe('OAuthSignInException');
    expect(world.backing.record).not.toHaveProperty('session');
    await world.time.advance(1_000);
    expect(world.cognito.requests.at(-1)).toMatchObject({
      operation: 'revoke',
      input: 'refresh-by-redirect',
    });
  });

  test('an emulator on plain http may leave the nonce out, but give no other', async () => {
    const config = { ...OAUTH, endpoints: { oauth: 'http://127.0.0.1:9400' } };
    const world = await device(config);
    const wrong = await begin(world);
    answer(world, wrong, { nonce: 'of another sign-in' });
    expect(nameIn(await complete(world, returnOf(wrong)))).toBe('OAuthSignInException');
    const right = await begin(world);
    answer(world, right, { nonce: undefined });
    expect(nameIn(await complete(world, returnOf(right)))).toBe('signInWithRedirect');
  });

  test.each<[string, TokenAnswer]>([
    ['no refresh token', { accessToken: makeToken({ sub: 's', iat: 1, exp: 2, token_use: 'access' }) }],
    ['no readable token', { accessToken: 'x.y.z', refreshToken: 'r' }],
  ])('an answer with %s is told, and nothing is stored', async (_what, tokens) => {
    const world = await device();
    const authorize = await begin(world);
    world.cognito.answerWith('exchangeCode', () => tokens);
    expect(nameIn(await complete(world, returnOf(authorize)))).toBe('NetworkError');
    expect(world.backing.record).not.toHaveProperty('session');
  });

  test('who signed in meanwhile stays; the tokens that come late are revoked', async () => {
    const world = await device();
    const authorize = await begin(world);
    answer(world, authorize);
    const hold = world.cognito.hold('exchangeCode');
    const done = world.session.completeRedirect({ url: returnOf(authorize) });
    await world.time.advance(10);
    await world.signIn('grace');
    hold.release();
    expect(nameIn(await world.time.run(done))).toBe('UserAlreadyAuthenticatedException');
    await world.time.advance(1_000);
    expect(world.cognito.requests.at(-1)).toMatchObject({
      operation: 'revoke',
      input: 'refresh-by-redirect',
    });
    expect(await world.time.run(world.session.session({}))).toMatchObject({ user: { username: 'grace' } });
  });

  test('a sign-out meanwhile ends it; the tokens that come late are revoked', async () => {
    const world = await device();
    const authorize = await begin(world);
    answer(world, authorize);
    const hold = world.cognito.hold('exchangeCode');
    const done = world.session.completeRedirect({ url: returnOf(authorize) });
    await world.time.advance(10);
    const out = world.session.signOut({});
    await world.time.advance(1_000);
    await out;
    hold.release();
    expect(nameIn(await world.time.run(done))).toBe('SignInException');
    await world.time.advance(1_000);
    expect(world.cognito.requests.at(-1)).toMatchObject({
      operation: 'revoke',
      input: 'refresh-by-redirect',
    });
    expect(await status(world)).toBe('signed-out');
  });

  test('who comes back with a code while somebody is signed in costs no exchange, and the session stays', async () => {
    const world = await device();
    const authorize = await begin(world);
    await world.signIn('grace');
    expect(nameIn(await complete(world, returnOf(authorize)))).toBe('UserAlreadyAuthenticatedException');
    expect(world.cognito.count('exchangeCode')).toBe(0);
    expect(await status(world)).toBe('signed-in');
  });

  test('no secret is logged', async () => {
    const { log, backing } = await signedIn();
    const text = JSON.stringify(log);
    for (const secret of ['secret-code', 'refresh-by-redirect', backing.record?.session?.accessToken ?? '']) {
      expect(text).not.toContain(secret);
    }
  });
});

describe('a sign-out', () => {
  const out = async (world: Both, input: Parameters<Both['session']['signOut']>[0] = {}) => {
    const done = world.session.signOut({ pageUrl: PAGE, ...input });
    await world.time.advance(5_000);
    return done;
  };

  test('after a sign-in by redirect answers where to go, also after a refresh', async () => {
    const world = await signedIn();
    world.cognito.refresh = () => Promise.resolve({ ...tokensFor(new URL(PAGE)), refreshToken: 'rotated' });
    await world.time.run(world.session.session({ forceRefresh: true }));
    expect(world.backing.record?.session).toMatchObject({ refreshToken: 'rotated' });
    expect(await out(world)).toMatchObject({
      redirectUrl:
        'https://auth.example.com/logout?client_id=client1&logout_uri=https%3A%2F%2Fapp.example%2F',
    });
  });

  test('goes to the URL that was asked for, if that is configured', async () => {
    const { redirectUrl = '' } = await out(await signedIn(), {
      oauth: { redirectUrl: 'https://app.example/bye' },
    });
    expect(new URL(redirectUrl).searchParams.get('logout_uri')).toBe('https://app.example/bye');
  });

  test('to a URL that is not configured is refused before anything is done', async () => {
    const world = await signedIn();
    const input = { pageUrl: PAGE, oauth: { redirectUrl: 'https://evil.example/' } };
    await expect(world.time.run(world.session.signOut(input))).rejects.toMatchObject({
      name: 'InvalidPreferredRedirectUrlException',
    });
    expect(await status(world)).toBe('signed-in');
  });

  test('of a session by password, or on a page of another origin, goes nowhere', async () => {
    const byPassword = await device();
    await byPassword.signIn();
    expect(await out(byPassword)).not.toHaveProperty('redirectUrl');
    expect(await out(await signedIn(), { pageUrl: 'https://third.example/' })).not.toHaveProperty(
      'redirectUrl',
    );
  });
});
