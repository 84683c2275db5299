/** The record of the store: reading it, and the pure changes that the runtime makes to it. */
import type { SessionEnding } from './contract.js';
import type {
  Change,
  NewDevice,
  SessionRecord,
  StoredDevice,
  StoredEnd,
  StoredIdentity,
  StoredIntent,
  StoredPendingSignIn,
  StoredRevocation,
  StoredSession,
  TokenAnswer,
} from './deps.js';
import { MOST_DEVICES } from './bounds.js';
import { areTokensOf, signInIdOf, userIn } from './tokens.js';

export const RECORD_VERSION = 1;

export const EMPTY_RECORD: SessionRecord = { v: RECORD_VERSION, fence: 0, revision: 0, sequence: 0 };

/** @returns undefined when this is no record: then it is to be set aside. */
export function parseRecord(raw: unknown): SessionRecord | undefined {
  if (raw === undefined) return EMPTY_RECORD;
  if (!isObject(raw)) return undefined;
  const numbers = [raw['v'], raw['fence'], raw['revision'], raw['sequence']];
  if (!numbers.every((value) => typeof value === 'number' && Number.isFinite(value))) return undefined;
  const { session, identity, intent, revocations, redirects, pendingSignIn, devices, lastUser } = raw;
  const sound =
    (session === undefined || isStoredSession(session)) &&
    (identity === undefined || (isObject(identity) && typeof identity['identityId'] === 'string')) &&
    (intent === undefined || (isObject(intent) && typeof intent['startedAtMs'] === 'number')) &&
    (redirects === undefined || (Array.isArray(redirects) && redirects.every(isStoredRedirect))) &&
    (devices === undefined || (Array.isArray(devices) && devices.every(isStoredDevice))) &&
    (lastUser === undefined || isStoredUser(lastUser)) &&
    (pendingSignIn === undefined || isStoredPendingSignIn(pendingSignIn)) &&
    (revocations === undefined || (Array.isArray(revocations) && revocations.every(isStoredRevocation)));
  // Checked field by field above; what else is in it belongs to another version and is kept.
  return sound ? (raw as unknown as SessionRecord) : undefined;
}

function isStoredSession(value: unknown): value is StoredSession {
  return (
    isObject(value) &&
    typeof value['accessToken'] === 'string' &&
    typeof value['refreshToken'] === 'string' &&
    typeof value['originalRefreshToken'] === 'string' &&
    typeof value['askedAtMs'] === 'number' &&
    (value['idToken'] === undefined || typeof value['idToken'] === 'string') &&
    (value['deviceKey'] === undefined || typeof value['deviceKey'] === 'string') &&
    (value['ending'] === undefined || isEnding(value['ending'])) &&
    (value['idleEnding'] === undefined || isEnding(value['idleEnding'])) &&
    (value['activeAtMs'] === undefined || Number.isFinite(value['activeAtMs'])) &&
    (value['unconfirmedDevice'] === undefined || isNewDevice(value['unconfirmedDevice'])) &&
    areTokensOf(value as unknown as StoredSession)
  );
}

function isEnding(value: unknown): value is SessionEnding {
  return isObject(value) && ['beforeSeconds', 'endsAtMs'].every((name) => Number.isFinite(value[name]));
}

function isNewDevice(value: unknown): value is NewDevice {
  return isObject(value) && isText(value['deviceKey']) && isText(value['deviceGroupKey']);
}

function isStoredDevice(value: unknown): value is StoredDevice {
  if (!isObject(value)) return false;
  const { deviceKey, deviceGroupKey, randomPassword, usernames } = value;
  const isNamed = Array.isArray(usernames) && usernames.every(isText);
  return isNamed && [deviceKey, deviceGroupKey, randomPassword].every(isText);
}

function isStoredPendingSignIn(value: unknown): value is StoredPendingSignIn {
  if (!isObject(value) || !isObject(value['challenge'])) return false;
  const { name, session, parameters, availableChallenges } = value['challenge'];
  const texts = [name, value['loginId'], value['username'], value['authFlowType']];
  return (
    texts.every(isText) &&
    (session === undefined || isText(session)) &&
    isObject(parameters) &&
    Object.values(parameters).every(isText) &&
    (availableChallenges === undefined ||
      (Array.isArray(availableChallenges) && availableChallenges.every(isText))) &&
    typeof value['fence'] === 'number' &&
    typeof value['sinceMs'] === 'number'
  );
}

