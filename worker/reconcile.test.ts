import { describe, expect, test } from 'vitest';
import type { SessionRecord } from './deps.js';
import { reconcile } from './reconcile.js';
import {
  EMPTY_RECORD,
  withIdentity,
  withIntent,
  withoutSession,
  withRefresh,
  withRevocations,
  withSignIn,
} from './record.js';
import { makeTokenPair } from './testing/tokens.js';
import { START_MS } from './testing/virtual-time.js';

const HOUR_MS = 3_600_000;

const signedIn = (record: SessionRecord, refreshToken: string, userId = 'sub-ada'): SessionRecord =>
  withSignIn(record, { ...makeTokenPair(userId, START_MS, 3_600), refreshToken }, { askedAtMs: START_MS });

function refreshed(record: SessionRecord, refreshToken: string, atMs = START_MS + HOUR_MS): SessionRecord {
  if (!record.session) throw new Error('nobody is signed in');
  const answer = { ...makeTokenPair('sub-ada', atMs, 3_600), refreshToken };
  return withRefresh(record, record.session, answer, atMs, 'sub-ada');
}

const signedOut = (record: SessionRecord): SessionRecord =>
  withoutSession(record, { reason: 'user' }, START_MS);
const rejected = (record: SessionRecord): SessionRecord => withoutSession(record, { reason: 'rejected' });

const meet = (known: SessionRecord | undefined, memory: SessionRecord, stored: SessionRecord) =>
  reconcile({ known, memory, stored }, START_MS);
const toRevoke = ({ revocations = [] }: SessionRecord): string[] =>
  revocations.map(({ refreshToken }) => refreshToken);

const ADA = signedIn(EMPTY_RECORD, 'r1');

/** Whatever is gone on with, everybody must see that it is later than what they have. */
function expectLaterThan(next: SessionRecord, ...before: SessionRecord[]): void {
  for (const { revision } of before) expect(next.revision).toBeGreaterThan(revision);
}

describe('a runtime that changed nothing', () => {
  test('takes what is stored, and writes nothing', () => {
    const theirs = refreshed(ADA, 'r2');
    expect(meet(ADA, ADA, theirs)).toBe(theirs);
    expect(meet(undefined, EMPTY_RECORD, theirs)).toBe(theirs);
    const ended = signedOut(ADA);
    expect(meet(ADA, ADA, ended)).toBe(ended);
  });

  test('brings its session back into a store that was erased', () => {
    expect(meet(ADA, ADA, EMPTY_RECORD)).toMatchObject({ fence: 1, session: { refreshToken: 'r1' } });
  });

  test('brings it back over an older one that another runtime brought back', () => {
    const newer = refreshed(ADA, 'r2');
    expect(meet(newer, newer, ADA).session?.refreshToken).toBe('r2');
  });

  test('brings it back where another runtime brought back that nobody had been signed in', () => {
    const before = withoutSession(signedIn(EMPTY_RECORD, 'e1', 'sub-ada'), { reason: 'rejected' });
    const known = signedIn(before, 'r1', 'sub-ada');
    const next = meet(known, known, before);
    expect(next).toMatchObject({ fence: known.fence, session: { refreshToken: 'r1' } });
    expect(next).not.toHaveProperty('ended');
    expectLaterThan(next, known, before);
  });

  test('gives way to who signed in since the erasure, and has its own tokens revoked', () => {
    const known = { ...ADA, fence: 5, revision: 9 };
    const grace = signedIn(EMPTY_RECORD, 'g1', 'sub-grace');
    const next = meet(known, known, grace);
    expect(next.session?.refreshToken).toBe('g1');
    expect(next.fence).toBeGreaterThan(known.fence);
    expectLaterThan(next, known, grace);
  });

  test('sees another session under an equal fence as another one', () => {
    const grace = signedIn(EMPTY_RECORD, 'g1', 'sub-grace');
    const next = meet(ADA, ADA, grace);
    expect(next.session?.refreshToken).toBe('g1');
    expect(next.fence).toBeGreaterThan(ADA.fence);
  });
});

