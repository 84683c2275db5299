/** What two Cognitos must have in common in an answer: status, error name, members and claims, but no values. */
import { decodeJwt } from 'jose';

/** A member's path and its type, such as `AuthenticationResult.ExpiresIn: number`. */
export type AnswerShape = string[];

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

export function shapeOf({ status, body }: CognitoAnswer): AnswerShape {
  if (status >= 400) return [`status ${status}`, `error ${String(body.__type).replace(/^.*#/, '')}`];
  return [`status ${status}`, ...members(body, '', '')];
}

/** By name of what was asked. */
export type Findings = Map<string, AnswerShape>;

/** Lines such as `wrong password | ours | error NotAuthorizedException`, sorted; empty where both agree. */
export function differencesBetween(ours: Findings, theirs: Findings): string[] {
  const lines: string[] = [];
  for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
    const [here, there] = [ours.get(name) ?? [], theirs.get(name) ?? []];
    for (const line of here) if (!there.includes(line)) lines.push(`${name} | ours | ${line}`);
    for (const line of there) if (!here.includes(line)) lines.push(`${name} | theirs | ${line}`);
  }
  return lines.sort();
}
