/**
 * The local Cognito is Cognito enough for Amplify: code that nobody here wrote signs in, refreshes and signs out against it.
 * What Amplify sends is what Cognito gets in the field, and what it accepts is what Cognito answers.
 */
import { generateKeyPairSync } from 'node:crypto';
import { expect, test as base, type Page } from '@playwright/test';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { bundlePage } from '../bench/bundle.js';
import { htmlPage, serveSite, type Site } from '../bench/site.js';
import { startLocalCognito, type LocalCognito } from '../demo/local-cognito/server.js';
import type { Flow } from './amplify/page.js';
import { addVirtualAuthenticator } from './virtual-authenticator.js';

const USER = { username: 'ada', password: 'Analytical-Engine-1843' };
const NEWCOMER = { username: 'grace', password: 'First-Compiler-1952', newPassword: 'Nanosecond-Wire-1983' };
const UNCONFIRMED = { username: 'mary', password: 'Celestial-Mechanics-1831' };
const RESET = { username: 'joan', password: 'Banburismus-Table-1941' };
const KEY_HOLDER = { username: 'hedy', password: 'Frequency-Hopping-1942' };

interface Fixtures {
  cognito: LocalCognito;
  amplify: Page;
}

const test = base.extend<Fixtures, { site: Site }>({
  site: [
    async ({}, use) => {
      const { files } = await bundlePage('page', new URL('amplify/', import.meta.url));
      const site = await serveSite(
        new Map([['page.html', htmlPage('page')], ...files.map(({ name, code }) => [name, code] as const)]),
      );
      await use(site);
      await site.close();
    },
    { scope: 'worker' },
  ],
  cognito: async ({}, use) => {
    const cognito = await startLocalCognito({
      settings: { rotation: { enabled: true, graceSeconds: 0 } },
      users: [
        { ...USER, attributes: { email: 'ada@example.com', email_verified: 'true', given_name: 'Ada' } },
        { username: NEWCOMER.username, password: NEWCOMER.password, status: 'FORCE_CHANGE_PASSWORD' },
        { ...UNCONFIRMED, status: 'UNCONFIRMED' },
        { ...RESET, status: 'RESET_REQUIRED' },
        { ...KEY_HOLDER, factors: { firstFactors: ['WEB_AUTHN'] } },
      ],
    });
    await use(cognito);
    await cognito.close();
  },
  amplify: async ({ page, site, cognito }, use) => {
    await openAmplify(page, site, cognito);
    await use(page);
  },
});

async function openAmplify(
  page: Page,
  site: Site,
  cognito: LocalCognito,
  allowGuestAccess = false,
): Promise<void> {
  await page.goto(`${site.origin}/page.html`);
  await page.evaluate(
    (pools) => {
      window.amplify.configure(pools);
    },
    { ...cognito.config, allowGuestAccess },
  );
}

function signIn(page: Page, flow: Flow, { username, password } = USER): Promise<string> {
  return page.evaluate(([name, secret, how]) => window.amplify.signIn(name, secret, how), [
    username,
    password,
    flow,
  ] as const);
}

/** The name of the error that a sign-in rejects with. */
function signInError(page: Page, username: string, password: string): Promise<string> {
  return page.evaluate(
    ([name, secret]) =>
      window.amplify.signIn(name, secret, 'USER_SRP_AUTH').then(
        (step) => `no error, but ${step}`,
        (error: Error) => error.name,
      ),
    [username, password] as const,
  );
}

/** The name of the error that a forced refresh rejects with. */
function refreshError(page: Page): Promise<string> {
  return page.evaluate(() =>
    window.amplify.session({ forceRefresh: true }).then(
      () => 'no error',
      (error: Error) => error.name,
    ),
  );
}

function storedRefreshToken(page: Page): Promise<string | undefined> {
  return page.evaluate(() => window.amplify.storedRefreshToken());
}

const flows = ['USER_SRP_AUTH', 'USER_PASSWORD_AUTH'] as const satisfies readonly Flow[];

for (const flow of flows) {
  test(`Amplify signs in by ${flow} and has tokens that verify and AWS credentials`, async ({
    amplify,
    cognito,
  }) => {
    expect(await signIn(amplify, flow)).toBe('DONE');

    const session = await amplify.evaluate(() => window.amplify.session());
    const keys = createRemoteJWKSet(
      new URL(`${cognito.config.endpoints.userPool}/${cognito.config.userPoolId}/.well-known/jwks.json`),
    );
    const id = await jwtVerify(session.idToken ?? '', keys, { audience: cognito.config.userPoolClientId });
    const access = await jwtVerify(session.accessToken ?? '', keys);
    expect(id.payload).toMatchObject({
      token_use: 'id',
      'cognito:username': 'ada',
      email: 'ada@example.com',
    });
    expect(access.payload).toMatchObject({
      token_use: 'access',
      client_id: cognito.config.userPoolClientId,
      scope: 'aws.cognito.signin.user.admin',
    });
    expect(access.payload.iss).toBe(id.payload.iss);

    expect(session.userSub).toBe(id.payload.sub);
    expect(session.identityId).toMatch(/^[\w-]+:[0-9a-f-]{36}$/);
    expect(session.accessKeyId).toBeTruthy();
    expect(session.sessionToken).toBeTruthy();
    const lifeMs = (session.expiresAtMs ?? 0) - Date.now();
    expect(lifeMs).toBeGreaterThan(3_500_000);
    expect(lifeMs).toBeLessThan(3_700_000);
  });
}

