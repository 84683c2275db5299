/** Moves a session out of Amplify v6's store: adopted first, and only then removed there. */
import { scopeName, type AuthUser } from '../worker/contract.js';
import {
  amplifyBrowser,
  type AmplifyBrowser,
  type AmplifyStorage,
  type AmplifyStorageKind,
} from './amplify-storage.js';
import { readAmplify, type FoundInAmplify } from './amplify-tokens.js';
import { MIGRATION_LOCK_MS, MOST_MIGRATION_TURNS } from './bounds.js';
import { AuthError, defaultClient } from './index.js';
import type { CallOptions, SessionClient } from './types.js';

/** Options of `migrateFromAmplify()`. */
export interface MigrateFromAmplifyOptions extends CallOptions {
  /** Where Amplify keeps its tokens. Default `localStorage`, as is Amplify's. Cookies that are HttpOnly no script can read. */
  storage?: AmplifyStorageKind;
  /** Default: the client that `configure()` made. */
  client?: SessionClient;
}

/** What became of Amplify's session. */
export type AmplifyMigration =
  | {
      /** It goes on here, in every tab; perhaps since another tab's call, of whose removal this one had not heard yet. */
      outcome: 'migrated';
      user: AuthUser;
      /**
       * False: it is in Amplify's store as well, because this browser does not let the worker store it, or let a cookie go, or
       * because somebody else has signed in with Amplify meanwhile. Call again at the next start.
       */
      isCleared: boolean;
    }
  /** Nobody is signed in with Amplify; or another tab has just migrated. */
  | { outcome: 'nothing-found' }
  /** A session of another sign-in goes on here. Amplify's store is left as it is. */
  | { outcome: 'already-signed-in' }
  /** Somebody has signed out of this session here since a migration that went away in the midst of it. It is removed there, too. */
  | { outcome: 'signed-out' }
  /** Half a store, or tokens of another pool or app client. Nothing was stored here, nothing removed there. */
  | { outcome: 'unusable'; error: AuthError };

/**
 * Takes the session of a user who is signed in with Amplify v6 over into this package, so that nobody has to sign in again: tokens,
 * sign-in details, and the remembered device. What it took over it removes from Amplify's store, where the user is then signed
 * out; a guest's identity (`com.amplify.Cognito.…identityId`) stays there, and guests get another one here. It asks Cognito
 * nothing.
 *
 * Call it at every start, after `configure()` and before asking for the session, for as long as tabs with Amplify may be open: a
 * refresh that such a tab had under way ends after the move and puts newer tokens back, which the next call takes over. It may be
 * repeated, also after a page that went away in the midst of it, and tabs that call it at once take turns.
 * @throws AuthError `TimeoutException` when another tab has its turn for longer than 10 s; `AuthUserPoolException` without a user
 * pool; else as every call. Whatever it rejects with, the session is here or in Amplify's store.
 */
export async function migrateFromAmplify({
  storage = 'localStorage',
  client = defaultClient(),
  ...options
}: MigrateFromAmplifyOptions = {}): Promise<AmplifyMigration> {
  return migrate(client, storage, amplifyBrowser, options);
}

export async function migrate(
  client: SessionClient,
  kind: AmplifyStorageKind,
  browser: AmplifyBrowser,
  options: CallOptions,
): Promise<AmplifyMigration> {
  const { userPoolClientId } = await client.inspectSession(options);
  if (userPoolClientId === undefined) throw noUserPool();
  const storage = browser.storage(kind);
  const turn = await browser.withLock(
    `${scopeName({ userPoolClientId })}:amplify`,
    MIGRATION_LOCK_MS,
    () => moveOver(client, storage, userPoolClientId, options),
    options.signal,
  );
  if (turn.held) return turn.value;
  options.signal?.throwIfAborted();
  throw new AuthError({
    name: 'TimeoutException',
    message: "Another tab is at work on Amplify's session.",
    recoverySuggestion: 'Try again.',
  });
}

async function moveOver(
  client: SessionClient,
  storage: AmplifyStorage,
  userPoolClientId: string,
  options: CallOptions,
): Promise<AmplifyMigration> {
  const read = (): FoundInAmplify => readAmplify(storage, userPoolClientId);
  let found = read();
  let user: AuthUser | undefined;
  for (let turns = 1; ; turns += 1) {
    const adopted = await adopt(client, found, options);
    if (adopted.outcome === 'signed-out') {
      remove(storage, found);
      return adopted;
    }
    if (adopted.outcome !== 'adopted') return user ? migrated(user, false) : adopted;
    user = adopted.user;
    const { storageError } = await client.inspectSession(options);
    // From this look to the removal nothing is waited for.
    const now = read();
    if (now.type === 'nothing') return migrated(user, true);
    if (isSame(found, now)) return migrated(user, storageError === undefined && remove(storage, now));
    if (turns === MOST_MIGRATION_TURNS) return migrated(user, false);
    // A tab with Amplify has refreshed meanwhile: where the refresh token is rotated, only the newest is good.
    found = now;
  }
}

type Adopted = { outcome: 'adopted'; user: AuthUser } | Exclude<AmplifyMigration, { outcome: 'migrated' }>;

async function adopt(client: SessionClient, found: FoundInAmplify, options: CallOptions): Promise<Adopted> {
  if (found.type === 'nothing') return { outcome: 'nothing-found' };
  if (found.type === 'broken') return { outcome: 'unusable', error: halfAStore(found.message) };
  try {
    return { outcome: 'adopted', user: await client.adoptSession(found.input, options) };
  } catch (error) {
    const { name } = error as AuthError;
    if (name === 'UserAlreadyAuthenticatedException') return { outcome: 'already-signed-in' };
    if (name === 'TokenRevokedException') return { outcome: 'signed-out' };
    if (REFUSALS.includes(name)) return { outcome: 'unusable', error: error as AuthError };
    throw error;
  }
}

const REFUSALS = ['InvalidTokenException', 'InvalidInputException'];

/** Amplify writes its keys one by one, so the tokens count as well as the refresh token. */
function isSame(before: FoundInAmplify, now: FoundInAmplify): boolean {
  return (
    before.type === 'session' &&
    now.type === 'session' &&
    before.input.accessToken === now.input.accessToken &&
    before.input.refreshToken === now.input.refreshToken
  );
}

/** @returns whether all of it is gone. */
function remove(storage: AmplifyStorage, found: FoundInAmplify): boolean {
  const keys = found.type === 'session' ? found.keys : [];
  for (const key of keys) storage.remove(key);
  return keys.every((key) => storage.get(key) === undefined);
}

function migrated(user: AuthUser, isCleared: boolean): AmplifyMigration {
  return { outcome: 'migrated', user, isCleared };
}

function halfAStore(message: string): AuthError {
  return new AuthError({
    name: 'InvalidTokenException',
    message,
    recoverySuggestion: 'Let the user sign in again.',
  });
}

function noUserPool(): AuthError {
  return new AuthError({
    name: 'AuthUserPoolException',
    message: 'No user pool is configured.',
    recoverySuggestion: 'Give configure() a userPoolId and a userPoolClientId.',
  });
}
