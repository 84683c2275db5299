/** What the tokens are, and what the ID token tells of the user. Read from their claims; nothing is verified. */
import type { SessionDescription, TokenDescription, UserInfo } from './contract.js';
import { decoded, type ForeignClaims, type LiveTokens } from './tokens.js';

const CUSTOM_PREFIX = 'custom:';

export function describe(
  { accessToken, idToken }: Pick<LiveTokens, 'accessToken' | 'idToken'>,
  refreshToken: { isHeld: boolean; expiresAt?: Date },
): SessionDescription {
  const access = decoded(accessToken) ?? {};
  const id = idToken === undefined ? undefined : decoded(idToken);
  return {
    tokens: {
      accessToken: {
        ...describeToken('API authorization', access, text(access['client_id'])),
        scopes: text(access['scope'])?.split(' ') ?? [],
      },
      ...(id && { idToken: describeToken('User identity', id, text(id['aud'])) }),
      refreshToken: { purpose: 'Token refresh', ...refreshToken },
    },
    ...(id && { user: describeUser(id) }),
  };
}

function describeToken(
  purpose: string,
  claims: ForeignClaims,
  clientId: string | undefined,
): TokenDescription {
  return {
    purpose,
    expiresAt: new Date(Number(claims['exp'] ?? 0) * 1_000),
    ...(clientId !== undefined && { clientId }),
    groups: groupsOf(claims),
  };
}

function describeUser(claims: ForeignClaims): UserInfo {
  const {
    sub,
    email,
    email_verified: verified,
    name,
    given_name: givenName,
    family_name: familyName,
  } = claims;
  const texts = { email, name, givenName, familyName };
  return {
    sub: text(sub) ?? '',
    ...Object.fromEntries(Object.entries(texts).filter(([, value]) => typeof value === 'string')),
    // A provider's mapped attribute is a text.
    ...(verified !== undefined && { emailVerified: verified === true || verified === 'true' }),
    groups: groupsOf(claims),
    customAttributes: Object.fromEntries(
      Object.entries(claims)
        .filter(([claim]) => claim.startsWith(CUSTOM_PREFIX))
        .map(([claim, value]) => [claim.slice(CUSTOM_PREFIX.length), value]),
    ),
  };
}

function groupsOf(claims: ForeignClaims): string[] {
  const groups = claims['cognito:groups'];
  return Array.isArray(groups) ? groups.map(String) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
