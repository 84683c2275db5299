/** Tokens for an app's own tests: Cognito's claims, and no signature, so that nothing that verifies takes them. */
import type { RuntimeConfig } from './contract.js';

/** Somebody who signs in to a fake client. */
export interface FakeUser {
  username: string;
  /** The `sub` claim. Default: made of the name. */
  userId?: string;
  /** The `cognito:groups` claim. Default: none. */
  groups?: string[];
  /** In the ID token, and what `fetchUserAttributes()` answers with. Default: an e-mail address. */
  attributes?: Record<string, string>;
}

/** When tokens are issued, and for whom. */
export interface FakeIssue {
  user: Required<FakeUser>;
  /** Tells tokens of one time from each other. */
  serial: number;
  issuedAtMs: number;
  authTimeMs: number;
  lifeSeconds: number;
}

export function filledIn({ username, userId, groups = [], attributes }: FakeUser): Required<FakeUser> {
  return {
    username,
    userId: userId ?? `sub-of-${username}`,
    groups,
    attributes: attributes ?? { email: `${username}@example.com`, email_verified: 'true' },
  };
}

/** An access token and an ID token. */
export function makeFakeTokens(
  { userPoolId = '', userPoolClientId = '' }: RuntimeConfig,
  { user, serial, issuedAtMs, authTimeMs, lifeSeconds }: FakeIssue,
): { accessToken: string; idToken: string } {
  const { email_verified: verified, ...attributes } = user.attributes;
  const iat = Math.floor(issuedAtMs / 1_000);
  const [region = ''] = userPoolId.split('_');
  const claims = {
    sub: user.userId,
    ...(user.groups.length > 0 && { 'cognito:groups': user.groups }),
    iss: `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`,
    auth_time: Math.floor(authTimeMs / 1_000),
    iat,
    exp: iat + lifeSeconds,
  };
  return {
    accessToken: encoded({
      ...claims,
      token_use: 'access',
      client_id: userPoolClientId,
      scope: 'aws.cognito.signin.user.admin',
      username: user.username,
      jti: `fake-access-${serial}`,
    }),
    idToken: encoded({
      ...attributes,
      ...(verified !== undefined && { email_verified: verified === 'true' }),
      ...claims,
      token_use: 'id',
      aud: userPoolClientId,
      'cognito:username': user.username,
      jti: `fake-id-${serial}`,
    }),
  };
}

/** An unsecured JWT (RFC 7519 section 6). */
function encoded(claims: object): string {
  const [header, payload] = [{ alg: 'none', typ: 'JWT' }, claims].map((part) => {
    const bytes = new TextEncoder().encode(JSON.stringify(part));
    const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
    return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
  });
  return `${header}.${payload}.`;
}
