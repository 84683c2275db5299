/**
 * Promise: who is signed in with aws-amplify when an app changes over stays signed in. The session moves from Amplify's store into
 * this package, whole and once, whatever goes away in the midst of it; what can't be moved stays where it is.
 */
import { decodeJwt } from 'jose';
import { bundlePage } from '../bench/bundle.js';
import type * as amplifyEntry from '../client/amplify.js';
import type { AmplifyMigration, MigrateFromAmplifyOptions } from '../client/amplify.js';
import { startLocalCognito, type LocalCognito } from '../demo/local-cognito/server.js';
import type { SessionClient } from '../client/types.js';
import { asAmplifySays, ofAmplify, withProviders } from './amplify-tab.js';
import { ada, expect, grace, test as base } from './fixtures.js';
import type { PlainError } from './page/window.js';
import type { Tab } from './tab.js';

type StorageKind = NonNullable<MigrateFromAmplifyOptions['storage']>;
type PlainMigration = { outcome: string; user?: unknown; isCleared?: boolean; error?: PlainError };

declare global {
  interface Window {
    /** Lets a migration that was stopped after its adoption go on. */
    goOn: () => void;
    migration: Promise<AmplifyMigration>;
  }
}

const REFRESH = 'GetTokensFromRefreshToken';

interface WithAmplify {
  /** A tab in which the app of before runs too: aws-amplify, configured for the same pools. */
  amplifyTab: (storage?: StorageKind, cognito?: LocalCognito) => Promise<Tab>;
}

const test = base.extend<WithAmplify, { amplifyFiles: { name: string; code: string }[] }>({
  amplifyFiles: [
    async ({}, use) => {
      await use((await bundlePage('page', new URL('amplify/', import.meta.url))).files);
    },
    { scope: 'worker' },
  ],
  amplifyTab: async ({ openTab, site, cognito, amplifyFiles }, use) => {
    for (const { name, code } of amplifyFiles) site.serve(`/amplify-6/${name}`, { body: code });
    await use(async (storage = 'localStorage', pools = cognito) => {
      const tab = await openTab();
      await loadAmplify(tab, pools, storage);
      return tab;
    });
  },
});

async function loadAmplify(tab: Tab, { config }: LocalCognito, storage: StorageKind): Promise<void> {
  await tab.run(
    async ({ pools, kind }) => {
      const file = '/amplify-6/page.js';
      await import(file);
      window.amplify.configure(pools);
      if (kind === 'cookies') window.amplify.keepInCookies({});
    },
    { pools: { ...config, allowGuestAccess: false }, kind: storage },
  );
}

/** Ada signs in with Amplify. @returns what Amplify says of her. */
async function signInWithAmplify(tab: Tab, user = ada) {
  const step = await tab.run(
    ({ username, password }) => window.amplify.signIn(username, password, 'USER_SRP_AUTH'),
    user,
  );
  expect(step).toBe('DONE');
  return tab.run(
    async () => ({ ...(await window.amplify.session()), user: await window.amplify.currentUser() }),
    undefined,
  );
}

function migrate(tab: Tab, storage: StorageKind = 'localStorage'): Promise<PlainMigration> {
  return tab.run(async (kind) => {
    const entry = '/dist/amplify.js';
    const { migrateFromAmplify } = (await import(entry)) as typeof amplifyEntry;
    const migration = await migrateFromAmplify({ storage: kind });
    return migration.outcome === 'unusable'
      ? { ...migration, error: window.plainError(migration.error) }
      : migration;
  }, storage);
}

/** Begins a migration that stops when the worker has adopted the session, and before anything is removed. */
async function migrateHalf(tab: Tab): Promise<void> {
  await tab.run(async () => {
    const entry = '/dist/amplify.js';
    const { migrateFromAmplify } = (await import(entry)) as typeof amplifyEntry;
    const stopped = new Promise<void>((resolve) => {
      window.goOn = resolve;
    });
    await new Promise<void>((resolve) => {
      const client: SessionClient = {
        ...window.client,
        async adoptSession(input, options) {
          const user = await window.client.adoptSession(input, options);
          resolve();
          await stopped;
          return user;
        },
      };
      window.migration = migrateFromAmplify({ client });
    });
  }, undefined);
}

/** Every key of Amplify's, wherever it keeps them, with its value. */
function amplifyKeys(tab: Tab): Promise<Record<string, string>> {
  return tab.run(() => {
    const cookies = document.cookie.split('; ').map((pair) => pair.split('=').map(decodeURIComponent));
    const all = [...Object.entries(localStorage), ...cookies] as [string, string][];
    return Object.fromEntries(all.filter(([key]) => key.startsWith('CognitoIdentityServiceProvider.')));
  }, undefined);
}

