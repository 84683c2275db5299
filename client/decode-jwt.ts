import { ownError } from '../worker/errors.js';
import { decodeParts } from '../worker/jwt.js';
import type { JWT } from './types.js';

/**
 * Decodes a JSON Web Token without verifying it.
 * @throws AuthError `InvalidTokenException` when the string isn't a signed JWT in compact form (RFC 7515 section 7.1).
 */
export function decodeJWT(token: string): JWT {
  try {
    return { ...decodeParts(token), toString: () => token };
  } catch {
    // Without the token's text.
    throw ownError('InvalidTokenException', 'This is not a JSON Web Token.');
  }
}
