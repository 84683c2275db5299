/** One refresh under the lock: the journal's entry before the call, the commit right after it, the verdict on a failure. */
import {
  ANSWERED_RETRY_MS,
  INTENT_YOUNG_MS,
  REFRESH_BUDGET_MS,
  REQUEST_TIMEOUT_MS,
  UNANSWERED_RETRY_MS,
} from './bounds.js';
import {
  CognitoFailure,
  type Deps,
  type SessionMark,
  type SessionRecord,
  type StoredIntent,
  type StoredSession,
  type TokenAnswer,
} from './deps.js';
import { meaningOf, toFailure, unreadableAnswer } from './failures.js';
import type { Knowledge } from './knowledge.js';
import { withIntent, withoutIntent, withoutSession, withRefresh, withRevocations } from './record.js';
import { canRefresh, sessionEnd } from './session-end.js';
import { areTokensOf, isIssuedAfter, marginMs, readTokens, timeLeftMs, type LiveTokens } from './tokens.js';

/** What is wanted of a refresh. It may grow while the refresh waits for the lock. */
export interface RotationRequest {
  /** Forced: the token sequence that was known when the last forced call came. Only a later one will do. */
  aboveSequence?: number;
  /** Only if this is still a current token. */
  rejectedToken?: string;
  clientMetadata?: Record<string, string>;
  /** How often to try before it is given up for now. */
  attempts: number;
  /** Its tokens have come: they are no answer to a forced call that comes now. */
  hasEnded?: boolean;
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
type Entry = { type: 'ended' | 'refreshed' | 'unneeded' | 'busy' } | Asked;

/** What Cognito was asked for, and of which state of the record. */
interface Asked {
  type: 'ask';
  fence: number;
  sequence: number;
  session: StoredSession;
}

const STORE_BEHIND = new CognitoFailure(
  {
    name: 'TimeoutException',
    message: "The browser's store is behind another tab's session.",
    recoverySuggestion: 'Try again. The session is kept.',
  },
  true,
);

export interface Rotation {
  /**
   * Runs while the lock is held, or without it when it can't be had: the fence and the token sequence guard the commit.
   * `busy`, only without the lock: another runtime has just begun.
   */
  run(request: RotationRequest, hasLock: boolean): Promise<RefreshOutcome | 'busy'>;
}

export interface RotationHooks {
  /** Refresh tokens were put on the list of those to be revoked. */
  onRevocations(): void;
  /** Whether another runtime has tokens of this session that are newer than these, and could not store them. */
  isElsewhere(known: SessionMark): Promise<boolean>;
  /** The tokens are of a device that is not confirmed yet. @returns why it still is not. */
  confirmDevice(): Promise<CognitoFailure | undefined>;
}

export function createRotation(deps: Deps, knowledge: Knowledge, hooks: RotationHooks): Rotation {
  const { clock, config } = deps;

  async function run(request: RotationRequest, hasLock: boolean): Promise<RefreshOutcome | 'busy'> {
    const deadlineMs = clock.monotonicMs() + REFRESH_BUDGET_MS;
    for (let attempt = 0; ; attempt += 1) {
      let isTakenUp = false;
      const entry = await knowledge.update<Entry>((record) => {
        const { session, fence, sequence } = record;
        if (!session) return { result: { type: 'ended' } };
        if (!hasLock && isAnothersAndYoung(record.intent)) return { result: { type: 'busy' } };
        isTakenUp = record.intent !== undefined && record.intent.instanceId !== deps.instanceId;
        if (isUnneeded(record, session, request)) {
          return { result: { type: request.aboveSequence === undefined ? 'unneeded' : 'refreshed' } };
        }
        const intent = { instanceId: deps.instanceId, startedAtMs: clock.wallMs() };
        return { record: withIntent(record, intent), result: { type: 'ask', fence, sequence, session } };
      });
      if (entry.type === 'busy') return 'busy';
      if (entry.type !== 'ask') return { type: entry.type };
      if (isTakenUp) {
        deps.log('info', 'Taking up a refresh that was begun and not finished.');
        deps.diagnostics.count('refreshesTakenUp');
      }
      const obstacle = entry.session.unconfirmedDevice && (await hooks.confirmDevice());
      if (obstacle) return { type: 'failed', failure: obstacle };
      deps.channel.post({ type: 'begun', instanceId: deps.instanceId });
      if (!hasLock) deps.log('warn', 'The refresh lock could not be had; refreshing without it.');

      const askedAtMs = clock.wallMs();
      request.hasEnded = false;
      const answer = await ask(entry.session, request, deadlineMs - clock.monotonicMs());
      request.hasEnded = !(answer instanceof CognitoFailure);
      const outcome =
        answer instanceof CognitoFailure
          ? await judge(answer, entry)
          : await commit(answer, entry, askedAtMs);
      if (outcome !== 'again' && outcome.type !== 'failed') return outcome;
      if (outcome === 'again') continue;

      const { failure } = outcome;
      const waits = failure.answered ? ANSWERED_RETRY_MS : UNANSWERED_RETRY_MS;
      const waitMs = Math.max(failure.retryAfterMs ?? 0, jittered(waits, attempt, deps.random()));
      const isLast = attempt + 1 >= request.attempts || clock.monotonicMs() + waitMs >= deadlineMs;
      if (meaningOf(failure) === 'report' || isLast) return outcome;
      await new Promise<void>((resolve) => deps.timers.after(waitMs, resolve));
    }
  }

  function isAnothersAndYoung(intent: StoredIntent | undefined): boolean {
    if (!intent || intent.instanceId === deps.instanceId) return false;
    return Math.abs(clock.wallMs() - intent.startedAtMs) <= INTENT_YOUNG_MS;
  }

  /** Under the lock: has another runtime done it already? */
  function isUnneeded(record: SessionRecord, session: StoredSession, request: RotationRequest): boolean {
    // A refresh that nobody finished. Its answer may be lost, so the grace period may be running.
    if (record.intent) return false;
    if (request.aboveSequence !== undefined) return record.sequence > request.aboveSequence;
    const { rejectedToken } = request;
    if (rejectedToken !== undefined) {
      return rejectedToken !== session.accessToken && rejectedToken !== session.idToken;
    }
    const tokens = tokensIn(session);
    if (!tokens?.clockTrusted) return false;
    const end = sessionEnd(tokens, config.refreshTokenValiditySeconds, clock);
    if (end && end.lastRefreshInMs <= 0) return false;
    return timeLeftMs(tokens, clock) > marginMs(tokens.lifeMs, config.refreshMarginSeconds);
  }

  /** Those that are known keep the count of their age. */
  function tokensIn(session: StoredSession): LiveTokens | undefined {
    const { state } = knowledge;
    const isKnown = state.type === 'signed-in' && state.tokens.accessToken === session.accessToken;
    return isKnown ? state.tokens : readTokens(session, clock, state.type === 'restoring');
  }

  function ask(
    { refreshToken, deviceKey }: StoredSession,
    request: RotationRequest,
    budgetMs: number,
  ): Promise<TokenAnswer | CognitoFailure> {
    const { clientMetadata } = request;
    const timeoutMs = Math.max(1, Math.min(REQUEST_TIMEOUT_MS, budgetMs));
    deps.log('debug', 'Asking for new tokens.');
    deps.diagnostics.count('refreshRequests');
    return deps.cognito
      .refresh({
        refreshToken,
        timeoutMs,
        ...(deviceKey !== undefined && { deviceKey }),
        ...(clientMetadata && { clientMetadata }),
      })
      .catch((error: unknown) => toFailure(error, false));
  }

  /** Stores the tokens before anything else is done with them, unless the session that they belong to is over. */
  async function commit(answer: TokenAnswer, entry: Asked, askedAtMs: number): Promise<RefreshOutcome> {
    const { fence, sequence } = entry;
    const userId = readTokens(entry.session, clock, false)?.userId ?? '';
    const result = await knowledge.update((record) => {
      if (record.fence !== fence || !record.session) {
        const late = answer.refreshToken;
        if (late === undefined) return { result: 'late' as const };
        return { record: withRevocations(record, [late], clock.wallMs()), result: 'late' as const };
      }
      // A store that lost its connection while it confirmed this may be given it once more.
      if (record.session.accessToken === answer.accessToken) return { result: 'committed' as const };
      // A runtime that could not have the lock was faster. A rotation that forks leaves only its newest child alive.
      const isOvertaken = record.sequence !== sequence && !isIssuedAfter(answer, record.session);
      if (isOvertaken) return { result: 'overtaken' as const };
      const next = withRefresh(record, record.session, answer, askedAtMs, userId);
      return { record: next, result: 'committed' as const };
    });
    if (result === 'late') {
      deps.log('info', 'Tokens of a session that had ended arrived; they are revoked, not stored.');
      deps.diagnostics.count('lateTokens');
      hooks.onRevocations();
      return { type: 'ended' };
    }
    if (result === 'overtaken') return { type: 'refreshed' };
    if (!areTokensOf(answer, userId))
      return { type: 'failed', failure: unreadableAnswer('The token endpoint') };
    deps.diagnostics.count('refreshes');
    if (knowledge.state.type === 'signed-in') knowledge.publish({ type: 'tokenRefresh' });
    return { type: 'refreshed' };
  }

  async function judge(failure: CognitoFailure, asked: Asked): Promise<RefreshOutcome | 'again'> {
    const tokens = tokensIn(asked.session);
    const hasEnded = !!tokens && !canRefresh(tokens, config.refreshTokenValiditySeconds, clock);
    // No refresh could be had any more, as was to be expected; the last tokens are good until they expire.
    const isEarly = hasEnded && timeLeftMs(tokens, clock) > 0;
    const means = meaningOf(failure);
    const meaning = means === 'verdict' && isEarly ? 'report' : means;
    deps.log('warn', 'The refresh failed.', {
      error: failure.fields.name,
      meaning,
      answered: failure.answered,
    });
    if (meaning === 'retry') return { type: 'failed', failure };
    const { fence, sequence, session } = asked;
    const mark = { fence, sequence, issuedAtMs: tokens?.issuedAtMs ?? 0 };
    if (meaning === 'verdict' && (await hooks.isElsewhere(mark)))
      return { type: 'failed', failure: STORE_BEHIND };
    const end = { reason: hasEnded ? ('expired' as const) : ('rejected' as const), error: failure.fields };
    const result = await knowledge.update((record) => {
      if (!record.session) return { result: 'gone' as const };
      if (record.session.refreshToken !== session.refreshToken) return { result: 'again' as const };
      if (meaning === 'report') return { record: withoutIntent(record), result: 'kept' as const };
      return { record: withoutSession(record, end), result: 'ended' as const };
    });
    if (result === 'again') return 'again';
    if (result === 'gone') return { type: 'ended' };
    if (result === 'kept') return { type: 'failed', failure };
    knowledge.publish({ type: 'signedOut', ...end });
    return { type: 'ended', failure };
  }

  return { run };
}

/** Half of the wait is left to chance, so that runtimes and devices don't move in step. */
export function jittered(waits: readonly number[], attempt: number, random: number): number {
  return (waits[Math.min(attempt, waits.length - 1)] ?? 0) * (0.5 + random / 2);
}
