/** Signing out: fence up and erased in one transaction, then the news, the acknowledgements, and the revocation. */
import { ACKNOWLEDGE_MS, REVOCATION_KEPT_MS } from './bounds.js';
import type { SignOutOutput, SignOutReason, SignOutRequest } from './contract.js';
import type { Deps, SessionRecord, StoredSession } from './deps.js';
import { unsavedWork, type Holds } from './holds.js';
import { isDefinite, toFailure } from './failures.js';
import type { Knowledge } from './knowledge.js';
import { logoutUrl } from './oauth-urls.js';
import { withoutRevocations, withoutSession } from './record.js';
import type { SavePhase } from './save-phase.js';
import { revisionOf } from './state.js';
import { timeLeftMs, type LiveTokens } from './tokens.js';

/** Tabs that must have followed before a sign-out is done. */
export interface Clients {
  /** Resolves with how many have confirmed this revision, when all have or the time is over. */
  settled(revision: number, withinMs: number): Promise<number>;
}

/** Ended by what the app asked for, not by the user. */
export type PolicyReason = Extract<SignOutReason, 'idle' | 'policy'>;

export interface SignOut {
  signOut(input: SignOutRequest): Promise<SignOutOutput>;
  /**
   * Ends the session as a sign-out does, if it is still due when the store is written. Tabs have saved before, or had no time to.
   * @param isDue Pure: of several runtimes that find it due, one ends the session.
   */
  endByPolicy(reason: PolicyReason, isDue: (record: SessionRecord) => boolean): Promise<void>;
  /** Tries to deliver what could not be revoked before. Never rejects. @returns what Cognito confirmed. */
  revokePending(): Promise<ReadonlySet<string>>;
}

export function createSignOut(
  deps: Deps,
  knowledge: Knowledge,
  clients: Clients,
  peers: Clients,
  holds: Holds,
  saving: Pick<SavePhase, 'run'>,
): SignOut {
  const { clock, cognito } = deps;

  let last: Promise<unknown> = Promise.resolve();

  /** One after the other: who signs out a second time must not be done before the first time is. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  }

  async function signOut(input: SignOutRequest | null | undefined): Promise<SignOutOutput> {
    const revokes = input?.revoke !== false;
    const { pageUrl, oauth } = input ?? {};
    const redirectUrl = logoutUrl(deps.config, { pageUrl, preferred: oauth?.redirectUrl });
    const refuseWhileHeld = async (): Promise<void> => {
      const held = input?.respectHolds ? await holds.held() : [];
      if (held.length > 0) throw unsavedWork(held);
    };
    await refuseWhileHeld();
    await knowledge.read();
    await saving.run('user');
    // There may be work that began meanwhile.
    await refuseWhileHeld();
    const { state } = knowledge;
    knowledge.startSignOut();
    // Also when nobody is signed in: a sign-in may be under way, and a runtime that died may have told nobody.
    const ended = await knowledge.update((record) => ({
      record: withoutSession(record, { reason: 'user' }, revokes ? clock.wallMs() : undefined),
      result: record.session,
    }));
    const confirmed = await tellAll('user');
    const tokens = state.type === 'signed-in' ? state.tokens : undefined;
    const revoked =
      input?.global && revokes && tokens && ended
        ? await revokeEverywhere(tokens, ended)
        : await revokeHere(ended && revokes ? tokensOf(ended) : []);
    await deps.store.eraseSetAside(clock.wallMs());
    const goesThere = redirectUrl !== undefined && ended?.signedInByRedirect;
    return { revoked, clients: confirmed, ...(goesThere && { redirectUrl }) };
  }

  async function endByPolicy(reason: PolicyReason, isDue: (record: SessionRecord) => boolean): Promise<void> {
    const isEnded = await knowledge.update((record) =>
      record.session && isDue(record)
        ? { record: withoutSession(record, { reason }, clock.wallMs()), result: true }
        : { result: false },
    );
    if (!isEnded) return;
    await tellAll(reason);
    await revokePending();
  }

  /** @returns how many tabs have confirmed it. Who has not by then has no lease any more. */
  async function tellAll(reason: SignOutReason): Promise<number> {
    knowledge.publish({ type: 'signedOut', reason });
    const revision = revisionOf(knowledge.state);
    const [own, others] = await Promise.all([
      clients.settled(revision, ACKNOWLEDGE_MS),
      peers.settled(revision, ACKNOWLEDGE_MS),
    ]);
    return own + others;
  }

  async function revokeHere(refreshTokens: readonly string[]): Promise<boolean> {
    const revoked = await revokePending();
    return refreshTokens.length > 0 && refreshTokens.every((refreshToken) => revoked.has(refreshToken));
  }

  /** GlobalSignOut revokes all refresh tokens of the user; where it fails, ours are revoked one by one. */
  async function revokeEverywhere(tokens: LiveTokens, ended: StoredSession): Promise<boolean> {
    const isLive = timeLeftMs(tokens, clock) > 0;
    try {
      await cognito.globalSignOut(isLive ? tokens.accessToken : await renewed(ended));
      const done = new Set(tokensOf(ended));
      await knowledge.update((record) => ({ record: withoutRevocations(record, done), result: undefined }));
      return true;
    } catch (error) {
      deps.log('warn', 'The global sign-out failed.', { error: toFailure(error, false).fields.name });
      await revokePending();
      return false;
    }
  }

  /** A global sign-out needs a live access token; this one is used once and stored nowhere. */
  async function renewed({ refreshToken, deviceKey }: StoredSession): Promise<string> {
    const device = deviceKey === undefined ? {} : { deviceKey };
    const answer = await cognito
      .refresh({ refreshToken, timeoutMs: ACKNOWLEDGE_MS, ...device })
      .catch(() => undefined);
    return answer?.accessToken ?? '';
  }

  async function revokePending(): Promise<ReadonlySet<string>> {
    const { revocations = [] } = await knowledge.read();
    const revoked = new Set<string>();
    const done = new Set<string>();
    await Promise.all(
      revocations.map(async ({ refreshToken, sinceMs }) => {
        try {
          await cognito.revoke(refreshToken);
          revoked.add(refreshToken);
          done.add(refreshToken);
        } catch (error) {
          const failure = toFailure(error, false);
          deps.log('warn', 'A refresh token could not be revoked.', { error: failure.fields.name });
          if (isDefinite(failure) || clock.wallMs() - sinceMs > REVOCATION_KEPT_MS) done.add(refreshToken);
        }
      }),
    );
    if (done.size > 0) {
      await knowledge.update((record) => ({ record: withoutRevocations(record, done), result: undefined }));
    }
    return revoked;
  }

  return {
    signOut: (input) => inTurn(() => signOut(input)),
    // Not in turn: a sign-out may wait for handlers, and they for calls, which wait for this.
    endByPolicy,
    revokePending,
  };
}

function tokensOf({ refreshToken, originalRefreshToken }: StoredSession): string[] {
  return [refreshToken, originalRefreshToken];
}
