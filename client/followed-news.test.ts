import { beforeEach, describe, expect, test } from 'vitest';
import type { News, NewsEvent, PageView } from '../worker/contract.js';
import { AuthError } from '../worker/errors.js';
import { makeTokenPair, shownTokens } from '../worker/testing/tokens.js';
import { settle, START_MS } from '../worker/testing/virtual-time.js';
import { createNewsFollower, type NewsFollower } from './followed-news.js';
import type { Held } from './held-view.js';
import type { SessionEvent } from './types.js';

let events: SessionEvent[];
let given: Held[];
let present: Held;
let asked: number;
let isBroken: boolean;
let follower: NewsFollower;

const signedOut: PageView = { status: 'signed-out', revision: 0, session: {}, leaseMs: 0 };
const signedInAs = (username: string): PageView => ({
  status: 'signed-in',
  revision: 0,
  ...shownTokens(`sub-${username}`, START_MS, 3_600),
  user: { userId: `sub-${username}`, username },
  leaseMs: 0,
});
const heldOf = (view: PageView, revision: number): Held => ({ view: { ...view, revision }, session: {} });
const news = (revision: number, event: NewsEvent): News => ({
  type: 'news',
  protocolVersion: 1,
  instanceId: 'run-1',
  revision,
  event,
});

beforeEach(() => {
  events = [];
  given = [];
  asked = 0;
  isBroken = false;
  present = heldOf(signedOut, 0);
  follower = createNewsFollower({
    ask: async () => {
      asked += 1;
      if (isBroken) throw new Error('no worker');
      return present;
    },
    onEvent: (event, held) => {
      events.push(event);
      given.push(held);
    },
  });
});

async function hear(revision: number, event: NewsEvent, view: PageView): Promise<void> {
  present = heldOf(view, Math.max(present.view.revision, revision));
  follower.receive(news(revision, event));
  await settle();
}

