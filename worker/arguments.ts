/**
 * What a page may give to each call. Any script of the origin can call, so an argument is checked before anything is done
 * with it: what is odd would else become a request that Cognito refuses, and be told in every tab.
 */
import {
  ANSWERABLE,
  type AdoptSessionInput,
  type BeginRedirectInput,
  type CompleteRedirectInput,
  type ConfirmSignInInput,
  type Hello,
  type PageAnswer,
  type SessionRequest,
  type SignInInput,
  type SignOutRequest,
} from './contract.js';
import { ownError } from './errors.js';
import { isOAuthConfig } from './oauth-urls.js';
import { isPlainObject } from './plain-object.js';
import { findWholeValidity, POLICY_SHAPE } from './policy-shape.js';
import { needsPassword } from './flows.js';

/** Arguments as they are after the check. */
interface Checked {
  hello: Hello;
  session: SessionRequest;
  signIn: SignInInput;
  confirmSignIn: ConfirmSignInInput;
  signOut: SignOutRequest;
  adoptSession: AdoptSessionInput;
  beginRedirect: BeginRedirectInput;
  completeRedirect: CompleteRedirectInput;
  answer: PageAnswer;
}

/** Whether a value is right, and what would be. */
export type Rule = [isRight: (value: unknown) => boolean, suggestion: string];
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
const flow = oneOf(
  'USER_SRP_AUTH',
  'USER_PASSWORD_AUTH',
  'USER_AUTH',
  'CUSTOM_WITH_SRP',
  'CUSTOM_WITHOUT_SRP',
);
const factor = oneOf('PASSWORD', 'PASSWORD_SRP', 'EMAIL_OTP', 'SMS_OTP', 'WEB_AUTHN');
const absent: Rule = [(value) => value === undefined, 'Give a function.'];
const HELLO_ANSWERS = [...ANSWERABLE, 'beforeSignOut'] as const;
const answerable: Rule = [
  (value) =>
    Array.isArray(value) && value.every((about) => (HELLO_ANSWERS as readonly unknown[]).includes(about)),
  `Use ${HELLO_ANSWERS.join(', ')}.`,
];
/** Cognito's ids have these characters alone: none of them leads a request to another host. */
const id = textOrUndefined(/^[\w+:-]{1,128}$/, 'Give it as Cognito shows it.');
const url = textOrUndefined(/^https?:\/\/[^/]/, 'Give a URL.');
/** IAM's role ARN, in any partition (GetCredentialsForIdentity, CustomRoleArn: at most 2048 characters). */
const role = textOrUndefined(
  /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,2000}$/,
  'Give the ARN of an IAM role.',
);
const margin: Rule = [
  (value) => typeof value === 'number' && value >= 0 && value <= 3_600,
  'Give 0 to 3600.',
];
const validity: Rule = [
  (value) => typeof value === 'number' && value >= 3_600 && value <= 315_360_000,
  'Give 3600 to 315360000.',
];
const kept: Rule = [(value) => value === 'indexeddb' || value === 'memory', 'Use indexeddb or memory.'];

const oauth: Rule = [isOAuthConfig, 'Give redirectSignIn with https URLs, and domain without https://.'];
const pageUrl: Rule = [
  (value) => isText(value) && /^https?:/.test(value) && URL.canParse(value),
  'Give a URL.',
];
const provider: Rule = [
  (value) =>
    isText(value)
      ? /^(Amazon|Apple|Facebook|Google)$/.test(value)
      : isPlainObject(value) && isText(value['custom']) && /^\S.{0,127}$/.test(value['custom']),
  'Use Amazon, Apple, Facebook, Google or { custom }.',
];
const LONGEST_CUSTOM_STATE = 4_096;
const customState: Rule = [
  (value) => isText(value) && value.length <= LONGEST_CUSTOM_STATE,
  `Give a text of at most ${LONGEST_CUSTOM_STATE} characters.`,
];
function oneOf(...words: readonly string[]): Rule {
  return [(value) => isText(value) && words.includes(value), `Use one of ${words.join(', ')}.`];
}

