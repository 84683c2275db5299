import { GetCredentialsForIdentityCommand, GetIdCommand } from '@aws-sdk/client-cognito-identity';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startLocalCognito, type LocalCognito } from './server.js';
import { clientsOf } from './test-clients.js';

const PASSWORD = 'Correct-Horse-1';

// A busy machine needs longer for keys and big numbers than the default of 5 s.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let server: LocalCognito;
let clients: ReturnType<typeof clientsOf>;
let provider: string;

beforeAll(async () => {
  server = await startLocalCognito({
    users: ['ada', 'grace'].map((username) => ({ username, password: PASSWORD })),
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

const getCredentials = (IdentityId: string, logins?: Logins) =>
  clients.identities.send(
    new GetCredentialsForIdentityCommand({ IdentityId, ...(logins ? { Logins: logins } : {}) }),
  );

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
    await expect(getId(login)).resolves.toBeTruthy();
    server.change({ serverSideTokenCheck: true });
    await expect(getId(login)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
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
