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
  /**
   * What the client is to answer: its own, else the one that is stored, with what the store says; one that is too old is erased.
   * While a client's own has come to nothing, there is none: its user's answer is not meant for the sign-in of another tab.
   */
  find(clientId: string): Promise<{ waiting: PendingSignIn | undefined; record: SessionRecord }>;
  /** What the client's user is to see, and answers from then on. */
  show(clientId: string): Promise<PendingSignIn | undefined>;
  /** Unless somebody signed in or out meanwhile, it is stored. */
  keep(clientId: string, pending: PendingSignIn): Promise<void>;
  /** The client gives up its own, or this one, which can't be answered any more. */
  drop(clientId: string, pending?: PendingSignIn): Promise<void>;
  /** The client's own is done, or came to nothing. */
  forget(clientId: string): void;
}

export function createPendingSignIns(clock: Clock, knowledge: Knowledge): PendingSignIns {
  const own = new Map<string, PendingSignIn>();
  /** Clients whose own is no more, and since when. */
  const over = new Map<string, number>();

  async function read(): Promise<{ latest: PendingSignIn | undefined; record: SessionRecord }> {
    const record = await knowledge.update((base) => {
      const { pendingSignIn } = base;
      if (!pendingSignIn || !isExpired(pendingSignIn)) return { result: base };
      const next = withoutPendingSignIn(base);
      return { record: next, result: next };
    });
    for (const [client, sinceMs] of over) if (isExpired({ sinceMs })) over.delete(client);
    for (const [client, pending] of own) if (isExpired(pending)) forget(client);
    const { pendingSignIn: stored, fence } = record;
    const isGood = stored?.fence === fence && !record.session;
    const latest = isGood ? ([...own.values()].find((mine) => isSame(mine, stored)) ?? stored) : undefined;
    return { latest, record };
  }

  function forget(clientId: string): void {
    own.delete(clientId);
    over.set(clientId, clock.wallMs());
  }

  function isExpired({ sinceMs }: Pick<StoredPendingSignIn, 'sinceMs'>): boolean {
    return clock.wallMs() - sinceMs > CHALLENGE_KEPT_MS;
  }

  return {
    async find(clientId) {
      const { latest, record } = await read();
      return { waiting: own.get(clientId) ?? (over.has(clientId) ? undefined : latest), record };
    },
    async show(clientId) {
      const { latest, record } = await read();
      const mine = own.get(clientId);
      if (mine?.fence === record.fence) return mine;
      if (latest) {
        own.delete(clientId);
        over.delete(clientId);
      }
      return latest;
    },
    async keep(clientId, pending) {
      own.set(clientId, pending);
      over.delete(clientId);
      const { totpSecret: _secret, clientMetadata: _metadata, ...stored } = pending;
      await knowledge.update((record) =>
        record.fence === stored.fence && !record.session
          ? { record: withPendingSignIn(record, stored), result: undefined }
          : { result: undefined },
      );
    },
    async drop(clientId, pending = own.get(clientId)) {
      const mine = own.get(clientId);
      // It may have gone on meanwhile: to the next challenge, or to another sign-in.
      if (!mine || !pending || isSame(mine, pending)) forget(clientId);
      if (!pending) return;
      await knowledge.update((record) =>
        record.pendingSignIn && isSame(record.pendingSignIn, pending)
          ? { record: withoutPendingSignIn(record), result: undefined }
          : { result: undefined },
      );
    },
    forget,
  };
}

function isSame(one: StoredPendingSignIn, other: StoredPendingSignIn): boolean {
  return (
    one.sinceMs === other.sinceMs &&
    one.username === other.username &&
    one.challenge.session === other.challenge.session
  );
}
