import { expect, test } from 'vitest';
import { challengeOf, randomText } from './pkce.js';
import { createCryptoAdapter } from './platform.js';

const crypto = createCryptoAdapter();

test('the challenge is that of RFC 7636 appendix B', async () => {
  expect(await challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', crypto)).toBe(
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  );
});

test('a verifier has 256 random bits, in characters that RFC 7636 section 4.1 allows', () => {
  const made = Array.from({ length: 50 }, () => randomText(crypto));
  expect(new Set(made).size).toBe(50);
  for (const text of made) expect(text).toMatch(/^[\w-]{43}$/);
});
