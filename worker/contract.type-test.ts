/** Compiled, never run: the contract's names and shapes. */
import { expectTypeOf } from 'vitest';
import type { Answer, News, SESSION_API_METHODS, SessionApi, SessionView } from './contract.js';
import { AuthError } from './errors.js';
import type { ErrorFields, OwnErrorName } from './errors.js';

// The guard lets through what is listed, so the list and the calls are the same names.
expectTypeOf<(typeof SESSION_API_METHODS)[number]>().toEqualTypeOf<keyof SessionApi>();

// Each call takes one plain argument at most and gives an answer that says which run of the worker gave it.
type Result = Awaited<ReturnType<SessionApi[keyof SessionApi]>>;
expectTypeOf<Result>().toExtend<Answer<unknown>>();
expectTypeOf<Result>().not.toBeAny();
expectTypeOf<Parameters<SessionApi[keyof SessionApi]>['length']>().toEqualTypeOf<0 | 1>();

// A refresh token goes to a page only where the app asked for it, so a view need not have one.
expectTypeOf<Pick<NonNullable<SessionView['tokens']>, 'refreshToken'>>().toEqualTypeOf<{
  refreshToken?: string;
}>();
expectTypeOf<keyof News>().toEqualTypeOf<'type' | 'protocolVersion' | 'instanceId' | 'revision' | 'event'>();

// Errors cross the port as fields and become errors again.
expectTypeOf(AuthError).toBeConstructibleWith({} as ErrorFields);
expectTypeOf<AuthError>().toExtend<ErrorFields & Error>();
expectTypeOf<OwnErrorName>().toExtend<string>();
expectTypeOf<string>().not.toExtend<OwnErrorName>();
