/** What scenarios claim. A claim that does not hold says what was expected and what was seen. */

const LONGEST_TEXT = 48;

/** Tokens and ids are told apart by their end. */
export function show(value: unknown): string {
  const text = JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'string' && part.length > LONGEST_TEXT ? `…${part.slice(-8)}` : part,
  );
  return text ?? 'nothing';
}

/** Equal as JSON, members in any order. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  if (canonical(actual) !== canonical(expected)) {
    throw new Error(`${what}: expected ${show(expected)}, saw ${show(actual)}`);
  }
}

export function different(actual: unknown, other: unknown, what: string): void {
  if (canonical(actual) === canonical(other)) {
    throw new Error(`${what}: expected another one, saw ${show(actual)} again`);
  }
}

export function that(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Gives the value, which must be there. */
export function present<T>(value: T | null | undefined, what: string): T {
  if (value === undefined || value === null) throw new Error(`${what}: expected one, saw none`);
  return value;
}

function canonical(value: unknown): string {
  const text = JSON.stringify(value, (_key, part: unknown) => {
    const isPlain = typeof part === 'object' && part !== null && !Array.isArray(part);
    return isPlain ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part;
  });
  return text ?? '';
}
