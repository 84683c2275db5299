/** Compiled, never run: the entry for apps that come from Amplify. */
import { expectTypeOf } from 'vitest';
import * as amplify from './amplify.js';
import type { AmplifyMigration, MigrateFromAmplifyOptions } from './amplify.js';
import type { AuthError, AuthUser, SessionClient } from './index.js';

// Every export is listed here, and none is `any`.
expectTypeOf<keyof typeof amplify>().toEqualTypeOf<'migrateFromAmplify'>();
expectTypeOf<(typeof amplify)[keyof typeof amplify]>().not.toBeAny();

expectTypeOf(amplify.migrateFromAmplify).toEqualTypeOf<
  (options?: MigrateFromAmplifyOptions) => Promise<AmplifyMigration>
>();
expectTypeOf<MigrateFromAmplifyOptions>().toEqualTypeOf<{
  signal?: AbortSignal;
  storage?: 'localStorage' | 'sessionStorage' | 'cookies';
  client?: SessionClient;
}>();

// Each outcome can be told from the others, and carries only what is its own.
expectTypeOf<AmplifyMigration['outcome']>().toEqualTypeOf<
  'migrated' | 'nothing-found' | 'already-signed-in' | 'signed-out' | 'unusable'
>();
expectTypeOf<Extract<AmplifyMigration, { outcome: 'migrated' }>>().toEqualTypeOf<{
  outcome: 'migrated';
  user: AuthUser;
  isCleared: boolean;
}>();
expectTypeOf<Extract<AmplifyMigration, { outcome: 'unusable' }>['error']>().toEqualTypeOf<AuthError>();
