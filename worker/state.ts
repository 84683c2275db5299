/** What a runtime knows about the session: one union, and the one function that changes it. */
import type { AuthUser, SessionEnding, SignInDetails, SignInOrigin } from './contract.js';
import type { SessionMark, SessionRecord, StoredEnd, StoredIdentity, StoredSession } from './deps.js';
import type { LiveTokens } from './tokens.js';

export type State =
  | { type: 'restoring' }
  | {
      type: 'signed-out';
      revision: number;
      fence: number;
      ended?: StoredEnd;
      /** Whose session ended other than by a sign-out. */
      previousUser?: AuthUser;
      guest?: StoredIdentity;
      /** That of logins without a user pool: only for whoever turns out to be the same. */
      loggedIn?: StoredIdentity;
    }
  | {
      type: 'signed-in';
      revision: number;
      fence: number;
      sequence: number;
      tokens: LiveTokens;
      signInDetails?: SignInDetails;
      origin: SignInOrigin;
      ending?: SessionEnding;
      idleEnding?: SessionEnding;
      activeAtMs?: number;
      identity?: StoredIdentity;
    }
  /** Answers as signed out, while the store is being told. `fence` is that of the session that ends. */
  | { type: 'signing-out'; revision: number; fence: number };

export type StateEvent =
  /**
   * The store was read or written. `tokens` are those of the record, or undefined when nobody is signed in. `isUserKept`: the
   * store may remember who was.
   */
  | { type: 'record-read'; record: SessionRecord; tokens?: LiveTokens; isUserKept?: boolean }
  | { type: 'sign-out-started' };

/** Pure. An older record never displaces a newer state. */
export function transition(state: State, event: StateEvent): State {
  switch (event.type) {
    case 'sign-out-started':
      return state.type === 'signed-in'
        ? { type: 'signing-out', revision: state.revision, fence: state.fence }
        : state;
    case 'record-read': {
      const { record, tokens, isUserKept } = event;
      if (record.revision < revisionOf(state)) return state;
      if (!tokens) {
        const { identity } = record;
        const previousUser = previousUserOf(state, record.ended) ?? (isUserKept && record.lastUser);
        const holder = identity?.userId === undefined ? 'guest' : 'loggedIn';
        return {
          type: 'signed-out',
          revision: record.revision,
          fence: record.fence,
          ...(record.ended && { ended: record.ended }),
          ...(previousUser && { previousUser }),
          ...(identity && { [holder]: identity }),
        };
      }
      // A last refresh of the session that is being signed out doesn't bring it back.
      if (state.type === 'signing-out' && record.fence === state.fence) return state;
      return {
        type: 'signed-in',
        revision: record.revision,
        fence: record.fence,
        sequence: record.sequence,
        tokens,
        ...detailsOf(record.session),
        origin: originOf(state, tokens),
        ...endingsOf(record.session),
        ...(record.identity?.userId === tokens.userId && { identity: record.identity }),
      };
    }
  }
}

/** A sign-out by the user forgets who it was. */
function previousUserOf(before: State, ended?: StoredEnd): AuthUser | undefined {
  if (!ended || ended.reason === 'user') return undefined;
  if (before.type === 'signed-out') return before.previousUser;
  return before.type === 'signed-in' ? nameOf(before.tokens) : undefined;
}

function originOf(before: State, { userId }: LiveTokens): SignInOrigin {
  if (before.type === 'signed-in' && before.tokens.userId === userId) return before.origin;
  // The end of another user's session, in between, was missed.
  if (before.type === 'signed-in') return signInOrigin(userId, nameOf(before.tokens));
  return signInOrigin(userId, before.type === 'signed-out' ? before.previousUser : undefined);
}

/** @param previousUser Whose session ended other than by a sign-out. */
export function signInOrigin(userId: string, previousUser?: AuthUser): SignInOrigin {
  if (!previousUser) return { resumed: false };
  return previousUser.userId === userId ? { resumed: true } : { resumed: false, previousUser };
}

function nameOf({ userId, username }: LiveTokens): AuthUser {
  return { userId, username };
}

/** Where nothing is known, as after a sign-in by redirect, there are none: not empty ones. */
function detailsOf(session?: StoredSession): { signInDetails?: SignInDetails } {
  const { loginId, authFlowType } = session ?? {};
  if (loginId === undefined && authFlowType === undefined) return {};
  return {
    signInDetails: { ...(loginId !== undefined && { loginId }), ...(authFlowType && { authFlowType }) },
  };
}

function endingsOf({ ending, idleEnding, activeAtMs }: Partial<StoredSession> = {}): Pick<
  State & { type: 'signed-in' },
  'ending' | 'idleEnding' | 'activeAtMs'
> {
  return {
    ...(ending && { ending }),
    ...(idleEnding && { idleEnding }),
    ...(activeAtMs !== undefined && { activeAtMs }),
  };
}

export function userOf({ tokens, signInDetails }: State & { type: 'signed-in' }): AuthUser {
  const { userId, username } = tokens;
  return { userId, username, ...(signInDetails && { signInDetails }) };
}

/** Which tokens these are, for other runtimes to compare. */
export function markOf({ fence, sequence, tokens }: State & { type: 'signed-in' }): SessionMark {
  return { fence, sequence, issuedAtMs: tokens.issuedAtMs };
}

export function revisionOf(state: State): number {
  return state.type === 'restoring' ? 0 : state.revision;
}

export function fenceOf(state: State): number {
  return state.type === 'restoring' ? 0 : state.fence;
}
