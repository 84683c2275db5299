import { describe, expect, test } from 'vitest';
import { INTENT_YOUNG_MS, LOCK_WAIT_MS } from './bounds.js';
import type { CognitoFailure, Deps, SessionMark, SessionRecord, TokenAnswer } from './deps.js';
import { createKnowledge, type Knowledge } from './knowledge.js';
import { EMPTY_RECORD, withIntent, withoutSession, withRefresh, withSignIn } from './record.js';
import { createRefresher, type Refresher } from './refresh.js';
import { createRotation, type RefreshOutcome, type RotationRequest } from './rotation.js';
import { answered, unanswered } from './testing/scripted-cognito.js';
import { makeTokenPair } from './testing/tokens.js';
import { settle } from './testing/virtual-time.js';
import { createWorld, REFRESH_LOCK, type Runtime, type World } from './testing/world.js';

const HOUR_MS = 3_600_000;
const USER_SIGN_OUT = { reason: 'user' } as const;

type Signed = SessionRecord & { session: NonNullable<SessionRecord['session']> };

interface Bench extends World {
  deps: Deps;
  log: Runtime['log'];
  knowledge: Knowledge;
  refresher: Refresher;
  /** The hooks' calls. */
  heard: { revocations: number; settled: number; marks: SessionMark[] };
  /** What the hook answers that asks the other runtimes. */
  others: { areAhead: boolean };
  record(): Signed;
  run(request?: Partial<RotationRequest>, hasLock?: boolean): Promise<RefreshOutcome | 'busy'>;
  refresh(request?: Partial<Parameters<Refresher['refresh']>[0]>): Promise<RefreshOutcome>;
  /** Whoever has this intent began a refresh so long ago. */
  leaveIntent(instanceId: string, agoMs: number): void;
  /** Another runtime commits tokens that were issued now. */
  commitElsewhere(): TokenAnswer & { refreshToken: string };
  signOutElsewhere(): void;
  /** The next request does this, and then is answered. */
  meanwhile(act: () => void | Promise<void>): void;
}

/** A rotation and a refresher on a store in which Ada's session stands, with nothing else that is at work. */
async function createBench({ isRead = true, driftMs = 0, rotation = true } = {}): Promise<Bench> {
  const world = createWorld();
  Object.assign(world.cognito.settings, { rotation, clockOffsetMs: driftMs, graceSeconds: 60 });
  const { deps, log } = world.start();
  const heard: Bench['heard'] = { revocations: 0, settled: 0, marks: [] };
  const others = { areAhead: false };
  const nothing = (): void => undefined;
  const knowledge = createKnowledge(deps, nothing, nothing);
  const hooks = {
    onRevocations: () => void (heard.revocations += 1),
    onSettled: () => void (heard.settled += 1),
    isElsewhere(known: SessionMark) {
      heard.marks.push(known);
      return Promise.resolve(others.areAhead);
    },
    confirmDevice: () => Promise.resolve(undefined),
  };
  const aRotation = createRotation(deps, knowledge, hooks);
  const refresher = createRefresher(deps, knowledge, hooks);
  const record = (): Signed => {
    if (!world.backing.record?.session) throw new Error('nobody is signed in');
    return world.backing.record as Signed;
  };

  const answer = await world.cognito.initiateAuth({
    parameters: { USERNAME: 'ada', PASSWORD: 'right' },
  } as never);
  if (answer.type !== 'tokens') throw new Error('no tokens');
  const askedAtMs = world.time.clock.wallMs();
  const tokens = { ...answer.tokens, refreshToken: answer.tokens.refreshToken ?? '' };
  world.backing.raw = withSignIn(EMPTY_RECORD, tokens, { askedAtMs });
  if (isRead) await world.time.run(knowledge.read());

  return {
    ...world,
    deps,
    log,
    knowledge,
    refresher,
    heard,
    others,
    record,
    run: (request, hasLock = true) => world.time.run(aRotation.run({ attempts: 1, ...request }, hasLock)),
    refresh: (request) => world.time.run(refresher.refresh({ forced: false, ...request })),
    leaveIntent(instanceId, agoMs) {
      const startedAtMs = world.time.clock.wallMs() - agoMs;
      world.backing.raw = withIntent(record(), { instanceId, startedAtMs });
    },
    commitElsewhere() {
      const nowMs = world.time.clock.wallMs();
      const newer = { ...makeTokenPair('sub-ada', nowMs, 3_600), refreshToken: 'newer' };
      world.backing.raw = withRefresh(record(), record().session, newer, nowMs, 'sub-ada');
      return newer;
    },
    signOutElsewhere() {
      world.backing.raw = withoutSession(record(), USER_SIGN_OUT);
    },
    meanwhile(act) {
      const { refresh } = world.cognito;
      deps.cognito.refresh = async (input) => {
        deps.cognito.refresh = refresh;
        try {
          return await refresh(input);
        } finally {
          await act();
        }
      };
    },
  };
}

