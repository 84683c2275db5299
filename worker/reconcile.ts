/** What goes on when a runtime that had only its memory meets the store again. */
import type { SessionRecord } from './deps.js';
import { withRevocations } from './record.js';
import { isIssuedAfter } from './tokens.js';

/** One record in three forms. */
export interface Meeting {
  /** As this runtime last saw it in the store; undefined: it never has. */
  known: SessionRecord | undefined;
  /** As it is in this runtime's memory. */
  memory: SessionRecord;
  /** As it is in the store now. */
  stored: SessionRecord;
}

/**
 * Who signed in or out last decides: first other runtimes, where everybody saw it, then this one. Of a session that both have
 * refreshed, the tokens that were issued later stay. Refresh tokens that are left behind are to be revoked.
 * @returns `stored` itself when nothing is to be written.
 */
export function reconcile({ known, memory, stored }: Meeting, nowMs: number): SessionRecord {
  const knownFence = known?.fence ?? 0;
  // The user deleted the site's data under a living runtime.
  if (stored.fence < knownFence) return memory;
  if (memory === known) return stored;
  if (known && stored.fence > knownFence) {
    // The verdict was of older tokens than are here.
    const isOutdated =
      isOver(stored, known) && memory.fence === known.fence && memory.sequence > known.sequence;
    return isOutdated ? actOf(memory, stored, 1) : leaving(stored, memory, nowMs);
  }
  if (memory.fence > knownFence) {
    return leaving(actOf(memory, stored, memory.fence - knownFence), stored, nowMs);
  }
  return known ? refreshed(known, memory, stored, nowMs) : stored;
}

/** The session that was known has ended since by Cognito's verdict, and nobody has signed in. */
function isOver(stored: SessionRecord, known: SessionRecord): boolean {
  return stored.fence === known.fence + 1 && !stored.session && stored.ended?.reason === 'rejected';
}

/** Somebody signed in or out here, and nobody else has since. */
function actOf(memory: SessionRecord, stored: SessionRecord, acts: number): SessionRecord {
  const { session: _session, ended: _ended, identity: _identity, intent: _intent, ...rest } = stored;
  return {
    ...rest,
    ...memory,
    v: stored.v,
    fence: stored.fence + acts,
    revision: Math.max(stored.revision, memory.revision) + 1,
    sequence: Math.max(stored.sequence, memory.sequence),
  };
}

/** Nobody has signed in or out. */
function refreshed(
  known: SessionRecord,
  memory: SessionRecord,
  stored: SessionRecord,
  nowMs: number,
): SessionRecord {
  const isRefreshedHere = memory.sequence > known.sequence;
  if (stored.revision === known.revision) {
    // What is under way elsewhere goes on; what was under way here is done.
    return stored.intent && !isRefreshedHere ? { ...memory, intent: stored.intent } : memory;
  }
  // A rotation that forks leaves only its newest child alive.
  const isTheirsLater =
    stored.sequence > known.sequence &&
    !!stored.session &&
    !!memory.session &&
    !isIssuedAfter(memory.session, stored.session);
  if (!isRefreshedHere || isTheirsLater) return withRevocations(stored, pendingIn(memory), nowMs);
  return {
    ...memory,
    revision: Math.max(stored.revision, memory.revision) + 1,
    sequence: Math.max(stored.sequence, memory.sequence) + 1,
  };
}

/** What is given up of a record: its refresh tokens are to be revoked, unless they are of the session that stays. */
function leaving(staying: SessionRecord, left: SessionRecord, nowMs: number): SessionRecord {
  const { session } = left;
  const isOther = session && session.originalRefreshToken !== staying.session?.originalRefreshToken;
  const tokens = isOther ? [session.refreshToken, session.originalRefreshToken] : [];
  return withRevocations(staying, [...pendingIn(left), ...tokens], nowMs);
}

function pendingIn({ revocations = [] }: SessionRecord): string[] {
  return revocations.map(({ refreshToken }) => refreshToken);
}
