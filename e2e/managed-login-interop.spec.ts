/**
 * Managed login with parts that nobody here wrote: Amplify signs in on the local Cognito's pages, so those are right; and this
 * package signs in on the pages of npm's cognito-local.
 */
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { BrowserContext, Page } from '@playwright/test';
import { bundlePage } from '../bench/bundle.js';
import { startCognitoLocal } from '../demo/local-cognito/cognito-local-process.js';
import type { AmplifyRedirectSetting } from './amplify/redirect-page.js';
import { ada, expect, test } from './fixtures.js';

/** Amplify asks its domain by https, always. */
const DOMAIN = 'login.example.test';

/** Has the browser find the local Cognito there. */
async function standFor(context: BrowserContext, cognitoUrl: string): Promise<void> {
  await context.route(`https://${DOMAIN}/**`, async (route) => {
    const request = route.request();
    const { pathname, search } = new URL(request.url());
    const body = request.postData();
    const { status, headers, ...answer } = await fetch(`${cognitoUrl}${pathname}${search}`, {
      method: request.method(),
      headers: await request.allHeaders(),
      ...(body !== null && { body }),
      redirect: 'manual',
    }).then(async (response) => ({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    }));
    await route.fulfill({ status, headers, ...answer });
  });
}

async function fillIn(page: Page): Promise<void> {
  await page.getByLabel('Username').fill(ada.username);
  await page.getByLabel('Password').fill(ada.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test("Amplify's signInWithRedirect goes through the local Cognito: there, back, refreshed, and signed out", async ({
  page,
  context,
  site,
  cognito,
}) => {
  const { files } = await bundlePage('redirect-page', new URL('amplify/', import.meta.url));
  for (const { name, code } of files)
    site.serve(`/${name}`, { headers: { 'content-type': 'text/javascript' }, body: code });
  const { userPoolId, userPoolClientId, endpoints } = cognito.config;
  const setting: AmplifyRedirectSetting = {
    userPoolId,
    userPoolClientId,
    userPoolEndpoint: endpoints.userPool,
    domain: DOMAIN,
    pageUrl: `${site.url}/amplify`,
  };
  site.serve('/amplify', {
    headers: { 'content-type': 'text/html' },
    body: `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<script>window.redirectSetting = ${JSON.stringify(setting)};</script>
<script type="module" src="/redirect-page.js"></script>`,
  });
  await standFor(context, cognito.url);

  await page.goto(setting.pageUrl);
  await page.waitForFunction(() => window.amplifyRedirect !== undefined);
  await page.evaluate(() => void window.amplifyRedirect.signIn('cart=7'));
  await page.waitForURL(`https://${DOMAIN}/oauth2/authorize**`);
  await fillIn(page);
  await page.waitForURL(`${setting.pageUrl}**`);
  await page.waitForFunction(() => window.amplifyRedirect?.events.includes('signedIn'));
  expect(await page.evaluate(() => window.amplifyRedirect.events)).toEqual(
    expect.arrayContaining(['customOAuthState cart=7', 'signInWithRedirect', 'signedIn']),
  );
  expect(await page.evaluate(() => window.amplifyRedirect.claims())).toMatchObject({
    username: 'ada',
    client_id: userPoolClientId,
    scope: 'openid email profile aws.cognito.signin.user.admin',
    nonce: 'of-amplify',
  });

  await page.evaluate(() => window.amplifyRedirect.refresh());
  expect(cognito.accepted()).toMatchObject({ 'oauth2/token': 1, GetTokensFromRefreshToken: 1 });

  const left = page.waitForRequest(/\/logout\?/);
  await page.evaluate(() => void window.amplifyRedirect.signOut());
  await left;
  await page.waitForURL(setting.pageUrl);
  await page.waitForFunction(() => window.amplifyRedirect !== undefined);
  expect(await page.evaluate(() => window.amplifyRedirect.claims())).toBeUndefined();
  // Amplify revokes at the user pool's endpoint; the login page asks anew.
  await page.evaluate(() => void window.amplifyRedirect.signIn('again'));
  await expect(page.getByLabel('Password')).toBeVisible();
});

test("this package signs in on the pages of npm's cognito-local", async ({ page, site }) => {
  const server = await startCognitoLocal();
  try {
    const admin = new CognitoIdentityProviderClient({
      region: 'local',
      endpoint: server.url,
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    });
    const pageUrl = `${site.url}/`;
    const { UserPool } = await admin.send(new CreateUserPoolCommand({ PoolName: 'pool' }));
    const UserPoolId = UserPool?.Id ?? '';
    const { UserPoolClient } = await admin.send(
      new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'app', CallbackURLs: [pageUrl] }),
    );
    await admin.send(
      new AdminCreateUserCommand({ UserPoolId, Username: ada.username, MessageAction: 'SUPPRESS' }),
    );
    await admin.send(
      new AdminSetUserPasswordCommand({
        UserPoolId,
        Username: ada.username,
        Password: ada.password,
        Permanent: true,
      }),
    );
    const config = {
      userPoolId: UserPoolId,
      userPoolClientId: UserPoolClient?.ClientId ?? '',
      endpoints: { userPool: server.url, oauth: server.url },
      oauth: { redirectSignIn: [pageUrl], scopes: ['openid'] },
    };
    await page.goto(pageUrl);
    await page.evaluate((given) => window.start(given), config);
    await page.evaluate(() => void window.client.signInWithRedirect());
    await page.waitForURL(`${server.url}/oauth2/authorize**`);
    await fillIn(page);
    await page.waitForURL(`${pageUrl}?code=**`);
    await page.evaluate((given) => window.start(given), config);
    const user = await page.evaluate(() => window.client.getCurrentUser());
    expect(user).toMatchObject({ username: 'ada' });
    await expect
      .poll(() => page.evaluate(() => window.events.map(({ type }) => type).sort()))
      .toEqual(['signInWithRedirect', 'signedIn']);
    expect(page.url()).toBe(pageUrl);
  } finally {
    await server.stop();
  }
});
