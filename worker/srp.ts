/**
 * The client's side of Cognito's SRP-6a (flow `USER_SRP_AUTH`, challenge `PASSWORD_VERIFIER`): it proves that it
 * knows the password without sending it. The protocol is in RFC 5054; Cognito puts the pool's name before the
 * user's, writes numbers as Java's `BigInteger.toByteArray()` does, and signs with a key derived by HKDF.
 */
import { AuthError } from './errors.js';

/** What the computation needs from outside. */
export interface SrpDeps {
  crypto: Pick<Crypto, 'subtle' | 'getRandomValues'>;
  /** Wall clock, milliseconds since the epoch. Cognito compares the signed time with its own. */
  wallMs(): number;
}

/** Cognito's challenge `PASSWORD_VERIFIER`, with what the user typed. */
export interface SrpChallenge {
  /** The part of the user pool id after the `_`. */
  poolName: string;
  /** `USER_ID_FOR_SRP`; not what the user typed, which may be an alias. */
  userIdForSrp: string;
  password: string;
  /** `SALT`. */
  saltHex: string;
  /** `SRP_B`. */
  srpBHex: string;
  /** `SECRET_BLOCK`. */
  secretBlockBase64: string;
}

/** What goes back to Cognito: `PASSWORD_CLAIM_SIGNATURE` and `TIMESTAMP`. */
export interface SrpProof {
  signatureBase64: string;
  timestamp: string;
}

/** One sign-in under way. It holds the private exponent: keep it no longer than the sign-in. */
export interface SrpSession {
  /** `SRP_A`. */
  publicValueHex: string;
  /**
   * Answers the challenge. Throws `AuthError` `NetworkError` where the challenge isn't one: no hex, no base64, or
   * a public value that RFC 5054 section 2.5.4 tells the client to refuse.
   */
  answer(challenge: SrpChallenge): Promise<SrpProof>;
}

/** The 3072-bit prime of RFC 5054 appendix A. Its generator there is 5; Cognito's is 2, as in RFC 3526 group 15. */
const N = BigInt(
  '0x' +
    'FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD' +
    'EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED' +
    'EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F' +
    '83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B' +
    'E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510' +
    '15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7' +
    'ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C' +
    'BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF',
);
const g = 2n;

/**
 * RFC 5054 section 2.5.4 asks for at least 256 bits. More would not be safer, only slower: finding a 256-bit exponent
 * takes 2^128 steps, as does the group itself, and as N is a safe prime no small subgroup makes it easier.
 */
const PRIVATE_EXPONENT_BYTES = 32;

/** Twice a number modulo N; what is longer is no challenge. */
const HEX_NUMBER = /^[0-9a-f]{1,1536}$/i;

/** Draws the private exponent and computes the public value. Takes some milliseconds of processor time. */
export async function startSrp(deps: SrpDeps): Promise<SrpSession> {
  const a = numberFromBytes(deps.crypto.getRandomValues(new Uint8Array(PRIVATE_EXPONENT_BYTES)));
  const A = powerModN(g, a);
  const k = await hash(deps, javaBytes(N), javaBytes(g));
  return {
    publicValueHex: A.toString(16),
    answer: (challenge) => answerChallenge(deps, { a, A, k }, challenge),
  };
}

/** What Cognito is given of a device that it is to remember, and what the device keeps. */
export interface DeviceVerifier {
  saltBase64: string;
  verifierBase64: string;
  /** Random; it proves the device in later sign-ins. */
  password: string;
}

/** The other side of the protocol, RFC 5054 section 2.4: a verifier for a password that is made here. */
export async function createDeviceVerifier(
  deps: Pick<SrpDeps, 'crypto'>,
  { deviceGroupKey, deviceKey }: { deviceGroupKey: string; deviceKey: string },
): Promise<DeviceVerifier> {
  const { crypto } = deps;
  const password = base64(crypto.getRandomValues(new Uint8Array(40)));
  const salt = javaBytes(numberFromBytes(crypto.getRandomValues(new Uint8Array(16))));
  const identity = await crypto.subtle.digest('SHA-256', utf8(`${deviceGroupKey}${deviceKey}:${password}`));
  const x = await hash(deps, salt, new Uint8Array(identity));
  return { saltBase64: base64(salt), verifierBase64: base64(javaBytes(powerModN(g, x))), password };
}