describe('a runtime that had never seen the store', () => {
  test('and where somebody signed in: that stands, and the session that was stored is revoked', () => {
    const stored = { ...ADA, fence: 5, revision: 9 };
    const grace = signedIn(EMPTY_RECORD, 'g1', 'sub-grace');
    const next = meet(undefined, grace, stored);
    expect(next).toMatchObject({ fence: 6, session: { refreshToken: 'g1' } });
    expect(toRevoke(next)).toEqual(['r1']);
    expectLaterThan(next, grace, stored);
  });

  test('and where somebody signed out: that stands, and the session that was stored is revoked', () => {
    const next = meet(undefined, signedOut(EMPTY_RECORD), refreshed(ADA, 'r2'));
    expect(next).not.toHaveProperty('session');
    expect(next.ended).toEqual({ reason: 'user' });
    expect(toRevoke(next)).toEqual(['r2', 'r1']);
  });
});

describe('who signed in or out last', () => {
  test('here, while nobody else did: it is what was done here', () => {
    const stored = refreshed(ADA, 'r2');
    const next = meet(ADA, signedOut(ADA), stored);
    expect(next).not.toHaveProperty('session');
    expect(next.fence).toBe(2);
    expectLaterThan(next, stored);
    expect(toRevoke(next)).toContain('r1');
  });

  test('elsewhere: what was done here gives way, and its tokens are revoked', () => {
    const memory = signedIn(signedOut(ADA), 'g1', 'sub-grace');
    const stored = signedOut(ADA);
    const next = meet(ADA, memory, stored);
    expect(next).not.toHaveProperty('session');
    expect(toRevoke(next)).toEqual(['r1', 'g1']);
    expect(next.fence).toBeGreaterThan(memory.fence);
  });

  test('elsewhere: a refresh that was made here of the old session does not bring it back', () => {
    const next = meet(ADA, refreshed(ADA, 'r2'), signedOut(ADA));
    expect(next).not.toHaveProperty('session');
    expect(toRevoke(next)).toEqual(['r1', 'r2']);
  });
});

describe('what goes on after a sign-in or sign-out elsewhere', () => {
  test.each([
    ['more often than it', refreshed(refreshed(refreshed(ADA, 'r2'), 'r3'), 'r4')],
    ['as often as it', refreshed(ADA, 'r2')],
  ])('is later than what was changed here %s', (_how, memory) => {
    const stored = signedOut(ADA);
    const next = meet(ADA, memory, stored);
    expect(next).not.toHaveProperty('session');
    expectLaterThan(next, memory);
    expect(next.fence).toBeGreaterThan(memory.fence);
  });

  test('has another fence than what was here, though its revision is later already', () => {
    const grace = { ...signedIn(EMPTY_RECORD, 'g1', 'sub-grace'), revision: 9 };
    expect(meet(ADA, ADA, grace).fence).toBeGreaterThan(ADA.fence);
  });
});

describe('a sign-out here', () => {
  test('stands over an older session that another runtime brought back after an erasure', () => {
    const known = refreshed(ADA, 'r2');
    const next = meet(known, signedOut(known), ADA);
    expect(next).not.toHaveProperty('session');
    expect(next.fence).toBe(2);
    expect(toRevoke(next)).toContain('r1');
  });
});

