import { GetCredentialsForIdentityCommand, GetIdCommand } from '@aws-sdk/client-cognito-identity';
import { UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startLocalCognito, type IssuedCredentials, type LocalCognito } from './server.js';
import { clientsOf } from './test-clients.js';

const PASSWORD = 'Correct-Horse-1';
const GOOGLE = 'accounts.google.com';
const ROLE = 'arn:aws:iam::123456789012:role/editors';

// A busy machine needs longer for keys and big numbers than the default of 5 s.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let server: LocalCognito;
let clients: ReturnType<typeof clientsOf>;
let provider: string;
const told: IssuedCredentials[] = [];

beforeAll(async () => {
  server = await startLocalCognito({
    users: ['ada', 'grace'].map((username) => ({ username, password: PASSWORD })),
    loginProviders: [GOOGLE, 'graph.example.com'],
    roles: [ROLE],
    onCredentials: (credentials) => void told.push(credentials),
  });
  clients = clientsOf(server);
  provider = `cognito-idp.eu-central-1.amazonaws.com/${server.config.userPoolId}`;
});
beforeEach(() => server.reset());
afterAll(() => server.close());

type Logins = Record<string, string>;

async function loginOf(username: string): Promise<Logins> {
  return { [provider]: (await clients.signIn(username, PASSWORD)).IdToken };
}

async function getId(logins?: Logins): Promise<string> {
  const { IdentityId } = await clients.identities.send(
    new GetIdCommand({ IdentityPoolId: server.config.identityPoolId, ...(logins ? { Logins: logins } : {}) }),
  );
  return IdentityId ?? '';
}

const getCredentials = (IdentityId: string, logins?: Logins, CustomRoleArn?: string) =>
  clients.identities.send(
    new GetCredentialsForIdentityCommand({
      IdentityId,
      ...(logins ? { Logins: logins } : {}),
      ...(CustomRoleArn ? { CustomRoleArn } : {}),
    }),
  );

const googleLogin = (sub: string, lifeSeconds = 3600): Logins => ({
  [GOOGLE]: new UnsecuredJWT({ sub }).setExpirationTime(Math.floor(Date.now() / 1000) + lifeSeconds).encode(),
});

const UNKNOWN_ID = 'eu-central-1:00000000-0000-4000-8000-000000000000';

describe('guests', () => {
  it('are a new identity at each GetId', async () => {
    expect(await getId()).not.toBe(await getId());
  });

  it('get credentials of the size and the life of real ones', async () => {
    const id = await getId();
    const { IdentityId, Credentials } = await getCredentials(id);
    expect(IdentityId).toBe(id);
    expect(Credentials?.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(Credentials?.SecretKey).toHaveLength(40);
    expect(Credentials?.SessionToken?.length).toBeGreaterThan(1000);
    const lifeMs = (Credentials?.Expiration?.getTime() ?? 0) - Date.now();
    expect(lifeMs).toBeGreaterThan(3_590_000);
    expect(lifeMs).toBeLessThanOrEqual(3_600_000);
  });

  it('are refused where the pool has none', async () => {
    const id = await getId();
    server.change({ guestsAllowed: false });
    const refusal = {
      name: 'NotAuthorizedException',
      message: expect.stringContaining('Unauthenticated access') as string,
    };
    await expect(getId()).rejects.toMatchObject(refusal);
    await expect(getCredentials(id)).rejects.toMatchObject(refusal);
  });
});

describe('users', () => {
  it('are one identity, however often they ask', async () => {
    const id = await getId(await loginOf('ada'));
    expect(await getId(await loginOf('ada'))).toBe(id);
    expect(await getId(await loginOf('grace'))).not.toBe(id);
  });

  it('take over the guest identity that they come with', async () => {
    const guest = await getId();
    const login = await loginOf('ada');
    expect((await getCredentials(guest, login)).IdentityId).toBe(guest);
    expect(await getId(login)).toBe(guest);
    await expect(getCredentials(guest)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  });

  it('get their own identity back when they come with a guest', async () => {
    const login = await loginOf('ada');
    const own = await getId(login);
    const guest = await getId();
    expect((await getCredentials(guest, login)).IdentityId).toBe(own);
    await expect(getCredentials(guest)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    expect(server.identities()).toEqual([{ identityId: own, providers: [provider] }]);
  });

  it("can't use another user's identity", async () => {
    const id = await getId(await loginOf('ada'));
    await expect(getCredentials(id, await loginOf('grace'))).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: expect.stringContaining("Logins don't match") as string,
    });
  });
});

describe('a login is refused', () => {
  it('when its token has expired, and says by how much', async () => {
    const login = await loginOf('ada');
    server.change({ clockOffsetSeconds: 3601 });
    await expect(getId(login)).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: expect.stringMatching(/^Invalid login token\. Token expired: \d+ >= \d+$/) as string,
    });
  });

  it('when the provider is not one of the pool', async () => {
    const [token = ''] = Object.values(await loginOf('ada'));
    await expect(
      getId({ 'cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Other': token }),
    ).rejects.toMatchObject({
      message: 'Token is not from a supported provider of this identity pool.',
    });
  });

  it('when it is no ID token', async () => {
    const { AccessToken } = await clients.signIn('ada', PASSWORD);
    for (const token of [AccessToken, 'nonsense']) {
      await expect(getId({ [provider]: token })).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    }
  });

  it('after a sign-out only where the pool checks tokens with the user pool', async () => {
    const login = await loginOf('ada');
    server.revokeUserSessions('ada');
    expect(await getId(login)).toMatch(/^eu-central-1:[\da-f-]{36}$/);
    server.change({ serverSideTokenCheck: true });
    await expect(getId(login)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  });
});

