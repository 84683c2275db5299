import { describe, expect, test } from 'vitest';
import type { SessionRecord, StoredDevice, StoredPendingSignIn, StoredSession } from './deps.js';
import {
  EMPTY_RECORD,
  parseRecord,
  unchanged,
  withDevice,
  withIdentity,
  withIntent,
  withoutRevocations,
  withoutSession,
  withoutUnconfirmedDevice,
  withRefresh,
  withRevocations,
  withSignIn,
} from './record.js';
import { makeTokenPair } from './testing/tokens.js';
import { START_MS } from './testing/virtual-time.js';

const pair = makeTokenPair('sub-ada', START_MS, 3_600);
const session: StoredSession = {
  ...pair,
  refreshToken: 'r2',
  originalRefreshToken: 'r1',
  askedAtMs: START_MS,
};
const record: SessionRecord = { v: 1, fence: 3, revision: 8, sequence: 5, session };
const guest = { identityPoolId: 'p', endpoint: '', identityId: 'guest' };
const identity = { ...guest, userId: 'sub-ada', identityId: 'adas' };

const pendingSignIn: StoredPendingSignIn = {
  challenge: { name: 'SMS_MFA', session: 's1', parameters: { a: 'b' }, availableChallenges: ['PASSWORD'] },
  loginId: 'ada',
  username: 'ada-in-the-pool',
  authFlowType: 'USER_SRP_AUTH',
  fence: 3,
  sinceMs: START_MS,
};
const device: StoredDevice = {
  deviceKey: 'd1',
  deviceGroupKey: 'g1',
  randomPassword: 'p1',
  usernames: ['ada', 'ada-in-the-pool'],
};

describe('reading a record', () => {
  test('nothing stored is an empty record, which is signed out', () => {
    expect(parseRecord(undefined)).toEqual({ v: 1, fence: 0, revision: 0, sequence: 0 });
  });

  test('a sound record is read as it is', () => {
    const whole = {
      ...record,
      session: { ...session, deviceKey: 'd1' },
      identity,
      intent: { instanceId: 'x', startedAtMs: 1 },
      revocations: [],
      pendingSignIn,
      devices: [device],
    };
    expect(parseRecord(whole)).toEqual(whole);
  });

  test('a session to which Cognito gave no ID token is sound', () => {
    const { idToken: _idToken, ...withoutIdToken } = session;
    const sound = { ...record, session: withoutIdToken };
    expect(parseRecord(sound)).toEqual(sound);
  });

  test('a record of a later version is read, and what is unknown in it is kept', () => {
    const later = { ...record, v: 7, policy: { idleSeconds: 60 }, session: { ...session, deviceKey: 'd' } };
    expect(parseRecord(later)).toEqual(later);
    expect(
      withSignIn(withoutSession(later, { reason: 'user' }), { ...pair, refreshToken: 'r' }, { askedAtMs: 1 }),
    ).toMatchObject({
      v: 7,
      policy: { idleSeconds: 60 },
    });
    expect(withRefresh(later, later.session, pair, 1, 'sub-ada').session).toMatchObject({ deviceKey: 'd' });
  });

  const broken: Record<string, unknown> = {
    null: null,
    'a text': 'record',
    'a list': [record],
    'an empty object': {},
    'no fence': { ...record, fence: undefined },
    'a fence that is no number': { ...record, fence: '3' },
    'a revision that is no number': { ...record, revision: NaN },
    'no sequence': { ...record, sequence: undefined },
    'a session that is null': { ...record, session: null },
    'a session that is a list': { ...record, session: Object.assign([], session) },
    'a session that is a text': { ...record, session: 'ada' },
    'a session without its refresh token': { ...record, session: { ...session, refreshToken: undefined } },
    'a session without its first refresh token': {
      ...record,
      session: { ...session, originalRefreshToken: undefined },
    },
    'an access token that is no token': { ...record, session: { ...session, accessToken: 'garbage' } },
    'an ID token that is no token': { ...record, session: { ...session, idToken: 'garbage' } },
    'two users in one session': {
      ...record,
      session: { ...session, idToken: makeTokenPair('sub-grace', START_MS, 60).idToken },
    },
    'no time of arrival': { ...record, session: { ...session, askedAtMs: 'yesterday' } },
    'an identity without an id': { ...record, identity: { identityPoolId: 'p' } },
    'an intent without a time': { ...record, intent: {} },
    'redirects that are no list': { ...record, redirects: {} },
    'a redirect without a verifier': {
      ...record,
      redirects: [{ state: 's', nonce: 'n', redirectUri: 'https://app.example/', sinceMs: 1 }],
    },
    'a redirect without its time': {
      ...record,
      redirects: [{ state: 's', nonce: 'n', verifier: 'v', redirectUri: 'https://app.example/' }],
    },
    'a redirect that is null': { ...record, redirects: [null] },
    'a device key that is no text': { ...record, session: { ...session, deviceKey: 5 } },
    'an unconfirmed device without its group': {
      ...record,
      session: { ...session, unconfirmedDevice: { deviceKey: 'd1' } },
    },
    'a waiting sign-in that is none': { ...record, pendingSignIn: 'SMS_MFA' },
    'a waiting sign-in without its challenge': {
      ...record,
      pendingSignIn: { ...pendingSignIn, challenge: null },
    },
    ...Object.fromEntries(
      (['loginId', 'username', 'authFlowType', 'fence', 'sinceMs'] as const).map((field) => [
        `a waiting sign-in without ${field}`,
        { ...record, pendingSignIn: { ...pendingSignIn, [field]: undefined } },
      ]),
    ),
    ...Object.fromEntries(
      Object.entries({
        name: 5,
        session: 5,
        parameters: { a: 1 },
        availableChallenges: [5],
      }).map(([field, value]) => [
        `a waiting sign-in whose challenge has an odd ${field}`,
        {
          ...record,
          pendingSignIn: { ...pendingSignIn, challenge: { ...pendingSignIn.challenge, [field]: value } },
        },
      ]),
    ),
    'challenges that are no list': {
      ...record,
      pendingSignIn: {
        ...pendingSignIn,
        challenge: { ...pendingSignIn.challenge, availableChallenges: 'PASSWORD' },
      },
    },
    'devices that are no list': { ...record, devices: device },
    'a device that is null': { ...record, devices: [null] },
    ...Object.fromEntries(
      (['deviceKey', 'deviceGroupKey', 'randomPassword', 'usernames'] as const).map((field) => [
        `a device without ${field}`,
        { ...record, devices: [{ ...device, [field]: undefined }] },
      ]),
    ),
    'a device of nobody who has a name': { ...record, devices: [{ ...device, usernames: [5] }] },
    'revocations that are no list': { ...record, revocations: 'r1' },
    'a revocation without a token': { ...record, revocations: [{ sinceMs: 1 }] },
    'a revocation that is null': { ...record, revocations: [null] },
  };
  test.each(Object.entries(broken))('%s is no record', (_what, raw) => {
    expect(parseRecord(raw)).toBeUndefined();
  });
});

