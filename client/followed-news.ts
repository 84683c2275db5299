/** News from the worker becomes events: each once, in order, with a session of that revision or later. */
import type { News, NewsEvent, PageView } from '../worker/contract.js';
import { AuthError, type ErrorFields } from '../worker/errors.js';
import type { Held } from './held-view.js';
import type { SessionEvent } from './types.js';

export interface NewsFollowerOptions {
  /** Asks the worker for what is known, of the revision that was heard of or later. */
  ask(): Promise<Held>;
  /** Called for each event, in order. */
  onEvent(event: SessionEvent, held: Held): void;
}

export interface NewsFollower {
  /** The latest revision that news told of. What is older must not be held. */
  readonly heardRevision: number;
  /** @returns false for what is no news, or old. */
  receive(message: unknown): message is News;
  /** After a gap: asks for the present state, and tells the net change in one event. */
  catchUp(): void;
  /** The first view is the ground on which later changes are told. */
  observe(held: Held): void;
}

export function createNewsFollower({ ask, onEvent }: NewsFollowerOptions): NewsFollower {
  let told: PageView | undefined;
  let heardRevision = 0;
  let tail: Promise<void> = Promise.resolve();
  /** There was news that could not be looked into. */
  let hasMissed = false;

  async function follow({ revision, event }: News): Promise<void> {
    const held = await ask();
    // No such revision in the store: this was not the worker's news, and may have hidden some that was.
    if (held.view.revision < revision) return tellNetChange(held);
    if (event.type === 'tokenRefresh_failure') return onEvent(toEvent(event, held), held);
    if (told && revision <= told.revision) return;
    const before = told?.status;
    // News of two workers may come in another order than it was made in: here, a sign-in is yet to be told.
    const isOvertaking = event.type === 'tokenRefresh' && before === 'signed-out';
    // Neither are credentials told of, nor what a worker of a later version knows.
    if (isOvertaking || !isToldOf(event)) return tellNetChange(held);
    const isEnd = event.type === 'signedOut';
    // The view may be of later news, which is yet to be told.
    const status = isEnd ? 'signed-out' : 'signed-in';
    told = {
      ...held.view,
      revision,
      status,
      ...endingsOf(event.type === 'tokenRefresh' ? told : undefined),
    };
    if (!isEnd || before !== status) onEvent(toEvent(event, held), held);
  }

  function tellNetChange(held: Held): void {
    // A tab that comes late is warned, too.
    const changes = netChanges(told ?? { ...held.view, ...endingsOf() }, held.view);
    told = held.view;
    heardRevision = told.revision;
    for (const event of changes) onEvent(event, held);
  }

  /** What can't be asked now is asked for when the next call has had its answer. */
  function inTurn(work: () => Promise<void>): void {
    tail = tail.then(work).catch(() => {
      hasMissed = true;
    });
  }

  const catchUp = (): void => inTurn(async () => tellNetChange(await ask()));

  return {
    get heardRevision() {
      return heardRevision;
    },
    receive(message): message is News {
      if (!isNews(message)) return false;
      const { revision, event } = message;
      const isFailure = event.type === 'tokenRefresh_failure';
      // It was heard of already; or the store was erased, or is kept in memory, and the worker counts anew.
      if (revision <= heardRevision && !isFailure) catchUp();
      // A failure has no revision of its own.
      if (isFailure ? revision < heardRevision : revision <= heardRevision) return false;
      heardRevision = revision;
      inTurn(() => follow(message));
      return true;
    },
    catchUp,
    observe: (held) => {
      // News that came before the first view is yet to be told.
      if (heardRevision === 0 && !told) tellNetChange(held);
      if (!hasMissed) return;
      hasMissed = false;
      catchUp();
    },
  };
}

function* netChanges(before: PageView, now: PageView): Generator<SessionEvent> {
  const { status, ended } = now;
  if (status === 'signed-out') {
    if (before.status !== status)
      yield { type: 'signedOut', reason: ended?.reason ?? 'user', ...errorOf(ended?.error) };
    return;
  }
  const isAnother = before.status !== status || before.user?.userId !== now.user?.userId;
  if (isAnother) yield signedIn(now);
  else if (before.tokens?.accessToken !== now.tokens?.accessToken) yield { type: 'tokenRefresh' };
  if (!isAnother && before.idleEnding && !now.idleEnding) yield { type: 'sessionExtended' };
  for (const which of ['ending', 'idleEnding'] as const) {
    const [ending, known] = [now[which], before[which]];
    // Each threshold of the refresh token is passed once in a session; an idle time begins anew.
    const isWarned = ending?.beforeSeconds === known?.beforeSeconds && ending?.endsAtMs === known?.endsAtMs;
    if (ending && !isWarned) yield { type: 'sessionEnding', ...ending };
  }
}

/** The warnings that were told, as far as this is what was told. */
function endingsOf(told?: PageView): Pick<PageView, 'ending' | 'idleEnding'> {
  return { ending: told?.ending, idleEnding: told?.idleEnding };
}

/** What is told as it comes. All else is seen from the view. */
type ToldNews = Exclude<NewsEvent, { type: 'changed' | 'sessionEnding' }>;

function isToldOf(event: NewsEvent): event is ToldNews {
  return ['signedIn', 'signedOut', 'tokenRefresh'].includes(event.type);
}

function toEvent(event: ToldNews & { error?: ErrorFields }, { view }: Held): SessionEvent {
  if (event.type === 'signedIn') return signedIn(view);
  return { ...event, ...errorOf(event.error) };
}

/** By the view alone: a worker of an earlier version tells nothing more, and a forger anything. */
function signedIn({ origin }: PageView): SessionEvent {
  return { type: 'signedIn', resumed: false, ...origin };
}

function errorOf(fields: ErrorFields | undefined): { error?: AuthError } {
  return fields ? { error: new AuthError(fields) } : {};
}

/** Any script of the origin can post on the channel. */
function isNews(message: unknown): message is News {
  const { type, revision, event } = (message ?? {}) as Partial<News>;
  return type === 'news' && Number.isSafeInteger(revision) && typeof event?.type === 'string';
}
