/** Checks a `SessionConfig` and fills in its defaults. */
import { ANSWERABLE, type RuntimeConfig } from '../worker/contract.js';
import { ownError } from '../worker/errors.js';
import type { SessionConfig } from './types.js';

const DEFAULTS = {
  allowGuestAccess: false,
  endpoints: {},
  refreshMarginSeconds: 300,
  persistence: 'indexeddb',
} as const;

const LONGEST_MARGIN_SECONDS = 3_600;
/** 60 minutes to 10 years (UserPoolClientType, RefreshTokenValidity). */
const LEAST_VALIDITY_SECONDS = 3_600;
const LONGEST_SECONDS = 315_360_000;
/** Of an access token, which outlives its refresh token (UserPoolClientType, AccessTokenValidity). */
const LONGEST_LIFE_SECONDS = 86_400;
const LONGEST_SAVE_SECONDS = 60;
const LEAST_IDLE_SECONDS = 10;

/** @throws AuthError `InvalidConfigurationException` naming the field. */
export function readConfig(config: SessionConfig): RuntimeConfig {
  // JSON leaves out functions and fields that are undefined, and gives the worker a copy of its own.
  const runtime: RuntimeConfig = {
    ...DEFAULTS,
    ...(JSON.parse(JSON.stringify(config ?? {})) as Partial<RuntimeConfig>),
  };
  const { userPoolId, userPoolClientId, identityPoolId, endpoints, oauth, policy = {} } = runtime;
  // With either of them, or without any pool, a user pool that is left out is as wrong as null.
  const leftOut = (userPoolId ?? userPoolClientId ?? !identityPoolId) ? null : undefined;
  check('userPoolId', userPoolId ?? leftOut, /^"[\w-]+_[\da-z]+"$/i, 'It looks like eu-central-1_Ab1.');
  check('userPoolClientId', userPoolClientId ?? leftOut, /^"[\w+]{1,128}"$/, 'It looks like 1a2b3c.');
  check('identityPoolId', identityPoolId, /^"[\w-]+:[\da-f-]+"$/i, 'It looks like eu-central-1:1a2b-3c.');
  check('endpoints', endpoints, /^{/, 'It is an object.');
  check('policy', policy, /^{/, 'It is an object.');
  check('policy.minRemaining', policy.minRemaining, /^{/, 'It is an object.');
  for (const [name, url] of Object.entries(endpoints)) {
    check(`endpoints.${name}`, url, /^"https?:\/\/[^/]/, 'It looks like https://example.com.');
  }
  for (const field of ['allowGuestAccess', 'exposeRefreshToken', 'rememberLastUser'] as const) {
    check(field, runtime[field], /^(true|false)$/, 'It is true or false.');
  }
  check('persistence', runtime.persistence, /^"(indexeddb|memory)"$/, 'It is indexeddb or memory.');
  check('oauth.redirectSignIn', oauth && (oauth.redirectSignIn ?? null), /^\[/, 'It is a list.');
  checkNumber('refreshMarginSeconds', runtime.refreshMarginSeconds, 0, LONGEST_MARGIN_SECONDS);
  const { warnBeforeEndSeconds, minRemaining, idle } = policy;
  // What must remain of a session needs it.
  const validity = runtime.refreshTokenValiditySeconds ?? (minRemaining && null);
  checkNumber('refreshTokenValiditySeconds', validity, LEAST_VALIDITY_SECONDS, LONGEST_SECONDS);
  check('policy.warnBeforeEndSeconds', warnBeforeEndSeconds, /^\[(\d+,?){0,10}]$/, 'It looks like [300].');
  for (const seconds of warnBeforeEndSeconds ?? []) {
    const longest = (validity ?? LONGEST_SECONDS) + LONGEST_LIFE_SECONDS;
    checkNumber('policy.warnBeforeEndSeconds', seconds, 1, longest);
  }
  checkNumber('policy.saveDeadlineSeconds', policy.saveDeadlineSeconds, 0, LONGEST_SAVE_SECONDS);
  checkNumber('policy.recheckSeconds', policy.recheckSeconds, 0, LONGEST_SECONDS);
  for (const [name, seconds] of Object.entries(minRemaining ?? {})) {
    // With all of it, every session would end.
    checkNumber(`policy.minRemaining.${name}`, seconds, 0, (validity ?? 0) - 1);
  }
  if (idle !== undefined) {
    checkNumber(
      'policy.idle.timeoutSeconds',
      idle?.timeoutSeconds ?? null,
      LEAST_IDLE_SECONDS,
      LONGEST_SECONDS,
    );
    checkNumber('policy.idle.warnSeconds', idle.warnSeconds, 0, idle.timeoutSeconds - 1);
  }
  return runtime;
}

function checkNumber(field: string, value: unknown, least: number, most: number): void {
  // What is no number is NaN: a text has its quotes in JSON.
  const isWithin = (json: string): boolean => Number(json) >= least && Number(json) <= most;
  check(field, value, { test: isWithin }, `It is ${least} to ${most}.`);
}

/** Undefined is left out, and sound. Anything else is tested as JSON. */
function check(field: string, value: unknown, sound: Pick<RegExp, 'test'>, recoverySuggestion: string): void {
  if (value === undefined || sound.test(JSON.stringify(value))) return;
  throw ownError('InvalidConfigurationException', `${field} is missing or wrong.`, recoverySuggestion);
}

const FUNCTIONS = ['worker', 'logger', ...ANSWERABLE] as const;

/** Equal configs have equal keys. Functions count by their presence. It holds no secret: it names the worker. */
export function configKey(runtime: RuntimeConfig, config: SessionConfig): string {
  const names: string[] = [];
  JSON.stringify(runtime, (name, value: unknown) => (names.push(name), value));
  return JSON.stringify(runtime, names.sort()) + FUNCTIONS.map((field) => !config[field]).join('');
}