/** A tab with Amplify refreshes, and keeps what it got. */
function refreshWithAmplify(tab: Tab): Promise<unknown> {
  return tab.run(() => window.amplify.session({ forceRefresh: true }), undefined);
}

/** Two refreshes, each with the refresh token of the one before. */
async function goesOn(tab: Tab, cognito: LocalCognito): Promise<void> {
  const before = cognito.accepted()[REFRESH] ?? 0;
  const first = await tab.fetch({ forceRefresh: true });
  const second = await tab.fetch({ forceRefresh: true });
  expect(second.accessToken).not.toBe(first.accessToken);
  expect(cognito.accepted()[REFRESH]).toBe(before + 2);
}

for (const storage of ['localStorage', 'cookies'] as const) {
  test(`a session of Amplify's in ${storage} goes on in every tab, and nothing of it stays there`, async ({
    amplifyTab,
    openTab,
    cognito,
  }) => {
    const tab = await amplifyTab(storage);
    const before = await signInWithAmplify(tab);
    const other = await openTab();
    await tab.reload();
    cognito.clearLog();

    expect(await migrate(tab, storage)).toEqual({
      outcome: 'migrated',
      user: {
        userId: before.userSub,
        username: 'ada',
        signInDetails: { loginId: 'ada', authFlowType: 'USER_SRP_AUTH' },
      },
      isCleared: true,
    });
    expect(await amplifyKeys(tab)).toEqual({});
    expect(cognito.requests).toEqual([]);

    await other.toldOf('signedIn');
    const { accessToken, idToken, identityId } = await other.fetch();
    expect({ accessToken, idToken, identityId }).toEqual({
      accessToken: before.accessToken,
      idToken: before.idToken,
      identityId: before.identityId,
    });
    expect(await tab.getCurrentUser()).toEqual(before.user);
    await goesOn(tab, cognito);
    await tab.reload();
    expect((await tab.getCurrentUser()).userId).toBe(before.userSub);

    // Amplify, asked by itself, has nobody. With this package's providers it has the same session.
    await loadAmplify(tab, cognito, storage);
    expect((await ofAmplify(tab)).accessToken).toBeUndefined();
    await withProviders(other, '/amplify-6/page.js');
    expect(await ofAmplify(other)).toEqual(asAmplifySays(await tab.fetch()));
    expect(await migrate(tab, storage)).toEqual({ outcome: 'nothing-found' });
    await tab.signOut();
    // The refresh token that it had last, and the one that it was adopted with.
    expect(cognito.accepted()).toMatchObject({ RevokeToken: 2 });
  });
}

test('two tabs that migrate at once take turns: one session, told once, and nothing is spent twice', async ({
  amplifyTab,
  openTab,
  cognito,
}) => {
  const tab = await amplifyTab();
  await signInWithAmplify(tab);
  const other = await openTab();
  cognito.clearLog();

  const outcomes = await Promise.all([migrate(tab), migrate(other)]);
  expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['migrated', 'nothing-found']);
  await tab.toldOf('signedIn');
  await other.toldOf('signedIn');
  expect(cognito.requests).toEqual([]);
  const [one, two] = [await tab.fetch(), await other.fetch()];
  expect(one.accessToken).toBe(two.accessToken);
  await goesOn(other, cognito);
});

for (const died of ['the page', 'the page and the worker'] as const) {
  test(`${died} goes away between adoption and removal: the next migration ends it, and the session stays`, async ({
    amplifyTab,
    openTab,
    killWorkers,
    cognito,
  }) => {
    const tab = await amplifyTab();
    const { user } = await signInWithAmplify(tab);
    const other = await openTab();
    await migrateHalf(tab);
    await other.toldOf('signedIn');
    expect(Object.keys(await amplifyKeys(other))).not.toEqual([]);
    await tab.page.close();
    if (died === 'the page and the worker') await killWorkers();
    // What is in Amplify's store is spent from here on.
    await goesOn(other, cognito);

    expect(await migrate(other)).toEqual({ outcome: 'migrated', user, isCleared: true });
    expect(await amplifyKeys(other)).toEqual({});
    await goesOn(other, cognito);
    expect(await other.eventNames()).not.toContain('signedOut:rejected');
  });
}

test('who signs out after a migration that went away in the midst of it stays signed out', async ({
  amplifyTab,
  openTab,
}) => {
  const tab = await amplifyTab();
  await signInWithAmplify(tab);
  const other = await openTab();
  await migrateHalf(tab);
  await other.toldOf('signedIn');
  await tab.page.close();
  await other.signOut();
  expect(Object.keys(await amplifyKeys(other))).not.toEqual([]);

  expect(await migrate(other)).toEqual({ outcome: 'signed-out' });
  expect(await amplifyKeys(other)).toEqual({});
  expect((await other.fetch()).accessToken).toBeUndefined();
});