test("a wrong password and an unknown user get Cognito's names", async ({ amplify, cognito }) => {
  expect(await signInError(amplify, USER.username, 'Difference-Engine-1822')).toBe('NotAuthorizedException');
  expect(await signInError(amplify, 'nobody', USER.password)).toBe('UserNotFoundException');
  cognito.change({ preventUserExistenceErrors: true });
  expect(await signInError(amplify, 'nobody', USER.password)).toBe('NotAuthorizedException');
  expect(await signIn(amplify, 'USER_SRP_AUTH')).toBe('DONE');
});

test('Amplify knows what an unconfirmed user and one with a password to be reset have to do', async ({
  amplify,
}) => {
  expect(await signIn(amplify, 'USER_PASSWORD_AUTH', UNCONFIRMED)).toBe('CONFIRM_SIGN_UP');
  expect(await signIn(amplify, 'USER_PASSWORD_AUTH', RESET)).toBe('RESET_PASSWORD');
});

test('a user with a temporary password sets a new one and can use it from then on', async ({ amplify }) => {
  expect(await signIn(amplify, 'USER_SRP_AUTH', NEWCOMER)).toBe('CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED');
  expect(
    await amplify.evaluate((password) => window.amplify.confirmSignIn(password), NEWCOMER.newPassword),
  ).toBe('DONE');
  await amplify.evaluate(() => window.amplify.signOut());

  expect(await signInError(amplify, NEWCOMER.username, NEWCOMER.password)).toBe('NotAuthorizedException');
  const changed = { username: NEWCOMER.username, password: NEWCOMER.newPassword };
  expect(await signIn(amplify, 'USER_SRP_AUTH', changed)).toBe('DONE');
});

test('Amplify finds the user and the attributes', async ({ amplify }) => {
  await signIn(amplify, 'USER_SRP_AUTH');
  const user = await amplify.evaluate(() => window.amplify.currentUser());
  expect(user).toMatchObject({
    username: 'ada',
    signInDetails: { loginId: 'ada', authFlowType: 'USER_SRP_AUTH' },
  });
  expect(await amplify.evaluate(() => window.amplify.attributes())).toMatchObject({
    sub: user.userId,
    email: 'ada@example.com',
    given_name: 'Ada',
  });
});

test('with rotation on, each refresh brings new tokens and a new refresh token', async ({
  amplify,
  cognito,
}) => {
  await signIn(amplify, 'USER_PASSWORD_AUTH');
  const accessTokens = new Set<string | undefined>();
  const refreshTokens = new Set([await storedRefreshToken(amplify)]);
  for (let refresh = 0; refresh < 3; refresh += 1) {
    const { accessToken } = await amplify.evaluate(() => window.amplify.session({ forceRefresh: true }));
    accessTokens.add(accessToken);
    refreshTokens.add(await storedRefreshToken(amplify));
  }
  expect(accessTokens.size).toBe(3);
  expect(refreshTokens.size).toBe(4);
  expect(cognito.accepted()).toMatchObject({ GetTokensFromRefreshToken: 3 });
  const origins = [...accessTokens].map((token) => decodeJwt(token ?? '')['origin_jti']);
  expect(new Set(origins).size).toBe(1);
});

test('without rotation, a refresh leaves the refresh token as it is', async ({ amplify, cognito }) => {
  cognito.change({ rotation: { enabled: false, graceSeconds: 0 } });
  await signIn(amplify, 'USER_PASSWORD_AUTH');
  const before = await storedRefreshToken(amplify);
  await amplify.evaluate(() => window.amplify.session({ forceRefresh: true }));
  expect(await storedRefreshToken(amplify)).toBe(before);
});

test('Amplify refreshes by itself when its tokens have run out', async ({ amplify, cognito }) => {
  // Amplify refreshes 5 s before the end, so these tokens are due from their first second.
  cognito.change({ accessTokenSeconds: 5, idTokenSeconds: 5 });
  await signIn(amplify, 'USER_PASSWORD_AUTH');
  cognito.clearLog();
  await expect
    .poll(async () => {
      await amplify.evaluate(() => window.amplify.session());
      return cognito.accepted()['GetTokensFromRefreshToken'] ?? 0;
    })
    .toBeGreaterThan(0);
});

