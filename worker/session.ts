/** The session of one app client: what pages may ask, and what keeps it good when nobody asks. */
import type { AccountOperation, AccountOutput } from './account-contract.js';
import { createAccount } from './account.js';
import { createAdoption, type Adoption } from './adopt.js';
import { countAgeMs, startAge } from './age.js';
import {
  LEASE_MS,
  type News,
  type RuntimeConfig,
  type RuntimeInspection,
  type SessionDescription,
  type SessionRequest,
  type SessionView,
} from './contract.js';
import { createCallers } from './callers.js';
import { createClientRegistry, type ClientRegistry } from './clients.js';
import { createCredentialsKeeper } from './credentials.js';
import { describe } from './describe.js';
import { createEndWarnings } from './end-warnings.js';
import { createDevices } from './devices.js';
import { ACKNOWLEDGE_MS, RECHECK_MS, UNKNOWN_STORE_REST_MS } from './bounds.js';
import { isChannelMessage } from './channel-message.js';
import type { Deps } from './deps.js';
import { ownError, type AuthError } from './errors.js';
import { createFirstTokens } from './first-tokens.js';
import { createHolds } from './holds.js';
import { createFreshness } from './freshness.js';
import { createIdle } from './idle.js';
import { createKnowledge } from './knowledge.js';
import { createLogins } from './logins.js';
import { createMinRemaining } from './min-remaining.js';
import { createPeers } from './peers.js';
import { createRedirect, type Redirect } from './redirect.js';
import { createQuestions, type Questions } from './questions.js';
import { createRecheck } from './recheck.js';
import { createRefresher } from './refresh.js';
import { createSaveBeforeEnd } from './save-before-end.js';
import { createSavePhase, type SavePhase } from './save-phase.js';
import { createSchedule } from './schedule.js';
import { createScopeKeeper, mismatchError, mismatches, scopeOf } from './scope.js';
import { createSignIn, type SignIn } from './sign-in.js';
import { createSignOut, type SignOut } from './sign-out.js';
import { shareRuns } from './shared-run.js';
import { sessionEnd } from './session-end.js';
import { fenceOf, revisionOf } from './state.js';
import { setAsideLimitMs } from './store.js';
import { marginMs, mustRefreshMs, refreshTokenExpiresAt, timeLeftMs, type LiveTokens } from './tokens.js';
import { createViewer } from './view.js';

export interface Session extends SignIn, Redirect, Adoption, Pick<SignOut, 'signOut'> {
  /** Throws when this config names other pools or endpoints than the session's. */
  join(config: RuntimeConfig): void;
  /** @param exposesRefreshToken True: this client's app asked for it. */
  session(request: SessionRequest, exposesRefreshToken?: boolean): Promise<SessionView>;
  describe(): Promise<SessionDescription>;
  /** Throws for a request that is none. */
  account(request: unknown): Promise<AccountOutput<AccountOperation>>;
  /** Somebody uses a page, or did so many milliseconds ago. */
  active(agoMs?: unknown): Promise<void>;
  /** The clock may have moved, or the network is back. @param isVisible True: the page that tells it is in view. */
  wake(isVisible?: unknown): void;
  inspect(): RuntimeInspection;
  readonly clients: ClientRegistry;
  readonly questions: Questions;
  readonly saving: SavePhase;
  readonly revision: number;
}