describe("Cognito's verdict on older tokens", () => {
  test('that another runtime stored outweighs a sign-in that was made here meanwhile', () => {
    const memory = signedIn(signedOut(ADA), 'g1', 'sub-grace');
    const next = meet(ADA, memory, rejected(ADA));
    expect(next).not.toHaveProperty('session');
    expect(toRevoke(next)).toContain('g1');
  });

  test('on a later session says nothing of the one that was refreshed here, which had ended by then', () => {
    const stored = rejected(signedIn(signedOut(ADA), 'g1', 'sub-grace'));
    expect(meet(ADA, refreshed(ADA, 'r2'), stored)).not.toHaveProperty('session');
  });

  test('is not what ended a session without a word', () => {
    const stored: SessionRecord = { v: 1, fence: 2, revision: 9, sequence: 1 };
    expect(meet(ADA, refreshed(ADA, 'r2'), stored)).not.toHaveProperty('session');
  });

  test('that another runtime stored does not end the session that was refreshed here', () => {
    const memory = refreshed(ADA, 'r2');
    const stored = rejected(ADA);
    const next = meet(ADA, memory, stored);
    expect(next.session?.refreshToken).toBe('r2');
    expect(next.fence).toBeGreaterThan(stored.fence);
    expectLaterThan(next, memory, stored);
  });

  test('that was given here does not end the session that another runtime refreshed', () => {
    const memory = rejected(ADA);
    const next = meet(ADA, memory, refreshed(ADA, 'r2'));
    expect(next.session?.refreshToken).toBe('r2');
    expectLaterThan(next, memory);
  });

  test('ends the session where nobody has newer ones', () => {
    const stored = rejected(ADA);
    expect(meet(ADA, ADA, stored)).toBe(stored);
    expect(meet(ADA, rejected(ADA), ADA)).not.toHaveProperty('session');
    const withIntentHere = withIntent(ADA, { instanceId: 'here', startedAtMs: 1 });
    expect(meet(ADA, withIntentHere, stored)).not.toHaveProperty('session');
  });
});

describe('a session that was refreshed', () => {
  test('here only goes on with the tokens of here', () => {
    const next = meet(ADA, refreshed(ADA, 'r2'), withIntent(ADA, { instanceId: 'x', startedAtMs: 1 }));
    expect(next.session?.refreshToken).toBe('r2');
    expect(next).not.toHaveProperty('intent');
  });

  test('elsewhere only goes on with the tokens of elsewhere, and what is to be revoked from here', () => {
    const memory = withRevocations(ADA, ['late'], START_MS);
    const next = meet(ADA, memory, refreshed(ADA, 'r2'));
    expect(next.session?.refreshToken).toBe('r2');
    expect(toRevoke(next)).toEqual(['late']);
  });

  test.each([
    ['here', START_MS + 2 * HOUR_MS, START_MS + HOUR_MS, 'here'],
    ['elsewhere', START_MS + HOUR_MS, START_MS + 2 * HOUR_MS, 'there'],
  ])('in both places goes on with the later tokens: %s', (_where, hereMs, thereMs, winner) => {
    const [memory, stored] = [refreshed(ADA, 'here', hereMs), refreshed(ADA, 'there', thereMs)];
    const next = meet(ADA, memory, stored);
    expect(next.session?.refreshToken).toBe(winner);
    expectLaterThan(next, memory, stored);
    if (winner === 'here') expect(next.sequence).toBeGreaterThan(stored.sequence);
  });

  test('elsewhere keeps its fence: it is the same session', () => {
    const memory = withRevocations(ADA, ['late'], START_MS);
    expect(meet(ADA, memory, refreshed(ADA, 'r2')).fence).toBe(ADA.fence);
  });

  test('more often here, and later elsewhere, counts on from the greater number', () => {
    const memory = refreshed(refreshed(ADA, 'r2'), 'r3');
    const next = meet(ADA, memory, refreshed(ADA, 'there', START_MS + 2 * HOUR_MS));
    expect(next.session?.refreshToken).toBe('there');
    expect(next.sequence).toBe(memory.sequence);
  });

  test('in neither goes on with what was changed here, and with what is under way elsewhere', () => {
    const identity = { identityPoolId: 'p', endpoint: '', userId: 'sub-ada', identityId: 'i' };
    const intent = { instanceId: 'there', startedAtMs: 1 };
    const next = meet(ADA, withIdentity(ADA, identity), withIntent(ADA, intent));
    expect(next).toMatchObject({ identity, intent, session: { refreshToken: 'r1' } });
    expect(next.sequence).toBe(ADA.sequence);
  });
});

