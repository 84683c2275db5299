/** What bad input gets: an AuthError that says what is wrong, and never a harmed session. */
import type { Page } from '@playwright/test';
import { ada, expect, INSECURE_HOST, test } from './fixtures.js';
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

test.describe("with users in every state of a user's life", () => {
  test.use({
    cognitoOptions: {
      users: [
        ada,
        { username: 'unconfirmed', password: 'Right-Password-1', status: 'UNCONFIRMED' },
        { username: 'to-be-reset', password: 'Right-Password-1', status: 'RESET_REQUIRED' },
      ],
    },
  });

  const REFUSED = [
    {
      title: 'a wrong password',
      username: 'ada',
      password: 'Wrong-Password-1',
      name: 'NotAuthorizedException',
    },
    {
      title: 'an unknown user',
      username: 'nobody',
      password: 'Right-Password-1',
      name: 'UserNotFoundException',
    },
    {
      title: 'an unconfirmed user',
      username: 'unconfirmed',
      password: 'Right-Password-1',
      name: 'UserNotConfirmedException',
    },
    {
      title: 'a password to be reset',
      username: 'to-be-reset',
      password: 'Right-Password-1',
      name: 'PasswordResetRequiredException',
    },
  ];
  for (const authFlowType of ['USER_SRP_AUTH', 'USER_PASSWORD_AUTH'] as const) {
    test(`a sign-in by ${authFlowType} that Cognito refuses gets its own error, and nobody is signed in`, async ({
      openTab,
    }) => {
      const tab = await openTab();
      for (const { title, username, password, name } of REFUSED) {
        const outcome = await tab.attempt('signIn', { username, password, options: { authFlowType } });

        const error = { name, isAuthError: true, metadata: { httpStatusCode: 400 } };
        expect(outcome, title).toMatchObject({ ok: false, error });
        expect(JSON.stringify(outcome), title).not.toContain(password);
        expect((await tab.fetch()).accessToken).toBeUndefined();
      }
      // The next attempt starts afresh.
      await tab.signIn(ada);
      await tab.toldOf('signedIn');
    });
  }

  test('signIn and confirmSignIn without their arguments say which one is missing', async ({ openTab }) => {
    const tab = await openTab();
    const cases = [
      [{ username: '', password: 'Right-Password-1' }, /username/],
      [{ username: 'ada', password: '' }, /password/],
      [{ username: 'ada' }, /password/],
      [
        {
          username: 'ada',
          password: 'Right-Password-1',
          options: { authFlowType: 'MAGIC' as 'USER_SRP_AUTH' },
        },
        /authFlowType/,
      ],
    ] as const;
    for (const [input, field] of cases) {
      const outcome = await tab.attempt('signIn', input);
      expect(outcome).toMatchObject({
        ok: false,
        error: { name: 'InvalidInputException', isAuthError: true },
      });
      expect(outcome.ok ? '' : outcome.error.message).toMatch(field);
    }
  });
});

test('decodeJWT of anything that is no JWT throws an AuthError', async ({ openTab }) => {
  const tab = await openTab();
  await tab.signIn(ada);
  const { accessToken = '', accessClaims } = await tab.fetch();
  const encode = (text: string): string => Buffer.from(text).toString('base64url');
  const header = encode('{"alg":"RS256"}');
  const junk: unknown[] = [
    ...['', 'x', 'a.b', 'a.b.c', 'a.b.c.d', '...', '\u0000.\u0000.\u0000', 'é.é.é'],
    `${header}.${encode('not json')}.sig`,
    `${header}.${encode('null')}.sig`,
    `${header}.${encode('[]')}.sig`,
    `${header}.${encode('"text"')}.sig`,
    `${header}.${encode('42')}.sig`,
    `${encode('null')}.${encode('{}')}.sig`,
    `${header}.${Buffer.from([0xff, 0xfe, 0x7b]).toString('base64url')}.sig`,
    `${header}.{}.sig`,
    accessToken.slice(0, -1).replace(/\./g, ''),
    undefined,
    null,
    42,
    {},
    [],
    'x'.repeat(1_000_000),
  ];

  const outcomes = await tab.page.evaluate(
    (values) =>
      values.map((value) => {
        try {
          return { decoded: JSON.stringify(window.csw.decodeJWT(value as string)) };
        } catch (error) {
          return window.plainError(error);
        }
      }),
    junk,
  );

  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ name: 'InvalidTokenException', isAuthError: true });
  // And of one that is a JWT: its parts.
  const decoded = await tab.page.evaluate((token) => {
    const jwt = window.csw.decodeJWT(token);
    return { payload: jwt.payload, alg: jwt.header.alg, text: jwt.toString(), signature: jwt.signature };
  }, accessToken);
  expect(decoded).toEqual({
    payload: accessClaims,
    alg: 'RS256',
    text: accessToken,
    signature: accessToken.split('.')[2],
  });
});

/** Puts a value in the place of every record of the worker's database. The database is named in the README. */
async function overwriteRecords(page: Page, junk: unknown): Promise<number> {
  return page.evaluate(async (value) => {
    const settled = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error(request.error?.message));
      });
    let overwritten = 0;
    for (const { name } of await indexedDB.databases()) {
      const database = await settled(indexedDB.open(name ?? ''));
      for (const storeName of database.objectStoreNames) {
        const store = database.transaction(storeName, 'readwrite').objectStore(storeName);
        for (const key of await settled(store.getAllKeys())) {
          await settled(store.put(value, key));
          overwritten++;
        }
      }
      database.close();
    }
    return overwritten;
  }, junk);
}

