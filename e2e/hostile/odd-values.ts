/** Values that nobody expects. */
import fc from 'fast-check';

export type Odd = fc.Arbitrary<unknown>;

const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  maxDepth: 2,
  maxKeys: 4,
});

export const numbers = fc.constantFrom(
  ...[0, -0, 1, -1, 0.5, NaN, Infinity, -Infinity],
  ...[Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 53, 1e308, 5e-324],
);

const tricks: Odd = fc
  .constantFrom<(() => unknown)[]>(
    () =>
      JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}') as unknown,
    () => ({ constructor: { name: 'MessagePort', prototype: { polluted: true } } }),
    () => ({ toString: 1, valueOf: 1, toJSON: 1, then: 1, length: 1e9 }),
    () => cyclic({}),
    () => [cyclic({ then: null })],
    () => new Map([['global', cyclic({})]]),
    () => new Set([NaN, -0, null]),
    () => new Date(NaN),
    () => new ArrayBuffer(4_096),
    () => new DataView(new ArrayBuffer(8)),
    () => new TypeError('forged'),
    () => new DOMException('forged', 'TimeoutError'),
    () => new Blob(['forged']),
    () => /(a+)+$/,
    () => 1n << 200n,
    () => new Array<unknown>(100_000),
    () => 'constructor',
    () => '__proto__',
    () => '\u0000\ud800',
  )
  .map((make) => make());

const MEGABYTE = 'm'.repeat(1_048_576);
const BOTTOMLESS = nested(2_000, (inner) => ({ inner }));

/** A megabyte of text, thousands of fields, many levels: seldom, for they cost time. */
const huge: Odd = fc.constantFrom<unknown[]>(
  MEGABYTE,
  { tenant: MEGABYTE },
  Object.fromEntries(Array.from({ length: 10_000 }, (_none, index) => [`field-${index}`, 'text'])),
  nested(200, (inner) => ({ inner })),
  nested(200, (inner) => [inner]),
  BOTTOMLESS,
);

/** A page has stack enough to send this, a worker not enough to read it: there the browser drops the message. */
export function isBottomless(value: unknown, levels = 6): boolean {
  if (value === BOTTOMLESS) return true;
  if (levels === 0 || typeof value !== 'object' || value === null) return false;
  const parts = value instanceof Map ? [...value.keys(), ...value.values()] : Object.values(value);
  return parts.slice(0, 16).some((part) => isBottomless(part, levels - 1));
}

/** Anything that can be cloned, and some that can't. */
export const odd: Odd = fc.oneof(
  { weight: 160, arbitrary: anything },
  { weight: 100, arbitrary: numbers },
  { weight: 100, arbitrary: tricks },
  { weight: 1, arbitrary: huge },
);

/** Nothing that counts as absent, and not of the type that belongs there. */
export const oddBut = (type: string): Odd =>
  odd.filter((value) => value !== undefined && value !== null && typeof value !== type);

export function cyclic(holder: Record<string, unknown>): unknown {
  holder['self'] = holder;
  return holder;
}

function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 'innermost';
  for (let level = 0; level < levels; level += 1) value = wrap(value);
  return value;
}
