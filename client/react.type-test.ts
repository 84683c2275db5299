/** Compiled, never run: the entry for React. */
import { expectTypeOf } from 'vitest';
import type { AuthError } from './index.js';
import * as react from './react.js';
import type { AuthSessionState } from './react.js';
import type { AuthSession, SessionClient } from './types.js';

// Every export is listed here, and none is `any`.
expectTypeOf<keyof typeof react>().toEqualTypeOf<'useAuthSession'>();
expectTypeOf(react.useAuthSession).not.toBeAny();

expectTypeOf(react.useAuthSession).toEqualTypeOf<(client?: SessionClient) => AuthSessionState>();
expectTypeOf<AuthSessionState>().toEqualTypeOf<{
  session: AuthSession | null;
  loading: boolean;
  isAuthenticated: boolean;
  error: AuthError | null;
}>();