async function answerChallenge(
  deps: SrpDeps,
  { a, A, k }: { a: bigint; A: bigint; k: bigint },
  { poolName, userIdForSrp, password, saltHex, srpBHex, secretBlockBase64 }: SrpChallenge,
): Promise<SrpProof> {
  const { subtle } = deps.crypto;
  const salt = numberFromHex(saltHex, 'SALT');
  const B = numberFromHex(srpBHex, 'SRP_B');
  const secretBlock = bytesFromBase64(secretBlockBase64);
  if (B % N === 0n) throw senseless('SRP_B is zero modulo N');
  const u = await hash(deps, javaBytes(A), javaBytes(B));
  if (u === 0n) throw senseless('the scrambling parameter is zero');

  const identity = await subtle.digest('SHA-256', utf8(`${poolName}${userIdForSrp}:${password}`));
  const x = await hash(deps, javaBytes(salt), new Uint8Array(identity));
  const S = powerModN(B - k * powerModN(g, x), a + u * x);

  const timestamp = cognitoTimestamp(deps.wallMs());
  // No 0x01 after the info, as clients have it that write out HKDF by hand: RFC 5869 appends that byte itself.
  const key = await subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: javaBytes(u), info: utf8('Caldera Derived Key') },
    await subtle.importKey('raw', javaBytes(S), 'HKDF', false, ['deriveKey']),
    { name: 'HMAC', hash: 'SHA-256', length: 128 },
    false,
    ['sign'],
  );
  const signed = concat(utf8(poolName), utf8(userIdForSrp), secretBlock, utf8(timestamp));
  const signature = new Uint8Array(await subtle.sign('HMAC', key, signed));
  return { signatureBase64: base64(signature), timestamp };
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** Java's `EEE MMM d HH:mm:ss z yyyy` in English and UTC. Not by `Intl`, whose words change between browsers. */
function cognitoTimestamp(wallMs: number): string {
  const date = new Date(wallMs);
  const time = date.toISOString().slice(11, 19);
  const day = `${WEEKDAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}`;
  return `${day} ${time} UTC ${date.getUTCFullYear()}`;
}

async function hash(deps: Pick<SrpDeps, 'crypto'>, ...parts: Uint8Array[]): Promise<bigint> {
  return numberFromBytes(new Uint8Array(await deps.crypto.subtle.digest('SHA-256', concat(...parts))));
}

/** `base ** exponent` modulo N, for an exponent >= 0. Each of its hex digits is a window of four bits. */
function powerModN(base: bigint, exponent: bigint): bigint {
  const reduced = ((base % N) + N) % N;
  const powers = [1n];
  for (let i = 1; i < 16; i++) powers.push((powers[i - 1]! * reduced) % N);
  let result = 1n;
  for (const digit of exponent.toString(16)) {
    for (let i = 0; i < 4; i++) result = (result * result) % N;
    if (digit !== '0') result = (result * powers[parseInt(digit, 16)]!) % N;
  }
  return result;
}

/** Java's `BigInteger.toByteArray()` for a number >= 0: as few bytes as hold it and a sign bit of 0. */
function javaBytes(value: bigint): Uint8Array<ArrayBuffer> {
  const digits = value.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  const hex = /^[89a-f]/.test(even) ? `00${even}` : even;
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

function numberFromBytes(bytes: Uint8Array): bigint {
  return BigInt(`0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`);
}

function numberFromHex(hex: string, field: string): bigint {
  if (!HEX_NUMBER.test(hex)) throw senseless(`${field} is no hex number`);
  return BigInt(`0x${hex}`);
}

function bytesFromBase64(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch {
    throw senseless('SECRET_BLOCK is no base64');
  }
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function concat(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function senseless(what: string): AuthError {
  return new AuthError({
    name: 'NetworkError',
    message: `Cognito's password challenge made no sense: ${what}.`,
    recoverySuggestion: 'Try again; if it stays so, look for what stands between the browser and Cognito.',
  });
}
