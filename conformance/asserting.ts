/** Assertions that need no test runner: each throws with what it found and what it expected. */

export function equal(actual: unknown, expected: unknown, what: string): void {
  const [found, wanted] = [inWords(actual), inWords(expected)];
  if (found !== wanted) throw new Error(`${what}: found ${short(found)}, expected ${short(wanted)}.`);
}

export function holds(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}

export async function rejects(promise: Promise<unknown>, name: string, message?: string): Promise<void> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error: error as Error }),
  );
  if (!('error' in outcome)) {
    throw new Error(`Resolved with ${inWords(outcome.value)}, expected a ${name}.`);
  }
  equal(outcome.error.name, name, `The name of the error (${outcome.error.message})`);
  if (message !== undefined) equal(outcome.error.message, message, 'The message of the error');
}

/** Long strings in it are cut. */
const short = (words: string): string => words.replace(/"([^"]{40})[^"]*"/g, '"$1…"');

/** Unlike JSON it tells Dates, undefined and fields that are missing apart. Fields in alphabetical order. */
function inWords(value: unknown): string {
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (Array.isArray(value)) return `[${value.map(inWords).join(', ')}]`;
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'string' ? JSON.stringify(value) : String(value);
  }
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{ ${fields.map(([name, field]) => `${name}: ${inWords(field)}`).join(', ')} }`;
}
