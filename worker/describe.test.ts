import { describe as about, expect, test } from 'vitest';
import { describe } from './describe.js';
import { makeToken } from './testing/tokens.js';

const TIMES = { iat: 1_700_000_000, exp: 1_700_003_600 };
const ACCESS = makeToken({
  ...TIMES,
  sub: 'sub-ada',
  token_use: 'access',
  client_id: 'client1',
  scope: 'openid aws.cognito.signin.user.admin',
  'cognito:groups': ['admins'],
});
const idToken = (claims: Record<string, unknown> = {}): string =>
  makeToken({ ...TIMES, sub: 'sub-ada', token_use: 'id', aud: 'client1', ...claims });

const ofUser = (claims: Record<string, unknown>): unknown =>
  describe({ accessToken: ACCESS, idToken: idToken(claims) }, { isHeld: true }).user;

about('describing tokens', () => {
  test('tells of each what it is for, until when, for which app client, and which groups and scopes it has', () => {
    const expiresAt = new Date(1_800_000_000_000);
    expect(describe({ accessToken: ACCESS, idToken: idToken() }, { isHeld: true, expiresAt }).tokens).toEqual(
      {
        accessToken: {
          purpose: 'API authorization',
          expiresAt: new Date(1_700_003_600_000),
          clientId: 'client1',
          groups: ['admins'],
          scopes: ['openid', 'aws.cognito.signin.user.admin'],
        },
        idToken: {
          purpose: 'User identity',
          expiresAt: new Date(1_700_003_600_000),
          clientId: 'client1',
          groups: [],
        },
        refreshToken: { purpose: 'Token refresh', isHeld: true, expiresAt },
      },
    );
  });

  test('leaves out what a token does not have', () => {
    const bare = makeToken({ ...TIMES, sub: 'sub-ada', token_use: 'access' });
    expect(describe({ accessToken: bare }, { isHeld: false })).toEqual({
      tokens: {
        accessToken: {
          purpose: 'API authorization',
          expiresAt: new Date(1_700_003_600_000),
          groups: [],
          scopes: [],
        },
        refreshToken: { purpose: 'Token refresh', isHeld: false },
      },
    });
  });
});

about('describing the user', () => {
  test('tells the standard attributes by their names in code, and the custom ones without their prefix', () => {
    const claims = {
      email: 'ada@example.com',
      email_verified: true,
      name: 'Ada Lovelace',
      given_name: 'Ada',
      family_name: 'Lovelace',
      'cognito:groups': ['admins', 'staff'],
      'custom:team': 'engines',
      'custom:level': 3,
    };
    expect(ofUser(claims)).toEqual({
      sub: 'sub-ada',
      email: 'ada@example.com',
      emailVerified: true,
      name: 'Ada Lovelace',
      givenName: 'Ada',
      familyName: 'Lovelace',
      groups: ['admins', 'staff'],
      customAttributes: { team: 'engines', level: 3 },
    });
  });

  test('leaves out what the token does not say', () => {
    expect(ofUser({})).toEqual({ sub: 'sub-ada', groups: [], customAttributes: {} });
  });

  test.each([
    ['true', true],
    ['false', false],
    [false, false],
  ])('reads email_verified %j as %j', (email_verified, emailVerified) => {
    expect(ofUser({ email_verified })).toMatchObject({ emailVerified });
  });

  test('takes only texts for texts', () => {
    expect(ofUser({ email: 7, name: { first: 'Ada' } })).toEqual({
      sub: 'sub-ada',
      groups: [],
      customAttributes: {},
    });
  });

  test('gives an attribute of any name to the caller and to no prototype', () => {
    const user = ofUser({ 'custom:__proto__': 'odd' }) as { customAttributes: object };
    expect(Object.entries(user.customAttributes)).toEqual([['__proto__', 'odd']]);
    expect(Object.getPrototypeOf(user.customAttributes)).toBe(Object.prototype);
  });
});
