/** The refresh: one flight at a time, under the lock, with the journal's entry before the call and the commit right after it. */
import {
  ANSWERED_RETRY_MS,
  INTENT_YOUNG_MS,
  LOCK_WAIT_MS,
  LONGEST_GRACE_MS,
  REFRESH_ATTEMPTS,
  REFRESH_BUDGET_MS,
  REQUEST_TIMEOUT_MS,
  UNANSWERED_RETRY_MS,
} from './bounds.js';
import { scopeName } from './contract.js';
import {
  CognitoFailure,
  type Deps,
  type SessionRecord,
  type StoredSession,
  type TokenAnswer,
} from './deps.js';
import { meaningOf, toFailure, unreadableAnswer } from './failures.js';
import type { Knowledge } from './knowledge.js';
import { withIntent, withoutIntent, withoutSession, withRefresh, withRevocations } from './record.js';
import { areTokensOf, marginMs, readTokens, timeLeftMs } from './tokens.js';

export interface RefreshRequest {
  /** Only tokens of a request that finishes after this call will do. */
  forced: boolean;
  /** Only if this is still a current token. */
  rejectedToken?: string;
  clientMetadata?: Record<string, string>;
}

export type RefreshOutcome =
  | { type: 'refreshed' }
  /** The store already held tokens that will do for an unforced call. */
  | { type: 'unneeded' }
  /** Cognito's verdict ended the session; without a failure, somebody signed out. */
  | { type: 'ended'; failure?: CognitoFailure }
  /** The session is kept. */
  | { type: 'failed'; failure: CognitoFailure };

/** What the look into the store under the lock comes to. */
type Entry =
  { type: 'ended' | 'refreshed' | 'unneeded' } | { type: 'ask'; fence: number; session: StoredSession };

interface Flight {
  request: RefreshRequest;
  done: Promise<RefreshOutcome>;
}

export interface Refresher {
  refresh(request: RefreshRequest): Promise<RefreshOutcome>;
  /** How long not to try again of one's own accord after a failure. 0 when there was none. */
  backoffMs(): number;
  /** The network is back, or the device woke: try as if nothing had failed. */
  forgetBackoff(): void;
}

