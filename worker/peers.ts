/** The other live runtimes of this app client: those of another version or config, and on the lower rungs of the other tabs. */
import { MOST_PEERS, ROLL_CALL_MS } from './bounds.js';
import type { ChannelMessage, Claim, Deps, SessionMark } from './deps.js';

export interface Peers {
  /** Asks who is there, so that this runtime and the others know each other. */
  announce(): void;
  /** The same, and resolves with what those that serve somebody say of their session. */
  rollCall(): Promise<Claim[]>;
  /** Whether one of them has tokens of this session that are newer than these. */
  haveNewer(known: SessionMark): Promise<boolean>;
  /** This runtime serves nobody any more. */
  leave(): void;
  /** Those that are known. */
  readonly live: ReadonlySet<string>;
  /** A message of another runtime: it is there. */
  receive(message: ChannelMessage): void;
  /** Resolves with how many of their tabs have confirmed this revision, when all runtimes have told or the time is over. */
  settled(revision: number, withinMs: number): Promise<number>;
}

export function createPeers(deps: Deps): Peers {
  const { channel, instanceId, timers, clock } = deps;
  const startedAtMs = clock.monotonicMs();
  const live = new Set<string>();
  /** What is waited for: the answers to one sign-out. */
  const waiting = new Set<(message: ChannelMessage) => void>();

  const announce = (): void => channel.post({ type: 'roll-call', instanceId });

  function rollCall(): Promise<Claim[]> {
    const claims: Claim[] = [];
    const look = (message: ChannelMessage): void => {
      if (message.type === 'claim' && claims.length < MOST_PEERS) claims.push(message);
    };
    waiting.add(look);
    announce();
    return new Promise((resolve) => {
      timers.after(ROLL_CALL_MS, () => {
        waiting.delete(look);
        resolve(claims);
      });
    });
  }

  /** Those made up by a script of the origin never answer: while they crowd out others, the whole time is waited for. */
  function remember(peerId: string): void {
    if (live.size < MOST_PEERS) live.add(peerId);
  }

  return {
    live,
    announce,
    rollCall,
    haveNewer: async ({ fence, sequence, issuedAtMs }) =>
      (await rollCall()).some(
        ({ session }) =>
          session?.fence === fence && (session.sequence > sequence || session.issuedAtMs > issuedAtMs),
      ),
    leave: () => channel.post({ type: 'left', instanceId }),
    receive(message) {
      if (message.type === 'left') live.delete(message.instanceId);
      // The last word of one that has left may be that none of its tabs is to be waited for.
      else if (!isLastWord(message)) remember(message.instanceId);
      for (const look of waiting) look(message);
    },
    settled(revision, withinMs) {
      const missing = new Set(live);
      // Of other pages' runtimes, some that are slow or frozen may not have introduced themselves yet, nor be asleep for long enough to
      // look into the store first.
      const isYoung = deps.sleepsWithPage && clock.monotonicMs() - startedAtMs < withinMs;
      /** Those that have answered. */
      const told = new Set<string>();
      let clients = 0;
      return new Promise((resolve) => {
        const stop = new AbortController();
        const finish = (): void => {
          waiting.delete(look);
          stop.abort();
          resolve(clients);
        };
        const look = (message?: ChannelMessage): void => {
          if (message?.type === 'left') missing.delete(message.instanceId);
          if (message?.type === 'settled' && message.revision >= revision) {
            const isNew = isYoung && !told.has(message.instanceId);
            if (missing.delete(message.instanceId) || isNew) clients += message.clients;
            told.add(message.instanceId);
          }
          if (missing.size === 0 && !isYoung) finish();
        };
        timers.after(
          withinMs,
          () => {
            for (const silent of missing) live.delete(silent);
            // Who is only slow, or wakes later, answers, and is waited for the next time.
            if (missing.size > 0) announce();
            finish();
          },
          stop.signal,
        );
        waiting.add(look);
        look();
      });
    },
  };
}

/** What one may say that serves nobody any more. */
function isLastWord(message: ChannelMessage): boolean {
  return message.type === 'saved' || (message.type === 'settled' && message.clients === 0);
}
