import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateGroupCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  askAt,
  differencesBetween,
  shapeOf,
  type Ask,
  type CognitoAnswer,
  type Findings,
} from './answer-shape.js';
import { listedDifferences } from './cognito-local-differences.js';
import { startCognitoLocal } from './cognito-local-process.js';
import { startLocalCognito, type LocalCognito } from './server.js';

/** Two servers in two processes, which a busy machine is slow to start. */
const SLOW_MACHINE_MS = 60_000;

const PASSWORD = 'Correct-Horse-1';
const ATTRIBUTES = {
  email: 'ada@example.com',
  email_verified: 'true',
  name: 'Ada',
  'custom:team': 'engines',
};

/** A Cognito with the users `ada` (in a group), `new` (temporary password) and `unconfirmed`. */
interface Target {
  url: string;
  userPoolId: string;
  clientId: string;
  /** An access token of `ada` that has expired. */
  expiredAccessToken: () => Promise<string>;
  /** A refresh token of `ada` that has expired. */
  expiredRefreshToken: () => Promise<string>;
}

function resultOf({ body }: CognitoAnswer): Record<string, string> {
  return body.AuthenticationResult as Record<string, string>;
}

function signIn(ask: Ask, clientId: string, username: string, password = PASSWORD): Promise<CognitoAnswer> {
  return ask('InitiateAuth', {
    ClientId: clientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: username, PASSWORD: password },
  });
}

function ourTarget(server: LocalCognito): Target {
  const clientId = server.config.userPoolClientId;
  /** Signs in far enough in the past. */
  const longAgo = async (agoSeconds: number): Promise<Record<string, string>> => {
    server.change({ clockOffsetSeconds: -agoSeconds });
    const answer = await signIn(askAt(server.url), clientId, 'ada');
    server.change({ clockOffsetSeconds: 0 });
    return resultOf(answer);
  };
  return {
    url: server.url,
    userPoolId: server.config.userPoolId,
    clientId,
    expiredAccessToken: async () => (await longAgo(7200)).AccessToken ?? '',
    expiredRefreshToken: async () => (await longAgo(31 * 86_400)).RefreshToken ?? '',
  };
}

async function theirTarget(url: string): Promise<Target> {
  const admin = new CognitoIdentityProviderClient({
    region: 'local',
    endpoint: url,
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  });
  const { UserPool } = await admin.send(new CreateUserPoolCommand({ PoolName: 'interop' }));
  const UserPoolId = UserPool?.Id ?? '';
  const createClient = async (lifeSeconds: number): Promise<string> => {
    const { UserPoolClient } = await admin.send(
      new CreateUserPoolClientCommand({
        UserPoolId,
        ClientName: `life of ${lifeSeconds} s`,
        AccessTokenValidity: lifeSeconds,
        RefreshTokenValidity: lifeSeconds,
        TokenValidityUnits: { AccessToken: 'seconds', RefreshToken: 'seconds' },
      }),
    );
    return UserPoolClient?.ClientId ?? '';
  };
  const UserAttributes = Object.entries(ATTRIBUTES).map(([Name, Value]) => ({ Name, Value }));
  await admin.send(
    new AdminCreateUserCommand({ UserPoolId, Username: 'ada', MessageAction: 'SUPPRESS', UserAttributes }),
  );
  await admin.send(
    new AdminSetUserPasswordCommand({ UserPoolId, Username: 'ada', Password: PASSWORD, Permanent: true }),
  );
  await admin.send(new CreateGroupCommand({ UserPoolId, GroupName: 'mathematicians' }));
  await admin.send(
    new AdminAddUserToGroupCommand({ UserPoolId, Username: 'ada', GroupName: 'mathematicians' }),
  );
  await admin.send(
    new AdminCreateUserCommand({
      UserPoolId,
      Username: 'new',
      MessageAction: 'SUPPRESS',
      TemporaryPassword: PASSWORD,
      UserAttributes,
    }),
  );
  const clientId = await createClient(3600);
  await admin.send(new SignUpCommand({ ClientId: clientId, Username: 'unconfirmed', Password: PASSWORD }));
  const ask = askAt(url);
  const shortClientId = await createClient(0);
  const shortLived = async (): Promise<Record<string, string>> =>
    resultOf(await signIn(ask, shortClientId, 'ada'));
  return {
    url,
    userPoolId: UserPoolId,
    clientId,
    expiredAccessToken: async () => (await shortLived()).AccessToken ?? '',
    expiredRefreshToken: async () => (await shortLived()).RefreshToken ?? '',
  };
}