describe('news', () => {
  test('is told once, with a session of that revision or later', async () => {
    const ada = signedInAs('ada');
    await hear(1, { type: 'signedIn', resumed: false }, ada);
    await hear(1, { type: 'signedIn', resumed: false }, ada);
    expect(events).toEqual([{ type: 'signedIn', resumed: false }]);
    expect(given[0]?.view.revision).toBe(1);
  });

  const ADA = { userId: 'sub-ada', username: 'ada' };

  test('of a sign-in tells whether it resumes a session, and whose that was', async () => {
    const resumed = { resumed: true };
    await hear(1, { type: 'signedIn', ...resumed }, { ...signedInAs('ada'), origin: resumed });
    const another = { resumed: false, previousUser: ADA };
    await hear(2, { type: 'signedIn', ...another }, { ...signedInAs('bob'), origin: another });
    expect(events).toEqual([
      { type: 'signedIn', ...resumed },
      { type: 'signedIn', ...another },
    ]);
  });

  test.each([
    {},
    { resumed: 'yes' },
    { resumed: true, previousUser: ADA },
    { resumed: 1, previousUser: 'ada' },
    { previousUser: null, reason: 'user' },
  ])('of a sign-in brings nothing into the event that the view does not tell: %j', async (fields) => {
    await hear(1, { type: 'signedIn', ...fields } as NewsEvent, signedInAs('bob'));
    expect(events).toEqual([{ type: 'signedIn', resumed: false }]);
  });

  test('that was slept through: the sign-in tells by the view what it followed upon', async () => {
    follower.observe(present);
    present = heldOf({ ...signedInAs('ada'), origin: { resumed: true } }, 4);
    follower.catchUp();
    await settle();
    expect(events).toEqual([{ type: 'signedIn', resumed: true }]);
  });

  test('is told in order, though the answers take their time', async () => {
    present = heldOf(signedInAs('ada'), 3);
    follower.receive(news(1, { type: 'signedIn', resumed: false }));
    follower.receive(news(2, { type: 'tokenRefresh' }));
    follower.receive(news(3, { type: 'tokenRefresh' }));
    await settle();
    expect(events.map(({ type }) => type)).toEqual(['signedIn', 'tokenRefresh', 'tokenRefresh']);
  });

  test('of a sign-out that comes together with new credentials is told', async () => {
    follower.observe(heldOf(signedInAs('ada'), 3));
    present = heldOf(signedOut, 6);
    follower.receive(news(4, { type: 'tokenRefresh' }));
    follower.receive(news(5, { type: 'changed' }));
    follower.receive(news(6, { type: 'signedOut', reason: 'user' }));
    await settle();
    expect(events.map(({ type }) => type)).toEqual(['tokenRefresh', 'signedOut']);
  });

  test('of a sign-out and a sign-in that come together leaves the page signed in', async () => {
    follower.observe(heldOf(signedInAs('ada'), 3));
    present = heldOf(signedInAs('grace'), 5);
    follower.receive(news(4, { type: 'signedOut', reason: 'user' }));
    follower.receive(news(5, { type: 'signedIn', resumed: false }));
    await settle();
    expect(events.at(-1)).toEqual({ type: 'signedIn', resumed: false });
  });

  test('that is older than what was heard is not told', async () => {
    await hear(5, { type: 'tokenRefresh' }, signedInAs('ada'));
    expect(follower.receive(news(4, { type: 'signedIn', resumed: false }))).toBe(false);
    await settle();
    expect(events).toHaveLength(1);
  });

  test('that the first view already shows is not told', async () => {
    const first = heldOf(signedInAs('ada'), 5);
    follower.observe(first);
    present = first;
    await hear(5, { type: 'signedIn', resumed: false }, first.view);
    expect(events).toEqual([]);
  });

  test('that came before the first view is told', async () => {
    present = heldOf(signedInAs('ada'), 1);
    follower.receive(news(1, { type: 'signedIn', resumed: false }));
    follower.observe(present);
    await settle();
    expect(events).toEqual([{ type: 'signedIn', resumed: false }]);
  });

  test('that is heard twice is old, though it is followed in case the worker counts anew', async () => {
    await hear(5, { type: 'signedIn', resumed: false }, signedInAs('ada'));
    expect(follower.receive(news(5, { type: 'signedIn', resumed: false }))).toBe(false);
    await settle();
    expect(events).toEqual([{ type: 'signedIn', resumed: false }]);
    // Another run of the worker came by chance as far.
    present = heldOf(signedOut, 5);
    expect(follower.receive(news(5, { type: 'signedOut', reason: 'user' }))).toBe(false);
    await settle();
    expect(events.map(({ type }) => type)).toEqual(['signedIn', 'signedOut']);
  });

  test('of a sign-in and a refresh that come together after a sign-out is told of both', async () => {
    follower.observe(heldOf(signedOut, 3));
    present = heldOf(signedInAs('ada'), 5);
    follower.receive(news(4, { type: 'signedIn', resumed: false }));
    follower.receive(news(5, { type: 'tokenRefresh' }));
    await settle();
    expect(events.map(({ type }) => type)).toEqual(['signedIn', 'tokenRefresh']);
  });

  test('of a sign-out says why', async () => {
    const error = { name: 'NotAuthorizedException', message: 'Revoked.' };
    await hear(1, { type: 'signedOut', reason: 'rejected', error }, signedOut);
    expect(events).toMatchObject([{ type: 'signedOut', reason: 'rejected', error }]);
    expect((events[0] as { error: Error }).error).toBeInstanceOf(Error);
  });

  test('of a refresh that failed is told each time, though it has no revision of its own', async () => {
    const error = { name: 'NetworkError', message: 'No network.' };
    await hear(1, { type: 'signedIn', resumed: false }, signedInAs('ada'));
    await hear(1, { type: 'tokenRefresh_failure', error }, present.view);
    await hear(1, { type: 'tokenRefresh_failure', error }, present.view);
    expect(events.map(({ type }) => type)).toEqual([
      'signedIn',
      'tokenRefresh_failure',
      'tokenRefresh_failure',
    ]);
    const failure = events[1];
    expect(failure).toStrictEqual({
      type: 'tokenRefresh_failure',
      error: expect.any(AuthError) as AuthError,
    });
    expect(failure).toMatchObject({ error });
  });

  test('of a refresh that failed before the last change is not told', async () => {
    const error = { name: 'NetworkError', message: 'No network.' };
    await hear(5, { type: 'signedIn', resumed: false }, signedInAs('ada'));
    expect(follower.receive(news(4, { type: 'tokenRefresh_failure', error }))).toBe(false);
    await settle();
    expect(events).toEqual([{ type: 'signedIn', resumed: false }]);
  });

  test('of credentials is followed and told to nobody', async () => {
    expect(follower.receive(news(1, { type: 'changed' }))).toBe(true);
    await settle();
    expect([events, asked]).toEqual([[], 1]);
  });

  test('that could not be followed does not stop what comes after it', async () => {
    isBroken = true;
    await hear(1, { type: 'signedIn', resumed: false }, signedInAs('ada'));
    isBroken = false;
    await hear(2, { type: 'tokenRefresh' }, signedInAs('ada'));
    expect(events).toEqual([{ type: 'tokenRefresh' }]);
  });

  test('tells how far it has been heard', async () => {
    expect(follower.heardRevision).toBe(0);
    follower.receive(news(7, { type: 'changed' }));
    expect(follower.heardRevision).toBe(7);
  });
});

