/** What an app may ask of the end of its sessions. */
import type { Rule, Shape } from './arguments.js';
import type { RuntimeConfig, SessionPolicy } from './contract.js';
import { isPlainObject } from './plain-object.js';

const MOST_WARNINGS = 10;
const LONGEST_SAVE_SECONDS = 60;
const LEAST_IDLE_SECONDS = 10;
/** Ten years, as the longest life of a refresh token (UserPoolClientType, RefreshTokenValidity). */
const LONGEST_SECONDS = 315_360_000;
/** Of an access token, which outlives its refresh token (UserPoolClientType, AccessTokenValidity). */
const LONGEST_LIFE_SECONDS = 86_400;

/** Null is no time: counted with, it would be 0. */
const orLeftOut = ([isRight, suggestion]: Rule): Rule => [
  (value) => value === undefined || isRight(value),
  suggestion,
];

const seconds = orLeftOut(secondsWithin(0, LONGEST_SECONDS));

export const POLICY_SHAPE: Record<keyof SessionPolicy, Rule | Shape> = {
  warnBeforeEndSeconds: orLeftOut([isWarnings, 'Give up to 10 whole numbers of 1 to 315446400.']),
  saveDeadlineSeconds: orLeftOut(secondsWithin(0, LONGEST_SAVE_SECONDS)),
  minRemaining: { atFirstLoadSeconds: seconds, onReturnSeconds: seconds },
  idle: orLeftOut([isIdle, 'Give timeoutSeconds, of at least 10, and less warnSeconds.']),
  recheckSeconds: seconds,
};

/** A session of which never so much is left would be ended at once, each time. */
export function findWholeValidity({
  refreshTokenValiditySeconds: validity = Infinity,
  policy,
}: RuntimeConfig): [field: string, suggestion: string] | undefined {
  const wrong = Object.entries(policy?.minRemaining ?? {}).find(([, seconds]) => seconds >= validity);
  return wrong && [`config.policy.minRemaining.${wrong[0]}`, 'Give less than refreshTokenValiditySeconds.'];
}

function secondsWithin(least: number, most: number): Rule {
  return [(value) => isWithin(value, least, most), `Give ${least} to ${most}.`];
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && value >= least && value <= most;
}

function isWarnings(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length <= MOST_WARNINGS &&
    value.every(
      (seconds) => Number.isInteger(seconds) && isWithin(seconds, 1, LONGEST_SECONDS + LONGEST_LIFE_SECONDS),
    )
  );
}

function isIdle(value: unknown): boolean {
  if (!isPlainObject(value)) return false;
  const { timeoutSeconds, warnSeconds = 0 } = value;
  if (!isWithin(timeoutSeconds, LEAST_IDLE_SECONDS, LONGEST_SECONDS)) return false;
  return isWithin(warnSeconds, 0, LONGEST_SECONDS) && warnSeconds < timeoutSeconds;
}