test('half a store is told, and neither stored here nor removed there', async ({ amplifyTab, cognito }) => {
  const tab = await amplifyTab();
  await signInWithAmplify(tab);
  const whole = await amplifyKeys(tab);
  const stem = `CognitoIdentityServiceProvider.${cognito.config.userPoolClientId}`;
  const halves: [key: string, value: string | undefined, message: string][] = [
    [`${stem}.ada.refreshToken`, undefined, 'refresh token'],
    [`${stem}.ada.accessToken`, undefined, 'access token'],
    [`${stem}.ada.accessToken`, 'no.token.atall', 'accessToken'],
    [`${stem}.LastAuthUser`, 'hopper', 'last user'],
    [`${stem}.ada.signInDetails`, '{"loginId":', 'signInDetails'],
  ];
  for (const [key, value, message] of halves) {
    await tab.run(
      ([changed, to]) =>
        to === undefined ? localStorage.removeItem(changed) : localStorage.setItem(changed, to),
      [key, value] as const,
    );
    const half = await amplifyKeys(tab);
    const migration = await migrate(tab);
    expect(migration, key).toMatchObject({ outcome: 'unusable', error: { isAuthError: true } });
    expect(migration.error?.message, key).toContain(message);
    expect(migration.error?.recoverySuggestion, key).toBeTruthy();
    expect(JSON.stringify(migration), key).not.toContain(whole[`${stem}.ada.refreshToken`]);
    expect(await amplifyKeys(tab), key).toEqual(half);
    expect((await tab.fetch()).accessToken, key).toBeUndefined();
    await tab.run(
      (keys) => Object.entries(keys).forEach(([name, to]) => localStorage.setItem(name, to)),
      whole,
    );
  }
  expect(await tab.eventNames()).toEqual([]);
  // Whole again, it is as good as before.
  expect(await migrate(tab)).toMatchObject({ outcome: 'migrated' });
});

test('tokens of another pool are told, and stay where they are; who is signed in here stays, too', async ({
  amplifyTab,
  cognito,
}) => {
  // The same app client id, as after a pool that was made anew.
  const elsewhere = await startLocalCognito({ userPoolId: 'eu-central-1_Another', users: [ada] });
  try {
    const tab = await amplifyTab('localStorage', elsewhere);
    await signInWithAmplify(tab);
    const before = await amplifyKeys(tab);
    expect(await migrate(tab)).toMatchObject({
      outcome: 'unusable',
      error: { name: 'InvalidTokenException', isAuthError: true },
    });
    await tab.signIn(grace);
    expect(await migrate(tab)).toMatchObject({ outcome: 'unusable' });
    expect(await amplifyKeys(tab)).toEqual(before);
    expect((await tab.getCurrentUser()).username).toBe('grace');
    await goesOn(tab, cognito);
  } finally {
    await elsewhere.close();
  }
});

test('who is signed in here stays, and so does the session in Amplify', async ({ amplifyTab, cognito }) => {
  const tab = await amplifyTab();
  await signInWithAmplify(tab);
  const before = await amplifyKeys(tab);
  await tab.signIn(grace);
  expect(await migrate(tab)).toEqual({ outcome: 'already-signed-in' });
  expect(await amplifyKeys(tab)).toEqual(before);
  expect((await tab.getCurrentUser()).username).toBe('grace');
  await goesOn(tab, cognito);
  await refreshWithAmplify(tab);
});

test('an old tab of Amplify’s that refreshes between adoption and removal does not end the session', async ({
  amplifyTab,
  openTab,
  cognito,
}) => {
  const old = await amplifyTab();
  await signInWithAmplify(old);
  const tab = await openTab();
  await migrateHalf(tab);
  await refreshWithAmplify(old);
  const rotated = await amplifyKeys(old);

  const migration = await tab.run(() => {
    window.goOn();
    return window.migration;
  }, undefined);
  expect(migration).toMatchObject({ outcome: 'migrated', isCleared: true });
  expect(await amplifyKeys(tab)).toEqual({});
  const { accessToken } = await tab.fetch();
  expect(Object.values(rotated)).toContain(accessToken);
  await goesOn(tab, cognito);
  expect(await tab.eventNames()).not.toContain('signedOut:rejected');
});

