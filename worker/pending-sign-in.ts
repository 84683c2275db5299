/**
 * The sign-ins that wait for the user's answer. Each client has its own, so that two tabs don't answer each other's; the latest
 * is stored too, for a page that was reloaded and for another tab. They stand beside the state and displace no session.
 */
import { CHALLENGE_KEPT_MS } from './bounds.js';
import type { Clock, SessionRecord, StoredPendingSignIn } from './deps.js';
import type { Knowledge } from './knowledge.js';
import { withoutPendingSignIn, withPendingSignIn } from './record.js';

export interface PendingSignIn extends StoredPendingSignIn {
  /** For an authenticator app that is being set up. It outlives the sign-in, so it is not stored. */
  totpSecret?: string;
  /** Of the call that began it, for a challenge that the page answers without the user's call. */
  clientMetadata?: Record<string, string>;
}

export interface PendingSignIns {
  /** The client's own, else the one that is stored, with what the store says; one that is too old is erased. */
  find(clientId: string): Promise<{ waiting: PendingSignIn | undefined; record: SessionRecord }>;
  /** Unless somebody signed in or out meanwhile, it is stored. */
  keep(clientId: string, pending: PendingSignIn): Promise<void>;
  /** The client gives up its own, or this one, which can't be answered any more. */
  drop(clientId: string, pending?: PendingSignIn): Promise<void>;
  /** The client's own is done. */
  forget(clientId: string): void;
}

export function createPendingSignIns(clock: Clock, knowledge: Knowledge): PendingSignIns {
  const own = new Map<string, PendingSignIn>();

  async function find(
    clientId: string,
  ): Promise<{ waiting: PendingSignIn | undefined; record: SessionRecord }> {
    const record = await knowledge.update((base) => {
      const { pendingSignIn } = base;
      if (!pendingSignIn || !isExpired(pendingSignIn)) return { result: base };
      const next = withoutPendingSignIn(base);
      return { record: next, result: next };
    });
    for (const [client, pending] of own) if (isExpired(pending)) own.delete(client);
    const { pendingSignIn: stored, fence } = record;
    const isGood = stored?.fence === fence && !record.session;
    const latest = isGood ? ([...own.values()].find((mine) => isSame(mine, stored)) ?? stored) : undefined;
    return { waiting: own.get(clientId) ?? latest, record };
  }

  function isExpired({ sinceMs }: StoredPendingSignIn): boolean {
    return clock.wallMs() - sinceMs > CHALLENGE_KEPT_MS;
  }

  return {
    find,
    async keep(clientId, pending) {
      own.set(clientId, pending);
      const { totpSecret: _secret, clientMetadata: _metadata, ...stored } = pending;
      await knowledge.update((record) =>
        record.fence === stored.fence && !record.session
          ? { record: withPendingSignIn(record, stored), result: undefined }
          : { result: undefined },
      );
    },
    async drop(clientId, pending = own.get(clientId)) {
      own.delete(clientId);
      if (!pending) return;
      await knowledge.update((record) =>
        record.pendingSignIn && isSame(record.pendingSignIn, pending)
          ? { record: withoutPendingSignIn(record), result: undefined }
          : { result: undefined },
      );
    },
    forget: (clientId) => void own.delete(clientId),
  };
}

function isSame(one: StoredPendingSignIn, other: StoredPendingSignIn): boolean {
  return (
    one.sinceMs === other.sinceMs &&
    one.username === other.username &&
    one.challenge.session === other.challenge.session
  );
}