describe('a gap', () => {
  const ada = signedInAs('ada');
  const error = { name: 'TokenRevokedException', message: 'Revoked.' };
  const CASES: [string, PageView, PageView, SessionEvent[]][] = [
    ['nothing', ada, ada, []],
    ['still nobody', signedOut, signedOut, []],
    ['a refresh', ada, { ...signedInAs('ada') }, [{ type: 'tokenRefresh' }]],
    ['a sign-in', signedOut, ada, [{ type: 'signedIn', resumed: false }]],
    ['another user', ada, signedInAs('grace'), [{ type: 'signedIn', resumed: false }]],
    ['a sign-out', ada, { ...signedOut, ended: { reason: 'idle' } }, [{ type: 'signedOut', reason: 'idle' }]],
  ];
  test.each(CASES)(
    'in which %s happened is told in one event at most',
    async (_what, before, after, expected) => {
      follower.observe(heldOf(before, 3));
      present = heldOf(after, 9);
      follower.catchUp();
      await settle();
      expect(events).toEqual(expected);
    },
  );

  test('that ended in a verdict gives its error', async () => {
    follower.observe(heldOf(ada, 3));
    present = heldOf({ ...signedOut, ended: { reason: 'rejected', error } }, 4);
    follower.catchUp();
    await settle();
    expect(events).toMatchObject([{ type: 'signedOut', reason: 'rejected', error }]);
  });

  test('before anything was known is told to nobody', async () => {
    present = heldOf(ada, 3);
    follower.catchUp();
    await settle();
    expect(events).toEqual([]);
  });

  test('that was made up for is not told again by news that comes late', async () => {
    follower.observe(heldOf(signedOut, 1));
    present = heldOf(ada, 2);
    follower.catchUp();
    await settle();
    await hear(2, { type: 'signedIn', resumed: false }, ada);
    expect(events).toEqual([{ type: 'signedIn', resumed: false }]);
  });

  test('over a worker that counts anew leaves later news audible', async () => {
    await hear(50, { type: 'signedIn', resumed: false }, ada);
    present = heldOf(signedOut, 0);
    follower.catchUp();
    await settle();
    await hear(1, { type: 'signedIn', resumed: false }, signedInAs('grace'));
    expect(events.map(({ type }) => type)).toEqual(['signedIn', 'signedOut', 'signedIn']);
  });
});

test('news of a worker that counts anew is followed though nobody asked: the listener learns of the next user', async () => {
  await hear(50, { type: 'signedIn', resumed: false }, signedInAs('ada'));
  present = heldOf(signedInAs('grace'), 1);
  follower.receive(news(1, { type: 'signedIn', resumed: false }));
  await settle();
  expect(events).toHaveLength(2);
  expect(given.at(-1)?.view.user?.username).toBe('grace');
  expect(follower.heardRevision).toBe(1);
});

test('a sign-out when nobody was signed in is followed and told to nobody', async () => {
  await hear(5, { type: 'signedIn', resumed: false }, signedInAs('ada'));
  await hear(6, { type: 'signedOut', reason: 'user' }, signedOut);
  await hear(7, { type: 'signedOut', reason: 'user' }, signedOut);
  expect(events.map(({ type }) => type)).toEqual(['signedIn', 'signedOut']);
  expect(follower.heardRevision).toBe(7);
});

test('a refresh that is heard of before the sign-in of its session is told as the sign-in, once', async () => {
  await hear(5, { type: 'signedOut', reason: 'user' }, signedOut);
  const grace = signedInAs('grace');
  await hear(7, { type: 'tokenRefresh' }, grace);
  await hear(6, { type: 'signedIn', resumed: false }, grace);
  expect(events.map(({ type }) => type)).toEqual(['signedOut', 'signedIn']);
});

