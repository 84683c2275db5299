import { createDiffieHellman, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { Amplify } from 'aws-amplify';
import { fetchAuthSession, signIn, signOut } from 'aws-amplify/auth';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { askAt, shapeOf } from './answer-shape.js';
import { startLocalCognito, type LocalCognito } from './server.js';
import { createVerifier, N, startExchange, toBytes } from './srp.js';

const PASSWORD = 'Analytical-Engine-1843';
const ROUNDS = 8;

// A busy machine needs longer for keys and big numbers than the default of 5 s.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

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
  });

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

describe('a proof of the password', () => {
  /** Java's BigInteger bytes of a hexadecimal number. */
  const bytes = (hex: string): Buffer => {
    const number = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
    return (number[0] ?? 0) > 127 ? Buffer.concat([Buffer.alloc(1), number]) : number;
  };
  const hash = (...parts: (Buffer | string)[]): Buffer =>
    parts.reduce((sha, part) => sha.update(part), createHash('sha256')).digest();
  const number = (buffer: Buffer): bigint => BigInt(`0x${buffer.toString('hex')}`);
  /** OpenSSL's modular exponentiation, since the server's is what is tested. */
  const power = (base: bigint, exponent: bigint): bigint => {
    const group = createDiffieHellman(bytes(N.toString(16)), Buffer.from([2]));
    group.setPrivateKey(bytes(exponent.toString(16)));
    return number(group.computeSecret(bytes(base.toString(16))));
  };

  /** Signs in with a timestamp of the caller's, and gives the answer of the server and a way to repeat the proof. */
  async function prove(timestamp: string): Promise<{ outcome: string; again: () => Promise<string> }> {
    const ask = askAt(server.url);
    const { userPoolId, userPoolClientId: ClientId } = server.config;
    const pool = userPoolId.split('_')[1] ?? '';
    const secret = number(randomBytes(32));
    const clientPublic = power(2n, secret);
    const { body } = await ask('InitiateAuth', {
      ClientId,
      AuthFlow: 'USER_SRP_AUTH',
      AuthParameters: { USERNAME: 'ada', SRP_A: clientPublic.toString(16) },
    });
    const challenge = body.ChallengeParameters as Record<'SALT' | 'SRP_B' | 'SECRET_BLOCK', string>;
    const [A, B] = [bytes(clientPublic.toString(16)), bytes(challenge.SRP_B)];
    const u = hash(A, B);
    const x = number(hash(bytes(challenge.SALT), hash(`${pool}ada:${PASSWORD}`)));
    const k = number(hash(bytes(N.toString(16)), Buffer.from([2])));
    const base = (number(B) + k * (N - power(2n, x))) % N;
    const shared = power(base, secret + number(u) * x);
    // By way of the number: BigInteger writes no zero bytes before it, and one hash in 256 begins with some.
    const salt = bytes(number(u).toString(16));
    const key = Buffer.from(hkdfSync('sha256', bytes(shared.toString(16)), salt, 'Caldera Derived Key', 16));
    const signature = createHmac('sha256', key)
      .update(`${pool}ada`)
      .update(Buffer.from(challenge.SECRET_BLOCK, 'base64'))
      .update(timestamp)
      .digest('base64');
    const answer = async (): Promise<string> => {
      const response = await ask('RespondToAuthChallenge', {
        ClientId,
        ChallengeName: 'PASSWORD_VERIFIER',
        ChallengeResponses: {
          USERNAME: 'ada',
          PASSWORD_CLAIM_SECRET_BLOCK: challenge.SECRET_BLOCK,
          PASSWORD_CLAIM_SIGNATURE: signature,
          TIMESTAMP: timestamp,
        },
      });
      return shapeOf(response).outcome;
    };
    return { outcome: await answer(), again: answer };
  }

  it.each([
    ['in the form that Cognito writes itself', 'Sat Nov 1 09:05:07 UTC 2025', '200'],
    ['with a leading zero in the day', 'Sat Nov 01 09:05:07 UTC 2025', '400 NotAuthorizedException'],
    ['in another language', 'lør. nov. 1 09:05:07 UTC 2025', '400 InvalidParameterException'],
    ['as ISO 8601 has it', '2025-11-01T09:05:07Z', '400 InvalidParameterException'],
  ])('with a timestamp %s: %s gives %s', async (_, timestamp, expected) => {
    expect((await prove(timestamp)).outcome).toBe(expected);
  });

  it('can be used once', async () => {
    const { outcome, again } = await prove('Sat Nov 1 09:05:07 UTC 2025');
    expect([outcome, await again()]).toEqual(['200', '400 NotAuthorizedException']);
  });
});
