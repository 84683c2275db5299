import { describe, expect, test } from 'vitest';
import { LONGEST_ANSWER, MOST_ANSWER_ENTRIES, NEXT_PAGE_MS, QUESTION_MS } from './bounds.js';
import type { Answerable, LogEntry, QuestionMessage } from './contract.js';
import { createQuestions, type Questions } from './questions.js';
import { createVirtualTime, settle, type VirtualTime } from './testing/virtual-time.js';

interface Stage {
  time: VirtualTime;
  questions: Questions;
  log: Pick<LogEntry, 'level' | 'message' | 'details'>[];
  /** What each page was asked, in order. */
  asked: [page: string, QuestionMessage][];
  join(page: string, ...answers: Answerable[]): void;
  /** The page answers the last question that it was asked. */
  reply(page: string, value: unknown): void;
}

function stage(): Stage {
  const time = createVirtualTime();
  const log: Stage['log'] = [];
  const asked: Stage['asked'] = [];
  const questions = createQuestions({
    instanceId: 'run-1',
    timers: time.timers,
    log: (level, message, details) => log.push({ level, message, ...(details && { details }) }),
  });
  return {
    time,
    questions,
    log,
    asked,
    join: (page, ...answers) => questions.join(page, answers, (question) => asked.push([page, question])),
    reply(page, value) {
      const id = asked.findLast(([name]) => name === page)?.[1].id ?? '';
      questions.answer(page, { id, value });
    },
  };
}

const pagesAsked = ({ asked }: Stage): string[] => asked.map(([page]) => page);
const LOGINS = { 'accounts.google.com': 'token' };

describe('a question', () => {
  test('is answered by the page that can tell, at once', async () => {
    const world = stage();
    world.join('tab-1', 'logins');
    const startMs = world.time.clock.monotonicMs();
    const answer = world.questions.ask('logins');
    expect(world.asked).toEqual([
      ['tab-1', { type: 'question', id: expect.any(String) as string, about: 'logins' }],
    ]);
    world.reply('tab-1', LOGINS);
    expect(await answer).toEqual(LOGINS);
    expect(world.time.clock.monotonicMs()).toBe(startMs);
    expect(world.time.waiting).toBe(0);
  });

  test('that nobody can answer costs no time', async () => {
    const world = stage();
    world.join('tab-1', 'clientMetadataProvider');
    world.join('tab-2');
    expect(world.questions.canAsk('logins')).toBe(false);
    expect(await world.questions.ask('logins')).toBeNull();
    expect(world.asked).toEqual([]);
    expect(world.time.waiting).toBe(0);
  });

  test('that nobody answers costs its bound, and leaves no timer behind', async () => {
    const world = stage();
    world.join('tab-1', 'logins');
    const startMs = world.time.clock.monotonicMs();
    expect(await world.time.run(world.questions.ask('logins'))).toBeNull();
    expect(world.time.clock.monotonicMs() - startMs).toBe(QUESTION_MS);
    expect(world.time.waiting).toBe(0);
  });

  test('is asked of one page, the one that was heard last', async () => {
    const world = stage();
    for (const page of ['tab-1', 'tab-2', 'tab-3']) world.join(page, 'logins');
    world.questions.seen('tab-2');
    world.questions.seen('tab-nobody');
    const answer = world.questions.ask('logins');
    world.reply('tab-2', LOGINS);
    expect(await answer).toEqual(LOGINS);
    expect(pagesAsked(world)).toEqual(['tab-2']);
  });

  test('goes to the next page as well where one is silent, and the first answer counts', async () => {
    const world = stage();
    for (const page of ['tab-1', 'tab-2']) world.join(page, 'logins');
    const answer = world.questions.ask('logins');
    await world.time.advance(NEXT_PAGE_MS - 1);
    expect(pagesAsked(world)).toEqual(['tab-2']);
    await world.time.advance(1);
    expect(pagesAsked(world)).toEqual(['tab-2', 'tab-1']);
    // Late, and still in time.
    world.reply('tab-2', { first: 'a' });
    world.reply('tab-1', { second: 'b' });
    expect(await answer).toEqual({ first: 'a' });
    expect(world.time.waiting).toBe(0);
  });

  test('goes to the next page at once where one has failed, and ends when all have', async () => {
    const world = stage();
    for (const page of ['tab-1', 'tab-2']) world.join(page, 'logins');
    const answer = world.questions.ask('logins');
    world.reply('tab-2', null);
    expect(pagesAsked(world)).toEqual(['tab-2', 'tab-1']);
    world.reply('tab-1', null);
    expect(await answer).toBeNull();
    expect(world.time.waiting).toBe(0);
  });

  test('waits for a silent page when the other one has failed', async () => {
    const world = stage();
    for (const page of ['tab-1', 'tab-2']) world.join(page, 'logins');
    const answer = world.questions.ask('logins');
    await world.time.advance(NEXT_PAGE_MS);
    world.reply('tab-1', null);
    await settle();
    world.reply('tab-2', LOGINS);
    expect(await answer).toEqual(LOGINS);
  });

  test('of whose pages one goes away goes to the other', async () => {
    const world = stage();
    for (const page of ['tab-1', 'tab-2']) world.join(page, 'logins');
    const answer = world.questions.ask('logins');
    world.questions.leave('tab-2');
    expect(pagesAsked(world)).toEqual(['tab-2', 'tab-1']);
    world.questions.leave('tab-1');
    expect(await answer).toBeNull();
    expect(world.questions.canAsk('logins')).toBe(false);
  });

  test('is asked once for all who ask at the same time, and anew for the next', async () => {
    const world = stage();
    world.join('tab-1', 'logins', 'clientMetadataProvider');
    const both = [world.questions.ask('logins'), world.questions.ask('logins')];
    const other = world.questions.ask('clientMetadataProvider');
    expect(world.asked.map(([, { about }]) => about)).toEqual(['logins', 'clientMetadataProvider']);
    world.reply('tab-1', { tenant: 'a' });
    const [, { id }] = world.asked[0] ?? ['', { id: '' }];
    world.questions.answer('tab-1', { id, value: LOGINS });
    expect(await Promise.all([...both, other])).toEqual([LOGINS, LOGINS, { tenant: 'a' }]);
    void world.questions.ask('logins');
    expect(world.asked).toHaveLength(3);
  });
});

