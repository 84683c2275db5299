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
const LONGEST_VALIDITY_SECONDS = 315_360_000;

/** @throws AuthError `InvalidConfigurationException` naming the field. */
export function readConfig(config: SessionConfig): RuntimeConfig {
  // JSON leaves out functions and fields that are undefined, and gives the worker a copy of its own.
  const runtime: RuntimeConfig = {
    ...DEFAULTS,
    ...(JSON.parse(JSON.stringify(config ?? {})) as Partial<RuntimeConfig>),
  };
  const {
    userPoolId,
    userPoolClientId,
    identityPoolId,
    endpoints,
    allowGuestAccess,
    refreshMarginSeconds,
    refreshTokenValiditySeconds: validity = LEAST_VALIDITY_SECONDS,
    exposeRefreshToken = false,
    persistence,
    oauth,
  } = runtime;
  check(userPoolId ?? userPoolClientId ?? identityPoolId, 'userPoolId', 'Give a pool.');
  const missing = userPoolId ? 'userPoolClientId' : 'userPoolId';
  check(!userPoolId === !userPoolClientId, missing, 'Give both.');
  checkText(userPoolId, 'userPoolId', /^[\w-]+_[0-9a-zA-Z]+$/, 'eu-central-1_AbCdEf123');
  checkText(userPoolClientId, 'userPoolClientId', /^[\w+]{1,128}$/, '1a2b3c');
  checkText(identityPoolId, 'identityPoolId', /^[\w-]+:[\da-f-]+$/i, 'eu-central-1:1a2b-3c');
  check(endpoints && typeof endpoints === 'object', 'endpoints', 'It holds URLs.');
  for (const [name, url] of Object.entries(endpoints)) {
    checkText(url, `endpoints.${name}`, /^https?:\/\/[^/]/, 'https://example.com');
  }
  checkNumber(refreshMarginSeconds, 'refreshMarginSeconds', 0, LONGEST_MARGIN_SECONDS);
  checkNumber(validity, 'refreshTokenValiditySeconds', LEAST_VALIDITY_SECONDS, LONGEST_VALIDITY_SECONDS);
  checkFlag(allowGuestAccess, 'allowGuestAccess');
  checkFlag(exposeRefreshToken, 'exposeRefreshToken');
  check(/^(indexeddb|memory)$/.test(persistence), 'persistence', 'It is indexeddb or memory.');
  check(!oauth || Array.isArray(oauth.redirectSignIn), 'oauth.redirectSignIn', 'It holds URLs.');
  return runtime;
}

function checkText(value: unknown, field: string, pattern: RegExp, example: string): void {
  const isSound = value === undefined || (typeof value === 'string' && pattern.test(value));
  check(isSound, field, `It looks like ${example}.`);
}

function checkNumber(value: unknown, field: string, least: number, most: number): void {
  check(typeof value === 'number' && value >= least && value <= most, field, `It is ${least} to ${most}.`);
}

function checkFlag(value: unknown, field: string): void {
  check(typeof value === 'boolean', field, 'It is true or false.');
}

function check(isSound: unknown, field: string, recoverySuggestion: string): void {
  if (isSound) return;
  throw ownError('InvalidConfigurationException', `${field} is missing or wrong.`, recoverySuggestion);
}

const FUNCTIONS = ['worker', 'logger', ...ANSWERABLE] as const;

/** Equal configs have equal keys. Functions count by their presence. It holds no secret: it names the worker. */
export function configKey(runtime: RuntimeConfig, config: SessionConfig): string {
  const { endpoints, oauth = {} } = runtime;
  const names = [runtime, endpoints, oauth].flatMap(Object.keys).sort();
  return JSON.stringify(runtime, names) + FUNCTIONS.map((field) => !config[field]).join('');
}
