/** Compiled, never run: the entry for apps that come from Amplify. */
import type { Amplify } from 'aws-amplify';
import { expectTypeOf } from 'vitest';
import * as amplify from './amplify.js';
import type { AmplifyMigration, AmplifyProvidersOptions, MigrateFromAmplifyOptions } from './amplify.js';
import type { AuthError, AuthUser, SessionClient, SessionConfig } from './index.js';

// Every export is listed here, and none is `any`.
expectTypeOf<keyof typeof amplify>().toEqualTypeOf<
  'amplifyProviders' | 'migrateFromAmplify' | 'parseAmplifyConfig'
>();
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

// What an app hands to Amplify.configure(), it can hand over here.
expectTypeOf(amplify.parseAmplifyConfig).returns.toEqualTypeOf<SessionConfig>();
expectTypeOf<Parameters<typeof Amplify.configure>[0]>().toExtend<
  Parameters<typeof amplify.parseAmplifyConfig>[0]
>();

// And Amplify takes the providers as its own.
expectTypeOf<AmplifyProvidersOptions>().toEqualTypeOf<{ client?: SessionClient }>();
type AuthOptions = NonNullable<NonNullable<Parameters<typeof Amplify.configure>[1]>['Auth']>;
expectTypeOf(amplify.amplifyProviders).returns.toExtend<AuthOptions>();
expectTypeOf(amplify.amplifyProviders).returns.toExtend<
  Required<Pick<AuthOptions, 'tokenProvider' | 'credentialsProvider'>>
>();
