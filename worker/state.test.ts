import { describe, expect, test } from 'vitest';
import type { SessionRecord, StoredIdentity, StoredSession } from './deps.js';
import { fenceOf, markOf, revisionOf, transition, type State, type StateEvent } from './state.js';
import { readTokens, type LiveTokens } from './tokens.js';
import { makeTokenPair } from './testing/tokens.js';
import { createVirtualTime, START_MS } from './testing/virtual-time.js';

const { clock } = createVirtualTime();

function sessionOf(username: string): StoredSession {
  return {
    ...makeTokenPair(`sub-${username}`, START_MS, 3_600),
    refreshToken: 'r1',
    originalRefreshToken: 'r1',
    askedAtMs: START_MS,
    loginId: username,
    authFlowType: 'USER_SRP_AUTH',
  };
}

function tokensOf(session: StoredSession): LiveTokens {
  const tokens = readTokens(session, clock, false);
  if (!tokens) throw new Error('unreadable');
  return tokens;
}

const ada = sessionOf('ada');
const adasTokens = tokensOf(ada);
const guest: StoredIdentity = { identityPoolId: 'p', endpoint: '', identityId: 'guest' };
const adasIdentity: StoredIdentity = { ...guest, identityId: 'adas', userId: 'sub-ada' };

const STATES = {
  restoring: { type: 'restoring' },
  'signed-out': { type: 'signed-out', revision: 5, fence: 2 },
  'signed-in': {
    type: 'signed-in',
    revision: 5,
    fence: 2,
    sequence: 3,
    tokens: adasTokens,
    origin: { resumed: false },
  },
  'signing-out': { type: 'signing-out', revision: 5, fence: 2 },
} satisfies Record<string, State>;

function read(record: Partial<SessionRecord>, tokens?: LiveTokens): StateEvent {
  return {
    type: 'record-read',
    record: { v: 1, fence: 2, revision: 5, sequence: 3, ...record },
    ...(tokens && { tokens }),
  };
}

const EVENTS = {
  'sign-out-started': { type: 'sign-out-started' },
  'an older session': read({ revision: 4, session: ada }, adasTokens),
  'an older record without a session': read({ revision: 4 }),
  'a session of the same fence': read({ revision: 6, session: ada }, adasTokens),
  'a session of a later fence': read({ revision: 6, fence: 3, session: ada }, adasTokens),
  'no session any more': read({ revision: 6, fence: 3, ended: { reason: 'user' } }),
} satisfies Record<string, StateEvent>;

type Expected = State['type'] | 'unchanged';

/** Each state × event. `unchanged` means the very same object, so that nobody is told of nothing. */
const TABLE: Record<keyof typeof STATES, Record<keyof typeof EVENTS, Expected>> = {
  restoring: {
    'sign-out-started': 'unchanged',
    'an older session': 'signed-in',
    'an older record without a session': 'signed-out',
    'a session of the same fence': 'signed-in',
    'a session of a later fence': 'signed-in',
    'no session any more': 'signed-out',
  },
  'signed-out': {
    'sign-out-started': 'unchanged',
    'an older session': 'unchanged',
    'an older record without a session': 'unchanged',
    'a session of the same fence': 'signed-in',
    'a session of a later fence': 'signed-in',
    'no session any more': 'signed-out',
  },
  'signed-in': {
    'sign-out-started': 'signing-out',
    'an older session': 'unchanged',
    'an older record without a session': 'unchanged',
    'a session of the same fence': 'signed-in',
    'a session of a later fence': 'signed-in',
    'no session any more': 'signed-out',
  },
  'signing-out': {
    'sign-out-started': 'unchanged',
    'an older session': 'unchanged',
    'an older record without a session': 'unchanged',
    'a session of the same fence': 'unchanged',
    'a session of a later fence': 'signed-in',
    'no session any more': 'signed-out',
  },
};