/** Every value in every database of the origin. */
async function storedValues(page: Page): Promise<unknown[]> {
  return page.evaluate(async () => {
    const settled = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error(request.error?.message));
      });
    const values: unknown[] = [];
    for (const { name } of await indexedDB.databases()) {
      const database = await settled(indexedDB.open(name ?? ''));
      for (const storeName of database.objectStoreNames) {
        const found: unknown[] = await settled(
          database.transaction(storeName).objectStore(storeName).getAll(),
        );
        values.push(...found);
      }
      database.close();
    }
    return values;
  });
}

const JUNK: { title: string; junk: unknown }[] = [
  { title: 'a string', junk: 'junk' },
  { title: 'an empty object', junk: { junk: true } },
  {
    title: 'a session that lacks its tokens',
    junk: { v: 1, fence: 3, revision: 7, sequence: 2, session: { accessToken: 7, junk: true } },
  },
  {
    title: 'tokens that are no JWTs',
    junk: {
      v: 1,
      fence: 3,
      revision: 7,
      sequence: 2,
      session: {
        accessToken: 'junk',
        idToken: 'junk',
        refreshToken: 'x',
        originalRefreshToken: 'x',
        receivedAtMs: 1,
      },
    },
  },
];

for (const { title, junk } of JUNK) {
  test(`a stored record that is ${title} means signed out; it is set aside, logged, and erased at the next sign-out`, async ({
    openTab,
    context,
    site,
    killWorkers,
  }) => {
    const before = await openTab();
    await before.signIn(ada);
    await before.page.close();
    await killWorkers();
    const bystander = await context.newPage();
    await bystander.goto(`${site.url}/blank.html`);
    expect(await overwriteRecords(bystander, junk)).toBeGreaterThan(0);

    const tab = await openTab();

    expect((await tab.fetch()).accessToken).toBeUndefined();
    expect((await tab.logs()).filter(({ level }) => level === 'warn' || level === 'error')).not.toEqual([]);
    const mark = 'junk';
    expect(JSON.stringify(await storedValues(bystander))).toContain(mark);
    await tab.signIn(ada);
    expect((await tab.fetch()).accessToken).toBeTruthy();
    await tab.reload();
    expect((await tab.fetch()).accessToken).toBeTruthy();
    await tab.signOut();
    expect(JSON.stringify(await storedValues(bystander))).not.toContain(mark);
  });
}

test('a database that is deleted under a live worker signs nobody out', async ({
  openTab,
  context,
  site,
}) => {
  const tab = await openTab();
  await tab.signIn(ada);
  const session = await tab.fetch();
  const bystander = await context.newPage();
  await bystander.goto(`${site.url}/blank.html`);

  await bystander.evaluate(async () => {
    for (const { name } of await indexedDB.databases()) {
      await new Promise<void>((resolve, reject) => {
        const request = indexedDB.deleteDatabase(name ?? '');
        request.onsuccess = () => resolve();
        request.onerror = () => reject(new Error(request.error?.message));
      });
    }
  });

  expect((await tab.fetch({ forceRefresh: true })).userSub).toBe(session.userSub);
  await tab.toldOf('signedIn', 'tokenRefresh');
});

test('on plain http the calls are refused and say what to do', async ({ page, site, cognito }) => {
  await page.goto(`http://${INSECURE_HOST}:${site.port}/`);
  expect(await page.evaluate(() => window.isSecureContext)).toBe(false);

  const outcome = await page.evaluate((config) => {
    window.start(config);
    return Promise.all([
      window.attempt('fetchAuthSession'),
      window.attempt('signIn', { username: 'ada', password: 'x' }),
    ]);
  }, cognito.config);

  for (const result of outcome) {
    expect(result).toMatchObject({
      ok: false,
      error: { name: 'UnsupportedEnvironmentException', isAuthError: true },
    });
    expect(result.ok ? '' : `${result.error.message} ${result.error.recoverySuggestion}`).toMatch(/https/i);
  }
  expect(cognito.counts()).toEqual({});
});

test('in a sandboxed frame the calls are refused and say what to do', async ({ page, site, cognito }) => {
  await page.goto(`${site.url}/blank.html`);
  await page.evaluate((source) => {
    const frame = document.createElement('iframe');
    frame.setAttribute('sandbox', 'allow-scripts');
    frame.name = 'sandboxed';
    frame.src = source;
    document.body.append(frame);
    return new Promise((resolve) => frame.addEventListener('load', resolve));
  }, `${site.url}/`);
  const frame = page.frame('sandboxed');
  expect(await frame?.evaluate(() => window.origin)).toBe('null');

  const outcome = await frame?.evaluate((config) => {
    window.start(config);
    return window.attempt('fetchAuthSession');
  }, cognito.config);

  expect(outcome).toMatchObject({
    ok: false,
    error: { name: 'UnsupportedEnvironmentException', isAuthError: true },
  });
  expect(outcome?.ok === false ? `${outcome.error.message} ${outcome.error.recoverySuggestion}` : '').toMatch(
    /sandbox|allow-same-origin/i,
  );
  expect(cognito.counts()).toEqual({});
});

test('on a server the package loads, configures and refuses its calls', async ({ cognito }) => {
  const built = new URL('../dist/index.js', import.meta.url).href;
  const csw = (await import(built)) as Window['csw'];

  expect(() => csw.configure(cognito.config)).not.toThrow();

  expect(csw.peekSession()).toBeUndefined();
  const error: unknown = await csw.fetchAuthSession().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(csw.AuthError);
  expect(error).toMatchObject({ name: 'UnsupportedEnvironmentException' });
  expect(cognito.counts()).toEqual({});
});
