/**
 * The same questions to the local Cognito and, where COGNITO_REAL_CLIENT_ID and the other variables of the README are
 * set, to a pool on AWS, whose answers must then be alike.
 */
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { askAt, differencesBetween, shapeOf, type CognitoAnswer, type Findings } from './answer-shape.js';
import { startLocalCognito, type LocalCognitoOptions } from './server.js';

interface Pool {
  userPoolUrl: string;
  identityPoolUrl: string;
  userPoolId: string;
  clientId: string;
  identityPoolId: string;
  username: string;
  password: string;
}

const UNKNOWN_IDENTITY = '00000000-0000-4000-8000-000000000000';

function resultOf({ body }: CognitoAnswer): { AccessToken: string; IdToken: string; RefreshToken: string } {
  return body.AuthenticationResult as ReturnType<typeof resultOf>;
}

/** Asks a pool whose app client has USER_PASSWORD_AUTH and USER_SRP_AUTH, rotation with a grace period of 0, and guests. */
async function question(pool: Pool): Promise<Findings> {
  const { clientId: ClientId, identityPoolId: IdentityPoolId, userPoolId } = pool;
  const ask = askAt(pool.userPoolUrl, pool.identityPoolUrl);
  const region = userPoolId.slice(0, userPoolId.indexOf('_'));
  const findings: Findings = new Map();
  const note = async (
    name: string,
    operation: string,
    input: Record<string, unknown>,
  ): Promise<CognitoAnswer> => {
    const answer = await ask(operation, input);
    findings.set(name, shapeOf(answer));
    return answer;
  };
  const fact = (name: string, truth: boolean): void => {
    findings.set(name, { outcome: truth ? 'yes' : 'no', members: [] });
  };
  const password = (PASSWORD: string | undefined): Record<string, unknown> => ({
    ClientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: pool.username, ...(PASSWORD === undefined ? {} : { PASSWORD }) },
  });

  await note('no such operation', 'NoSuchOperation', {});
  await note('wrong password', 'InitiateAuth', password('nonsense'));
  await note('no password', 'InitiateAuth', password(undefined));
  await note('unknown app client', 'InitiateAuth', { ...password(pool.password), ClientId: 'nosuchclient' });
  await note('unknown flow', 'InitiateAuth', { ClientId, AuthFlow: 'NOPE' });
  const srp = { USERNAME: pool.username, SRP_A: 'abcdef0123456789'.repeat(48) };
  await note('SRP', 'InitiateAuth', { ClientId, AuthFlow: 'USER_SRP_AUTH', AuthParameters: srp });
  const first = resultOf(await note('password', 'InitiateAuth', password(pool.password)));
  fact('a refresh token has five parts', first.RefreshToken.split('.').length === 5);
  await note('GetUser', 'GetUser', { AccessToken: first.AccessToken });
  await note('GetUser, nonsense', 'GetUser', { AccessToken: 'nonsense' });
  await note('GetUser, ID token', 'GetUser', { AccessToken: first.IdToken });
  await note('GetUser, no token', 'GetUser', {});

  const refresh = (name: string, RefreshToken: string): Promise<CognitoAnswer> =>
    note(name, 'GetTokensFromRefreshToken', { ClientId, RefreshToken });
  const second = resultOf(await refresh('refresh', first.RefreshToken));
  await refresh('refresh with a spent token', first.RefreshToken);
  const third = resultOf(await refresh('refresh with the newest token after that', second.RefreshToken));
  await refresh('refresh with nonsense', 'nonsense');
  const parameters = { REFRESH_TOKEN: third.RefreshToken };
  await note('REFRESH_TOKEN_AUTH', 'InitiateAuth', {
    ClientId,
    AuthFlow: 'REFRESH_TOKEN_AUTH',
    AuthParameters: parameters,
  });
  for (const claim of ['sub', 'auth_time', 'origin_jti', 'event_id']) {
    fact(
      `${claim} stays over a refresh`,
      decodeJwt(first.AccessToken)[claim] === decodeJwt(third.AccessToken)[claim],
    );
  }

  const revoke = (name: string, Token: string): Promise<CognitoAnswer> =>
    note(name, 'RevokeToken', { ClientId, Token });
  await revoke('revoke a token in between', second.RefreshToken);
  await note('GetUser after that', 'GetUser', { AccessToken: third.AccessToken });
  await revoke('revoke', third.RefreshToken);
  await revoke('revoke again', third.RefreshToken);
  await revoke('revoke nonsense', 'nonsense');
  await revoke('revoke an access token', first.AccessToken);
  await refresh('refresh with a revoked token', third.RefreshToken);
  await note('GetUser, revoked', 'GetUser', { AccessToken: third.AccessToken });

  const last = resultOf(await ask('InitiateAuth', password(pool.password)));
  const provider = `cognito-idp.${region}.amazonaws.com/${userPoolId}`;
  const Logins = { [provider]: last.IdToken };
  const guest = String((await note('guest id', 'GetId', { IdentityPoolId })).body.IdentityId);
  await note('guest credentials', 'GetCredentialsForIdentity', { IdentityId: guest });
  const own = String((await note('id of a user', 'GetId', { IdentityPoolId, Logins })).body.IdentityId);
  await note('credentials of a user', 'GetCredentialsForIdentity', { IdentityId: own, Logins });
  await note("a user's identity without a login", 'GetCredentialsForIdentity', { IdentityId: own });
  const linked = await note('guest identity with a login', 'GetCredentialsForIdentity', {
    IdentityId: guest,
    Logins,
  });
  fact("a guest identity gives way to the user's own", linked.body.IdentityId === own);
  await note('malformed identity pool id', 'GetId', { IdentityPoolId: userPoolId });
  await note('unknown identity pool', 'GetId', { IdentityPoolId: `${region}:${UNKNOWN_IDENTITY}` });
  await note('unknown identity', 'GetCredentialsForIdentity', {
    IdentityId: `${region}:${UNKNOWN_IDENTITY}`,
  });
  await note('wrong provider', 'GetId', { IdentityPoolId, Logins: { [`${provider}X`]: last.IdToken } });
  await note('access token as a login', 'GetId', {
    IdentityPoolId,
    Logins: { [provider]: last.AccessToken },
  });

  await note('GlobalSignOut', 'GlobalSignOut', { AccessToken: last.AccessToken });
  await note('GlobalSignOut again', 'GlobalSignOut', { AccessToken: last.AccessToken });
  await refresh('refresh after GlobalSignOut', last.RefreshToken);

  const preflight = await fetch(pool.userPoolUrl, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers':
        'content-type,x-amz-target,x-amz-user-agent,amz-sdk-request,cache-control',
    },
  });
  fact('preflight passes', preflight.ok && preflight.headers.get('access-control-allow-origin') === '*');
  const error = await fetch(pool.userPoolUrl, {
    method: 'POST',
    headers: {
      origin: 'https://app.example',
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.GetUser',
    },
    body: '{}',
  });
  fact('pages can read an error', error.headers.get('access-control-allow-origin') === '*');
  findings.set('headers that pages can read', {
    outcome: (error.headers.get('access-control-expose-headers') ?? '').toLowerCase(),
    members: [],
  });
  return findings;
}

