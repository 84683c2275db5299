/**
 * Questions to pages: what only a function of the app can tell, and a worker has none. One page answers for all. Nothing waits
 * longer than {@link QUESTION_MS}, whether pages are silent, frozen or wrong.
 */
import { LONGEST_ANSWER, MOST_ANSWER_ENTRIES, NEXT_PAGE_MS, QUESTION_MS } from './bounds.js';
import type { Answerable, Hello, PageAnswer, QuestionMessage } from './contract.js';
import type { Deps } from './deps.js';
import { isPlainObject } from './plain-object.js';

/** What pages answer with. */
export type Texts = Record<string, string>;

type Answers = Readonly<NonNullable<Hello['answers']>>;

export interface Questions {
  /** A page says what it can answer. `post` brings a question to it. */
  join(clientId: string, answers: Answers, post: (question: QuestionMessage) => void): void;
  /** A page said something, so it is likely to answer. */
  seen(clientId: string): void;
  leave(clientId: string): void;
  /** What a page said. Anything but an object of texts is no answer; an id that is unknown, or another page's, is nothing. */
  answer(clientId: string, answer: PageAnswer): void;
  /** Whether there is a page that can tell. */
  canAsk(about: Answerable): boolean;
  /** Who asks the same at the same time shares one answer; null: nobody could tell. Never rejects. */
  ask(about: Answerable): Promise<Texts | null>;
}

export function createQuestions({
  instanceId,
  timers,
  log,
}: Pick<Deps, 'instanceId' | 'timers' | 'log'>): Questions {
  /** Those that were seen last come last. */
  const pages = new Map<string, { answers: Answers; post: (question: QuestionMessage) => void }>();
  /** Takes in an answer, by the id of the question, which one page was asked. */
  const open = new Map<string, { clientId: string; take(value: unknown): void }>();
  const underWay = new Map<Answerable, Promise<Texts | null>>();
  let lastId = 0;

  const whoCan = (about: Answerable): string[] =>
    [...pages].flatMap(([clientId, { answers }]) => (answers.includes(about) ? [clientId] : [])).reverse();

  function askAll(about: Answerable): Promise<Texts | null> {
    const waiting = whoCan(about);
    const ids: string[] = [];
    const over = new AbortController();
    return new Promise<Texts | null>((resolve) => {
      let unanswered = 0;
      const end = (answer: Texts | null): void => {
        over.abort();
        for (const id of ids) open.delete(id);
        resolve(answer);
      };
      const askNext = (): void => {
        if (over.signal.aborted) return;
        const clientId = waiting.shift();
        if (clientId === undefined) {
          if (unanswered === 0) end(null);
          return;
        }
        const page = pages.get(clientId);
        if (!page) return askNext();
        const next = new AbortController();
        over.signal.addEventListener('abort', () => next.abort(), { once: true });
        // Another run of the worker counts, too, and a page may answer to this one what that one has asked.
        const id = `${instanceId}/${(lastId += 1)}`;
        ids.push(id);
        unanswered += 1;
        open.set(id, {
          clientId,
          take(value) {
            open.delete(id);
            unanswered -= 1;
            const texts = textsOf(value);
            if (texts) return end(texts);
            log('warn', 'A page could not answer.', { about });
            next.abort();
            askNext();
          },
        });
        timers.after(NEXT_PAGE_MS, askNext, next.signal);
        page.post({ type: 'question', id, about });
      };
      timers.after(
        QUESTION_MS,
        () => {
          log('warn', 'No page answered in time.', { about });
          end(null);
        },
        over.signal,
      );
      askNext();
    });
  }

  return {
    join(clientId, answers, post) {
      pages.delete(clientId);
      if (answers.length > 0) pages.set(clientId, { answers, post });
    },
    seen(clientId) {
      const page = pages.get(clientId);
      if (!page) return;
      pages.delete(clientId);
      pages.set(clientId, page);
    },
    leave(clientId) {
      pages.delete(clientId);
      for (const { clientId: asked, take } of [...open.values()]) if (asked === clientId) take(null);
    },
    answer(clientId, { id, value }) {
      const question = open.get(id);
      if (question?.clientId === clientId) question.take(value);
    },
    canAsk: (about) => whoCan(about).length > 0,
    ask(about) {
      const known = underWay.get(about);
      if (known) return known;
      const answer = askAll(about).finally(() => underWay.delete(about));
      underWay.set(about, answer);
      return answer;
    },
  };
}

/** A copy, if it is an object of texts and of a size that a request to Cognito may have. */
function textsOf(value: unknown): Texts | undefined {
  if (!isPlainObject(value)) return undefined;
  const entries = Object.entries(value);
  if (entries.length > MOST_ANSWER_ENTRIES) return undefined;
  const texts: [string, string][] = [];
  let size = 0;
  for (const [name, text] of entries) {
    if (typeof text !== 'string') return undefined;
    size += name.length + text.length;
    texts.push([name, text]);
  }
  return size <= LONGEST_ANSWER ? Object.fromEntries(texts) : undefined;
}
