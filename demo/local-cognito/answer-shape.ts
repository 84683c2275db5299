/** What two Cognitos must have in common in an answer: status, error name, members and claims, but no values. */
import { decodeJwt } from 'jose';

export interface CognitoAnswer {
  status: number;
  body: Record<string, unknown>;
}

export type Ask = (operation: string, input: Record<string, unknown>) => Promise<CognitoAnswer>;

/** Asks over plain HTTP, so that no client smooths an answer over. */
export function askAt(userPoolUrl: string, identityPoolUrl = userPoolUrl): Ask {
  return async (operation, input) => {
    const isIdentity = operation === 'GetId' || operation === 'GetCredentialsForIdentity';
    const service = isIdentity ? 'AWSCognitoIdentityService' : 'AWSCognitoIdentityProviderService';
    const response = await fetch(isIdentity ? identityPoolUrl : userPoolUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${service}.${operation}` },
      body: JSON.stringify(input),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
    };
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const SIGNED_TOKENS = new Set(['AccessToken', 'IdToken']);

function* members(value: unknown, path: string, name: string): Generator<string> {
  if (Array.isArray(value)) {
    yield `${path}: list`;
    return;
  }
  if (isRecord(value)) {
    if (path !== '') yield `${path}: map`;
    for (const [key, inner] of Object.entries(value))
      yield* members(inner, path === '' ? key : `${path}.${key}`, key);
    return;
  }
  yield `${path}: ${typeof value}`;
  if (SIGNED_TOKENS.has(name) && typeof value === 'string') {
    for (const [claim, content] of Object.entries(decodeJwt(value))) {
      yield `${path} claim ${claim}: ${Array.isArray(content) ? 'list' : typeof content}`;
    }
  }
}

/** What an answer has in common with another one's to the same request. */
export interface AnswerShape {
  /** `200`, or status and name of the error, such as `400 NotAuthorizedException`. */
  outcome: string;
  /** Paths and types of an accepted answer's members, such as `AuthenticationResult.ExpiresIn: number`. */
  members: string[];
}

export function shapeOf({ status, body }: CognitoAnswer): AnswerShape {
  if (status === 200) return { outcome: '200', members: [...members(body, '', '')] };
  return { outcome: `${status} ${String(body.__type)}`, members: [] };
}

/** By name of what was asked. */
export type Findings = Map<string, AnswerShape>;

const NOTHING: AnswerShape = { outcome: 'nothing', members: [] };

/** One line for each difference, sorted; none where both agree. */
export function differencesBetween(here: Findings, there: Findings): string[] {
  const lines: string[] = [];
  for (const name of new Set([...here.keys(), ...there.keys()])) {
    const [ours, theirs] = [here.get(name) ?? NOTHING, there.get(name) ?? NOTHING];
    if (ours.outcome !== theirs.outcome) {
      lines.push(`${name}: ${ours.outcome} here, ${theirs.outcome} there`);
      continue;
    }
    for (const member of ours.members)
      if (!theirs.members.includes(member)) lines.push(`${name}: only here ${member}`);
    for (const member of theirs.members)
      if (!ours.members.includes(member)) lines.push(`${name}: only there ${member}`);
  }
  return lines.sort();
}
