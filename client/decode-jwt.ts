import { ownError } from '../worker/errors.js';
import type { JWT, JWTHeader, JWTPayload } from './types.js';

/**
 * Decodes a JSON Web Token without verifying it.
 * @throws AuthError `InvalidTokenException` when the string isn't a signed JWT in compact form (RFC 7515 section 7.1).
 */
export function decodeJWT(token: string): JWT {
  try {
    const [header, payload, signature, ...rest] = token.split('.');
    if (header && payload && signature !== undefined && rest.length === 0) {
      return {
        header: decodePart<JWTHeader>(header),
        payload: decodePart<JWTPayload>(payload),
        signature,
        toString: () => token,
      };
    }
  } catch {
    // Told below, without the token's text.
  }
  throw ownError('InvalidTokenException', 'This is not a JSON Web Token.');
}

function decodePart<T>(base64url: string): T {
  const binary = atob(base64url.replace(/-/g, '+').replace(/_/g, '/'));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  const json = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  if (!/^\s*{/.test(json)) throw new TypeError();
  return JSON.parse(json) as T;
}