const FORCED = { aboveSequence: 1 };

describe('the look into the store before a refresh', () => {
  test('ends it when nobody is signed in any more', async () => {
    const bench = await createBench();
    bench.signOutElsewhere();
    expect(await bench.run(FORCED)).toStrictEqual({ type: 'ended' });
    expect(bench.cognito.count('refresh')).toBe(0);
  });

  test('finds it unneeded while the tokens are fresh', async () => {
    const bench = await createBench();
    expect(await bench.run()).toStrictEqual({ type: 'unneeded' });
    expect(bench.cognito.count('refresh')).toBe(0);
  });

  test('finds a forced one done when another runtime has newer tokens', async () => {
    const bench = await createBench();
    bench.commitElsewhere();
    expect(await bench.run(FORCED)).toStrictEqual({ type: 'refreshed' });
    expect(bench.cognito.count('refresh')).toBe(0);
  });

  test('finds it unneeded for a runtime that took the user for signed out', async () => {
    const bench = await createBench();
    const signedIn = bench.record();
    bench.signOutElsewhere();
    await bench.time.run(bench.knowledge.read());
    expect(bench.knowledge.state.type).toBe('signed-out');
    bench.backing.raw = { ...signedIn, fence: 3, revision: 3, sequence: 2 };
    expect(await bench.run()).toStrictEqual({ type: 'unneeded' });
  });

  test('does not believe a clock that was off, when the runtime has just started', async () => {
    const bench = await createBench({ isRead: false, driftMs: 120_000 });
    expect(await bench.run()).toStrictEqual({ type: 'refreshed' });
    expect(bench.cognito.count('refresh')).toBe(1);
  });

  test('believes the tokens that came while the runtime was at work, however far the clock is off', async () => {
    const bench = await createBench({ driftMs: 120_000 });
    const nowMs = bench.time.clock.wallMs();
    const drifting = makeTokenPair('sub-ada', nowMs + 120_000, 3_600);
    bench.backing.raw = withRefresh(bench.record(), bench.record().session, drifting, nowMs, 'sub-ada');
    expect(await bench.run()).toStrictEqual({ type: 'unneeded' });
  });
});

describe('a refresh that somebody began', () => {
  test.each([0, INTENT_YOUNG_MS])('%i ms ago keeps another runtime back that has no lock', async (agoMs) => {
    const bench = await createBench();
    bench.leaveIntent('another-run', agoMs);
    expect(await bench.run(FORCED, false)).toBe('busy');
    expect(bench.cognito.count('refresh')).toBe(0);
  });

  test('longer ago than it may take keeps nobody back', async () => {
    const bench = await createBench();
    bench.leaveIntent('another-run', INTENT_YOUNG_MS + 1);
    expect(await bench.run({}, false)).toStrictEqual({ type: 'refreshed' });
  });

  test('is taken up by another runtime under the lock, which is counted and logged', async () => {
    const bench = await createBench();
    bench.leaveIntent('another-run', 0);
    expect(await bench.run()).toStrictEqual({ type: 'refreshed' });
    expect(bench.deps.diagnostics.counters.refreshesTakenUp).toBe(1);
    expect(bench.log).toContainEqual({
      level: 'info',
      message: 'Taking up a refresh that was begun and not finished.',
    });
  });

  test('does not keep back the runtime that began it, and is not counted as taken up', async () => {
    const bench = await createBench();
    bench.leaveIntent(bench.deps.instanceId, 0);
    expect(await bench.run({}, false)).toStrictEqual({ type: 'refreshed' });
    expect(bench.deps.diagnostics.counters.refreshesTakenUp).toBe(0);
  });
});

