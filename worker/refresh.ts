/** The single flight of refreshes: who joins whom, whose turn it is, and when to try again after a failure. */
import { countAgeMs, startAge, type Age } from './age.js';
import {
  ANSWERED_RETRY_MS,
  LEAST_LIFE_MS,
  LOCK_WAIT_MS,
  LONGEST_GRACE_MS,
  REFRESH_ATTEMPTS,
  UNANSWERED_RETRY_MS,
} from './bounds.js';
import { refreshLockName, type LastRefresh } from './contract.js';
import type { CognitoFailure, Deps } from './deps.js';
import { meaningOf, toFailure } from './failures.js';
import type { Knowledge } from './knowledge.js';
import {
  createRotation,
  jittered,
  type RefreshOutcome,
  type RotationHooks,
  type RotationRequest,
} from './rotation.js';

export interface RefreshRequest {
  /** Only tokens of a request that finishes after this call will do. */
  forced: boolean;
  /** Only if this is still a current token. */
  rejectedToken?: string;
  clientMetadata?: Record<string, string>;
  /** Nobody waits: one attempt, and the next after the backoff. */
  isBehind?: boolean;
}

interface Flight {
  request: RotationRequest;
  /** The token sequence when its turn came; undefined while it waits behind another. */
  sequenceAtTurn?: number;
  done: Promise<RefreshOutcome>;
}

export interface Refresher {
  refresh(request: RefreshRequest): Promise<RefreshOutcome>;
  /** The last refresh failed in a way that leaves open what became of it: try again, although the tokens are fresh. */
  readonly isUnsettled: boolean;
  /** How long not to try again of one's own accord. */
  backoffMs(): number;
  /** Tokens that are no good a moment after Cognito gave them won't be better after the next refresh. */
  hasJustRefreshed(): boolean;
  /** While Cognito's `Retry-After` lasts: the failure that it came with. */
  refusal(): CognitoFailure | undefined;
  /** The network is back, or the device woke: try as if no request had gone unanswered. */
  forgetBackoff(): void;
  /** How the last flight ended. */
  readonly last: LastRefresh | undefined;
}

export interface RefresherHooks extends RotationHooks {
  /** What to tell Cognito's triggers with a refresh that says nothing of its own; undefined where nobody is to be asked. */
  clientMetadata?(): Promise<Record<string, string> | null> | undefined;
  /** A refresh ended, well or badly. */
  onSettled(): void;
}

