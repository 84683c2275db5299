/** What an app can read off its tokens. Nothing here is verified: that is for the server which gets them. */
import {
  bearerToken,
  decodeJWT,
  describeTokens,
  fetchAuthSession,
  getUserInfo,
  type JWT,
  type JWTHeader,
  type JWTPayload,
  type TokenDescriptions,
  type UserInfo,
} from '../../client/index.js';

/** One token, taken apart. */
export interface Read {
  header: JWTHeader;
  subject: string;
  issuer: string;
  audience: string | undefined;
  clientId: unknown;
  scope: string | undefined;
  use: JWTPayload['token_use'];
  lifeSeconds: number;
  isExpired: boolean;
  /** Whether the parts make the token again. */
  isWhole: boolean;
}

export function readToken(token: string): Read {
  const decoded: JWT = decodeJWT(token);
  const { header, payload, signature } = decoded;
  const { sub, iss, aud, exp, iat, token_use: use, scope } = payload;
  return {
    header,
    subject: sub,
    issuer: iss,
    audience: aud,
    clientId: payload['client_id'],
    scope,
    use,
    lifeSeconds: exp - iat,
    isExpired: exp * 1_000 < Date.now(),
    isWhole: decoded.toString() === token && token.endsWith(`.${signature}`),
  };
}

/** Both tokens of the session, or nothing when nobody is signed in. */
export async function analyzeTokens(): Promise<{ access: Read; id?: Read; hasRefreshToken: boolean } | null> {
  const { tokens } = await fetchAuthSession();
  if (!tokens) return null;
  return {
    access: readToken(tokens.accessToken.toString()),
    ...(tokens.idToken && { id: readToken(tokens.idToken.toString()) }),
    hasRefreshToken: tokens.refreshToken !== undefined,
  };
}

/** The same, and who the user is, in the package's own words. */
export async function described(): Promise<{ tokens: TokenDescriptions | null; user: UserInfo | null }> {
  return { tokens: await describeTokens(), user: await getUserInfo() };
}

/** The user as the claims of the ID token tell, without a call for it. */
export async function userFromClaims(): Promise<UserInfo | null> {
  const claims = (await fetchAuthSession()).tokens?.idToken?.payload;
  if (!claims) return null;
  const own = Object.entries(claims).filter(([claim]) => claim.startsWith('custom:'));
  return {
    sub: claims.sub,
    email: claims['email'] as string,
    emailVerified: claims['email_verified'] as boolean,
    name: claims['name'] as string,
    givenName: claims['given_name'] as string,
    familyName: claims['family_name'] as string,
    groups: (claims['cognito:groups'] as string[] | undefined) ?? [],
    customAttributes: Object.fromEntries(own.map(([claim, value]) => [claim.replace('custom:', ''), value])),
  };
}

/** When the refresh token ends: reckoned from the sign-in, and as the session tells where its validity is configured. */
export async function refreshTokenEnd(
  validitySeconds: number,
): Promise<{ reckonedMs: number; toldMs: number | undefined } | null> {
  const { tokens, refreshTokenExpiresAt } = await fetchAuthSession();
  if (!tokens) return null;
  const authTimeSeconds = Number(tokens.accessToken.payload['auth_time']);
  return {
    reckonedMs: (authTimeSeconds + validitySeconds) * 1_000,
    toldMs: refreshTokenExpiresAt?.getTime(),
  };
}

/** What a request to an API carries, whichever token it takes. */
export async function authorization(use: 'access' | 'id'): Promise<string> {
  return `Bearer ${await bearerToken(use)}`;
}