describe('logins of other providers', () => {
  it('are one identity for each subject, with credentials', async () => {
    const id = await getId(googleLogin('ada'));
    expect(await getId(googleLogin('ada'))).toBe(id);
    expect(await getId(googleLogin('grace'))).not.toBe(id);
    expect((await getCredentials(id, googleLogin('ada'))).IdentityId).toBe(id);
    await expect(getCredentials(id, googleLogin('grace'))).rejects.toMatchObject({
      message: expect.stringContaining("Logins don't match") as string,
    });
  });

  it("are linked to the user's identity that they come with, and lead to it alone from then on", async () => {
    const user = await loginOf('ada');
    const id = await getId(user);
    await getCredentials(id, { ...user, ...googleLogin('ada') });
    expect(await getId(googleLogin('ada'))).toBe(id);
    expect(server.identities()).toEqual([{ identityId: id, providers: [provider, GOOGLE] }]);
  });

  it('are refused where they are linked to another identity, or another user is linked to this one', async () => {
    const user = await loginOf('ada');
    const id = await getId({ ...user, ...googleLogin('ada') });
    await getId(googleLogin('grace'));
    await expect(getId({ ...user, ...googleLogin('grace') })).rejects.toMatchObject({
      name: 'ResourceConflictException',
    });
    await expect(getCredentials(id, { ...user, ...googleLogin('edith') })).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    });
    expect(server.identities()).toHaveLength(2);
  });

  it('are refused when they have expired, are no JWT, or are of a provider that the pool has not', async () => {
    await expect(getId(googleLogin('ada', -1))).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: expect.stringMatching(/^Invalid login token\. Token expired: \d+ >= \d+$/) as string,
    });
    await expect(getId({ [GOOGLE]: 'nonsense' })).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    const [token = ''] = Object.values(googleLogin('ada'));
    await expect(getId({ 'www.example.com': token })).rejects.toMatchObject({
      message: 'Token is not from a supported provider of this identity pool.',
    });
    expect(server.identities()).toEqual([]);
  });
});

describe('a service that takes the credentials', () => {
  it('is told of exactly those that are given out', async () => {
    told.length = 0;
    const { Credentials } = await getCredentials(await getId());
    expect(told).toEqual([
      {
        accessKeyId: Credentials?.AccessKeyId,
        secretAccessKey: Credentials?.SecretKey,
        sessionToken: Credentials?.SessionToken,
        expiresAtMs: Credentials?.Expiration?.getTime(),
      },
    ]);
  });
});

describe('a custom role', () => {
  it('is taken where the pool allows it, and told in the log', async () => {
    const login = await loginOf('ada');
    const id = await getId(login);
    expect(await getCredentials(id, login, ROLE)).toMatchObject({
      IdentityId: id,
      Credentials: { AccessKeyId: expect.stringMatching(/^ASIA/) as string },
    });
    expect(server.requests.at(-1)?.summary).toContain(`for ${ROLE}`);
  });

  it('is refused for guests, and where the pool does not allow it', async () => {
    const guest = await getId();
    const refusal = { name: 'NotAuthorizedException' };
    await expect(getCredentials(guest, undefined, ROLE)).rejects.toMatchObject(refusal);
    const login = await loginOf('ada');
    await expect(getCredentials(await getId(login), login, `${ROLE}-in-chief`)).rejects.toMatchObject(
      refusal,
    );
  });
});

describe('what is not there', () => {
  it('is named: the identity that was deleted, or the pool that never was', async () => {
    const id = await getId();
    server.deleteIdentity(id);
    await expect(getCredentials(id)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Identity '${id}' not found.`,
    });
    await expect(
      clients.identities.send(new GetIdCommand({ IdentityPoolId: UNKNOWN_ID })),
    ).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `IdentityPool '${UNKNOWN_ID}' not found.`,
    });
  });

  it('can be malformed, too', async () => {
    await expect(
      clients.identities.send(new GetIdCommand({ IdentityPoolId: 'eu-central-1_LocalPool' })),
    ).rejects.toMatchObject({ name: 'ValidationException' });
  });
});