test('a rotated refresh token is refused after its grace period, and Amplify is signed out', async ({
  amplify,
}) => {
  await signIn(amplify, 'USER_PASSWORD_AUTH');
  const first = (await storedRefreshToken(amplify)) ?? '';
  await amplify.evaluate(() => window.amplify.session({ forceRefresh: true }));
  await amplify.evaluate((token) => {
    window.amplify.storeRefreshToken(token);
  }, first);

  expect(await refreshError(amplify)).toBe('RefreshTokenReuseException');
  expect((await amplify.evaluate(() => window.amplify.session())).accessToken).toBeUndefined();
});

test('within its grace period a rotated refresh token still refreshes', async ({ amplify, cognito }) => {
  cognito.change({ rotation: { enabled: true, graceSeconds: 60 } });
  await signIn(amplify, 'USER_PASSWORD_AUTH');
  const first = (await storedRefreshToken(amplify)) ?? '';
  await amplify.evaluate(() => window.amplify.session({ forceRefresh: true }));
  await amplify.evaluate((token) => {
    window.amplify.storeRefreshToken(token);
  }, first);

  expect(await refreshError(amplify)).toBe('no error');
});

test('sign-out revokes the refresh token', async ({ amplify, cognito }) => {
  await signIn(amplify, 'USER_PASSWORD_AUTH');
  const token = (await storedRefreshToken(amplify)) ?? '';
  await amplify.evaluate(() => window.amplify.signOut());
  expect(cognito.accepted()).toMatchObject({ RevokeToken: 1 });
  expect((await amplify.evaluate(() => window.amplify.session())).accessToken).toBeUndefined();

  await signIn(amplify, 'USER_PASSWORD_AUTH');
  await amplify.evaluate((revoked) => {
    window.amplify.storeRefreshToken(revoked);
  }, token);
  // Amplify takes this one for a sign-out and resolves without tokens.
  const session = await amplify.evaluate(() => window.amplify.session({ forceRefresh: true }));
  expect(session.accessToken).toBeUndefined();
  expect(cognito.requests.findLast((entry) => entry.operation === 'GetTokensFromRefreshToken')).toMatchObject(
    {
      status: 400,
      errorType: 'NotAuthorizedException',
    },
  );
});

test('global sign-out ends the sessions of every device', async ({ amplify, cognito, site, browser }) => {
  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  await openAmplify(other, site, cognito);
  await signIn(other, 'USER_PASSWORD_AUTH');
  await signIn(amplify, 'USER_PASSWORD_AUTH');

  await amplify.evaluate(() => window.amplify.signOut({ global: true }));
  expect(cognito.accepted()).toMatchObject({ GlobalSignOut: 1 });
  const session = await other.evaluate(() => window.amplify.session({ forceRefresh: true }));
  expect(session.accessToken).toBeUndefined();
  await elsewhere.close();
});

test("a guest's identity becomes the user's at sign-in", async ({ page, site, cognito }) => {
  cognito.change({ guestsAllowed: true });
  await openAmplify(page, site, cognito, true);
  const guest = await page.evaluate(() => window.amplify.session());
  expect(guest.accessToken).toBeUndefined();
  expect(guest.accessKeyId).toBeTruthy();

  await signIn(page, 'USER_PASSWORD_AUTH');
  const user = await page.evaluate(() => window.amplify.session());
  expect(user.identityId).toBe(guest.identityId);
  expect(user.accessKeyId).not.toBe(guest.accessKeyId);
});

test('where guests are not allowed, a guest gets no credentials', async ({ page, site, cognito }) => {
  cognito.change({ guestsAllowed: false });
  await openAmplify(page, site, cognito, true);
  const name = await page.evaluate(() =>
    window.amplify.session().then(
      () => 'no error',
      (error: Error) => error.name,
    ),
  );
  expect(name).toBe('NotAuthorizedException');
});

test('a passkey signs in, and one of another key is refused', async ({ page, site, cognito }) => {
  const { devtools, authenticatorId } = await addVirtualAuthenticator(page);
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const credentialId = Buffer.from('a passkey of the test');
  await devtools.send('WebAuthn.addCredential', {
    authenticatorId,
    credential: {
      credentialId: credentialId.toString('base64'),
      isResidentCredential: true,
      rpId: 'localhost',
      privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
      userHandle: Buffer.from('hedy').toString('base64'),
      signCount: 0,
    },
  });
  const passkey = { credentialId: credentialId.toString('base64url') };

  // An address can't be a relying party.
  await openAmplify(page, { ...site, origin: site.origin.replace('127.0.0.1', 'localhost') }, cognito);
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  cognito.addPasskey('hedy', { ...passkey, publicKey: other.export({ format: 'jwk' }) });
  const error = await page.evaluate(() =>
    window.amplify.signInWithPasskey('hedy').then(
      (step) => `no error, but ${step}`,
      ({ name }: Error) => name,
    ),
  );
  expect(error).toBe('NotAuthorizedException');

  cognito.reset();
  cognito.addPasskey('hedy', { ...passkey, publicKey: publicKey.export({ format: 'jwk' }) });
  expect(await page.evaluate(() => window.amplify.signInWithPasskey('hedy'))).toBe('DONE');
  expect((await page.evaluate(() => window.amplify.currentUser())).username).toBe('hedy');
});