describe('the log of a refresh', () => {
  test('tells of the request, and under the lock of nothing taken up and no missing lock', async () => {
    const bench = await createBench();
    await bench.run(FORCED);
    expect(bench.log).toEqual([
      { level: 'debug', message: 'Asking for new tokens.' },
      { level: 'info', message: 'The tokens were refreshed.' },
    ]);
    expect(bench.deps.diagnostics.counters.refreshesTakenUp).toBe(0);
  });

  test('warns when it goes on without the lock', async () => {
    const bench = await createBench();
    await bench.run(FORCED, false);
    expect(bench.log[0]).toEqual({
      level: 'warn',
      message: 'The refresh lock could not be had; refreshing without it.',
    });
  });

  test('warns of a failure with its name, its meaning, and whether it was an answer', async () => {
    const bench = await createBench();
    bench.cognito.fail('refresh', answered('InternalErrorException', 500));
    await bench.run(FORCED);
    expect(bench.log.at(-1)).toEqual({
      level: 'warn',
      message: 'The refresh failed.',
      details: { error: 'InternalErrorException', meaning: 'retry', answered: true },
    });
  });
});

describe('tokens that come', () => {
  test('after the session has ended are put on the list of those to be revoked', async () => {
    const bench = await createBench();
    bench.meanwhile(bench.signOutElsewhere);
    expect(await bench.run(FORCED)).toStrictEqual({ type: 'ended' });
    expect(bench.backing.record?.revocations).toMatchObject([{ refreshToken: 'refresh-sub-ada-1.1' }]);
    expect(bench.heard.revocations).toBe(1);
    expect(bench.deps.diagnostics.counters).toMatchObject({ lateTokens: 1, refreshes: 0 });
    expect(bench.log.at(-1)).toEqual({
      level: 'info',
      message: 'Tokens of a session that had ended arrived; they are revoked, not stored.',
    });
  });

  test('after the session has ended, without a refresh token, leave nothing to be revoked', async () => {
    const bench = await createBench({ rotation: false });
    bench.meanwhile(bench.signOutElsewhere);
    expect(await bench.run(FORCED)).toStrictEqual({ type: 'ended' });
    expect(bench.backing.record).not.toHaveProperty('revocations');
    expect(bench.backing.record).not.toHaveProperty('session');
    expect(bench.deps.diagnostics.counters.lateTokens).toBe(1);
  });

  test('after another runtime stored tokens that were issued no earlier are thrown away', async () => {
    const bench = await createBench();
    let newer: TokenAnswer | undefined;
    bench.meanwhile(() => void (newer = bench.commitElsewhere()));
    expect(await bench.run(FORCED)).toStrictEqual({ type: 'refreshed' });
    expect(bench.record().session).toMatchObject({ ...newer });
    expect(bench.deps.diagnostics.counters.refreshes).toBe(0);
    expect(bench.news()).toEqual([]);
  });

  test('after another runtime stored tokens that were issued earlier take their place', async () => {
    const bench = await createBench({ driftMs: 5_000 });
    bench.meanwhile(() => void bench.commitElsewhere());
    expect(await bench.run(FORCED)).toStrictEqual({ type: 'refreshed' });
    expect(bench.record().session.refreshToken).toBe('refresh-sub-ada-1.1');
    expect(bench.deps.diagnostics.counters.refreshes).toBe(1);
  });

  test('while the user is signing out are told to nobody', async () => {
    const bench = await createBench();
    bench.meanwhile(() => bench.knowledge.startSignOut());
    expect(await bench.refresh({ forced: true })).toStrictEqual({ type: 'refreshed' });
    expect(bench.knowledge.state.type).toBe('signing-out');
    expect(bench.news()).toEqual([]);
  });

  test('and can not be read are a failure of the token endpoint', async () => {
    const bench = await createBench();
    bench.cognito.answerWith('refresh', (answer: TokenAnswer) => ({ ...answer, accessToken: 'garbage' }));
    expect(await bench.run(FORCED)).toMatchObject({
      type: 'failed',
      failure: { fields: { message: 'The token endpoint answered with something unreadable.' } },
    });
  });
});

