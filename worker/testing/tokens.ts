/** Tokens with Cognito's claims and a signature that nobody here looks at. */
import type { PageView } from '../contract.js';
import { pageView } from '../page-view.js';
import { decodeBoth } from '../view.js';

export interface TokenClaims {
  sub: string;
  iat: number;
  exp: number;
  token_use: 'access' | 'id';
  [claim: string]: unknown;
}

let serial = 0;

/** No two tokens are equal. */
export function makeToken(claims: TokenClaims): string {
  serial += 1;
  return [
    { alg: 'RS256', kid: 'test', typ: 'JWT' },
    { ...claims, jti: `jti-${serial}` },
  ]
    .map((part) => base64url(JSON.stringify(part)))
    .concat('c2lnbmF0dXJl')
    .join('.');
}

function base64url(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
}

/** An access token and an ID token of one user, issued at a time on Cognito's clock. */
export function makeTokenPair(
  userId: string,
  issuedAtMs: number,
  lifeSeconds: number,
  signedInAtMs = issuedAtMs,
) {
  const iat = Math.floor(issuedAtMs / 1_000);
  const claims = { sub: userId, iat, exp: iat + lifeSeconds, auth_time: Math.floor(signedInAtMs / 1_000) };
  const username = userId.replace(/^sub-/, '');
  return {
    accessToken: makeToken({ ...claims, token_use: 'access', username }),
    idToken: makeToken({ ...claims, token_use: 'id', 'cognito:username': username }),
  };
}

export type ClaimsChange = Partial<Record<string, unknown>>;

/** Ada's, with the claims by which an app knows that they are of its own pool and app client, and of which sign-in. */
export function makeOwnTokens(issuedAtMs: number, change: ClaimsChange = {}, idChange: ClaimsChange = {}) {
  const iat = Math.floor(issuedAtMs / 1_000);
  const claims = {
    sub: 'sub-ada',
    iat,
    exp: iat + 3_600,
    iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Pool',
    origin_jti: 'sign-in-1',
    ...change,
  };
  return {
    accessToken: makeToken({ token_use: 'access', client_id: 'client1', username: 'ada', ...claims }),
    idToken: makeToken({
      token_use: 'id',
      aud: 'client1',
      'cognito:username': 'ada',
      ...claims,
      ...idChange,
    }),
  };
}

/** A user's tokens as a page is shown them. */
export function shownTokens(
  ...pair: Parameters<typeof makeTokenPair>
): Required<Pick<PageView, 'tokens' | 'session'>> {
  const tokens = makeTokenPair(...pair);
  const { session } = pageView({
    revision: 1,
    status: 'signed-in',
    tokens,
    decoded: decodeBoth(tokens),
    leaseMs: 0,
  });
  return { tokens, session };
}
