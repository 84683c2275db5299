import {
  GetUserCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  RevokeTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startLocalCognito, type LocalCognito, type SeedUser } from './server.js';
import { clientsOf } from './test-clients.js';

const PASSWORD = 'Correct-Horse-1';
const USERS: SeedUser[] = [
  {
    username: 'ada',
    password: 'Analytical-Engine-1843',
    attributes: { email: 'ada@example.com', email_verified: 'true', name: 'Ada', 'custom:team': 'engines' },
    groups: ['mathematicians'],
  },
  {
    username: 'new',
    password: PASSWORD,
    status: 'FORCE_CHANGE_PASSWORD',
    attributes: { email: 'new@example.com' },
  },
  { username: 'unconfirmed', password: PASSWORD, status: 'UNCONFIRMED' },
  { username: 'reset', password: PASSWORD, status: 'RESET_REQUIRED' },
];

// A busy machine needs longer for keys and big numbers than the default of 5 s.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let server: LocalCognito;
let clients: ReturnType<typeof clientsOf>;
let ClientId: string;

beforeAll(async () => {
  server = await startLocalCognito({ users: USERS, requiredAttributes: ['name'] });
  clients = clientsOf(server);
  ClientId = server.config.userPoolClientId;
});
beforeEach(() => server.reset());
afterAll(() => server.close());

const getUser = (AccessToken: string) => clients.users.send(new GetUserCommand({ AccessToken }));
const revoke = (Token: string) => clients.users.send(new RevokeTokenCommand({ ClientId, Token }));

describe('tokens', () => {
  it('verify against the JWKS, each with a key of its own', async () => {
    const { AccessToken, IdToken } = await clients.signIn();
    const jwks = createRemoteJWKSet(
      new URL(`${server.url}/${server.config.userPoolId}/.well-known/jwks.json`),
    );
    const issuer = `https://cognito-idp.eu-central-1.amazonaws.com/${server.config.userPoolId}`;
    await expect(jwtVerify(AccessToken, jwks, { issuer })).resolves.toBeDefined();
    await expect(jwtVerify(IdToken, jwks, { issuer, audience: ClientId })).resolves.toBeDefined();
    expect(decodeProtectedHeader(AccessToken).kid).not.toBe(decodeProtectedHeader(IdToken).kid);
  });

  it('carry the claims that Cognito sets at a sign-in by API', async () => {
    const { AccessToken, IdToken } = await clients.signIn();
    const access = decodeJwt(AccessToken);
    expect(Object.keys(access).sort()).toEqual(
      [
        ...['auth_time', 'client_id', 'cognito:groups', 'event_id', 'exp', 'iat', 'iss', 'jti'],
        ...['origin_jti', 'scope', 'sub', 'token_use', 'username'],
      ].sort(),
    );
    expect(access).toMatchObject({
      client_id: ClientId,
      token_use: 'access',
      scope: 'aws.cognito.signin.user.admin',
      username: 'ada',
    });
    expect(decodeJwt(IdToken)).toMatchObject({
      aud: ClientId,
      token_use: 'id',
      'cognito:username': 'ada',
      'cognito:groups': ['mathematicians'],
      email: 'ada@example.com',
      email_verified: true,
      name: 'Ada',
      'custom:team': 'engines',
      sub: access.sub,
      origin_jti: access.origin_jti,
      event_id: access.event_id,
      auth_time: access.auth_time,
    });
  });

  it('live as long as the settings say, which may change while the server runs', async () => {
    server.change({ accessTokenSeconds: 7, idTokenSeconds: 9 });
    const { AccessToken, IdToken } = await clients.signIn();
    const lifeOf = (token: string): number => (decodeJwt(token).exp ?? 0) - (decodeJwt(token).iat ?? 0);
    expect([lifeOf(AccessToken), lifeOf(IdToken)]).toEqual([7, 9]);
  });

  it('follow a server clock that is off', async () => {
    server.change({ clockOffsetSeconds: -7200 });
    const { AccessToken } = await clients.signIn();
    expect((decodeJwt(AccessToken).iat ?? 0) * 1000).toBeLessThan(Date.now() - 7_199_000);
    await expect(getUser(AccessToken)).resolves.toMatchObject({ Username: 'ada' });
  });
});