describe('a refresh that fails', () => {
  test('because nothing could be reached is no time-out', async () => {
    const bench = await createBench();
    bench.cognito.fail('refresh', new TypeError('Failed to fetch'));
    expect(await bench.run(FORCED)).toMatchObject({
      type: 'failed',
      failure: {
        fields: { name: 'NetworkError', message: 'Cognito could not be reached.' },
        answered: false,
      },
    });
  });

  test('is not tried again when the wait would take all that is left of its time', async () => {
    const bench = await createBench();
    const failure = answered('TooManyRequestsException', 429, 'Slow down.', 8_000);
    bench.cognito.fail('refresh', failure);
    expect(await bench.run({ ...FORCED, attempts: 3 })).toStrictEqual({ type: 'failed', failure });
    expect(bench.cognito.count('refresh')).toBe(1);
  });

  test('with a verdict is compared with what the other runtimes have, and ends the session', async () => {
    const bench = await createBench();
    const failure = answered('NotAuthorizedException');
    bench.cognito.fail('refresh', failure);
    expect(await bench.run(FORCED)).toStrictEqual({ type: 'ended', failure });
    expect(bench.heard.marks).toEqual([{ fence: 1, sequence: 1, issuedAtMs: bench.time.clock.wallMs() }]);
    expect(bench.backing.record).not.toHaveProperty('session');
  });

  test('with a verdict, while another runtime has newer tokens than the store, keeps the session', async () => {
    const bench = await createBench();
    bench.others.areAhead = true;
    bench.cognito.fail('refresh', answered('NotAuthorizedException'));
    expect(await bench.run(FORCED)).toMatchObject({
      type: 'failed',
      failure: { fields: { name: 'TimeoutException' }, answered: true },
    });
    expect(bench.record().session.refreshToken).toBe('refresh-sub-ada-1.0');
  });

  test('with what is only to be reported asks no other runtime', async () => {
    const bench = await createBench();
    bench.others.areAhead = true;
    const failure = answered('ResourceNotFoundException');
    bench.cognito.fail('refresh', failure);
    expect(await bench.run(FORCED)).toStrictEqual({ type: 'failed', failure });
    expect(bench.heard.marks).toEqual([]);
  });

  test('with a verdict after the session has ended is a failure of nobody', async () => {
    const bench = await createBench();
    bench.cognito.fail('refresh', answered('NotAuthorizedException'));
    bench.meanwhile(bench.signOutElsewhere);
    expect(await bench.run(FORCED)).toStrictEqual({ type: 'ended' });
    expect(bench.backing.record?.ended).toEqual(USER_SIGN_OUT);
    expect(bench.news()).not.toContain('signedOut');
  });
});

