/**
 * Before a session ends by a sign-out, by policy or with its refresh token, the handlers of `onBeforeSignOut()` in all tabs save, with tokens still good.
 * They have until one deadline in common. Pages without handlers are not asked, nor are runtimes waited for that have told of none: a frozen
 * one would cost a sign-out a second more. One that has told and is silent is hardly waited for.
 */
import { SAVE_MS, SAVING_MS } from './bounds.js';
import type { Hello, PageAnswer, SaveMessage, SignOutReason } from './contract.js';
import type { ChannelMessage, Deps, Save } from './deps.js';
import type { Peers } from './peers.js';

export interface SavePhase {
  /** A page says whether it has handlers. `post` brings it the question. */
  join(clientId: string, answers: NonNullable<Hello['answers']>, post: (question: SaveMessage) => void): void;
  /** A page that goes away is not waited for. */
  leave(clientId: string): void;
  /** A page's handlers are done. */
  answer(clientId: string, answer: PageAnswer): void;
  /** How long the app gives its handlers; 0: none. */
  readonly limitMs: number;
  /**
   * Resolves when all handlers are done, or their time is over; at once when there are none. Never rejects.
   * @param withinMs That time. Default and most: {@link limitMs}.
   */
  run(reason: SignOutReason, withinMs?: number): Promise<void>;
  /** A message of another runtime. */
  receive(message: ChannelMessage): void;
}

/** One round of questions to the pages of this runtime. */
interface Round {
  reason: SignOutReason;
  fence: number;
  deadlineMs: number;
  /** The ids of questions, by the pages that were asked them. */
  unanswered: Map<string, string>;
  /** All pages that were asked: a handler may take itself back and come again. */
  asked: Set<string>;
  done: Promise<void>;
}

