import { Amplify } from 'aws-amplify';
import { fetchAuthSession, signIn, signOut } from 'aws-amplify/auth';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startLocalCognito, type LocalCognito } from './server.js';
import { createVerifier, N, startExchange, toBytes } from './srp.js';

const PASSWORD = 'Analytical-Engine-1843';
const ROUNDS = 8;

let server: LocalCognito;

beforeAll(async () => {
  server = await startLocalCognito();
  const { userPoolId, userPoolClientId, endpoints } = server.config;
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  Amplify.configure({
    Auth: { Cognito: { userPoolId, userPoolClientId, userPoolEndpoint: endpoints.userPool } },
  });
});

afterAll(() => server.close());

describe("Amplify's SRP client", () => {
  it(`signs in ${ROUNDS} times in a row, whatever the random numbers start with`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      server.reset();
      const { isSignedIn } = await signIn({ username: 'ada', password: PASSWORD });
      expect(isSignedIn).toBe(true);
      await signOut();
    }
  }, 30_000);

  it('signs in by an alias, with the user id of the challenge in its proof', async () => {
    await signIn({ username: 'ADA@example.com', password: PASSWORD });
    const { tokens } = await fetchAuthSession();
    expect(tokens?.idToken?.payload['cognito:username']).toBe('ada');
    await signOut();
  });

  it('is refused with a wrong password', async () => {
    await expect(signIn({ username: 'ada', password: `${PASSWORD}!` })).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: 'Incorrect username or password.',
    });
  });

  it('learns of an unknown user, unless the pool hides who exists', async () => {
    await expect(signIn({ username: 'nobody', password: PASSWORD })).rejects.toMatchObject({
      name: 'UserNotFoundException',
    });
    server.change({ preventUserExistenceErrors: true });
    await expect(signIn({ username: 'nobody', password: PASSWORD })).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    });
  });
});

describe('the server', () => {
  it('refuses an A that is 0 modulo N, which would give the key away', () => {
    const verifier = createVerifier('Pool', 'ada', PASSWORD);
    for (const clientPublic of [0n, N, 2n * N]) expect(startExchange(clientPublic, verifier)).toBeUndefined();
  });

  it('writes numbers with a sign byte where the top bit is set', () => {
    expect([0x7fn, 0x80n, 0x1ffn].map((value) => toBytes(value).toString('hex'))).toEqual([
      '7f',
      '0080',
      '01ff',
    ]);
    expect(toBytes(N)).toHaveLength(385);
  });
});
