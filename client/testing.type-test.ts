/** Compiled, never run: the entry for an app's own tests. */
import { expectTypeOf } from 'vitest';
import * as testing from './testing.js';
import type { FakeCallName, FakeClient, FakeClientOptions, FakeControls } from './testing.js';
import type { SessionClient } from './types.js';

// Every export is listed here, and none is `any`.
expectTypeOf<keyof typeof testing>().toEqualTypeOf<
  'createFakeClient' | 'installFakeClient' | 'uninstallFakeClient'
>();
expectTypeOf<(typeof testing)[keyof typeof testing]>().not.toBeAny();

// Whatever an app does with its client, it can do with a fake one.
expectTypeOf<Omit<FakeClient, 'fake'>>().toEqualTypeOf<SessionClient>();
expectTypeOf<FakeClient['fake']>().toEqualTypeOf<FakeControls>();
expectTypeOf(testing.createFakeClient).toEqualTypeOf<(options?: FakeClientOptions) => FakeClient>();
expectTypeOf(testing.installFakeClient).toEqualTypeOf<(options?: FakeClientOptions) => FakeClient>();

// Every call that answers with a promise can be made to fail, and no other.
type Promising = {
  [K in keyof SessionClient]: ReturnType<SessionClient[K]> extends Promise<unknown> ? K : never;
}[keyof SessionClient];
expectTypeOf<FakeCallName>().toEqualTypeOf<Promising>();
