/** Time-based one-time passwords as authenticator apps make them: RFC 6238 with SHA-1, 30 s and 6 digits. */
import { createHmac, randomBytes } from 'node:crypto';

const STEP_MS = 30_000;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 section 6, without padding. Throws RangeError for a letter that is not in its alphabet. */
export function fromBase32(text: string): Buffer {
  let bits = '';
  for (const letter of text.toUpperCase().replace(/=+$/, '')) {
    const value = BASE32.indexOf(letter);
    if (value < 0) throw new RangeError('A TOTP secret must be base32');
    bits += value.toString(2).padStart(5, '0');
  }
  const bytes = bits.match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
}

/** A secret as AssociateSoftwareToken gives it: 52 letters of base32. */
export function newTotpSecret(): string {
  return [...randomBytes(52)].map((byte) => BASE32.charAt(byte % 32)).join('');
}

export const totpStep = (atMs: number): number => Math.floor(atMs / STEP_MS);

/** The code of one step: RFC 4226 section 5.3 over the step's number. */
function codeOfStep(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', fromBase32(secret)).update(counter).digest();
  const offset = digest.readUInt8(digest.length - 1) & 0x0f;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** What an authenticator app shows at that moment. */
export const totpCode = (secret: string, atMs: number): string => codeOfStep(secret, totpStep(atMs));

/** How long that code is still shown, in seconds, 1..30. */
export const totpSecondsLeft = (atMs: number): number =>
  Math.ceil(((totpStep(atMs) + 1) * STEP_MS - atMs) / 1_000);

/** The step that a code is for, one step early or late at most; undefined for a wrong code. */
export function stepOfCode(secret: string, code: string, atMs: number): number | undefined {
  const now = totpStep(atMs);
  return [now, now - 1, now + 1].find((step) => codeOfStep(secret, step) === code);
}