for (const asked of [false, true]) {
  const what = asked ? ', and that was asked for in vain here meanwhile,' : '';
  test(`a refresh that an old tab had under way during the move${what} is taken over by the next migration`, async ({
    amplifyTab,
    openTab,
    cognito,
  }) => {
    const old = await amplifyTab();
    const { user } = await signInWithAmplify(old);
    const tab = await openTab();
    const hold = cognito.hold(REFRESH);
    const refreshed = refreshWithAmplify(old);
    await hold.waitForArrived(1);
    expect(await migrate(tab)).toMatchObject({ outcome: 'migrated', isCleared: true });
    // Cognito has rotated, and nobody has the new refresh token yet.
    hold.release();
    await refreshed;
    if (asked) {
      expect(await tab.rejection('fetchAuthSession', { forceRefresh: true })).toBe(
        'RefreshTokenReuseException',
      );
    }

    expect(await migrate(tab)).toEqual({ outcome: 'migrated', user, isCleared: true });
    expect(await amplifyKeys(tab)).toEqual({});
    await goesOn(tab, cognito);
  });
}

test('a remembered device moves along: refreshes name it, and it proves itself at the next sign-in', async ({
  amplifyTab,
  cognito,
}) => {
  cognito.change({ rememberDevices: true });
  const tab = await amplifyTab();
  await signInWithAmplify(tab);
  expect(cognito.accepted()).toMatchObject({ ConfirmDevice: 1 });
  expect(await migrate(tab)).toMatchObject({ outcome: 'migrated', isCleared: true });
  expect(await amplifyKeys(tab)).toEqual({});
  await goesOn(tab, cognito);

  await tab.signOut();
  cognito.clearLog();
  await tab.signIn(ada);
  // Password, device, device's secret; and no new device.
  expect(cognito.counts()).toMatchObject({ RespondToAuthChallenge: 3 });
  expect(cognito.counts()).not.toHaveProperty('ConfirmDevice');
});

test("a guest's identity here becomes that of the user who is migrated", async ({
  amplifyTab,
  openTab,
  cognito,
}) => {
  cognito.change({ guestsAllowed: true });
  const guests = await openTab({ config: { ...cognito.config, allowGuestAccess: true } });
  const { identityId } = await guests.fetch();
  const old = await amplifyTab();
  await old.run(
    ({ username, password }) => window.amplify.signIn(username, password, 'USER_PASSWORD_AUTH'),
    ada,
  );
  expect(await migrate(guests)).toMatchObject({ outcome: 'migrated' });
  const user = await guests.fetch();
  expect(user.accessToken).toBeDefined();
  expect(user.identityId).toBe(identityId);
});

test('tokens that ran out while the app was away are refreshed before they are given out', async ({
  amplifyTab,
  cognito,
}) => {
  cognito.change({ accessTokenSeconds: 1, idTokenSeconds: 1 });
  const tab = await amplifyTab();
  await tab.run(
    ({ username, password }) => window.amplify.signIn(username, password, 'USER_PASSWORD_AUTH'),
    ada,
  );
  const keys = await amplifyKeys(tab);
  const old = keys[`CognitoIdentityServiceProvider.${cognito.config.userPoolClientId}.ada.accessToken`] ?? '';
  const { exp = 0 } = decodeJwt(old);
  // Cognito counts whole seconds, so it may have been issued almost one later than it says.
  await expect.poll(() => Date.now()).toBeGreaterThan((exp + 1) * 1_000);
  cognito.change({ accessTokenSeconds: 3_600, idTokenSeconds: 3_600 });

  expect(await migrate(tab)).toMatchObject({ outcome: 'migrated' });
  const { accessToken, accessClaims } = await tab.fetch();
  expect(accessToken).not.toBe(old);
  expect((accessClaims?.exp ?? 0) - (accessClaims?.iat ?? 0)).toBe(3_600);
});

test('a session is adopted from anywhere, and a store is needed for nothing', async ({
  openTab,
  amplifyTab,
  cognito,
}) => {
  const old = await amplifyTab();
  await signInWithAmplify(old);
  const keys = await amplifyKeys(old);
  const stem = `CognitoIdentityServiceProvider.${cognito.config.userPoolClientId}.ada`;
  const tab = await openTab();
  const given = {
    accessToken: keys[`${stem}.accessToken`] ?? '',
    idToken: keys[`${stem}.idToken`] ?? '',
    refreshToken: keys[`${stem}.refreshToken`] ?? '',
  };
  expect(await tab.run((input) => window.csw.adoptSession(input), given)).toMatchObject({ username: 'ada' });
  // Their age is not known here, so they are refreshed.
  expect((await tab.fetch()).accessToken).not.toBe(given.accessToken);
  expect(cognito.accepted()[REFRESH]).toBe(1);
});