async function questionLocal(
  options: LocalCognitoOptions,
  username: string,
  password: string,
): Promise<Findings> {
  const server = await startLocalCognito({
    ...options,
    settings: { rotation: { enabled: true, graceSeconds: 0 } },
  });
  try {
    const { userPoolId, userPoolClientId, identityPoolId } = server.config;
    return await question({
      userPoolUrl: server.url,
      identityPoolUrl: server.url,
      userPoolId,
      clientId: userPoolClientId,
      identityPoolId,
      username,
      password,
    });
  } finally {
    await server.close();
  }
}

function realPool(env: NodeJS.ProcessEnv): Pool | undefined {
  const userPoolId = env.COGNITO_REAL_USER_POOL_ID;
  const clientId = env.COGNITO_REAL_CLIENT_ID;
  const identityPoolId = env.COGNITO_REAL_IDENTITY_POOL_ID;
  const username = env.COGNITO_REAL_USERNAME;
  const password = env.COGNITO_REAL_PASSWORD;
  if (!userPoolId || !clientId || !identityPoolId || !username || !password) return undefined;
  const region = userPoolId.slice(0, userPoolId.indexOf('_'));
  return {
    userPoolUrl: `https://cognito-idp.${region}.amazonaws.com/`,
    identityPoolUrl: `https://cognito-identity.${region}.amazonaws.com/`,
    ...{ userPoolId, clientId, identityPoolId, username, password },
  };
}