describe('changes of a record', () => {
  test('a sign-in raises fence, revision and sequence, and leaves no trace of the one before', () => {
    const before = withIntent(
      { ...withoutSession(record, { reason: 'user' }), identity },
      { instanceId: 'x', startedAtMs: 1 },
    );
    const after = withSignIn(before, { ...pair, refreshToken: 'r9' }, { askedAtMs: 7, loginId: 'ada' });
    expect(after).toEqual({
      v: 1,
      fence: before.fence + 1,
      revision: before.revision + 1,
      sequence: before.sequence + 1,
      session: { ...pair, refreshToken: 'r9', originalRefreshToken: 'r9', askedAtMs: 7, loginId: 'ada' },
    });
  });

  test('a sign-in and a sign-out erase the sign-in that waits, and keep the devices', () => {
    const before = { ...EMPTY_RECORD, pendingSignIn, devices: [device] };
    const signedIn = withSignIn(before, { ...pair, refreshToken: 'r' }, { askedAtMs: 1 });
    for (const after of [signedIn, withoutSession(before, { reason: 'user' })]) {
      expect(after).not.toHaveProperty('pendingSignIn');
      expect(after.devices).toEqual([device]);
    }
  });

  test('a device is settled for the session that brought it, and for no other one', () => {
    const { usernames: _names, randomPassword: _password, ...unconfirmedDevice } = device;
    const waiting = { ...record, session: { ...session, unconfirmedDevice } };
    expect(withoutUnconfirmedDevice(waiting, device.deviceKey).session).toEqual(session);
    expect(withoutUnconfirmedDevice(waiting, 'another')).toBe(waiting);
    expect(withDevice(waiting, device)).toEqual({ ...waiting, devices: [device] });
  });

  test("a guest's identity stays at a sign-in, so that it can be linked", () => {
    const after = withSignIn(
      { ...EMPTY_RECORD, identity: guest },
      { ...pair, refreshToken: 'r' },
      { askedAtMs: 1 },
    );
    expect(after.identity).toEqual(guest);
  });

  test('a refresh raises revision and sequence, not the fence, ends the intent, and keeps the first refresh token', () => {
    const next = makeTokenPair('sub-ada', START_MS + 1_000, 3_600);
    const before = withIntent(record, { instanceId: 'x', startedAtMs: 1 });
    const after = withRefresh(before, session, { ...next, refreshToken: 'r3' }, 9, 'sub-ada');
    expect(after).toEqual({
      ...record,
      revision: 9,
      sequence: 6,
      session: { ...next, refreshToken: 'r3', originalRefreshToken: 'r1', askedAtMs: 9 },
    });
  });

  test('a refresh without rotation keeps the refresh token', () => {
    expect(withRefresh(record, session, pair, 9, 'sub-ada').session?.refreshToken).toBe('r2');
  });

  test.each([
    ['unreadable', 'garbage'],
    ['no', ''],
  ])('of %s tokens a refresh keeps the rotated refresh token only, and the intent', (_what, accessToken) => {
    const before = withIntent(record, { instanceId: 'x', startedAtMs: 1 });
    expect(withRefresh(before, session, { accessToken, refreshToken: 'r3' }, 9, 'sub-ada')).toEqual({
      ...before,
      session: { ...session, refreshToken: 'r3' },
    });
  });

  test("of another user's tokens a refresh keeps nothing, not even the refresh token: it is the other user's", () => {
    const before = withIntent(record, { instanceId: 'x', startedAtMs: 1 });
    const answer = { ...makeTokenPair('sub-grace', START_MS, 60), refreshToken: 'r3' };
    expect(withRefresh(before, session, answer, 9, 'sub-ada')).toEqual(before);
  });

  test('without an ID token a refresh drops the old one: it would be the first to expire', () => {
    const { accessToken } = makeTokenPair('sub-ada', START_MS, 60);
    expect(withRefresh(record, session, { accessToken }, 9, 'sub-ada').session).toEqual({
      accessToken,
      refreshToken: session.refreshToken,
      originalRefreshToken: session.originalRefreshToken,
      askedAtMs: 9,
    });
  });

  test('an intent is not published: the revision stays', () => {
    expect(withIntent(record, { instanceId: 'x', startedAtMs: 1 }).revision).toBe(record.revision);
  });

  test('the end of a session raises fence and revision, takes tokens, identity and intent away, and lists both refresh tokens', () => {
    const before = withIntent({ ...record, identity }, { instanceId: 'x', startedAtMs: 1 });
    expect(withoutSession(before, { reason: 'user' }, 100)).toEqual({
      v: 1,
      fence: 4,
      revision: 9,
      sequence: 5,
      ended: { reason: 'user' },
      revocations: [
        { refreshToken: 'r2', sinceMs: 100 },
        { refreshToken: 'r1', sinceMs: 100 },
      ],
    });
  });

  test('a token is listed for revocation once, with the time of the first try', () => {
    const listed = withRevocations(withRevocations(record, ['a', 'a', 'b'], 1), ['b', 'c'], 2);
    expect(listed.revocations).toEqual([
      { refreshToken: 'a', sinceMs: 1 },
      { refreshToken: 'b', sinceMs: 1 },
      { refreshToken: 'c', sinceMs: 2 },
    ]);
    expect(withoutRevocations(listed, new Set(['a', 'c'])).revocations).toEqual([
      { refreshToken: 'b', sinceMs: 1 },
    ]);
    expect(withoutRevocations(listed, new Set(['a', 'b', 'c']))).not.toHaveProperty('revocations');
  });

  test('nothing new to revoke, or nothing that was listed, leaves the record as it is', () => {
    const listed = withRevocations(record, ['a'], 1);
    expect(withRevocations(listed, ['a'], 2)).toBe(listed);
    expect(withRevocations(record, [], 2)).toBe(record);
    expect(withoutRevocations(record, new Set(['a']))).toStrictEqual(record);
  });

  test('a change that writes nothing has only its result', () => {
    expect(unchanged('result')).toStrictEqual({ result: 'result' });
  });

  test('an identity is published: the revision goes up', () => {
    expect(withIdentity(record, identity)).toEqual({ ...record, identity, revision: 9 });
  });

  test('no change touches the record that it is made from', () => {
    const frozen = Object.freeze({ ...record, session: Object.freeze({ ...session }) });
    withSignIn(frozen, { ...pair, refreshToken: 'r' }, { askedAtMs: 1 });
    withRefresh(frozen, session, pair, 1, 'sub-ada');
    withoutSession(frozen, { reason: 'user' }, 1);
    expect(frozen).toEqual(record);
  });
});