describe('a call that joins a flight', () => {
  test.each(['accessToken', 'idToken'] as const)(
    'is not content with the %s that it was refused with',
    async (kind) => {
      const bench = await createBench();
      const rejectedToken = bench.record().session[kind] ?? '';
      const outcomes = await Promise.all([bench.refresh(), bench.refresh({ rejectedToken })]);
      expect(outcomes).toStrictEqual([{ type: 'unneeded' }, { type: 'refreshed' }]);
      expect(bench.cognito.count('refresh')).toBe(1);
    },
  );

  test('is content with the tokens there are when it was refused with older ones', async () => {
    const bench = await createBench();
    const outcomes = await Promise.all([bench.refresh(), bench.refresh({ rejectedToken: 'older' })]);
    expect(outcomes).toStrictEqual([{ type: 'unneeded' }, { type: 'unneeded' }]);
    expect(bench.heard.settled).toBe(1);
  });

  test.each([{}, { rejectedToken: 'older' }])(
    'is answered while the user is signing out: %o',
    async (call) => {
      const bench = await createBench();
      bench.knowledge.startSignOut();
      expect(await bench.refresh(call)).toStrictEqual({ type: 'unneeded' });
      expect(bench.heard.settled).toBe(1);
    },
  );

  test('by force, after it found the tokens fresh, has a flight of its own', async () => {
    const bench = await createBench();
    const { update } = bench.deps.store;
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    bench.deps.store.update = async (change) => {
      const result = await update(change);
      await gate;
      return result;
    };
    const plain = bench.refresher.refresh({ forced: false });
    await settle();
    const forced = bench.refresher.refresh({ forced: true });
    open();
    expect(await bench.time.run(plain)).toStrictEqual({ type: 'unneeded' });
    expect(await bench.time.run(forced)).toStrictEqual({ type: 'refreshed' });
    expect(bench.cognito.count('refresh')).toBe(1);
  });

  test('without metadata takes part in one that has some', async () => {
    const bench = await createBench();
    const outcomes = await Promise.all([
      bench.refresh({ forced: true, clientMetadata: { tenant: 'a' } }),
      bench.refresh(),
    ]);
    expect(outcomes).toStrictEqual([{ type: 'refreshed' }, { type: 'refreshed' }]);
    expect(bench.heard.settled).toBe(1);
  });

  test.each([
    { isBehind: false, requests: 3 },
    { isBehind: true, requests: 1 },
  ])(
    'for which nobody waited: behind as well $isBehind, $requests attempts',
    async ({ isBehind, requests }) => {
      const bench = await createBench();
      bench.time.sleep(HOUR_MS);
      bench.cognito.fail('refresh', unanswered(), 10);
      const calls = [true, isBehind].map((behind) =>
        bench.refresher.refresh({ forced: false, isBehind: behind }),
      );
      await bench.time.run(Promise.all(calls));
      expect(bench.cognito.count('refresh')).toBe(requests);
    },
  );

  test('by force is not content with tokens that were known before it', async () => {
    const bench = await createBench();
    const answer = bench.cognito.hold('refresh');
    const first = bench.refresher.refresh({ forced: true });
    await bench.time.until(() => bench.cognito.count('refresh') === 1);
    bench.commitElsewhere();
    await bench.time.run(bench.knowledge.read());
    const second = bench.refresher.refresh({ forced: true });
    bench.deps.cognito.refresh = () => Promise.resolve(makeTokenPair('sub-ada', HOUR_MS, 3_600));
    answer.release();
    await bench.time.run(Promise.all([first, second]));
    expect(bench.heard.settled).toBe(2);
    expect(bench.deps.diagnostics.counters.refreshRequests).toBe(2);
  });

  test('finds the one that is out, though an earlier one of the same kind has ended after it began', async () => {
    const bench = await createBench();
    const firstAnswer = bench.cognito.hold('refresh');
    const first = bench.refresher.refresh({ forced: true });
    await bench.time.until(() => bench.cognito.count('refresh') === 1);
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    bench.backing.gate = () => gate;
    firstAnswer.release();
    await settle();
    const second = bench.refresher.refresh({ forced: true });
    const secondAnswer = bench.cognito.hold('refresh');
    open();
    await bench.time.run(first);
    await bench.time.until(() => bench.cognito.count('refresh') === 2);
    const third = bench.refresher.refresh({ forced: true });
    secondAnswer.release();
    await bench.time.run(Promise.all([second, third]));
    expect(bench.cognito.count('refresh')).toBe(2);
  });
});

