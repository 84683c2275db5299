/** How a function and its answer travel to a page and back: as text, the same in every engine. */
import type { Json } from './engine.js';

type Outcome<Answer> =
  { ok: true; value: Answer } | { ok: false; error: { name: string; message: string; stack: string } };

/** An expression: a promise of the outcome as text. */
export function scriptOf(work: (...given: never[]) => unknown, given: readonly Json[]): string {
  return `(async () => {
    try {
      return JSON.stringify({ ok: true, value: await (${String(work)})(...${JSON.stringify(given)}) });
    } catch (error) {
      const { name = 'Error', message = String(error), stack = '' } = Object(error);
      return JSON.stringify({ ok: false, error: { name, message, stack } });
    }
  })()`;
}

export function answerOf<Answer>(text: string): Answer {
  const outcome = JSON.parse(text) as Outcome<Answer>;
  if (outcome.ok) return outcome.value;
  const { name, message, stack } = outcome.error;
  throw Object.assign(new Error(message), { name, stack: `${name}: ${message}\nin the page:\n${stack}` });
}