function isStoredUser(value: unknown): boolean {
  return isObject(value) && isText(value['userId']) && isText(value['username']);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isStoredRevocation(value: unknown): value is StoredRevocation {
  return isObject(value) && typeof value['refreshToken'] === 'string';
}

function isStoredRedirect(value: unknown): boolean {
  if (!isObject(value)) return false;
  const texts = [value['state'], value['nonce'], value['verifier'], value['redirectUri']];
  return texts.every((text) => typeof text === 'string') && typeof value['sinceMs'] === 'number';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Somebody signs in. A guest's identity stays, so that it can be linked. */
export function withSignIn(
  record: SessionRecord,
  tokens: TokenAnswer & { refreshToken: string },
  at: Pick<
    StoredSession,
    | 'askedAtMs'
    | 'activeAtMs'
    | 'isAgeUnknown'
    | 'loginId'
    | 'authFlowType'
    | 'signedInByRedirect'
    | 'deviceKey'
    | 'unconfirmedDevice'
  >,
): SessionRecord {
  const { intent: _intent, ended: _ended, pendingSignIn: _done, identity, ...rest } = record;
  return {
    ...rest,
    fence: record.fence + 1,
    revision: record.revision + 1,
    sequence: record.sequence + 1,
    session: {
      accessToken: tokens.accessToken,
      ...(tokens.idToken !== undefined && { idToken: tokens.idToken }),
      refreshToken: tokens.refreshToken,
      originalRefreshToken: tokens.refreshToken,
      ...at,
    },
    ...(identity?.userId === undefined && identity && { identity }),
  };
}

/** In the place of what was remembered for this user. */
export function withDevice(record: SessionRecord, device: StoredDevice): SessionRecord {
  const others = (record.devices ?? []).filter(
    ({ usernames }) => !usernames.some((username) => device.usernames.includes(username)),
  );
  return { ...record, devices: [device, ...others].slice(0, MOST_DEVICES) };
}

/** Cognito has it, or will never. */
export function withoutUnconfirmedDevice(record: SessionRecord, deviceKey: string): SessionRecord {
  const { session } = record;
  if (session?.unconfirmedDevice?.deviceKey !== deviceKey) return record;
  const { unconfirmedDevice: _settled, ...settled } = session;
  return { ...record, session: settled };
}

export function withoutDevice(record: SessionRecord, deviceKey: string): SessionRecord {
  const { devices = [], ...rest } = record;
  const left = devices.filter((device) => device.deviceKey !== deviceKey);
  return left.length > 0 ? { ...rest, devices: left } : rest;
}

/** Not published, so the revision stays. */
export function withPendingSignIn(record: SessionRecord, pendingSignIn: StoredPendingSignIn): SessionRecord {
  return { ...record, pendingSignIn };
}

export function withoutPendingSignIn(record: SessionRecord): SessionRecord {
  const { pendingSignIn: _over, ...rest } = record;
  return rest;
}

/** The journal's entry before the call to Cognito. Not published, so the revision stays. */
export function withIntent(record: SessionRecord, intent: StoredIntent): SessionRecord {
  return { ...record, intent };
}

export function withoutIntent(record: SessionRecord): SessionRecord {
  const { intent: _done, ...rest } = record;
  return rest;
}

/**
 * The tokens of a refresh. When they can't be read, the rotated refresh token is kept all the same: the old one may be
 * dead by now. Nothing is kept of an answer with another user's tokens.
 */
export function withRefresh(
  record: SessionRecord,
  session: StoredSession,
  answer: TokenAnswer,
  askedAtMs: number,
  userId: string,
): SessionRecord {
  const { idToken: _old, isAgeUnknown: _known, ...kept } = session;
  const refreshToken = answer.refreshToken ?? session.refreshToken;
  if (!areTokensOf(answer, userId)) {
    return areTokensOf(answer) ? record : { ...record, session: { ...session, refreshToken } };
  }
  return {
    ...withoutIntent(record),
    revision: record.revision + 1,
    sequence: record.sequence + 1,
    session: {
      ...kept,
      accessToken: answer.accessToken,
      ...(answer.idToken !== undefined && { idToken: answer.idToken }),
      refreshToken,
      askedAtMs,
    },
  };
}

/** Every tab is warned of the session's end. */
export function withEnding(
  record: SessionRecord,
  session: StoredSession,
  ending: SessionEnding,
): SessionRecord {
  return { ...record, revision: record.revision + 1, session: { ...session, ending } };
}

/** Every tab is warned that nobody uses the session. */
export function withIdleEnding(
  record: SessionRecord,
  session: StoredSession,
  idleEnding: SessionEnding,
): SessionRecord {
  return { ...record, revision: record.revision + 1, session: { ...session, idleEnding } };
}

/** The session ends. With `revokeSinceMs`, its refresh tokens go to the list of those to be revoked. */
export function withoutSession(
  record: SessionRecord,
  ended: StoredEnd,
  revokeSinceMs?: number,
): SessionRecord {
  const { session, intent: _intent, identity: _identity, pendingSignIn: _pending, ...rest } = record;
  const next = { ...rest, fence: record.fence + 1, revision: record.revision + 1, ended };
  if (!session || revokeSinceMs === undefined) return next;
  const signInId = signInIdOf(session);
  const revoked = { ...next, ...(signInId !== undefined && { revokedSignIn: signInId }) };
  return withRevocations(revoked, [session.refreshToken, session.originalRefreshToken], revokeSinceMs);
}

/** Of each change: whose session it ended is kept where the app wants it, until somebody signs in or out. */
export function withLastUser(before: SessionRecord, after: SessionRecord, isKept: boolean): SessionRecord {
  const { lastUser, ...rest } = after;
  const { session, ended } = after;
  if (!isKept || session || !ended || ended.reason === 'user') return lastUser ? rest : after;
  const user = before.session && userIn(before.session);
  return user ? { ...rest, lastUser: user } : after;
}

export function withRevocations(
  record: SessionRecord,
  refreshTokens: readonly string[],
  sinceMs: number,
): SessionRecord {
  const known = record.revocations ?? [];
  const fresh = [...new Set(refreshTokens)]
    .filter((refreshToken) => !known.some((entry) => entry.refreshToken === refreshToken))
    .map((refreshToken): StoredRevocation => ({ refreshToken, sinceMs }));
  return fresh.length > 0 ? { ...record, revocations: [...known, ...fresh] } : record;
}

export function withoutRevocations(record: SessionRecord, done: ReadonlySet<string>): SessionRecord {
  const { revocations = [], ...rest } = record;
  const left = revocations.filter((entry) => !done.has(entry.refreshToken));
  return left.length > 0 ? { ...rest, revocations: left } : rest;
}

export function withIdentity(record: SessionRecord, identity: StoredIdentity): SessionRecord {
  return { ...record, identity, revision: record.revision + 1 };
}

/** A change that writes nothing. */
export function unchanged<T>(result: T): Change<T> {
  return { result };
}
