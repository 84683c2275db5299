/**
 * What a page may give to each call. Any script of the origin can call, so an argument is checked before anything is done
 * with it: what is odd would else become a request that Cognito refuses, and be told in every tab.
 */
import type { ConfirmSignInInput, Hello, SessionRequest, SignOutInput } from './contract.js';
import { ownError } from './errors.js';
import { isPlainObject } from './plain-object.js';
import type { CompleteSignInInput } from './sign-in.js';

/** Arguments as they are after the check. */
interface Checked {
  hello: Hello;
  session: SessionRequest;
  signIn: CompleteSignInInput;
  confirmSignIn: ConfirmSignInInput;
  signOut: SignOutInput;
}

/** Whether a value is right, and what would be. */
type Rule = [isRight: (value: unknown) => boolean, suggestion: string];
export interface Shape {
  [field: string]: Rule | Shape;
}

const text: Rule = [isText, 'Give a text.'];
const filled: Rule = [(value) => isText(value) && value !== '', 'Give a text that is not empty.'];
const flag: Rule = [(value) => typeof value === 'boolean', 'Give true or false.'];
const revision: Rule = [Number.isSafeInteger, 'Give a whole number.'];
const texts: Rule = [
  (value) => isPlainObject(value) && Object.values(value).every(isText),
  'Give an object in which every value is a text.',
];
const flow: Rule = [
  (value) => value === 'USER_SRP_AUTH' || value === 'USER_PASSWORD_AUTH',
  'Use USER_SRP_AUTH or USER_PASSWORD_AUTH.',
];
/** Cognito's ids have these characters alone: none of them leads a request to another host. */
const id = textOrUndefined(/^[\w+:-]{1,128}$/, 'Give it as Cognito shows it.');
const url = textOrUndefined(/^https?:\/\/[^/]/, 'Give a URL.');
const margin: Rule = [
  (value) => typeof value === 'number' && value >= 0 && value <= 3_600,
  'Give 0 to 3600.',
];
const kept: Rule = [(value) => value === 'indexeddb' || value === 'memory', 'Use indexeddb or memory.'];

/** For a config, which has no `null`. */
function textOrUndefined(pattern: RegExp, suggestion: string): Rule {
  return [(value) => value === undefined || (isText(value) && pattern.test(value)), suggestion];
}

const optional = ([isRight, suggestion]: Rule): Rule => [
  (value) => isAbsent(value) || isRight(value),
  suggestion,
];

const SHAPES: Record<keyof Checked, Shape> = {
  hello: {
    wantsLog: flag,
    config: {
      userPoolId: id,
      userPoolClientId: id,
      identityPoolId: id,
      allowGuestAccess: flag,
      endpoints: { userPool: url, identityPool: url, oauth: url },
      refreshMarginSeconds: margin,
      persistence: kept,
    },
  },
  session: {
    forceRefresh: optional(flag),
    rejectedToken: optional(text),
    clientMetadata: optional(texts),
    minRevision: optional(revision),
    peek: optional(flag),
  },
  signIn: {
    username: filled,
    password: filled,
    options: { authFlowType: optional(flow), clientMetadata: optional(texts) },
  },
  confirmSignIn: {
    challengeResponse: filled,
    options: { userAttributes: optional(texts), clientMetadata: optional(texts) },
  },
  signOut: { global: optional(flag) },
};

/**
 * The argument, if it is one that this call takes; no argument is an empty one.
 * @throws AuthError `InvalidInputException`, or of a hello `InvalidConfigurationException`, naming the field.
 */
export function checked<Method extends keyof Checked>(method: Method, argument: unknown): Checked[Method] {
  const given = isAbsent(argument) ? {} : argument;
  const wrong =
    findWrong(given, SHAPES[method], '') ?? (method === 'hello' ? findMissingPool(given) : undefined);
  if (!wrong) return given as Checked[Method];
  const [field, suggestion] = wrong;
  const name = method === 'hello' ? 'InvalidConfigurationException' : 'InvalidInputException';
  throw ownError(name, `${field} is missing or wrong.`, suggestion);
}

/** For calls whose shapes stand elsewhere. @throws AuthError `InvalidInputException` naming the field. */
export function demandShape(given: unknown, shape: Shape): void {
  const wrong = findWrong(given, shape, '');
  if (wrong) throw ownError('InvalidInputException', `${wrong[0]} is missing or wrong.`, wrong[1]);
}

export const RULES = { filled, flag, texts, optional };

type Wrong = [field: string, suggestion: string];

function findWrong(value: unknown, rule: Rule | Shape, field: string): Wrong | undefined {
  if (Array.isArray(rule)) {
    const [isRight, suggestion] = rule;
    return isRight(value) ? undefined : [field, suggestion];
  }
  if (isAbsent(value)) return findWrong({}, rule, field);
  if (!isPlainObject(value)) return [field || 'The input', 'Give an object.'];
  for (const [name, inner] of Object.entries(rule)) {
    const wrong = findWrong(value[name], inner, field ? `${field}.${name}` : name);
    if (wrong) return wrong;
  }
  return undefined;
}

/** A user pool has an app client; one of the two pools must be there. */
function findMissingPool(hello: unknown): Wrong | undefined {
  const { userPoolId, userPoolClientId, identityPoolId } = (hello as Hello).config;
  const isPaired = (userPoolId === undefined) === (userPoolClientId === undefined);
  if (isPaired && (userPoolId ?? identityPoolId) !== undefined) return undefined;
  return ['config.userPoolId', 'Give it with userPoolClientId, or an identity pool.'];
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}
