import { expect, it } from 'vitest';
import { different, equal, present, show, that } from './expect.js';

it('takes members in any order and those that are undefined for equal, and items in their order', () => {
  equal({ a: 1, b: [{ c: 2, d: 3 }] }, { b: [{ d: 3, c: 2 }], a: 1, e: undefined }, 'It');
  equal(undefined, undefined, 'It');
  expect(() => equal([1, 2], [2, 1], 'The items')).toThrow('The items: expected [2,1], saw [1,2]');
  expect(() => equal(undefined, {}, 'It')).toThrow('It: expected {}, saw nothing');
});

it('says what was seen again where another one was expected', () => {
  different('a', 'b', 'It');
  expect(() => different({ a: 1 }, { a: 1 }, 'The token')).toThrow(
    'The token: expected another one, saw {"a":1} again',
  );
});

it('gives what is there, and says what is not', () => {
  expect(present(0, 'A number')).toBe(0);
  expect(() => present(undefined, 'A number')).toThrow('A number: expected one, saw none');
  expect(() => that(false, 'It is not so')).toThrow('It is not so');
});

it('shows the end of a token and no more, so that a report holds none', () => {
  const token = `${'secret'.repeat(20)}.the-end`;
  expect(show({ accessToken: token, short: 'ada' })).toBe('{"accessToken":"….the-end","short":"ada"}');
});
