/** Moving a session over from Amplify, step by step, in tabs where the app of before runs too. */
import type * as amplifyEntry from '../client/amplify.js';
import type { AmplifyMigration, MigrateFromAmplifyOptions } from '../client/amplify.js';
import type { SessionClient } from '../client/types.js';
import type { LocalCognito } from '../demo/local-cognito/server.js';
import { loadAmplify, test as base } from './amplify-fixtures.js';
import { ada, expect } from './fixtures.js';
import type { PlainError } from './page/window.js';
import { REFRESH } from './refreshing.js';
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

interface WithAmplify {
  /** A tab in which the app of before runs too: aws-amplify, configured for the same pools. */
  amplifyTab: (storage?: StorageKind, cognito?: LocalCognito) => Promise<Tab>;
}

export const test = base.extend<WithAmplify>({
  amplifyTab: async ({ openTab, cognito }, use) => {
    await use(async (storage = 'localStorage', pools = cognito) => {
      const tab = await openTab();
      await startAmplify(tab, pools, storage);
      return tab;
    });
  },
});

/** Amplify, configured as the app of before has it. */
export async function startAmplify(tab: Tab, { config }: LocalCognito, storage: StorageKind): Promise<void> {
  await loadAmplify(tab);
  await tab.run(
    ({ pools, kind }) => {
      window.amplify.configure(pools);
      if (kind === 'cookies') window.amplify.keepInCookies({});
    },
    { pools: { ...config, allowGuestAccess: false }, kind: storage },
  );
}

/** Ada signs in with Amplify, which has asked for no session yet. */
export async function signInAlone(tab: Tab): Promise<void> {
  const step = await tab.run(
    ({ username, password }) => window.amplify.signIn(username, password, 'USER_SRP_AUTH'),
    ada,
  );
  expect(step).toBe('DONE');
}

/** Ada signs in with Amplify, and has her credentials. @returns what Amplify says of her. */
export async function signInWithAmplify(tab: Tab) {
  await signInAlone(tab);
  return tab.run(
    async () => ({ ...(await window.amplify.session()), user: await window.amplify.currentUser() }),
    undefined,
  );
}

export function migrate(tab: Tab, storage: StorageKind = 'localStorage'): Promise<PlainMigration> {
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
export async function migrateHalf(tab: Tab): Promise<void> {
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
export function amplifyKeys(tab: Tab): Promise<Record<string, string>> {
  return tab.run(() => {
    const cookies = document.cookie.split('; ').map((pair) => pair.split('=').map(decodeURIComponent));
    const all = [...Object.entries(localStorage), ...cookies] as [string, string][];
    return Object.fromEntries(all.filter(([key]) => key.startsWith('CognitoIdentityServiceProvider.')));
  }, undefined);
}

/** A tab with Amplify refreshes, and keeps what it got. */
export function refreshWithAmplify(tab: Tab): Promise<unknown> {
  return tab.run(() => window.amplify.session({ forceRefresh: true }), undefined);
}

/** Two refreshes, each with the refresh token of the one before. */
export async function goesOn(tab: Tab, cognito: LocalCognito): Promise<void> {
  const before = cognito.accepted()[REFRESH] ?? 0;
  const first = await tab.fetch({ forceRefresh: true });
  const second = await tab.fetch({ forceRefresh: true });
  expect(second.accessToken).not.toBe(first.accessToken);
  expect(cognito.accepted()[REFRESH]).toBe(before + 2);
}