describe('refresh', () => {
  it('with rotation off, gives no refresh token and takes the old one again', async () => {
    const { RefreshToken } = await clients.signIn();
    for (let round = 0; round < 2; round += 1) {
      expect(await clients.refresh(RefreshToken)).not.toHaveProperty('RefreshToken');
    }
  });

  it('keeps who signed in and when, and gives new token ids', async () => {
    const { AccessToken, RefreshToken } = await clients.signIn();
    const before = decodeJwt(AccessToken);
    server.change({ clockOffsetSeconds: 60 });
    const after = decodeJwt((await clients.refresh(RefreshToken)).AccessToken ?? '');
    expect(after).toMatchObject({
      sub: before.sub,
      origin_jti: before.origin_jti,
      auth_time: before.auth_time,
    });
    expect(after.jti).not.toBe(before.jti);
    expect(after.iat).toBeGreaterThan(before.iat ?? 0);
  });

  it('with rotation on, spends the old token, and the newest one still works after a reuse', async () => {
    server.change({ rotation: { enabled: true, graceSeconds: 0 } });
    const { RefreshToken } = await clients.signIn();
    const { RefreshToken: child = '' } = await clients.refresh(RefreshToken);
    await expect(clients.refresh(RefreshToken)).rejects.toMatchObject({ name: 'RefreshTokenReuseException' });
    await expect(clients.refresh(child)).resolves.toHaveProperty('RefreshToken');
  });

  it('by REFRESH_TOKEN_AUTH works only with rotation off', async () => {
    const { RefreshToken } = await clients.signIn();
    const ask = (AuthFlow: 'REFRESH_TOKEN_AUTH' | 'REFRESH_TOKEN') =>
      clients.users.send(
        new InitiateAuthCommand({ ClientId, AuthFlow, AuthParameters: { REFRESH_TOKEN: RefreshToken } }),
      );
    await expect(ask('REFRESH_TOKEN_AUTH')).resolves.toMatchObject({
      AuthenticationResult: { TokenType: 'Bearer' },
    });
    await expect(ask('REFRESH_TOKEN')).resolves.toMatchObject({
      AuthenticationResult: { TokenType: 'Bearer' },
    });
    server.change({ rotation: { enabled: true, graceSeconds: 60 } });
    await expect(ask('REFRESH_TOKEN_AUTH')).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    await expect(ask('REFRESH_TOKEN')).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  });

  it('ends with the life of the refresh token', async () => {
    const { RefreshToken } = await clients.signIn();
    server.expireRefreshTokens();
    await expect(clients.refresh(RefreshToken)).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: 'Refresh Token has expired',
    });
  });

  it('of a deleted user is refused', async () => {
    const { RefreshToken } = await clients.signIn();
    server.deleteUser('ada');
    await expect(clients.refresh(RefreshToken)).rejects.toMatchObject({ name: 'UserNotFoundException' });
  });
});

