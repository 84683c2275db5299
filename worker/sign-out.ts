/** Signing out: fence up and erased in one transaction, then the news, the acknowledgements, and the revocation. */
import { ACKNOWLEDGE_MS, REVOCATION_KEPT_MS } from './bounds.js';
import type { SignOutInput, SignOutOutput } from './contract.js';
import type { Deps, StoredSession } from './deps.js';
import { isDefinite, toFailure } from './failures.js';
import type { Knowledge } from './knowledge.js';
import { withoutRevocations, withoutSession } from './record.js';
import { revisionOf } from './state.js';
import { timeLeftMs, type LiveTokens } from './tokens.js';

/** Tabs that must have followed before a sign-out is done. */
export interface Clients {
  /** Resolves with how many have confirmed this revision, when all have or the time is over. */
  settled(revision: number, withinMs: number): Promise<number>;
}

export interface SignOut {
  signOut(input: SignOutInput): Promise<SignOutOutput>;
  /** Tries to deliver what could not be revoked before. Never rejects. @returns True when nothing is left to revoke. */
  revokePending(): Promise<boolean>;
}

export function createSignOut(deps: Deps, knowledge: Knowledge, clients: Clients, peers: Clients): SignOut {
  const { clock, cognito } = deps;

  let last: Promise<unknown> = Promise.resolve();

  /** One after the other: who signs out a second time must not be done before the first time is. */
  function signOut(input: SignOutInput): Promise<SignOutOutput> {
    const done = last.then(() => run(input));
    last = done.catch(() => undefined);
    return done;
  }

  async function run({ global = false }: SignOutInput): Promise<SignOutOutput> {
    await knowledge.read();
    const { state } = knowledge;
    const tokens = state.type === 'signed-in' ? state.tokens : undefined;
    knowledge.startSignOut();
    const ended = await knowledge.update((record) =>
      record.session
        ? { record: withoutSession(record, { reason: 'user' }, clock.wallMs()), result: record.session }
        : { result: undefined },
    );
    if (!ended) return { revoked: false, clients: 0 };
    knowledge.publish({ type: 'signedOut', reason: 'user' });
    const revision = revisionOf(knowledge.state);
    const [own, others] = await Promise.all([
      clients.settled(revision, ACKNOWLEDGE_MS),
      peers.settled(revision, ACKNOWLEDGE_MS),
    ]);
    if (global && tokens) await signOutEverywhere(tokens, ended);
    await deps.store.eraseSetAside(clock.wallMs());
    return { revoked: await revokePending(), clients: own + others };
  }

  /** It revokes all refresh tokens of the user, ours too; where it fails, ours are still to be revoked one by one. */
  async function signOutEverywhere(tokens: LiveTokens, ended: StoredSession): Promise<void> {
    const isLive = timeLeftMs(tokens, clock) > 0;
    try {
      await cognito.globalSignOut(isLive ? tokens.accessToken : await renewed(ended.refreshToken));
      const revoked = new Set([ended.refreshToken, ended.originalRefreshToken]);
      await knowledge.update((record) => ({
        record: withoutRevocations(record, revoked),
        result: undefined,
      }));
    } catch (error) {
      deps.log('warn', 'The global sign-out failed.', { error: toFailure(error, false).fields.name });
    }
  }

  /** A global sign-out needs a live access token; this one is used once and stored nowhere. */
  async function renewed(refreshToken: string): Promise<string> {
    const answer = await cognito.refresh({ refreshToken, timeoutMs: ACKNOWLEDGE_MS }).catch(() => undefined);
    return answer?.accessToken ?? '';
  }

  async function revokePending(): Promise<boolean> {
    const { revocations = [] } = await knowledge.read();
    if (revocations.length === 0) return true;
    const done = new Set<string>();
    let revoked = true;
    await Promise.all(
      revocations.map(async ({ refreshToken, sinceMs }) => {
        try {
          await cognito.revoke(refreshToken);
          done.add(refreshToken);
        } catch (error) {
          revoked = false;
          const failure = toFailure(error, false);
          deps.log('warn', 'A refresh token could not be revoked.', { error: failure.fields.name });
          if (isDefinite(failure) || clock.wallMs() - sinceMs > REVOCATION_KEPT_MS) done.add(refreshToken);
        }
      }),
    );
    await knowledge.update((record) => ({ record: withoutRevocations(record, done), result: undefined }));
    return revoked;
  }

  return { signOut, revokePending };
}
