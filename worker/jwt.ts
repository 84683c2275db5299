import type { JWTHeader, JWTParts, JWTPayload } from './contract.js';

/**
 * Decodes a JSON Web Token without verifying it.
 * @throws TypeError when the string isn't a signed JWT in compact form (RFC 7515 section 7.1). Other errors, too, hold no token.
 */
export function decodeParts(token: string): JWTParts {
  const [header, payload, signature, ...rest] = token.split('.');
  if (!header || !payload || signature === undefined || rest.length > 0) throw new TypeError();
  return { header: decodePart<JWTHeader>(header), payload: decodePart<JWTPayload>(payload), signature };
}

function decodePart<T>(base64url: string): T {
  const binary = atob(base64url.replace(/-/g, '+').replace(/_/g, '/'));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  const json = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  if (!/^\s*{/.test(json)) throw new TypeError();
  return JSON.parse(json) as T;
}