describe('a warning of the session’s end', () => {
  const ada = signedInAs('ada');
  const warned = (beforeSeconds: number): PageView => ({
    ...ada,
    ending: { cause: 'refresh-token', endsAtMs: START_MS + 3_600_000, beforeSeconds, holds: ['a letter'] },
  });
  const eventOf = (beforeSeconds: number): SessionEvent => ({
    type: 'sessionEnding',
    cause: 'refresh-token',
    endsAtMs: START_MS + 3_600_000,
    beforeSeconds,
    holds: ['a letter'],
  });

  beforeEach(async () => {
    await hear(1, { type: 'signedIn', resumed: false }, ada);
    events = [];
  });

  test('is told once for each threshold', async () => {
    await hear(2, { type: 'sessionEnding' }, warned(3_600));
    await hear(3, { type: 'changed' }, warned(3_600));
    await hear(4, { type: 'sessionEnding' }, warned(300));
    expect(events).toEqual([eventOf(3_600), eventOf(300)]);
  });

  test('that came in a gap is told after it, and after the refresh', async () => {
    present = heldOf({ ...warned(300), tokens: makeTokenPair('sub-ada', START_MS + 1_000, 3_600) }, 4);
    follower.catchUp();
    await settle();
    expect(events).toEqual([{ type: 'tokenRefresh' }, eventOf(300)]);
  });

  test('that is in the view of earlier news is told by its own', async () => {
    await hear(2, { type: 'tokenRefresh' }, warned(300));
    await hear(3, { type: 'sessionEnding' }, warned(300));
    await hear(4, { type: 'signedOut', reason: 'user' }, signedOut);
    await hear(5, { type: 'signedIn', resumed: false }, warned(300));
    await hear(6, { type: 'sessionEnding' }, warned(300));
    expect(events).toEqual([
      { type: 'tokenRefresh' },
      eventOf(300),
      { type: 'signedOut', reason: 'user' },
      { type: 'signedIn', resumed: false },
      eventOf(300),
    ]);
  });

  test('of a session that began in the gap is told after its sign-in', async () => {
    await hear(2, { type: 'signedOut', reason: 'user' }, signedOut);
    present = heldOf(warned(300), 4);
    follower.catchUp();
    await settle();
    expect(events.slice(1)).toEqual([{ type: 'signedIn', resumed: false }, eventOf(300)]);
  });

  test('is told to a tab that comes late', () => {
    const told: SessionEvent[] = [];
    const late = createNewsFollower({
      ask: () => Promise.reject(new Error('not asked')),
      onEvent: (event) => told.push(event),
    });
    late.observe(heldOf(warned(300), 4));
    late.observe(heldOf(warned(300), 4));
    expect(told).toEqual([eventOf(300)]);
  });
});

describe('a warning that nobody uses the session', () => {
  const ada = signedInAs('ada');
  const idleEnding = (endsAtMs: number) => ({
    cause: 'idle' as const,
    endsAtMs,
    beforeSeconds: 60,
    holds: [],
  });
  const ending = {
    cause: 'refresh-token' as const,
    endsAtMs: START_MS + 9_000_000,
    beforeSeconds: 300,
    holds: [],
  };
  const [first, second] = [idleEnding(START_MS + 60_000), idleEnding(START_MS + 160_000)];

  beforeEach(async () => {
    await hear(1, { type: 'signedIn', resumed: false }, ada);
    events = [];
  });

  test('is told, taken back once, and told again', async () => {
    await hear(2, { type: 'sessionEnding' }, { ...ada, idleEnding: first });
    await hear(3, { type: 'changed' }, ada);
    await hear(4, { type: 'changed' }, ada);
    await hear(5, { type: 'sessionEnding' }, { ...ada, idleEnding: second });
    expect(events).toEqual([
      { type: 'sessionEnding', ...first },
      { type: 'sessionExtended' },
      { type: 'sessionEnding', ...second },
    ]);
  });

  test('that was taken back and came again in a gap is told anew', async () => {
    await hear(2, { type: 'sessionEnding' }, { ...ada, idleEnding: first });
    present = heldOf({ ...ada, idleEnding: second }, 5);
    follower.catchUp();
    await settle();
    expect(events.slice(1)).toEqual([{ type: 'sessionEnding', ...second }]);
  });

  test('leaves that of the refresh token told once', async () => {
    await hear(2, { type: 'sessionEnding' }, { ...ada, ending });
    await hear(3, { type: 'sessionEnding' }, { ...ada, ending, idleEnding: first });
    await hear(4, { type: 'changed' }, { ...ada, ending });
    expect(events).toEqual([
      { type: 'sessionEnding', ...ending },
      { type: 'sessionEnding', ...first },
      { type: 'sessionExtended' },
    ]);
  });

  test('outlives a refresh', async () => {
    await hear(2, { type: 'sessionEnding' }, { ...ada, idleEnding: first });
    await hear(3, { type: 'tokenRefresh' }, { ...ada, idleEnding: first });
    await hear(4, { type: 'changed' }, { ...ada, idleEnding: first });
    expect(events.slice(1)).toEqual([{ type: 'tokenRefresh' }]);
  });

  test('is not taken back by the end that it told of', async () => {
    await hear(2, { type: 'sessionEnding' }, { ...ada, idleEnding: first });
    await hear(3, { type: 'signedOut', reason: 'idle' }, { ...signedOut, ended: { reason: 'idle' } });
    expect(events.slice(1)).toEqual([{ type: 'signedOut', reason: 'idle' }]);
  });

  test('is not taken back by the next sign-in', async () => {
    await hear(2, { type: 'sessionEnding' }, { ...ada, idleEnding: first });
    present = heldOf(signedInAs('grace'), 9);
    follower.catchUp();
    await settle();
    expect(events.slice(1)).toEqual([{ type: 'signedIn', resumed: false }]);
  });
});

