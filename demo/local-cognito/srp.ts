/**
 * The server's half of Cognito's Secure Remote Password protocol: SRP-6a (RFC 5054) over the 3072-bit group with g = 2,
 * with Cognito's own hashing. Numbers are hashed as Java's BigInteger writes them: big-endian bytes with a leading zero
 * byte where the top bit is set.
 */
import { createHash, createHmac, getDiffieHellman, hkdfSync, randomBytes } from 'node:crypto';

/** RFC 3526 group 15, the same prime as RFC 5054's 3072-bit group. */
export const N = BigInt(`0x${getDiffieHellman('modp15').getPrime('hex')}`);
export const G = 2n;

export function toBytes(value: bigint): Buffer {
  const hex = value.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  return Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, 'hex');
}

const toBigInt = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);

function sha256(...parts: (Uint8Array | string)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

export function modPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let factor = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * factor) % modulus;
    factor = (factor * factor) % modulus;
  }
  return result;
}

const K = toBigInt(sha256(toBytes(N), toBytes(G)));

/** What a user pool keeps instead of the password. */
export interface PasswordVerifier {
  salt: bigint;
  verifier: bigint;
}

/** `poolName` is what follows the underscore of the pool id; `userId` is USER_ID_FOR_SRP. */
export function createVerifier(poolName: string, userId: string, password: string): PasswordVerifier {
  const salt = toBigInt(randomBytes(16));
  const x = toBigInt(sha256(toBytes(salt), sha256(`${poolName}${userId}:${password}`)));
  return { salt, verifier: modPow(G, x, N) };
}

/** One exchange: from SRP_A to the key that signs the password claim. */
export interface SrpExchange {
  serverPublic: bigint;
  /** 16 bytes; undefined where A and B can't give a key (u = 0), which means refuse. */
  key: Buffer | undefined;
}

/** Undefined for an A that is 0 modulo N, which RFC 5054 section 2.5.4 tells a server to refuse. */
export function startExchange(clientPublic: bigint, { verifier }: PasswordVerifier): SrpExchange | undefined {
  if (clientPublic % N === 0n) return undefined;
  const secret = toBigInt(randomBytes(32));
  const serverPublic = (K * verifier + modPow(G, secret, N)) % N;
  const u = toBigInt(sha256(toBytes(clientPublic), toBytes(serverPublic)));
  if (u === 0n) return { serverPublic, key: undefined };
  const shared = modPow(clientPublic * modPow(verifier, u, N), secret, N);
  const key = Buffer.from(hkdfSync('sha256', toBytes(shared), toBytes(u), 'Caldera Derived Key', 16));
  return { serverPublic, key };
}

/** PASSWORD_CLAIM_SIGNATURE as the right password gives it, in base64. */
export function claimSignature(
  key: Buffer,
  poolName: string,
  userId: string,
  secretBlock: string,
  timestamp: string,
): string {
  return createHmac('sha256', key)
    .update(poolName)
    .update(userId)
    .update(Buffer.from(secretBlock, 'base64'))
    .update(timestamp)
    .digest('base64');
}