describe('a flight', () => {
  test('whose lock breaks down is a failure like any other', async () => {
    const bench = await createBench();
    bench.deps.locks.withLock = () => Promise.reject(new TypeError('no locks'));
    expect(await bench.refresh({ forced: true })).toMatchObject({
      type: 'failed',
      failure: { fields: { message: 'Cognito could not be reached.' } },
    });
  });

  test('looks into the store once when any fresh tokens will do', async () => {
    const bench = await createBench();
    let looks = 0;
    bench.backing.gate = () => {
      looks += 1;
      return Promise.resolve();
    };
    await bench.refresh();
    expect(looks).toBe(1);
  });

  test('by force, of a runtime that took the user for signed out, is flown once', async () => {
    const bench = await createBench();
    const signedIn = bench.record();
    bench.signOutElsewhere();
    await bench.time.run(bench.knowledge.read());
    bench.backing.raw = { ...signedIn, fence: 3, revision: 3, sequence: 2 };
    expect(await bench.refresh({ forced: true })).toStrictEqual({ type: 'refreshed' });
    expect(bench.heard.settled).toBe(1);
  });

  test('counts the lock among those not had only when it was not had', async () => {
    const bench = await createBench();
    await bench.refresh({ forced: true });
    expect(bench.deps.diagnostics.counters.lockTimeouts).toBe(0);
    bench.locks.freeze(REFRESH_LOCK);
    const startedAtMs = bench.time.clock.monotonicMs();
    await bench.refresh({ forced: true });
    expect(bench.time.clock.monotonicMs() - startedAtMs).toBe(LOCK_WAIT_MS);
    expect(bench.deps.diagnostics.counters.lockTimeouts).toBe(1);
  });

  test('is remembered with the error that it failed with, and without one when it did not', async () => {
    const bench = await createBench();
    await bench.refresh({ forced: true });
    const atMs = bench.time.clock.wallMs();
    expect(bench.refresher.last).toStrictEqual({ outcome: 'refreshed', atMs });
    bench.cognito.fail('refresh', answered('ResourceNotFoundException'));
    await bench.refresh({ forced: true });
    expect(bench.refresher.last).toStrictEqual({
      outcome: 'failed',
      atMs,
      error: 'ResourceNotFoundException',
    });
  });

  test.each([
    { failure: answered('ResourceNotFoundException'), isUnsettled: false },
    { failure: unanswered(), isUnsettled: true },
  ])('that fails with $failure.message is unsettled: $isUnsettled', async ({ failure, isUnsettled }) => {
    const bench = await createBench();
    bench.cognito.fail('refresh', failure, 3);
    await bench.refresh({ forced: true });
    expect(bench.refresher.isUnsettled).toBe(isUnsettled);
  });
});

describe('the wait after a flight that failed behind', () => {
  async function fail(bench: Bench, failure: CognitoFailure): Promise<number> {
    bench.cognito.fail('refresh', failure);
    await bench.refresh({ isBehind: true });
    return bench.refresher.backoffMs();
  }

  test('is short without an answer, until the longest grace period is over', async () => {
    const bench = await createBench();
    await bench.time.advance(HOUR_MS);
    expect(await fail(bench, unanswered())).toBe(150);
    await bench.time.advance(59_999);
    expect(await fail(bench, unanswered())).toBe(375);
    await bench.time.advance(1);
    expect(await fail(bench, unanswered())).toBe(3_000);
  });

  test('is long after an answer, and longer each time', async () => {
    const bench = await createBench();
    await bench.time.advance(HOUR_MS);
    const failure = answered('InternalErrorException', 500);
    expect(await fail(bench, failure)).toBe(750);
    expect(await fail(bench, failure)).toBe(1_500);
  });
});