export function createSession(deps: Deps): Session {
  const { clock, config } = deps;
  const knowledge = createKnowledge(
    deps,
    () => replan(),
    () => revokePending(),
  );
  const peers = createPeers(deps);
  const clients = createClientRegistry(deps.timers, (count, before) => {
    if (count === 0) peers.leave();
    else if (before === 0) {
      peers.announce();
      firstLoad = undefined;
      // A claim that fails rejects for who waits for it.
      claimKnown().catch(() => undefined);
    }
    replan();
  });
  const questions = createQuestions(deps);
  const holds = createHolds(deps);
  const saving = createSavePhase(deps, peers, () => {
    const { state } = knowledge;
    return state.type === 'signed-in' ? state.fence : undefined;
  });
  const signOut = createSignOut(deps, knowledge, clients, peers, holds, saving);
  const revokeInTurn = shareRuns(() => signOut.revokePending());
  const revokePending = (): void => void revokeInTurn();
  const devices = createDevices(deps, knowledge);
  const commitFirstTokens = createFirstTokens(deps, knowledge, revokePending);
  const signIn = createSignIn(deps, knowledge, devices, commitFirstTokens);
  const redirect = createRedirect(deps, knowledge, commitFirstTokens);
  const adoption = createAdoption(deps, knowledge, commitFirstTokens);
  const refresher = createRefresher(deps, knowledge, {
    onRevocations: revokePending,
    isElsewhere: (known) => peers.haveNewer(known),
    confirmDevice: () => devices.confirm(),
    clientMetadata: () =>
      questions.canAsk('clientMetadataProvider') ? questions.ask('clientMetadataProvider') : undefined,
    onSettled: () => replan(),
  });
  const recheck = createRecheck(deps, knowledge, refresher);
  const credentials = createCredentialsKeeper(
    deps,
    knowledge,
    createCallers(deps, createLogins(deps, questions)),
  );
  const scope = createScopeKeeper(deps, knowledge, peers, () => clients.count > 0);
  const schedule = createSchedule(
    deps,
    () => void refreshBehind(),
    () => void look(),
  );
  const freshness = createFreshness(deps, knowledge, refresher, () => void refreshBehind());
  const minRemaining = createMinRemaining(deps, knowledge, signOut, peers, holds, saving);
  const isServing = (): boolean => clients.count > 0;
  const endWarnings = createEndWarnings(deps, knowledge, holds, saving.limitMs, isServing);
  const idle = createIdle(deps, knowledge, signOut, holds, saving.limitMs, isServing, () =>
    minRemaining.onReturn(),
  );
  const savesBefore = [endWarnings.end, idle.end].map((end) =>
    createSaveBeforeEnd(deps, saving, isServing, end),
  );
  const viewer = createViewer(deps, knowledge, credentials, idle.end.leftMs);
  /** What may end the session before the first tab gets something of it. Undefined: it is yet to be known what there is. */
  let firstLoad: Promise<void> | undefined = Promise.resolve();
  let claimed: Promise<void> | undefined;
  /** A look into the store that calls wait for. */
  let looked: Promise<unknown> = Promise.resolve();
  let lastAnswer = startAge(clock.wallMs(), clock);

  deps.channel.listen((message) => {
    if (!isChannelMessage(message) || message.instanceId === deps.instanceId) return;
    peers.receive(message);
    saving.receive(message);
    if (message.type === 'news') void follow(message);
    else if (message.type === 'roll-call') answerRollCall();
    // The lock is had when that refresh has ended, or its runtime.
    else if (message.type === 'begun') void takeUp();
  });

  function answerRollCall(): void {
    scope.answer();
    if (deps.store.health.storageError === undefined) return;
    deps.store.retry();
    void look();
  }

  /** Another runtime changed the session. */
  async function follow({ revision, event }: News): Promise<void> {
    // What was done in memory was counted without the others.
    const isInMemory = deps.store.health.storageError !== undefined;
    if (isInMemory || revision > revisionOf(knowledge.state)) await knowledge.read();
    const { state } = knowledge;
    // News of another store, or of none.
    if (revisionOf(state) < revision) return;
    // What the store lacked was in memory here, or there is later news on its way.
    if (revisionOf(state) > revision) knowledge.makeUp();
    else knowledge.hear(revision);
    // Of a sign-out that is past, nothing is to be acknowledged.
    if (event.type !== 'signedOut' || state.type !== 'signed-out') return;
    const settled = await clients.settled(revision, ACKNOWLEDGE_MS);
    deps.channel.post({ type: 'settled', instanceId: deps.instanceId, revision, clients: settled });
  }

  /** A claim that failed is made again by the next client that joins. */
  function claim(): Promise<void> {
    claimed ??= scope.claim().then(
      (isClaimed) => {
        if (!isClaimed) {
          claimed = undefined;
          return replan();
        }
        revokePending();
        void look();
        void deps.store.eraseSetAside(setAsideLimitMs(clock));
        // Who came while this runtime was not done with its start has had no answer from it.
        if (clients.count > 0) peers.announce();
      },
      (error: unknown) => {
        claimed = undefined;
        throw error;
      },
    );
    return claimed;
  }

  /**
   * For what needs to know whether somebody is signed in, or what was stored on the way. What only memory had would be lost with it,
   * and whoever gave it may have dropped it.
   */
  async function claimKnown(): Promise<void> {
    await claim();
    if (knowledge.state.type === 'restoring') throw storeSilent();
    await (firstLoad ??= minRemaining.atFirstLoad().catch(() => undefined));
    await idle.settle();
  }

  /** The store is claimed behind: it may hang, and a welcome must not wait for it. Every call that needs it waits. */
  function join(other: RuntimeConfig): void {
    const fields = mismatches(scopeOf(config), scopeOf(other));
    if (fields.length > 0) throw mismatchError(fields);
    if (claimed) void look();
    claim().catch(() => undefined);
  }

  /** Now and then, and for who comes or wakes: a runtime may have died between its commit and its news. */
  function look(): Promise<unknown> {
    looked = knowledge.look().then(({ intent }) => {
      if (intent && intent.instanceId !== deps.instanceId) void takeUp();
      replan();
    });
    return looked;
  }

  async function session(request: SessionRequest, exposesRefreshToken = false): Promise<SessionView> {
    await claimKnown();
    // Also for the calls that came meanwhile and are next: they must not be answered from before the sleep.
    if (mayHaveSlept()) looked = knowledge.read();
    await looked;
    if ((request.minRevision ?? 0) > revisionOf(knowledge.state)) await knowledge.read();
    await idle.settle();
    if (!request.peek) await ensureAll(request);
    await idle.settle();
    const stored = exposesRefreshToken ? (await knowledge.read()).session : undefined;
    const view = viewer.view();
    if (!stored || stored.accessToken !== view.tokens?.accessToken) return view;
    return { ...view, tokens: { ...view.tokens, refreshToken: stored.refreshToken } };
  }

  /** Good tokens, for what needs no credentials. @returns undefined when nobody is signed in. */
  async function goodTokens(): Promise<LiveTokens | undefined> {
    await session({ peek: true });
    await freshness.ensure({});
    await idle.settle();
    return knowledge.state.type === 'signed-in' ? knowledge.state.tokens : undefined;
  }

  async function describeSession(): Promise<SessionDescription> {
    const tokens = await goodTokens();
    if (!tokens) return {};
    const { session: stored } = await knowledge.read();
    const expiresAt = refreshTokenExpiresAt(tokens, config.refreshTokenValiditySeconds);
    return describe(tokens, { isHeld: !!stored?.refreshToken, ...(expiresAt && { expiresAt }) });
  }

  async function ensureAll(request: SessionRequest): Promise<void> {
    await freshness.ensure(request);
    const fence = fenceOf(knowledge.state);
    const wasGood = freshness.isGood();
    await ensureCredentials(request.forceRefresh === true);
    // Meanwhile the device may have slept, or another session may have come.
    const hasExpired = wasGood && !freshness.isGood();
    if (hasExpired || fenceOf(knowledge.state) !== fence)
      await ensureAll({ ...request, forceRefresh: false });
  }

  /** Called once for each request: has it been quiet for longer than any page's lease? */
  function mayHaveSlept(): boolean {
    const before = lastAnswer;
    lastAnswer = startAge(clock.wallMs(), clock);
    return deps.sleepsWithPage && countAgeMs(before, clock) > LEASE_MS;
  }

  async function ensureCredentials(forced: boolean): Promise<void> {
    const { state } = knowledge;
    const minSequence = forced && state.type === 'signed-in' ? state.sequence : 0;
    const { refusedIdToken } = await credentials.ensure({ minSequence, isForced: forced });
    if (refusedIdToken === undefined) return;
    const outcome = await refresher.refresh({ forced: false, rejectedToken: refusedIdToken });
    if (outcome.type === 'ended' && outcome.failure) throw outcome.failure;
    await credentials.ensure({ minSequence, isLastTry: true });
  }

  async function refreshBehind(): Promise<void> {
    if (knowledge.state.type !== 'signed-in' || refresher.backoffMs() > 0) return replan();
    await refresher.refresh({ forced: false, isBehind: true });
  }

  /** A refresh that another runtime began, and may never end: the grace period of the old token is running. */
  async function takeUp(): Promise<void> {
    if (refresher.backoffMs() > 0) return;
    await refresher.refresh({ forced: false, isBehind: true });
  }

  /** Proactive refresh: a margin before expiry, with jitter, and only while a client is connected. */
  function replan(): void {
    const { state } = knowledge;
    endWarnings.replan();
    idle.replan();
    for (const saveBefore of savesBefore) saveBefore.replan();
    if (clients.count > 0 && deps.store.isUnknown) return schedule.plan(undefined, UNKNOWN_STORE_REST_MS);
    if (state.type !== 'signed-in' || clients.count === 0) {
      // What was done in memory is to come into the store, whoever is there; and who is there is to hear of a sign-in.
      const isToLook = clients.count > 0 || deps.store.health.storageError !== undefined;
      return schedule.plan(undefined, isToLook ? RECHECK_MS : undefined);
    }
    const { tokens } = state;
    const margin = marginMs(tokens.lifeMs, config.refreshMarginSeconds);
    const jitterMs = deps.random() * 0.1 * (margin - mustRefreshMs(tokens.lifeMs));
    const isDue = !tokens.clockTrusted || refresher.isUnsettled;
    const leftMs = timeLeftMs(tokens, clock);
    const end = sessionEnd(tokens, config.refreshTokenValiditySeconds, clock);
    // When the refresh token will have ended by then, Cognito's verdict is asked for when the last tokens have.
    const marginDueMs = leftMs - margin + jitterMs;
    const beforeExpiryMs = end && end.refreshTokenLeftMs <= marginDueMs ? leftMs : marginDueMs;
    const dueMs = isDue ? 0 : Math.min(beforeExpiryMs, end?.lastRefreshInMs ?? Infinity);
    schedule.plan(Math.max(0, dueMs, refresher.backoffMs()), RECHECK_MS);
  }

  return {
    join,
    session,
    describe: describeSession,
    signIn: async (input, clientId) => {
      await claim();
      await idle.settle();
      return signIn.signIn(input, clientId);
    },
    confirmSignIn: async (input, clientId) => {
      await claim();
      return signIn.confirmSignIn(input, clientId);
    },
    pendingSignIn: async (clientId) => {
      await claim();
      return signIn.pendingSignIn(clientId);
    },
    signOut: async (input) => {
      await claim();
      await idle.settle();
      return signOut.signOut(input);
    },
    adoptSession: async (input) => {
      await claimKnown();
      const user = await adoption.adoptSession(input);
      await idle.note();
      return user;
    },
    beginRedirect: async (input) => {
      await claimKnown();
      return redirect.beginRedirect(input);
    },
    completeRedirect: async (input) => {
      await claimKnown();
      return redirect.completeRedirect(input);
    },
    account: createAccount(deps, async () => (await goodTokens())?.accessToken),
    async active(agoMs) {
      await claim();
      await idle.note(agoMs);
    },
    wake(isVisible) {
      const isResting = refresher.backoffMs() > 0;
      refresher.forgetBackoff();
      revokePending();
      const seen = look();
      if (isVisible !== true || isResting) return;
      // Behind: what fails is told as any refresh that fails, and a claim's failure to who waits for it.
      void seen
        .then(claimKnown)
        .then(recheck)
        .catch(() => undefined);
    },
    inspect() {
      const { dueAtMs } = schedule;
      const { last } = refresher;
      return {
        clients: clients.count,
        ...deps.store.health,
        ...(dueAtMs !== undefined && { nextRefreshAtMs: dueAtMs }),
        ...(last && { lastRefresh: last }),
        counters: { ...deps.diagnostics.counters },
      };
    },
    clients,
    questions,
    saving,
    get revision() {
      return revisionOf(knowledge.state);
    },
  };
}

function storeSilent(): AuthError {
  return ownError(
    'TimeoutException',
    "The browser's store does not answer.",
    'Try again. The session is kept.',
  );
}
