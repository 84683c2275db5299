/** For whom credentials are: a user, a guest, or whoever is logged in at another provider; and what proves it to Cognito. */
import type { Deps, SessionRecord, StoredIdentity } from './deps.js';
import type { Logins } from './logins.js';
import type { State } from './state.js';

/** Who is there, as far as it is known, and what proves it. */
export interface Caller {
  userId?: string;
  /** Undefined for a guest. */
  logins?: Record<string, string>;
  /** False: there are other providers' tokens among them that were told some time ago. */
  isFresh: boolean;
}

export interface Callers {
  /** Where there is no user pool, and pages can tell who is logged in elsewhere: nobody is known before one has told. */
  areByLogins(state: State): boolean;
  /**
   * Who is, without a user pool.
   * @param isForced True: what was told before will not do.
   * @returns undefined when no page could tell.
   */
  loggedIn(record: SessionRecord, isForced: boolean): Promise<Caller | undefined>;
  /** @param isAnew True: other providers' tokens that were told before will not do. */
  userOrGuest(state: State, isAnew?: boolean): Promise<Caller>;
  /** The identity of whoever is signed in; the guest's; or that of whoever was logged in when a page told last. */
  identityOf(state: State): StoredIdentity | undefined;
}

export function createCallers({ config }: Pick<Deps, 'config'>, logins: Logins): Callers {
  /** Where there is a user pool, who is signed out is nobody, whatever other logins there are. */
  function areByLogins(state: State): boolean {
    return state.type === 'signed-out' && config.userPoolId === undefined && logins.canAsk();
  }

  async function loggedIn(
    { fence, identity }: SessionRecord,
    isForced: boolean,
  ): Promise<Caller | undefined> {
    const before = logins.held(fence);
    // Another runtime has seen somebody else since.
    const isSuspect = before !== undefined && identity !== undefined && identity.userId !== before.userId;
    const now = await logins.get(fence, isForced || isSuspect);
    if (!now) return undefined;
    const { tokens, userId } = now.logins;
    return userId === undefined ? { isFresh: true } : { userId, logins: tokens, isFresh: now.isFresh };
  }

  async function userOrGuest(state: State, isAnew = false): Promise<Caller> {
    if (state.type !== 'signed-in') return { isFresh: true };
    const { userId, idToken = '' } = state.tokens;
    const own = loginsOf(config.userPoolId ?? '', idToken);
    const others = logins.canAsk() ? await logins.get(state.fence, isAnew) : undefined;
    // The user pool's own comes first, and is its own.
    return { userId, logins: { ...own, ...others?.logins.tokens, ...own }, isFresh: others?.isFresh ?? true };
  }

  function identityOf(state: State): StoredIdentity | undefined {
    if (state.type === 'signed-in') return state.identity;
    if (state.type !== 'signed-out') return undefined;
    if (!areByLogins(state)) return state.guest;
    const told = logins.held(state.fence);
    if (told?.userId === undefined) return told && config.allowGuestAccess ? state.guest : undefined;
    return state.loggedIn?.userId === told.userId ? state.loggedIn : undefined;
  }

  return { areByLogins, loggedIn, userOrGuest, identityOf };
}

/** The `Logins` map for a user pool's ID token (GetCredentialsForIdentity, Logins). */
function loginsOf(userPoolId: string, idToken: string): Record<string, string> {
  return { [`cognito-idp.${userPoolId.split('_')[0] ?? ''}.amazonaws.com/${userPoolId}`]: idToken };
}
