/** The logins that a request to the identity pool proves. */
import { decodeJwt } from 'jose';
import { invalidParameter, notAuthorized, type ServiceError } from './errors.js';
import type { InputReader } from './input.js';
import type { SettingsStore } from './settings.js';
import type { TokenIssuer } from './tokens.js';

export interface Login {
  provider: string;
  sub: string;
}

export interface LoginParts {
  issuer: TokenIssuer;
  settings: SettingsStore;
  /** Providers beside the user pool. Their tokens are believed without a signature: there is nobody to ask for their keys. */
  loginProviders: readonly string[];
  /** Whether the user is gone or the tokens of that `origin_jti` are revoked; asked only with the server-side token check on. */
  isInactive: (originJti: unknown, username: unknown) => boolean;
}

const MOST_LOGINS = 10;

export const sameLogin = (left: Login, right: Login): boolean =>
  left.provider === right.provider && left.sub === right.sub;

const malformed = (): ServiceError =>
  notAuthorized('Invalid login token. Not a valid OpenId Connect identity token.');

const expired = (nowSeconds: number, atSeconds: number): ServiceError =>
  notAuthorized(`Invalid login token. Token expired: ${nowSeconds} >= ${atSeconds}`);

/** None for a guest. Throws for the first that proves nothing. */
export async function loginsOf(input: InputReader, parts: LoginParts): Promise<Login[]> {
  const given = Object.entries(input.textMap('Logins') ?? {});
  if (given.length > MOST_LOGINS) throw invalidParameter(`Logins must have at most ${MOST_LOGINS} entries`);
  const logins: Login[] = [];
  for (const [provider, token] of given) {
    const isOwn = provider === parts.issuer.issuer.replace('https://', '');
    if (!isOwn && !parts.loginProviders.includes(provider)) {
      throw notAuthorized('Token is not from a supported provider of this identity pool.');
    }
    const sub = isOwn ? await userOf(token, parts) : subjectOf(token, parts.settings.nowSeconds());
    logins.push({ provider, sub });
  }
  return logins;
}

async function userOf(token: string, { issuer, settings, isInactive }: LoginParts): Promise<string> {
  const verdict = await issuer.verify(token, 'id');
  if (verdict.status === 'invalid') throw malformed();
  if (verdict.status === 'expired') throw expired(settings.nowSeconds(), verdict.expiredAtSeconds);
  const { claims } = verdict;
  if (settings.current.serverSideTokenCheck && isInactive(claims.origin_jti, claims['cognito:username'])) {
    throw notAuthorized('Token is inactive');
  }
  return String(claims.sub);
}

function subjectOf(token: string, nowSeconds: number): string {
  const { sub, exp } = claimsOf(token);
  if (sub === undefined || exp === undefined) throw malformed();
  if (nowSeconds >= exp) throw expired(nowSeconds, exp);
  return sub;
}

function claimsOf(token: string): { sub?: string; exp?: number } {
  try {
    return decodeJwt(token);
  } catch {
    throw malformed();
  }
}