test('signed out in both places, what was changed in each goes on', () => {
  const known = withoutSession(ADA, { reason: 'user' });
  const identity = { identityPoolId: 'p', endpoint: '', identityId: 'guest' };
  const next = meet(known, withIdentity(known, identity), withRevocations(known, ['theirs'], START_MS));
  expect(next).toMatchObject({ identity, ended: { reason: 'user' } });
  expect(toRevoke(next)).toEqual(['theirs']);
});

describe('what only a later version knows', () => {
  const later = { ...ADA, v: 2, future: 1, session: { ...ADA.session, future: 2 } } as SessionRecord;

  test('stays, in the record and in a session that is the same', () => {
    const next = meet(ADA, refreshed(ADA, 'r2'), later);
    expect(next).toMatchObject({ v: 2, future: 1, session: { future: 2, refreshToken: 'r2' } });
  });

  test('of a session that is over goes with it', () => {
    const memory = signedIn(signedOut(ADA), 'g1', 'sub-grace');
    const next = meet(ADA, memory, later);
    expect(next).toMatchObject({ v: 2, future: 1, session: { refreshToken: 'g1' } });
    expect(next.session).not.toHaveProperty('future');
  });

  test('does not keep an ID token alive that the last refresh did not give', () => {
    const { accessToken } = makeTokenPair('sub-ada', START_MS + HOUR_MS, 3_600);
    if (!ADA.session) throw new Error('nobody is signed in');
    const memory = withRefresh(ADA, ADA.session, { accessToken, refreshToken: 'r2' }, START_MS, 'sub-ada');
    expect(meet(ADA, memory, later).session).not.toHaveProperty('idToken');
  });

  test('nor that the age of tokens is not known, when memory has refreshed them', () => {
    const { session } = ADA;
    if (!session) throw new Error('nobody is signed in');
    const adopted: SessionRecord = { ...ADA, session: { ...session, isAgeUnknown: true } };
    expect(meet(adopted, refreshed(adopted, 'r2'), adopted).session).not.toHaveProperty('isAgeUnknown');
  });
});

test('a sign-out in memory ends the sign-in that waits in the store', () => {
  const challenge = { name: 'SMS_MFA', parameters: {} };
  const at = { loginId: 'ada', username: 'ada', authFlowType: 'USER_SRP_AUTH' as const, sinceMs: START_MS };
  const waiting = { ...EMPTY_RECORD, pendingSignIn: { ...at, challenge, fence: 0 } };
  expect(meet(waiting, signedOut(waiting), waiting)).not.toHaveProperty('pendingSignIn');
});

test.each([
  ['a sign-out', signedOut],
  ['a sign-in', (record: SessionRecord) => signedIn(record, 'g1', 'sub-grace')],
])('%s in memory forgets whose session it was that ended before', (_what, change) => {
  const lastUser = { userId: 'sub-ada', username: 'ada' };
  const stored: SessionRecord = { ...rejected(ADA), lastUser };
  const { lastUser: _forgotten, ...memory } = change(stored);
  const next = meet(stored, memory, stored);
  expect(next).not.toHaveProperty('lastUser');
  expectLaterThan(next, stored);
});

test('whose session ended in memory is known where the store has one that ended before', () => {
  const stored: SessionRecord = { ...ADA, lastUser: { userId: 'sub-grace', username: 'grace' } };
  const memory: SessionRecord = { ...rejected(ADA), lastUser: { userId: 'sub-ada', username: 'ada' } };
  expect(meet(ADA, memory, stored).lastUser).toEqual(memory.lastUser);
});