/** @param fence That of the session, undefined while nobody is signed in. */
export function createSavePhase(
  { config, instanceId, clock, timers, channel, log }: Omit<Deps, 'store'>,
  peers: Pick<Peers, 'live'>,
  fence: () => number | undefined,
): SavePhase {
  const { saveDeadlineSeconds } = config.policy ?? {};
  const limitMs = saveDeadlineSeconds === undefined ? SAVE_MS : saveDeadlineSeconds * 1_000;
  const pages = new Map<string, (question: SaveMessage) => void>();
  /** Other runtimes, by what they have told of their pages. */
  const withHandlers = new Set<string>();
  const waiting = new Set<(message: ChannelMessage) => void>();
  let latest: Round | undefined;
  /** Looks whether the latest round is over. */
  let check = (): void => undefined;
  let lastId = 0;

  const nextId = (): string => `${instanceId}/save/${(lastId += 1)}`;

  const tellOfHandlers = (): void => channel.post({ type: 'has-handlers', instanceId });

  function ask(clientId: string, { unanswered, asked, reason, deadlineMs }: Round): void {
    asked.add(clientId);
    const id = unanswered.get(clientId) ?? nextId();
    pages.get(clientId)?.({ type: 'question', id, about: 'beforeSignOut', reason, deadlineMs });
  }

  /** A page that comes while others save. What ends at a time that is known has not ended when they are done. */
  function askLate(clientId: string): void {
    if (!latest || latest.asked.has(clientId) || fence() !== latest.fence) return;
    if (!isShared(latest, latest.reason, latest.fence)) return;
    // A round that is over waits for nobody.
    if (latest.unanswered.size > 0) latest.unanswered.set(clientId, nextId());
    ask(clientId, latest);
  }

  /** The pages of this runtime. Whoever ends the same session at the same time has their handlers run once. */
  function saveHere(reason: SignOutReason, deadlineMs: number, ofFence: number): Promise<void> {
    if (latest && isShared(latest, reason, ofFence)) return latest.done;
    const unanswered = new Map([...pages.keys()].map((clientId) => [clientId, nextId()]));
    const done = new Promise<void>((resolve) => {
      if (unanswered.size === 0) return resolve();
      const stop = new AbortController();
      const finish = (): void => {
        stop.abort();
        unanswered.clear();
        resolve();
      };
      check = () => {
        if (unanswered.size === 0) finish();
      };
      const late = (): void => {
        log('warn', 'Handlers before a sign-out were not done in time.', { tabs: unanswered.size });
        finish();
      };
      timers.after(Math.max(0, deadlineMs - clock.wallMs()), late, stop.signal);
    });
    latest = { reason, fence: ofFence, deadlineMs, unanswered, asked: new Set(), done };
    for (const clientId of [...unanswered.keys()]) ask(clientId, latest);
    return done;
  }

  /** What was saved for an end that was then called off is no longer what is saved for a user's sign-out: that end may be a sign-out, too. */
  function isShared(round: Round, reason: SignOutReason, ofFence: number): boolean {
    const leftMs = round.deadlineMs - clock.wallMs();
    // With more than handlers are given, the clock was set back.
    if (round.fence !== ofFence || leftMs <= 0 || leftMs > limitMs) return false;
    return round.unanswered.size > 0 || (round.reason === reason && reason !== 'user');
  }

  /**
   * The other runtimes, which ask their pages. Those that have told of handlers are waited for, and those that say now that they save. One
   * that has not said so within {@link SAVING_MS} is frozen.
   */
  function saveElsewhere(reason: SignOutReason, deadlineMs: number, withinMs: number): Promise<void> {
    if (peers.live.size === 0) return Promise.resolve();
    for (const peerId of withHandlers) if (!peers.live.has(peerId)) withHandlers.delete(peerId);
    const missing = new Set(withHandlers);
    const id = nextId();
    const busy = new Set<string>();
    return new Promise((resolve) => {
      const stop = new AbortController();
      const finish = (): void => {
        waiting.delete(look);
        stop.abort();
        resolve();
      };
      const look = (message: ChannelMessage): void => {
        if (message.type === 'saving' && message.id === id) {
          busy.add(message.instanceId);
          missing.add(message.instanceId);
        }
        if (message.type === 'left' || (message.type === 'saved' && message.id === id)) {
          missing.delete(message.instanceId);
        }
        if (missing.size === 0) finish();
      };
      const dropSilent = (): void => {
        for (const peerId of missing) if (!busy.has(peerId)) missing.delete(peerId);
        if (missing.size === 0) finish();
      };
      waiting.add(look);
      timers.after(SAVING_MS, dropSilent, stop.signal);
      timers.after(withinMs, finish, stop.signal);
      channel.post({ type: 'save', instanceId, id, reason, deadlineMs });
      if (missing.size === 0) finish();
    });
  }

  async function saveFor({ id, reason, deadlineMs }: Save): Promise<void> {
    const ofFence = fence();
    // Whoever asks may be of another config, or no runtime at all.
    const untilMs = Math.min(deadlineMs, clock.wallMs() + limitMs);
    if (pages.size > 0 && ofFence !== undefined && untilMs > clock.wallMs()) {
      channel.post({ type: 'saving', instanceId, id });
      await saveHere(reason, untilMs, ofFence);
    }
    channel.post({ type: 'saved', instanceId, id });
  }

  return {
    limitMs,
    join(clientId, answers, post) {
      if (!answers.includes('beforeSignOut')) return void pages.delete(clientId);
      const isFirst = pages.size === 0;
      pages.set(clientId, post);
      if (isFirst) tellOfHandlers();
      askLate(clientId);
    },
    leave(clientId) {
      pages.delete(clientId);
      latest?.unanswered.delete(clientId);
      check();
    },
    answer(clientId, { id }) {
      if (latest?.unanswered.get(clientId) !== id) return;
      latest.unanswered.delete(clientId);
      check();
    },
    async run(reason, withinMs = limitMs) {
      const ofFence = fence();
      if (limitMs === 0 || ofFence === undefined) return;
      const deadlineMs = clock.wallMs() + withinMs;
      await Promise.all([saveHere(reason, deadlineMs, ofFence), saveElsewhere(reason, deadlineMs, withinMs)]);
    },
    receive(message) {
      for (const look of waiting) look(message);
      const { type, instanceId: peerId } = message;
      if (type === 'roll-call' && pages.size > 0) tellOfHandlers();
      else if (type === 'has-handlers' && peers.live.has(peerId)) withHandlers.add(peerId);
      else if (type === 'left') withHandlers.delete(peerId);
      else if (type === 'save') void saveFor(message);
    },
  };
}
