/** Random values of a redirect sign-in, and the S256 challenge of RFC 7636 section 4.2. */
import type { Deps } from './deps.js';

/** 256 bits, which RFC 7636 section 7.1 recommends for the verifier; as base64url 43 characters, the least it allows. */
const RANDOM_BYTES = 32;

export function randomText(crypto: Deps['crypto']): string {
  return base64url(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)));
}

export async function challengeOf(verifier: string, crypto: Deps['crypto']): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
}

function base64url(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