describe('revocation', () => {
  it('kills the refresh token and the access token, and may be repeated', async () => {
    const { AccessToken, RefreshToken } = await clients.signIn();
    await revoke(RefreshToken);
    await expect(revoke(RefreshToken)).resolves.toBeDefined();
    await expect(revoke('never-given')).resolves.toBeDefined();
    await expect(clients.refresh(RefreshToken)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    await expect(getUser(AccessToken)).rejects.toMatchObject({ message: 'Access Token has been revoked' });
  });

  it('takes refresh tokens only', async () => {
    const { AccessToken } = await clients.signIn();
    await expect(revoke(AccessToken)).rejects.toMatchObject({ name: 'UnsupportedTokenTypeException' });
  });

  it('by GlobalSignOut ends every session of the user', async () => {
    const [here, there] = [await clients.signIn(), await clients.signIn()];
    await clients.users.send(new GlobalSignOutCommand({ AccessToken: here.AccessToken }));
    for (const { RefreshToken } of [here, there]) {
      await expect(clients.refresh(RefreshToken)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    }
    await expect(
      clients.users.send(new GlobalSignOutCommand({ AccessToken: here.AccessToken })),
    ).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  });

  it('by an administrator ends them too', async () => {
    const { RefreshToken } = await clients.signIn();
    server.revokeUserSessions('ada');
    await expect(clients.refresh(RefreshToken)).rejects.toMatchObject({
      message: 'Refresh Token has been revoked',
    });
  });
});

describe('GetUser', () => {
  it('gives the name and the attributes', async () => {
    const { AccessToken } = await clients.signIn();
    const { Username, UserAttributes } = await getUser(AccessToken);
    expect(Username).toBe('ada');
    expect(UserAttributes).toContainEqual({ Name: 'email_verified', Value: 'true' });
    expect(UserAttributes?.[0]?.Name).toBe('sub');
  });

  it('takes neither an expired token, nor an ID token, nor a forged one', async () => {
    const { AccessToken, IdToken } = await clients.signIn();
    await expect(getUser(IdToken)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    await expect(getUser(`${AccessToken.slice(0, -8)}AAAAAAAA`)).rejects.toMatchObject({
      message: 'Invalid Access Token',
    });
    server.change({ clockOffsetSeconds: 3600 });
    await expect(getUser(AccessToken)).rejects.toMatchObject({ message: 'Access Token has expired' });
  });
});

describe('a sign-in is refused', () => {
  it.each([
    ['a wrong password', 'ada', 'nonsense', 'NotAuthorizedException'],
    ['an unknown user', 'nobody', PASSWORD, 'UserNotFoundException'],
    ['an unconfirmed user', 'unconfirmed', PASSWORD, 'UserNotConfirmedException'],
    ['a password to be reset', 'reset', PASSWORD, 'PasswordResetRequiredException'],
    ['a wrong password of an unconfirmed user', 'unconfirmed', 'nonsense', 'NotAuthorizedException'],
    ['no password', 'ada', '', 'InvalidParameterException'],
  ])('for %s', async (_, username, password, name) => {
    await expect(clients.signIn(username, password)).rejects.toMatchObject({ name });
  });

  it('for an app client that is not there', async () => {
    await expect(
      clients.users.send(
        new InitiateAuthCommand({
          ClientId: 'nosuchclient',
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: 'ada', PASSWORD },
        }),
      ),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it.each(['USER_AUTH', 'CUSTOM_AUTH', 'ADMIN_NO_SRP_AUTH'] as const)('for the flow %s', async (AuthFlow) => {
    await expect(
      clients.users.send(
        new InitiateAuthCommand({ ClientId, AuthFlow, AuthParameters: { USERNAME: 'ada' } }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('NEW_PASSWORD_REQUIRED', () => {
  const begin = () =>
    clients.users.send(
      new InitiateAuthCommand({
        ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'new', PASSWORD },
      }),
    );
  const answer = (Session: string | undefined, responses: Record<string, string>) =>
    clients.users.send(
      new RespondToAuthChallengeCommand({
        ClientId,
        ChallengeName: 'NEW_PASSWORD_REQUIRED',
        Session,
        ChallengeResponses: { USERNAME: 'new', ...responses },
      }),
    );

  it('tells the attributes, and those that are missing', async () => {
    const { ChallengeName, ChallengeParameters } = await begin();
    expect(ChallengeName).toBe('NEW_PASSWORD_REQUIRED');
    expect(ChallengeParameters).toEqual({
      USER_ID_FOR_SRP: 'new',
      requiredAttributes: '["userAttributes.name"]',
      userAttributes: '{"email":"new@example.com"}',
    });
  });

  it('signs in with the new password, once for each session', async () => {
    const { Session } = await begin();
    const good = { NEW_PASSWORD: 'Another-Horse-2', 'userAttributes.name': 'New' };
    await expect(answer(Session, good)).resolves.toHaveProperty('AuthenticationResult.IdToken');
    await expect(answer(Session, good)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    const { IdToken } = await clients.signIn('new', 'Another-Horse-2');
    expect(decodeJwt(IdToken)).toMatchObject({ name: 'New' });
    await expect(clients.signIn('new', PASSWORD)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  });

  it('refuses a password that is too short and a missing attribute, and lets the user try again', async () => {
    const { Session } = await begin();
    await expect(
      answer(Session, { NEW_PASSWORD: 'short', 'userAttributes.name': 'New' }),
    ).rejects.toMatchObject({ name: 'InvalidPasswordException' });
    await expect(answer(Session, { NEW_PASSWORD: 'Another-Horse-2' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await expect(
      answer(Session, { NEW_PASSWORD: 'Another-Horse-2', 'userAttributes.name': 'New' }),
    ).resolves.toHaveProperty('AuthenticationResult');
  });
});