/** For a config, which has no `null`. */
function textOrUndefined(pattern: RegExp, suggestion: string): Rule {
  return [(value) => value === undefined || (isText(value) && pattern.test(value)), suggestion];
}

const optional = ([isRight, suggestion]: Rule): Rule => [
  (value) => isAbsent(value) || isRight(value),
  suggestion,
];

/** Several times what Cognito's are, with all the groups and attributes that a user can have. */
const LONGEST_TOKEN = 20_000;
const LONGEST_NAME = 2_048;
const token = filledUpTo(LONGEST_TOKEN);
const name = filledUpTo(LONGEST_NAME);
/** DeviceKeyType has at most 55 characters; the secret is the app's own and has 40 bytes in Base64. */
const device: Rule = [
  (value) =>
    isPlainObject(value) &&
    name[0](value['deviceKey']) &&
    [value['deviceGroupKey'], value['randomPassword']].every(optional(name)[0]),
  'Give an object with a deviceKey, and of deviceGroupKey and randomPassword what is known.',
];
/** Years: more is no drift of a clock. */
const MOST_DRIFT_MS = 1e12;
const drift: Rule = [
  (value) => typeof value === 'number' && Math.abs(value) <= MOST_DRIFT_MS,
  'Give milliseconds.',
];

function filledUpTo(most: number): Rule {
  return [
    (value) => isText(value) && value !== '' && value.length <= most,
    `Give a text of 1 to ${most} characters.`,
  ];
}

const SHAPES: Record<keyof Checked, Shape> = {
  hello: {
    wantsLog: flag,
    answers: optional(answerable),
    config: {
      userPoolId: id,
      userPoolClientId: id,
      identityPoolId: id,
      allowGuestAccess: flag,
      endpoints: { userPool: url, identityPool: url, oauth: url },
      refreshMarginSeconds: margin,
      refreshTokenValiditySeconds: optional(validity),
      exposeRefreshToken: optional(flag),
      persistence: kept,
      oauth,
      customRoleArn: role,
      policy: POLICY_SHAPE,
      rememberLastUser: optional(flag),
      // Functions stay in the page; what came here instead may be a token.
      logins: absent,
      clientMetadataProvider: absent,
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
    password: optional(filled),
    options: {
      authFlowType: optional(flow),
      preferredChallenge: optional(factor),
      clientMetadata: optional(texts),
    },
  },
  confirmSignIn: {
    challengeResponse: filled,
    options: {
      userAttributes: optional(texts),
      friendlyDeviceName: optional(text),
      clientMetadata: optional(texts),
    },
  },
  signOut: {
    global: optional(flag),
    respectHolds: optional(flag),
    oauth: { redirectUrl: optional(text) },
    pageUrl: optional(pageUrl),
    revoke: optional(flag),
  },
  adoptSession: {
    accessToken: token,
    idToken: optional(token),
    refreshToken: token,
    deviceMetadata: optional(device),
    signInDetails: { loginId: optional(name), authFlowType: optional(flow) },
    oauthSignIn: optional(flag),
    clockDrift: optional(drift),
  },
  beginRedirect: { provider: optional(provider), customState: optional(customState), pageUrl },
  completeRedirect: { url: pageUrl },
  // Its value is judged where it is used: what is wrong with it is no answer.
  answer: { id: filled },
};

/**
 * The argument, if it is one that this call takes; no argument is an empty one.
 * @throws AuthError `InvalidInputException`, or of a hello `InvalidConfigurationException`, naming the field.
 */
export function checked<Method extends keyof Checked>(method: Method, argument: unknown): Checked[Method] {
  const given = isAbsent(argument) ? {} : argument;
  const wrong =
    findWrong(given, SHAPES[method], '') ??
    (method === 'hello' ? findMissingPool(given) : undefined) ??
    (method === 'hello' ? findWholeValidity((given as Hello).config) : undefined) ??
    (method === 'signIn' ? findMissingPassword(given) : undefined);
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

function findMissingPassword(input: unknown): Wrong | undefined {
  const { password, options } = input as SignInInput;
  if (!isAbsent(password) || !needsPassword(options)) return undefined;
  return ['password', 'Give it, or use a flow that needs none.'];
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}