export function createRefresher(deps: Deps, knowledge: Knowledge, revoke: () => void): Refresher {
  const { clock, config } = deps;
  const lockName = `${scopeName(config)}:refresh`;
  /** Those out or waiting for their turn, by their client metadata. */
  const flights = new Map<string, Flight>();
  let last: Promise<unknown> = Promise.resolve();
  /** Failed flights in a row, and when the next may start by itself. Monotonic time. */
  let failing: { count: number; sinceMs: number; retryAtMs: number } | undefined;

  async function refresh(request: RefreshRequest): Promise<RefreshOutcome> {
    for (;;) {
      const flight = join(request) ?? start(request);
      const outcome = await flight.done;
      if (outcome.type !== 'unneeded' || isSatisfied(request)) return outcome;
    }
  }

  /** Whether tokens that the store already held will do. */
  function isSatisfied({ forced, rejectedToken }: RefreshRequest): boolean {
    const { state } = knowledge;
    if (forced) return false;
    if (state.type !== 'signed-in' || rejectedToken === undefined) return true;
    return rejectedToken !== state.tokens.accessToken && rejectedToken !== state.tokens.idToken;
  }

  /** A forced call joins a flight of its own metadata, any other call the first that is out. */
  function join(request: RefreshRequest): Flight | undefined {
    const { value: first } = flights.values().next();
    const flight =
      request.forced || request.clientMetadata
        ? flights.get(metadataKey(request))
        : (first as Flight | undefined);
    if (flight && request.forced) flight.request.forced = true;
    return flight;
  }

  function start(request: RefreshRequest): Flight {
    const key = metadataKey(request);
    const flight: Flight = {
      request: { ...request },
      done: last
        .then(() => fly(flight.request))
        .catch((error: unknown): RefreshOutcome => ({ type: 'failed', failure: toFailure(error, false) }))
        .then((outcome) => {
          flights.delete(key);
          remember(outcome);
          return outcome;
        }),
    };
    last = flight.done;
    flights.set(key, flight);
    return flight;
  }

  function remember(outcome: RefreshOutcome): void {
    if (outcome.type !== 'failed') {
      failing = undefined;
      return;
    }
    const nowMs = clock.monotonicMs();
    const count = (failing?.count ?? 0) + 1;
    const sinceMs = failing?.sinceMs ?? nowMs;
    // Past the longest grace period the old token can't be saved by hurry.
    const isHurried = !outcome.failure.answered && nowMs - sinceMs < LONGEST_GRACE_MS;
    const attempt = isHurried ? REFRESH_ATTEMPTS + count : count;
    const waits = isHurried ? UNANSWERED_RETRY_MS : ANSWERED_RETRY_MS;
    const waitMs = jittered(waits, attempt, deps.random());
    failing = { count, sinceMs, retryAtMs: nowMs + Math.max(outcome.failure.retryAfterMs ?? 0, waitMs) };
  }

  async function fly(request: RefreshRequest): Promise<RefreshOutcome> {
    const { state } = knowledge;
    const sequence = state.type === 'signed-in' ? state.sequence : 0;
    for (;;) {
      const turn = await deps.locks.withLock(lockName, LOCK_WAIT_MS, () => attempts(request, sequence));
      if (turn.held) return turn.value;
      const { intent } = await knowledge.read();
      if (!intent || clock.wallMs() - intent.startedAtMs > INTENT_YOUNG_MS) {
        // Whoever holds the lock is frozen or gone; the grace period is running. The fence and the sequence guard the commit.
        deps.log('warn', 'The refresh lock could not be had; refreshing without it.');
        return attempts(request, sequence);
      }
    }
  }

  async function attempts(request: RefreshRequest, knownSequence: number): Promise<RefreshOutcome> {
    const deadlineMs = clock.monotonicMs() + REFRESH_BUDGET_MS;
    for (let attempt = 0; ; attempt += 1) {
      const entry = await knowledge.update<Entry>((record) => {
        const { session, fence } = record;
        if (!session) return { result: { type: 'ended' } };
        if (isUnneeded(record, session, request, knownSequence)) {
          return { result: { type: request.forced ? 'refreshed' : 'unneeded' } };
        }
        const intent = { instanceId: deps.instanceId, startedAtMs: clock.wallMs() };
        return { record: withIntent(record, intent), result: { type: 'ask', fence, session } };
      });
      if (entry.type !== 'ask') return entry;

      const answer = await ask(entry.session.refreshToken, request, deadlineMs - clock.monotonicMs());
      const outcome =
        answer instanceof CognitoFailure
          ? await judge(answer, entry.session)
          : await commit(answer, entry.fence, entry.session);
      if (outcome !== 'again' && outcome.type !== 'failed') return outcome;
      if (outcome === 'again') continue;

      const { failure } = outcome;
      const waits = failure.answered ? ANSWERED_RETRY_MS : UNANSWERED_RETRY_MS;
      const waitMs = Math.max(failure.retryAfterMs ?? 0, jittered(waits, attempt, deps.random()));
      const isLast = attempt + 1 >= REFRESH_ATTEMPTS || clock.monotonicMs() + waitMs >= deadlineMs;
      if (meaningOf(failure) === 'report' || isLast) {
        knowledge.publish({ type: 'tokenRefresh_failure', error: failure.fields });
        return outcome;
      }
      await new Promise<void>((resolve) => deps.timers.after(waitMs, resolve));
    }
  }

  /** Under the lock: has another runtime done it already? */
  function isUnneeded(
    record: SessionRecord,
    session: StoredSession,
    request: RefreshRequest,
    knownSequence: number,
  ): boolean {
    if (request.rejectedToken !== undefined) {
      return request.rejectedToken !== session.accessToken && request.rejectedToken !== session.idToken;
    }
    if (request.forced) return record.sequence > knownSequence;
    const { state } = knowledge;
    const known = state.type === 'signed-in' && state.tokens.accessToken === session.accessToken;
    const tokens = known ? state.tokens : readTokens(session, clock, state.type === 'restoring');
    if (!tokens?.clockTrusted) return false;
    return timeLeftMs(tokens, clock) > marginMs(tokens.lifeMs, config.refreshMarginSeconds);
  }

  function ask(
    refreshToken: string,
    request: RefreshRequest,
    budgetMs: number,
  ): Promise<TokenAnswer | CognitoFailure> {
    const { clientMetadata } = request;
    const timeoutMs = Math.max(1, Math.min(REQUEST_TIMEOUT_MS, budgetMs));
    deps.log('debug', 'Asking for new tokens.');
    return deps.cognito
      .refresh({ refreshToken, timeoutMs, ...(clientMetadata && { clientMetadata }) })
      .catch((error: unknown) => toFailure(error, false));
  }

  /** Stores the tokens before anything else is done with them, unless the session that they belong to is over. */
  async function commit(answer: TokenAnswer, fence: number, asked: StoredSession): Promise<RefreshOutcome> {
    const userId = readTokens(asked, clock, false)?.userId ?? '';
    const result = await knowledge.update((record) => {
      if (record.fence !== fence || !record.session) {
        const late = answer.refreshToken;
        if (late === undefined) return { result: 'late' as const };
        return { record: withRevocations(record, [late], clock.wallMs()), result: 'late' as const };
      }
      const next = withRefresh(record, record.session, answer, clock.wallMs(), userId);
      return { record: next, result: 'committed' as const };
    });
    if (result === 'late') {
      deps.log('info', 'Tokens of a session that had ended arrived; they are revoked, not stored.');
      revoke();
      return { type: 'ended' };
    }
    if (!areTokensOf(answer, userId))
      return { type: 'failed', failure: unreadableAnswer('The token endpoint') };
    if (knowledge.state.type === 'signed-in') knowledge.publish({ type: 'tokenRefresh' });
    return { type: 'refreshed' };
  }

  async function judge(failure: CognitoFailure, asked: StoredSession): Promise<RefreshOutcome | 'again'> {
    const meaning = meaningOf(failure);
    deps.log('warn', 'The refresh failed.', {
      error: failure.fields.name,
      meaning,
      answered: failure.answered,
    });
    if (meaning === 'retry') return { type: 'failed', failure };
    const end = { reason: 'rejected' as const, error: failure.fields };
    const result = await knowledge.update((record) => {
      if (!record.session) return { result: 'gone' as const };
      if (record.session.refreshToken !== asked.refreshToken) return { result: 'again' as const };
      if (meaning === 'report') return { record: withoutIntent(record), result: 'kept' as const };
      return { record: withoutSession(record, end), result: 'ended' as const };
    });
    if (result === 'again') return 'again';
    if (result === 'gone') return { type: 'ended' };
    if (result === 'kept') return { type: 'failed', failure };
    knowledge.publish({ type: 'signedOut', ...end });
    return { type: 'ended', failure };
  }

  return {
    refresh,
    backoffMs: () => Math.max(0, (failing?.retryAtMs ?? 0) - clock.monotonicMs()),
    forgetBackoff() {
      if (failing) failing = { ...failing, retryAtMs: 0 };
    },
  };
}

/** Half of the wait is left to chance, so that runtimes and devices don't move in step. */
function jittered(waits: readonly number[], attempt: number, random: number): number {
  return (waits[Math.min(attempt, waits.length - 1)] ?? 0) * (0.5 + random / 2);
}

function metadataKey({ clientMetadata }: RefreshRequest): string {
  return clientMetadata ? JSON.stringify(Object.entries(clientMetadata).sort()) : '';
}