export function createRefresher(deps: Deps, knowledge: Knowledge, hooks: RefresherHooks): Refresher {
  const { clock, config } = deps;
  const lockName = refreshLockName(config);
  const rotation = createRotation(deps, knowledge, hooks);
  /** Those out or waiting for their turn, by their client metadata. */
  const flights = new Map<string, Flight>();
  let lastFlight: Promise<unknown> = Promise.resolve();
  let last: LastRefresh | undefined;
  /** Failed flights in a row, and when the next may start by itself. Monotonic time. */
  let failing:
    { failure: CognitoFailure; attempts: number; sinceMs: number; ended: Age; retryAtMs: number } | undefined;
  let refreshed: Age | undefined;

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
    const [first] = flights.values();
    const flight = request.forced || request.clientMetadata ? flights.get(metadataKey(request)) : first;
    if (flight && !request.isBehind) flight.request.attempts = REFRESH_ATTEMPTS;
    if (!flight || !request.forced) return flight;
    // Its request ended before this call came.
    if (flight.request.hasEnded) return undefined;
    if (flight.sequenceAtTurn !== undefined && knownSequence() > flight.sequenceAtTurn) return undefined;
    flight.request.aboveSequence = knownSequence();
    return flight;
  }

  function start(request: RefreshRequest): Flight {
    const key = metadataKey(request);
    const { forced, isBehind, ...wanted } = request;
    const flight: Flight = {
      request: {
        ...wanted,
        attempts: isBehind ? 1 : REFRESH_ATTEMPTS,
        ...(forced && { aboveSequence: knownSequence() }),
      },
      done: lastFlight
        .then(() => fly(flight))
        .catch((error: unknown): RefreshOutcome => ({ type: 'failed', failure: toFailure(error, false) }))
        .then((outcome) => {
          if (flights.get(key) === flight) flights.delete(key);
          remember(outcome, flight.request.attempts);
          hooks.onSettled();
          return outcome;
        }),
    };
    lastFlight = flight.done;
    flights.set(key, flight);
    return flight;
  }

  function remember(outcome: RefreshOutcome, attempts: number): void {
    const nowMs = clock.monotonicMs();
    const error = 'failure' in outcome ? outcome.failure?.fields.name : undefined;
    last = { outcome: outcome.type, atMs: clock.wallMs(), ...(error !== undefined && { error }) };
    const { state } = knowledge;
    if (outcome.type === 'refreshed' && state.type === 'signed-in') refreshed = state.tokens.age;
    if (outcome.type !== 'failed') {
      failing = undefined;
      return;
    }
    deps.diagnostics.count('refreshFailures');
    // Told to those who wait, and once to the others: behind, it is tried again for as long as it takes.
    if (state.type === 'signed-in' && (attempts > 1 || !failing)) {
      knowledge.publish({ type: 'tokenRefresh_failure', error: outcome.failure.fields });
    }
    const attemptsSoFar = (failing?.attempts ?? 0) + attempts;
    const sinceMs = failing?.sinceMs ?? nowMs;
    // Past the longest grace period the old token can't be saved by hurry.
    const isHurried = !outcome.failure.answered && nowMs - sinceMs < LONGEST_GRACE_MS;
    const waits = isHurried ? UNANSWERED_RETRY_MS : ANSWERED_RETRY_MS;
    const waitMs = jittered(waits, attemptsSoFar - 1, deps.random());
    failing = {
      failure: outcome.failure,
      attempts: attemptsSoFar,
      sinceMs,
      ended: startAge(clock.wallMs(), clock),
      retryAtMs: nowMs + Math.max(outcome.failure.retryAfterMs ?? 0, waitMs),
    };
  }

  function knownSequence(): number {
    const { state } = knowledge;
    return state.type === 'signed-in' ? state.sequence : 0;
  }

  async function fly(flight: Flight): Promise<RefreshOutcome> {
    const { request } = flight;
    if (!request.clientMetadata) {
      // Before the turn at the lock: its holder has 8 s, and between the intent and the request nothing is waited for.
      const clientMetadata = await hooks.clientMetadata?.();
      if (clientMetadata) request.clientMetadata = clientMetadata;
    }
    // However the store has failed: another runtime may have refreshed already.
    deps.store.retry();
    // Another runtime's refresh may have ended before this call, and its news be on the way.
    if (request.aboveSequence !== undefined) await knowledge.read();
    flight.sequenceAtTurn = knownSequence();
    // What the flights before it brought is of other metadata.
    if (request.aboveSequence !== undefined) request.aboveSequence = flight.sequenceAtTurn;
    for (;;) {
      const turn = await deps.locks.withLock(lockName, LOCK_WAIT_MS, () => rotation.run(request, true));
      if (!turn.held) deps.diagnostics.count('lockTimeouts');
      // Whoever holds the lock is frozen or gone, and the grace period may be running.
      const outcome = turn.held ? turn.value : await rotation.run(request, false);
      if (outcome !== 'busy') return outcome;
    }
  }

  /** Sleep counts: after it, the tokens are old. */
  function restMs(): number {
    return refreshed ? LEAST_LIFE_MS - countAgeMs(refreshed, clock) : 0;
  }

  return {
    refresh,
    backoffMs: () => Math.max(0, (failing?.retryAtMs ?? 0) - clock.monotonicMs(), restMs()),
    hasJustRefreshed: () => restMs() > 0,
    refusal() {
      if (!failing) return undefined;
      const { failure, ended } = failing;
      return countAgeMs(ended, clock) < (failure.retryAfterMs ?? 0) ? failure : undefined;
    },
    get isUnsettled() {
      return failing !== undefined && meaningOf(failing.failure) === 'retry';
    },
    forgetBackoff() {
      // A service that has answered is there, and has asked for patience: pages wake whenever their users look at them.
      if (failing && !failing.failure.answered) failing = { ...failing, retryAtMs: 0 };
    },
    get last() {
      return last;
    },
  };
}

function metadataKey({ clientMetadata }: RefreshRequest): string {
  return clientMetadata ? JSON.stringify(Object.entries(clientMetadata).sort()) : '';
}