describe.each(Object.entries(TABLE))('%s', (from, row) => {
  test.each(Object.entries(row))('on %s: %s', (event, expected) => {
    const before = STATES[from as keyof typeof STATES];
    const after = transition(before, EVENTS[event as keyof typeof EVENTS]);
    if (expected === 'unchanged') expect(after).toBe(before);
    else {
      expect(after.type).toBe(expected);
      expect(after).not.toBe(before);
    }
  });
});

describe('what a state carries', () => {
  test('signed in: the numbers of the record, its tokens, and how the user signed in', () => {
    expect(
      transition(STATES.restoring, read({ session: ada, revision: 9, fence: 4, sequence: 7 }, adasTokens)),
    ).toEqual({
      type: 'signed-in',
      revision: 9,
      fence: 4,
      sequence: 7,
      tokens: adasTokens,
      signInDetails: { loginId: 'ada', authFlowType: 'USER_SRP_AUTH' },
      origin: { resumed: false },
    });
  });

  test('signed in: no details of the sign-in where none are known, not empty ones', () => {
    const { loginId: _name, authFlowType: _flow, ...session } = ada;
    expect(transition(STATES.restoring, read({ session }, adasTokens))).not.toHaveProperty('signInDetails');
    const named = transition(STATES.restoring, read({ session: { ...session, loginId: '' } }, adasTokens));
    expect(named).toMatchObject({ signInDetails: { loginId: '' } });
  });

  test("signed in: the user's own identity, never a guest's or another user's", () => {
    const withIdentity = (identity: StoredIdentity): State =>
      transition(STATES.restoring, read({ session: ada, identity }, adasTokens));
    expect(withIdentity(adasIdentity)).toMatchObject({ identity: adasIdentity });
    expect(withIdentity(guest)).not.toHaveProperty('identity');
    expect(withIdentity({ ...adasIdentity, userId: 'sub-grace' })).not.toHaveProperty('identity');
  });

  test("signed out: how it ended and the guest's identity, never a user's", () => {
    const withIdentity = (identity: StoredIdentity): State =>
      transition(STATES.restoring, read({ ended: { reason: 'idle' }, identity }));
    expect(withIdentity(guest)).toEqual({
      type: 'signed-out',
      revision: 5,
      fence: 2,
      ended: { reason: 'idle' },
      guest,
    });
    expect(withIdentity(adasIdentity)).not.toHaveProperty('guest');
  });

  test('signed out by the user: nobody is remembered, whoever was', () => {
    const known = { ...STATES['signed-out'], previousUser: { userId: 'sub-ada', username: 'ada' } };
    const isOver = { fence: 3, revision: 6 };
    expect(transition(known, read({ ...isOver, ended: { reason: 'user' } }))).not.toHaveProperty(
      'previousUser',
    );
    expect(transition(known, read({ ...isOver, ended: { reason: 'idle' } }))).toMatchObject({
      previousUser: known.previousUser,
    });
  });

  test('signed in: another user right after one whose session’s end was missed', () => {
    const bob = sessionOf('bob');
    const next = transition(
      STATES['signed-in'],
      read({ fence: 4, revision: 7, session: bob }, tokensOf(bob)),
    );
    expect(next).toMatchObject({
      origin: { resumed: false, previousUser: { userId: 'sub-ada', username: 'ada' } },
    });
  });

  test('signing out: the revision and fence of the session that ends', () => {
    expect(transition(STATES['signed-in'], { type: 'sign-out-started' })).toEqual({
      type: 'signing-out',
      revision: 5,
      fence: 2,
    });
  });

  test('signed in: which tokens these are, for other runtimes to compare', () => {
    expect(markOf(STATES['signed-in'])).toEqual({ fence: 2, sequence: 3, issuedAtMs: START_MS });
  });

  test('before the store was read, revision and fence are lower than any record has', () => {
    expect([revisionOf(STATES.restoring), fenceOf(STATES.restoring)]).toEqual([0, 0]);
    expect([revisionOf(STATES['signed-in']), fenceOf(STATES['signing-out'])]).toEqual([5, 2]);
  });
});