test('a warning that comes before the first view is told, as from a worker that has just started', async () => {
  const ending = {
    cause: 'refresh-token' as const,
    endsAtMs: START_MS + 300_000,
    beforeSeconds: 300,
    holds: [],
  };
  await hear(4, { type: 'sessionEnding' }, { ...signedInAs('ada'), ending });
  follower.observe(present);
  expect(events).toEqual([{ type: 'sessionEnding', ...ending }]);
});

describe('news of a kind that only a later version knows', () => {
  const later = { type: 'sessionPinned', detail: 'x' } as unknown as NewsEvent;

  test.each(['sessionPinned', 'signedInElsewhere', 'pre-tokenRefresh'])(
    'is told to nobody: %s',
    async (type) => {
      const ada = signedInAs('ada');
      await hear(5, { type: 'signedIn', resumed: false }, ada);
      await hear(6, { ...later, type } as NewsEvent, ada);
      expect(events.map(({ type }) => type)).toEqual(['signedIn']);
      expect(follower.heardRevision).toBe(6);
    },
  );

  test('is told as what became of the session', async () => {
    await hear(5, { type: 'signedIn', resumed: false }, signedInAs('ada'));
    await hear(6, later, signedOut);
    expect(events.map(({ type }) => type)).toEqual(['signedIn', 'signedOut']);
  });
});

test('news that could not be looked into is told, as the net change, once a call is answered again', async () => {
  await hear(5, { type: 'signedIn', resumed: false }, signedInAs('ada'));
  isBroken = true;
  await hear(6, { type: 'signedOut', reason: 'user' }, signedOut);
  isBroken = false;
  expect(events.map(({ type }) => type)).toEqual(['signedIn']);
  for (let call = 0; call < 2; call += 1) {
    follower.observe(present);
    await settle();
  }
  expect(events.map(({ type }) => type)).toEqual(['signedIn', 'signedOut']);
});

describe('forged news', () => {
  test.each<unknown>([
    null,
    undefined,
    'news',
    {},
    { type: 'olds', revision: 1, event: { type: 'signedIn', resumed: false } },
    { type: 'news' },
    { type: 'news', revision: 1 },
    { type: 'news', revision: '9', event: { type: 'signedOut' } },
    { type: 'news', revision: NaN, event: { type: 'signedOut', reason: 'user' } },
    { type: 'news', revision: Infinity, event: { type: 'signedOut', reason: 'user' } },
    { type: 'news', revision: 1, event: {} },
    { type: 'roll-call', instanceId: 'x' },
  ])('is not even followed when it has no shape: %j', async (message) => {
    expect(follower.receive(message)).toBe(false);
    await settle();
    expect([events, asked]).toEqual([[], 0]);
  });

  test('of a revision that the store has not is not told', async () => {
    follower.observe(heldOf(signedInAs('ada'), 3));
    present = heldOf(signedInAs('ada'), 3);
    follower.receive(news(1_000, { type: 'signedOut', reason: 'user' }));
    await settle();
    expect(events.map(({ type }) => type)).not.toContain('signedOut');
    expect(follower.heardRevision).toBe(3);
  });

  test('hides no true news that came while it was looked into', async () => {
    const ada = signedInAs('ada');
    follower.observe(heldOf(ada, 3));
    present = heldOf(signedOut, 4);
    follower.receive(news(1_000, { type: 'tokenRefresh' }));
    follower.receive(news(4, { type: 'signedOut', reason: 'user' }));
    await settle();
    expect(events).toEqual([{ type: 'signedOut', reason: 'user' }]);
  });
});
