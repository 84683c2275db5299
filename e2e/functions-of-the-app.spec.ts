/** Promise: what only a function of the app can tell is asked in one tab for all; whom it names gets one identity, and nobody else. */
import { UnsecuredJWT } from 'jose';
import type { Page } from '@playwright/test';
import { ada, expect, test } from './fixtures.js';
import type { Tab } from './tab.js';

const GOOGLE = 'accounts.google.com';
const ROLE = 'arn:aws:iam::123456789012:role/editors';
const GET_ID = 'GetId';
const GET_CREDENTIALS = 'GetCredentialsForIdentity';

test.use({ cognitoOptions: { loginProviders: [GOOGLE], roles: [ROLE] } });

const loginOf = (sub: string, lifeSeconds = 3_600): Record<string, string> => ({
  [GOOGLE]: new UnsecuredJWT({ sub })
    .setExpirationTime(Math.floor(Date.now() / 1_000) + lifeSeconds)
    .encode(),
});

/** Every tab of the origin is told the same, and each question is counted. */
async function withFunctions(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const tell = (what: string): Promise<Record<string, string>> => {
      const key = `${what} asked`;
      localStorage.setItem(key, String(Number(localStorage.getItem(key)) + 1));
      return Promise.resolve(JSON.parse(localStorage.getItem(what) ?? '{}') as Record<string, string>);
    };
    window.appFunctions = {
      logins: () => tell('logins'),
      clientMetadataProvider: () => tell('metadata'),
    };
  });
}

const tell = (tab: Tab, what: 'logins' | 'metadata', value: object): Promise<void> =>
  tab.run(([key, text]) => localStorage.setItem(key, text), [what, JSON.stringify(value)] as const);
const asked = (tab: Tab, what: 'logins' | 'metadata'): Promise<number> =>
  tab.run((key) => Number(localStorage.getItem(`${key} asked`)), what);

test.describe('without a user pool', () => {
  const poolless = { userPoolId: undefined, userPoolClientId: undefined };
  const open = { config: poolless as object, prepare: withFunctions };

  test('two tabs with a login elsewhere cost one question, one GetId and one GetCredentialsForIdentity', async ({
    openTabs,
    cognito,
  }) => {
    const tabs = await openTabs(2, { ...open, config: { ...open.config, customRoleArn: ROLE } });
    await tell(tabs[0], 'logins', loginOf('ada'));

    const [session, other] = await Promise.all(tabs.map((tab) => tab.fetch()));

    expect(session?.credentials?.accessKeyId).toBeTruthy();
    expect(session?.accessToken).toBeUndefined();
    expect(other).toEqual(session);
    expect(cognito.counts()).toEqual({ [GET_ID]: 1, [GET_CREDENTIALS]: 1 });
    expect(cognito.requests.at(-1)?.summary).toBe(
      `${session?.identityId} with a login of ${GOOGLE} for ${ROLE}`,
    );
    expect(await asked(tabs[0], 'logins')).toBe(1);
  });

  test('a login that has expired is asked for anew when credentials are', async ({ openTab, cognito }) => {
    cognito.change({ credentialsSeconds: 2 });
    const tab = await openTab(open);
    await tell(tab, 'logins', loginOf('ada', 2));
    const before = await tab.fetch();
    await tell(tab, 'logins', loginOf('ada'));

    await expect
      .poll(async () => {
        const { credentialsError } = await tab.fetch();
        expect(credentialsError).toBeUndefined();
        return asked(tab, 'logins');
      })
      .toBe(2);

    const after = await tab.fetch();
    expect(after.identityId).toBe(before.identityId);
    expect(after.credentials?.accessKeyId).not.toBe(before.credentials?.accessKeyId);
    expect(cognito.counts()[GET_ID]).toBe(1);
  });

  test('somebody else who logs in gets another identity, also after the worker died', async ({
    openTab,
    cognito,
    killWorkers,
  }) => {
    const tab = await openTab(open);
    await tell(tab, 'logins', loginOf('ada'));
    const adas = await tab.fetch();
    await killWorkers();
    await tell(tab, 'logins', loginOf('grace'));
    await tab.reload();

    const graces = await tab.fetch();

    expect(graces.credentials?.accessKeyId).toBeTruthy();
    expect(graces.identityId).not.toBe(adas.identityId);
    await tell(tab, 'logins', loginOf('ada'));
    expect((await tab.fetch({ forceRefresh: true })).identityId).toBe(adas.identityId);
    expect(cognito.requests.filter(({ status }) => status !== 200)).toEqual([]);
  });

  test('no login token is stored or logged', async ({ openTab }) => {
    const tab = await openTab(open);
    const login = loginOf('ada');
    await tell(tab, 'logins', login);
    await tab.fetch();
    const stored = await tab.run(async () => {
      const found: unknown[] = [];
      for (const { name = '' } of await indexedDB.databases()) {
        const database = await new Promise<IDBDatabase>((resolve, reject) => {
          const opening = indexedDB.open(name);
          opening.onsuccess = () => resolve(opening.result);
          opening.onerror = () => reject(new Error('The store could not be opened.'));
        });
        for (const store of database.objectStoreNames) {
          found.push(
            await new Promise((resolve) => {
              const reading = database.transaction(store).objectStore(store).getAll();
              reading.onsuccess = () => resolve(reading.result);
            }),
          );
        }
        database.close();
      }
      return JSON.stringify(found);
    }, undefined);
    expect(stored).toContain('sessionToken');
    const logs = JSON.stringify(await tab.logs());
    for (const token of Object.values(login)) {
      expect(stored).not.toContain(token);
      expect(logs).not.toContain(token);
    }
  });
});

test("a user's credentials are had with logins of other providers and the chosen role", async ({
  openTab,
  cognito,
}) => {
  const tab = await openTab({ config: { customRoleArn: ROLE }, prepare: withFunctions });
  await tell(tab, 'logins', loginOf('ada'));
  await tab.signIn(ada);

  const { identityId, credentials } = await tab.fetch();

  expect(credentials?.accessKeyId).toBeTruthy();
  const own = `cognito-idp.eu-central-1.amazonaws.com/${cognito.config.userPoolId}`;
  expect(cognito.identities()).toEqual([{ identityId, providers: [own, GOOGLE] }]);
  expect(cognito.requests.at(-1)?.summary).toContain(`for ${ROLE}`);
});

test('client metadata of the provider goes with the one refresh of all tabs', async ({
  openTabs,
  cognito,
}) => {
  const tabs = await openTabs(2, { prepare: withFunctions });
  await tell(tabs[0], 'metadata', { tenant: 'engine' });
  await tabs[0].signIn(ada);
  for (const tab of tabs) await tab.toldOf('signedIn');
  await tabs[0].fetch();
  cognito.clearLog();

  await tabs[0].fetch({ forceRefresh: true });
  await tabs[1]?.fetch({ forceRefresh: true, clientMetadata: { tenant: 'own' } });

  const refreshes = cognito.requests.filter(({ operation }) => operation === 'GetTokensFromRefreshToken');
  expect(refreshes.map(({ summary }) => summary.replace(/^token \w+ /, ''))).toEqual([
    'with {"tenant":"engine"}',
    'with {"tenant":"own"}',
  ]);
  expect(await asked(tabs[0], 'metadata')).toBe(1);
});
