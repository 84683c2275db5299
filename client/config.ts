/** Checks a `SessionConfig` and fills in its defaults. */
import type { RuntimeConfig } from '../worker/contract.js';
import { AuthError, ErrorName } from '../worker/errors.js';
import type { SessionConfig } from './types.js';

const DEFAULT_MARGIN_SECONDS = 300;
const LONGEST_MARGIN_SECONDS = 3_600;

/** @throws AuthError `InvalidConfigurationException` naming the field. */
export function readConfig(config: SessionConfig): RuntimeConfig {
  const { userPoolId, userPoolClientId, identityPoolId, endpoints = {} } = config;
  const { refreshMarginSeconds = DEFAULT_MARGIN_SECONDS, persistence = 'indexeddb' } = config;
  check(userPoolId ?? identityPoolId, 'userPoolId', 'Give a user pool, an identity pool, or both.');
  checkText(userPoolId, 'userPoolId', /^[\w-]+_[0-9a-zA-Z]+$/, 'eu-central-1_AbCdEf123');
  checkText(userPoolClientId, 'userPoolClientId', /^[\w+]{1,128}$/, '1h57kf5cpq17m0eml12EXAMPLE');
  checkText(identityPoolId, 'identityPoolId', /^[\w-]+:[0-9a-f-]+$/i, 'eu-central-1:0000-…');
  const missing = userPoolId === undefined ? 'userPoolId' : 'userPoolClientId';
  check(!userPoolId === !userPoolClientId, missing, 'A user pool and its app client go together.');
  for (const [name, url] of Object.entries(endpoints)) {
    checkText(url, `endpoints.${name}`, /^https?:\/\/[^/]/, 'https://auth.example.com');
  }
  check(
    refreshMarginSeconds >= 0 && refreshMarginSeconds <= LONGEST_MARGIN_SECONDS,
    'refreshMarginSeconds',
    `It is a number of seconds, 0 to ${LONGEST_MARGIN_SECONDS}.`,
  );
  check(
    persistence === 'indexeddb' || persistence === 'memory',
    'persistence',
    "It is 'indexeddb' or 'memory'.",
  );
  return {
    ...(userPoolId !== undefined && { userPoolId }),
    ...(userPoolClientId !== undefined && { userPoolClientId }),
    ...(identityPoolId !== undefined && { identityPoolId }),
    allowGuestAccess: config.allowGuestAccess === true,
    endpoints: { ...endpoints },
    refreshMarginSeconds,
    persistence,
  };
}

function checkText(value: unknown, field: string, pattern: RegExp, example: string): void {
  const isSound = value === undefined || (typeof value === 'string' && pattern.test(value));
  check(isSound, field, `It looks like ${example}.`);
}

function check(isSound: unknown, field: string, recoverySuggestion: string): void {
  if (isSound) return;
  throw new AuthError({
    name: ErrorName.invalidConfig,
    message: `The config's ${field} is missing or wrong.`,
    recoverySuggestion,
  });
}

/** Equal configs have equal keys. Functions count by their presence. */
export function configKey(runtime: RuntimeConfig, config: SessionConfig): string {
  const functions = [!!config.worker, !!config.logger, String(config.workerUrl ?? '')];
  return JSON.stringify([Object.entries(runtime).sort(), functions]);
}

/** A short name for a key. FNV-1a, 32 bits; it guards nothing. */
export function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(36);
}