/** Sends the same requests to a target, one after the other, and notes what came back. */
async function examine(target: Target): Promise<Findings> {
  const { url, userPoolId, clientId: ClientId } = target;
  const ask = askAt(url);
  const findings: Findings = new Map();
  const note = async (name: string, answer: Promise<CognitoAnswer>): Promise<CognitoAnswer> => {
    findings.set(name, shapeOf(await answer));
    return answer;
  };
  const fact = (name: string, truth: boolean): void => {
    findings.set(name, { outcome: truth ? 'yes' : 'no', members: [] });
  };
  const initiate = (AuthFlow: string, AuthParameters?: Record<string, string>): Promise<CognitoAnswer> =>
    ask('InitiateAuth', { ClientId, AuthFlow, ...(AuthParameters ? { AuthParameters } : {}) });

  const first = resultOf(await note('password', signIn(ask, ClientId, 'ada')));
  await note('wrong password', signIn(ask, ClientId, 'ada', 'nonsense'));
  await note('unknown user', signIn(ask, ClientId, 'nobody'));
  await note('unconfirmed user', signIn(ask, ClientId, 'unconfirmed'));
  await note('unknown app client', signIn(ask, 'nosuchclient', 'ada'));
  await note('no parameters', initiate('USER_PASSWORD_AUTH'));

  const challenge = await note('temporary password', signIn(ask, ClientId, 'new'));
  await note('wrong temporary password', signIn(ask, ClientId, 'new', 'nonsense'));
  const respond = (input: Record<string, unknown>): Promise<CognitoAnswer> =>
    ask('RespondToAuthChallenge', { ClientId, ChallengeName: 'NEW_PASSWORD_REQUIRED', ...input });
  const { Session } = challenge.body;
  const NEW_PASSWORD = 'Another-Horse-2';
  await note('new password without a user', respond({ Session, ChallengeResponses: { NEW_PASSWORD } }));
  await note(
    'new password without a session',
    respond({ ChallengeResponses: { USERNAME: 'new', NEW_PASSWORD } }),
  );
  await note(
    'new password without a password',
    respond({ Session, ChallengeResponses: { USERNAME: 'new' } }),
  );
  const afterChallenge = resultOf(
    await note('new password', respond({ Session, ChallengeResponses: { USERNAME: 'new', NEW_PASSWORD } })),
  );
  await note(
    'refresh after a challenge',
    initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: afterChallenge.RefreshToken ?? '' }),
  );
  await note('signed in with the new password', signIn(ask, ClientId, 'new', NEW_PASSWORD));
  await note(
    'new password with a made-up session',
    respond({ Session: 'x'.repeat(40), ChallengeResponses: { USERNAME: 'new', NEW_PASSWORD } }),
  );
  await note(
    'new password with a used session',
    respond({ Session, ChallengeResponses: { USERNAME: 'new', NEW_PASSWORD } }),
  );

  const RefreshToken = first.RefreshToken ?? '';
  for (const flow of ['REFRESH_TOKEN_AUTH', 'REFRESH_TOKEN']) {
    await note(flow, initiate(flow, { REFRESH_TOKEN: RefreshToken }));
    await note(`${flow}, unknown token`, initiate(flow, { REFRESH_TOKEN: 'nonsense' }));
    await note(`${flow}, no token`, initiate(flow, {}));
  }
  const expired = { REFRESH_TOKEN: await target.expiredRefreshToken() };
  await note('REFRESH_TOKEN_AUTH, expired token', initiate('REFRESH_TOKEN_AUTH', expired));
  const authTimes = new Set([decodeJwt(first.AccessToken ?? '').auth_time]);
  await expect
    .poll(async () => {
      const { AccessToken = '' } = resultOf(
        await initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: RefreshToken }),
      );
      const { auth_time, iat } = decodeJwt(AccessToken);
      authTimes.add(auth_time);
      return iat;
    })
    .toBeGreaterThan(decodeJwt(first.AccessToken ?? '').iat ?? 0);
  fact('auth_time stays as it is over a refresh', authTimes.size === 1);

  await note('GetUser', ask('GetUser', { AccessToken: first.AccessToken }));
  await note('GetUser, nonsense', ask('GetUser', { AccessToken: 'nonsense' }));
  await note('GetUser, expired token', ask('GetUser', { AccessToken: await target.expiredAccessToken() }));

  const last = resultOf(await signIn(ask, ClientId, 'ada'));
  const revoke = (Token: string): Promise<CognitoAnswer> => ask('RevokeToken', { ClientId, Token });
  await note('RevokeToken', revoke(last.RefreshToken ?? ''));
  await note(
    'revoked token refreshes',
    initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: last.RefreshToken ?? '' }),
  );
  await note('revoked session asks GetUser', ask('GetUser', { AccessToken: last.AccessToken }));
  await note('RevokeToken again', revoke(last.RefreshToken ?? ''));
  await note(
    'RevokeToken, unknown app client',
    ask('RevokeToken', { ClientId: 'nosuchclient', Token: 'nonsense' }),
  );

  await note('SRP', initiate('USER_SRP_AUTH', { USERNAME: 'ada', SRP_A: 'abcdef0123456789' }));
  await note('USER_AUTH', initiate('USER_AUTH', { USERNAME: 'ada' }));
  await note('CUSTOM_AUTH', initiate('CUSTOM_AUTH', { USERNAME: 'ada' }));
  await note('GetTokensFromRefreshToken', ask('GetTokensFromRefreshToken', { ClientId, RefreshToken }));
  await note('ResendConfirmationCode', ask('ResendConfirmationCode', { ClientId, Username: 'unconfirmed' }));
  await note('GlobalSignOut', ask('GlobalSignOut', { AccessToken: first.AccessToken }));

  const jwks = (await (await fetch(`${url}/${userPoolId}/.well-known/jwks.json`)).json()) as JSONWebKeySet;
  findings.set('JWKS', { outcome: '200', members: Object.keys(jwks.keys[0] ?? {}) });
  for (const token of [first.AccessToken ?? '', first.IdToken ?? '']) {
    await jwtVerify(token, createLocalJWKSet(jwks), {
      currentDate: new Date((decodeJwt(token).iat ?? 0) * 1000),
    });
  }
  const kids = [first.AccessToken ?? '', first.IdToken ?? ''].map(
    (token) => decodeProtectedHeader(token).kid,
  );
  fact('access and ID token are signed with different keys', kids[0] !== kids[1]);

  const preflight = await fetch(url, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,x-amz-target',
    },
  });
  fact('preflight passes', preflight.ok);
  fact('every origin is allowed', preflight.headers.get('access-control-allow-origin') === '*');
  fact(
    'the headers asked for are allowed',
    preflight.headers.get('access-control-allow-headers') === 'content-type,x-amz-target',
  );
  return findings;
}

describe('cognito-local', () => {
  let server: LocalCognito;
  let cognitoLocal: Awaited<ReturnType<typeof startCognitoLocal>>;

  beforeAll(async () => {
    [server, cognitoLocal] = await Promise.all([
      startLocalCognito({
        settings: { preventUserExistenceErrors: true },
        users: [
          { username: 'ada', password: PASSWORD, attributes: ATTRIBUTES, groups: ['mathematicians'] },
          {
            username: 'new',
            password: PASSWORD,
            attributes: ATTRIBUTES,
            status: 'FORCE_CHANGE_PASSWORD',
          },
          { username: 'unconfirmed', password: PASSWORD, status: 'UNCONFIRMED' },
        ],
      }),
      startCognitoLocal(),
    ]);
  }, SLOW_MACHINE_MS);
  afterAll(() => Promise.all([server.close(), cognitoLocal.stop()]));

  it(
    'answers alike, but for the differences listed, each of which still exists',
    async () => {
      const [ours, theirs] = await Promise.all([
        examine(ourTarget(server)),
        theirTarget(cognitoLocal.url).then(examine),
      ]);
      expect(differencesBetween(ours, theirs)).toEqual(listedDifferences());
    },
    SLOW_MACHINE_MS,
  );
});
