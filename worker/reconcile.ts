/** What goes on when a runtime that had only its memory meets the store again. */
import type { SessionRecord, StoredSession } from './deps.js';
import { withRevocations } from './record.js';
import { isIssuedAfter } from './tokens.js';

/** One record in three forms. */
export interface Meeting {
  /** As this runtime last saw it in the store; undefined: it never has. */
  known: SessionRecord | undefined;
  /** As it is in this runtime's memory: `known` itself when nothing was changed here since. */
  memory: SessionRecord;
  /** As it is in the store now. */
  stored: SessionRecord;
}

/**
 * Who signed in or out last decides: first other runtimes, where everybody saw it, then this one. Of a session that both have
 * refreshed, the tokens that were issued later stay. Refresh tokens that are left behind are to be revoked.
 * @returns `stored` itself when nothing is to be written.
 */
export function reconcile(meeting: Meeting, nowMs: number): SessionRecord {
  const { known, memory, stored } = meeting;
  if (!known) {
    const isActed = memory.fence > 0;
    return isActed ? leaving(over(stored, memory, stored.fence + memory.fence), stored, nowMs) : stored;
  }
  // The user deleted the site's data: the session lives on, also where a runtime that knew less was faster.
  if (stored.fence < known.fence && !stored.session) return over(stored, memory, memory.fence);
  if (stored.fence !== known.fence || originOf(stored) !== originOf(known)) {
    const isOutdated = isVerdictOn(known, stored) && memory.fence === known.fence;
    return isOutdated && memory.sequence > known.sequence
      ? over(stored, memory, stored.fence + 1)
      : adopted(meeting, nowMs);
  }
  // After an erasure, a runtime that knew less brought the session back.
  if (stored.sequence < known.sequence && memory.fence === known.fence) {
    return over(stored, memory, stored.fence);
  }
  if (memory === known) return stored;
  if (isVerdictOn(known, memory) && stored.sequence > known.sequence) return adopted(meeting, nowMs);
  if (memory.fence === known.fence) return refreshed(known, meeting, nowMs);
  return leaving(over(stored, memory, stored.fence + memory.fence - known.fence), stored, nowMs);
}

/** All that happened since is that Cognito's verdict ended the session. It was of the tokens that were known then. */
function isVerdictOn(known: SessionRecord, { fence, session, ended }: SessionRecord): boolean {
  return (
    fence === known.fence + 1 && !session && (ended?.reason === 'rejected' || ended?.reason === 'expired')
  );
}

/** Neither this runtime nor another one has signed in or out. */
function refreshed(known: SessionRecord, meeting: Meeting, nowMs: number): SessionRecord {
  const { memory, stored } = meeting;
  const isRefreshedHere = memory.sequence > known.sequence;
  const isRefreshedThere = stored.sequence > known.sequence;
  // A rotation that forks leaves only its newest child alive.
  const isTheirsLater =
    !!stored.session && !!memory.session && !isIssuedAfter(memory.session, stored.session);
  if (isRefreshedThere && (!isRefreshedHere || isTheirsLater)) return adopted(meeting, nowMs);
  const here = withRevocations(over(stored, memory, stored.fence), pendingIn(stored), nowMs);
  const next = isRefreshedThere ? { ...here, sequence: here.sequence + 1 } : here;
  // What is under way elsewhere goes on; what was under way here is done.
  return stored.intent && !isRefreshedHere ? { ...next, intent: stored.intent } : next;
}

/** What is stored goes on, under numbers by which this runtime sees that it is something else than what it had. */
function adopted({ known, memory, stored }: Meeting, nowMs: number): SessionRecord {
  const next = memory === known ? stored : leaving(stored, memory, nowMs);
  if (stored.fence > memory.fence && stored.revision > memory.revision) return next;
  const isSame = originOf(stored) === originOf(memory);
  return {
    ...next,
    fence: Math.max(stored.fence, memory.fence) + (isSame ? 0 : 1),
    revision: Math.max(stored.revision, memory.revision) + 1,
    sequence: Math.max(stored.sequence, memory.sequence),
  };
}

/** What is here in the place of what is stored. Fields that only a later version knows stay. */
function over(stored: SessionRecord, memory: SessionRecord, fence: number): SessionRecord {
  const {
    session: _session,
    ended: _ended,
    identity: _identity,
    intent: _intent,
    pendingSignIn: _pending,
    lastUser: _last,
    ...rest
  } = stored;
  const session = sessionOver(stored.session, memory.session);
  return {
    ...rest,
    ...memory,
    ...(session && { session }),
    v: Math.max(stored.v, memory.v),
    fence,
    revision: Math.max(stored.revision, memory.revision) + 1,
    sequence: Math.max(stored.sequence, memory.sequence),
  };
}

function sessionOver(
  stored: StoredSession | undefined,
  memory: StoredSession | undefined,
): StoredSession | undefined {
  if (!stored || stored.originalRefreshToken !== memory?.originalRefreshToken) return memory;
  const { idToken: _old, isAgeUnknown: _age, ...rest } = stored;
  // Activity that either has seen counts.
  const activeAtMs = Math.max(stored.activeAtMs ?? -Infinity, memory.activeAtMs ?? -Infinity);
  return { ...rest, ...memory, ...(activeAtMs > -Infinity && { activeAtMs }) };
}

/** What is given up of a record: its refresh tokens are to be revoked, unless they are of the session that stays. */
function leaving(staying: SessionRecord, left: SessionRecord, nowMs: number): SessionRecord {
  const { session } = left;
  const isOther = session && originOf(left) !== originOf(staying);
  const tokens = isOther ? [session.refreshToken, session.originalRefreshToken] : [];
  return withRevocations(staying, [...pendingIn(left), ...tokens], nowMs);
}

/** Which session it is. */
function originOf({ session }: SessionRecord): string | undefined {
  return session?.originalRefreshToken;
}

function pendingIn({ revocations = [] }: SessionRecord): string[] {
  return revocations.map(({ refreshToken }) => refreshToken);
}
