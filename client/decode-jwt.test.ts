import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AuthError } from '../worker/errors.js';
import { decodeJWT } from './decode-jwt.js';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
const tokenOf = (header: unknown, payload: unknown, signature = 'c2ln'): string =>
  `${part(header)}.${part(payload)}.${signature}`;

/** What `decodeJWT` did with a text: the token, or the error that it threw. */
function outcome(text: unknown): unknown {
  try {
    return decodeJWT(text as string);
  } catch (error) {
    return error;
  }
}

describe('a token', () => {
  test('is decoded to header, payload and signature, and gives itself back as a string', () => {
    const token = tokenOf({ alg: 'RS256', kid: 'k' }, { sub: 'ada', exp: 1 });
    const jwt = decodeJWT(token);
    expect(jwt).toMatchObject({
      header: { alg: 'RS256', kid: 'k' },
      payload: { sub: 'ada', exp: 1 },
      signature: 'c2ln',
    });
    expect(`${jwt.toString()}`).toBe(token);
  });

  test('may hold any script in its claims', () => {
    const payload = { name: 'Ада Лавлейс 算法 🧮', 'custom:note': 'ÿþ – "quoted"' };
    expect(decodeJWT(tokenOf({ alg: 'RS256' }, payload)).payload).toEqual(payload);
  });

  test('of any claims makes the round trip', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), (claims) => {
        const expected: unknown = JSON.parse(JSON.stringify(claims));
        expect(decodeJWT(tokenOf({ alg: 'none' }, claims)).payload).toEqual(expected);
      }),
    );
  });
});

describe('what is no token', () => {
  const good = tokenOf({ alg: 'RS256' }, { sub: 'ada' });
  test.each<unknown>([
    '',
    'a',
    'a.b',
    'a.b.c',
    '..',
    'a.b.c.d',
    `${good}.more`,
    good.slice(good.indexOf('.') + 1),
    `${part({ alg: 'RS256' })}.!!!!.c2ln`,
    `${part('text')}.${part({})}.c2ln`,
    `${part({})}.${part([1])}.c2ln`,
    `${part({})}.${part(null)}.c2ln`,
    `${part({})}.${Buffer.from([0xff, 0xfe, 0x7b]).toString('base64url')}.c2ln`,
    `${part({})}.${Buffer.from([...Buffer.from('{"sub":"'), 0xff, ...Buffer.from('"}')]).toString('base64url')}.c2ln`,
    `${part({})}.${Buffer.from('{"sub":').toString('base64url')}.c2ln`,
    undefined,
    null,
    7,
    {},
    [good],
  ])('is refused with an AuthError that repeats nothing of it: %j', (text) => {
    const error = outcome(text);
    expect(error).toBeInstanceOf(AuthError);
    expect(error).toMatchObject({ name: 'InvalidTokenException', message: 'This is not a JSON Web Token.' });
  });

  test('never leads to another error, whatever the text is', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.base64String(), { minLength: 2, maxLength: 4 }).map((parts) => parts.join('.')),
      fc
        .tuple(fc.string(), fc.string())
        .map(([header, payload]) => `${btoa(encodeURI(header))}.${btoa(encodeURI(payload))}.`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const result = outcome(text);
        if (result instanceof Error) expect(result).toBeInstanceOf(AuthError);
        else expect(String(result)).toBe(text);
      }),
    );
  });
});