describe('the questions for a pool on AWS', () => {
  it('are answered by the local Cognito, each in the documented way', async () => {
    const findings = await questionLocal({}, 'ada', 'Analytical-Engine-1843');
    const outcomes = (pattern: RegExp): string[] =>
      [...findings].filter(([, { outcome }]) => pattern.test(outcome)).map(([name]) => name);
    expect(outcomes(/RefreshTokenReuseException/)).toEqual(['refresh with a spent token']);
    expect(outcomes(/UnsupportedTokenTypeException/)).toEqual(['revoke an access token']);
    expect(outcomes(/ResourceNotFoundException/)).toEqual([
      'unknown app client',
      'unknown identity pool',
      'unknown identity',
    ]);
    expect(outcomes(/InvalidParameterException|ValidationException/)).toEqual([
      'no password',
      'unknown flow',
      'GetUser, no token',
      'malformed identity pool id',
    ]);
    expect(outcomes(/NotAuthorizedException/)).toEqual([
      'wrong password',
      'GetUser, nonsense',
      'GetUser, ID token',
      'refresh with nonsense',
      'REFRESH_TOKEN_AUTH',
      'refresh with a revoked token',
      'GetUser, revoked',
      "a user's identity without a login",
      'wrong provider',
      'access token as a login',
      'GlobalSignOut again',
      'refresh after GlobalSignOut',
    ]);
    expect(outcomes(/^no$/)).toEqual([]);
    expect(findings.get('credentials of a user')?.members).toEqual([
      'IdentityId: string',
      'Credentials: map',
      'Credentials.AccessKeyId: string',
      'Credentials.SecretKey: string',
      'Credentials.SessionToken: string',
      'Credentials.Expiration: number',
    ]);
  }, 30_000);

  const real = realPool(process.env);
  if (real) {
    it('are answered alike by AWS', async () => {
      const { userPoolId, clientId, identityPoolId, username, password } = real;
      const aws = await question(real);
      const ask = askAt(real.userPoolUrl);
      const signedIn = resultOf(
        await ask('InitiateAuth', {
          ClientId: clientId,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: username, PASSWORD: password },
        }),
      );
      const { body } = await ask('GetUser', { AccessToken: signedIn.AccessToken });
      const pairs = body.UserAttributes as { Name: string; Value: string }[];
      const groups = decodeJwt(signedIn.AccessToken)['cognito:groups'];
      const local = await questionLocal(
        {
          region: userPoolId.slice(0, userPoolId.indexOf('_')),
          ...{ userPoolId, clientId, identityPoolId },
          users: [
            {
              ...{ username, password },
              attributes: Object.fromEntries(pairs.map(({ Name, Value }) => [Name, Value])),
              groups: Array.isArray(groups) ? groups.map(String) : [],
            },
          ],
        },
        username,
        password,
      );
      expect(differencesBetween(local, aws)).toEqual([]);
    }, 120_000);
  }
});
