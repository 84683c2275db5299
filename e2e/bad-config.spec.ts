/** What a bad config gets: an AuthError that names the field, and a running session that is none the worse. */
import type { Page } from '@playwright/test';
import { ada, expect, test } from './fixtures.js';
import type { PlainConfig, PlainError } from './page/window.js';

/** What `configure()` throws in this page, if it does. */
function configureError(page: Page, config: PlainConfig): Promise<PlainError | undefined> {
  return page.evaluate((given) => {
    try {
      window.csw.configure(given);
      return undefined;
    } catch (error) {
      return window.plainError(error);
    }
  }, config);
}

const USER_POOL = { userPoolId: 'eu-central-1_AbCdEf123', userPoolClientId: '1example23456789' };

const BAD_CONFIGS: { title: string; config: unknown; field: RegExp }[] = [
  { title: 'neither pool', config: {}, field: /userPoolId|identityPoolId/ },
  {
    title: 'a user pool without an app client',
    config: { userPoolId: USER_POOL.userPoolId },
    field: /userPoolClientId/,
  },
  {
    title: 'an app client without a user pool',
    config: { userPoolClientId: USER_POOL.userPoolClientId },
    field: /userPoolId/,
  },
  {
    title: 'a user pool id without a region',
    config: { ...USER_POOL, userPoolId: 'AbCdEf123' },
    field: /userPoolId/,
  },
  { title: 'a user pool id that is a number', config: { ...USER_POOL, userPoolId: 7 }, field: /userPoolId/ },
  {
    title: 'an empty app client id',
    config: { ...USER_POOL, userPoolClientId: '' },
    field: /userPoolClientId/,
  },
  {
    title: 'an app client id with a slash',
    config: { ...USER_POOL, userPoolClientId: 'a/b' },
    field: /userPoolClientId/,
  },
  {
    title: 'an identity pool id without a UUID',
    config: { identityPoolId: 'eu-central-1' },
    field: /identityPoolId/,
  },
  {
    title: 'a margin below 0',
    config: { ...USER_POOL, refreshMarginSeconds: -1 },
    field: /refreshMarginSeconds/,
  },
  {
    title: 'a margin above 3600',
    config: { ...USER_POOL, refreshMarginSeconds: 3_601 },
    field: /refreshMarginSeconds/,
  },
  {
    title: 'a margin that is no number',
    config: { ...USER_POOL, refreshMarginSeconds: '300' },
    field: /refreshMarginSeconds/,
  },
  { title: 'an unknown persistence', config: { ...USER_POOL, persistence: 'cookie' }, field: /persistence/ },
  {
    title: 'guests that are allowed by a string',
    config: { ...USER_POOL, allowGuestAccess: 'yes' },
    field: /allowGuestAccess/,
  },
  {
    title: 'an endpoint that is no URL',
    config: { ...USER_POOL, endpoints: { userPool: 'localhost' } },
    field: /endpoints\.userPool/,
  },
  {
    title: 'an endpoint of another scheme',
    config: { ...USER_POOL, endpoints: { identityPool: 'ftp://example.com' } },
    field: /endpoints\.identityPool/,
  },
];

test('configure with a bad config throws an error that names the field', async ({ page, site }) => {
  await page.goto(`${site.url}/`);
  for (const { title, config, field } of BAD_CONFIGS) {
    const error = await configureError(page, config as PlainConfig);

    expect.soft(error, title).toMatchObject({ name: 'InvalidConfigurationException', isAuthError: true });
    expect.soft(error?.message, title).toMatch(field);
  }
});

test('a good config is taken', async ({ page, site }) => {
  await page.goto(`${site.url}/`);
  expect(
    await configureError(page, { ...USER_POOL, refreshMarginSeconds: 0, persistence: 'memory' }),
  ).toBeUndefined();
  expect(
    await configureError(page, { identityPoolId: 'us-east-1:5e55a011-c0de-4a11-8a11-0ca1c0961200' }),
  ).toBeUndefined();
});

test('calls before configure are refused', async ({ page, site }) => {
  await page.goto(`${site.url}/`);
  const errors = await page.evaluate(() =>
    Promise.all([
      window.attempt('fetchAuthSession'),
      window.attempt('getCurrentUser'),
      window.attempt('signOut'),
    ]),
  );
  for (const outcome of errors) {
    expect(outcome).toMatchObject({ ok: false, error: { name: 'AuthUserPoolException', isAuthError: true } });
  }
  expect(await page.evaluate(() => window.csw.peekSession())).toBeUndefined();
});

const MISMATCHES: { title: string; other: PlainConfig; field: RegExp }[] = [
  { title: 'another user pool', other: { userPoolId: 'eu-central-1_OtherPool' }, field: /userPoolId/ },
  {
    title: 'another endpoint',
    other: { endpoints: { userPool: 'http://127.0.0.1:9' } },
    field: /endpoints?\.userPool/,
  },
];

for (const { title, other, field } of MISMATCHES) {
  test(`a tab with ${title} under the same app client is refused, and the running session is untouched`, async ({
    openTab,
    cognito,
  }) => {
    const tab = await openTab();
    await tab.signIn(ada);
    const session = await tab.fetch();
    const stranger = await openTab({ config: other });

    const outcome = await stranger.attempt('fetchAuthSession');

    expect(outcome).toMatchObject({
      ok: false,
      error: { name: 'ConfigurationMismatchException', isAuthError: true },
    });
    expect(outcome.ok ? '' : outcome.error.message).toMatch(field);
    expect(await stranger.rejection('signIn', ada)).toBe('ConfigurationMismatchException');
    expect(await stranger.rejection('signOut')).toBe('ConfigurationMismatchException');
    expect(await tab.fetch()).toEqual(session);
    expect((await tab.fetch({ forceRefresh: true })).userSub).toBe(session.userSub);
    await tab.toldOf('signedIn', 'tokenRefresh');
    expect(cognito.accepted()).toMatchObject({ InitiateAuth: 1, GetTokensFromRefreshToken: 1 });
    expect(cognito.counts()['RevokeToken']).toBeUndefined();
  });
}