describe('an answer', () => {
  test('that comes late, or to no question, or from a page that was not asked, is nothing', async () => {
    const world = stage();
    for (const page of ['tab-1', 'tab-2']) world.join(page, 'logins');
    world.questions.answer('tab-1', { id: 'run-1/1', value: LOGINS });
    const answer = world.questions.ask('logins');
    const [, { id }] = world.asked[0] ?? ['', { id: '' }];
    world.questions.answer('tab-1', { id, value: { stolen: 'a' } });
    world.questions.answer('tab-2', { id: 'unknown', value: { forged: 'a' } });
    expect(await world.time.run(answer)).toBeNull();
    world.questions.answer('tab-2', { id, value: LOGINS });
    const next = world.questions.ask('logins');
    world.questions.answer('tab-2', { id, value: { late: 'a' } });
    world.reply('tab-2', LOGINS);
    expect(await next).toEqual(LOGINS);
  });

  test.each([
    ['nothing', undefined],
    ['a text', 'token'],
    ['a list', ['token']],
    ['a map', new Map([['a', 'b']])],
    ['a number among texts', { a: 'b', c: 1 }],
    ['an object in it', { a: { b: 'c' } }],
    ['too long', { a: 'x'.repeat(LONGEST_ANSWER) }],
    [
      'too many',
      Object.fromEntries(Array.from({ length: MOST_ANSWER_ENTRIES + 1 }, (_, at) => [`n${at}`, ''])),
    ],
  ])('that is %s is none, and its content is not in the log', async (_what, value) => {
    const world = stage();
    world.join('tab-1', 'logins');
    const answer = world.questions.ask('logins');
    world.reply('tab-1', value);
    expect(await answer).toBeNull();
    expect(world.log).toEqual([
      { level: 'warn', message: 'A page could not answer.', details: { about: 'logins' } },
    ]);
  });

  test('of the most that is allowed is taken', async () => {
    const world = stage();
    world.join('tab-1', 'logins');
    const answer = world.questions.ask('logins');
    const value = { a: 'x'.repeat(LONGEST_ANSWER - 1) };
    world.reply('tab-1', value);
    expect(await answer).toEqual(value);
  });
});
