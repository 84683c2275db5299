/** Deliberate bugs, each of which the schedules must find. */
import type { Mood } from '../what-may-happen.js';

/** Only there an app ends sessions by policy. */
const ENDING: readonly Mood[] = ['ending', 'ending-wild'];

export interface Bite {
  /** What the product does wrong with it. */
  name: string;
  /** From the root of the repository. */
  file: string;
  /** Stands in the file once. */
  find: string;
  replace: string;
  /** Those that can find it. Default: all. */
  moods?: readonly Mood[];
}

export const BITES: readonly Bite[] = [
  {
    name: 'refreshes without the lock',
    file: 'worker/refresh.ts',
    find: 'await deps.locks.withLock(lockName, LOCK_WAIT_MS, () => rotation.run(request, true));',
    replace: '{ held: true as const, value: await rotation.run(request, true) };',
  },
  {
    name: 'does not look into the store again under the lock',
    file: 'worker/rotation.ts',
    find: 'if (isUnneeded(record, session, request)) {',
    replace: 'if (false) {',
  },
  {
    name: 'does not compare the fence when it commits: a refresh brings the session back',
    file: 'worker/rotation.ts',
    find: 'if (record.fence !== fence || !record.session) {',
    replace: `if (!record.session) {
        const back = withRefresh(record, entry.session, answer, askedAtMs, userId);
        return { record: back, result: 'committed' as const };
      }
      if (false) {`,
  },
  {
    name: 'verifies the tokens before it stores them',
    file: 'worker/rotation.ts',
    find: "const userId = readTokens(entry.session, clock, false)?.userId ?? '';",
    replace: `const userId = readTokens(entry.session, clock, false)?.userId ?? '';
    await deps.cognito.identityId({ verify: answer.accessToken }).catch(() => undefined);`,
  },
  {
    name: 'tells of new tokens before it stores them',
    file: 'worker/rotation.ts',
    find: "const userId = readTokens(entry.session, clock, false)?.userId ?? '';",
    replace: `const userId = readTokens(entry.session, clock, false)?.userId ?? '';
    knowledge.publish({ type: 'tokenRefresh' });`,
  },
  {
    name: 'stores no intent',
    file: 'worker/rotation.ts',
    find: "return { record: withIntent(record, intent), result: { type: 'ask', fence, sequence, session } };",
    replace: "return { record, result: { type: 'ask', fence, sequence, session } };",
  },
  {
    name: 'does not take up what another run began',
    file: 'worker/rotation.ts',
    find: 'if (record.intent) return false;',
    replace: '',
  },
  {
    name: 'ends the session when it is told to slow down',
    file: 'worker/failures.ts',
    find: 'if (status >= 500 || status === 429 || PASSING.has(fields.name))',
    replace: "if (status === 429) return 'verdict';\n  if (status >= 500 || PASSING.has(fields.name))",
  },
  {
    name: "takes a proxy's word for Cognito's",
    file: 'worker/failures.ts',
    find: 'if (status >= 500 || status === 429 || PASSING.has(fields.name))',
    replace: 'if (status === 500 || status === 429 || PASSING.has(fields.name))',
  },
  {
    name: 'ends the session for a garbled answer',
    file: 'worker/failures.ts',
    find: "  'NetworkError',\n  'TimeoutException',\n  'TooManyRequestsException',",
    replace: "  'TooManyRequestsException',",
  },
  {
    name: 'believes a verdict on a token that is not the current one',
    file: 'worker/rotation.ts',
    find: "if (record.session.refreshToken !== session.refreshToken) return { result: 'again' as const };",
    replace: '',
  },
  {
    name: 'raises no fence at sign-out',
    file: 'worker/record.ts',
    find: 'const next = { ...rest, fence: record.fence + 1, revision: record.revision + 1, ended };',
    replace: 'const next = { ...rest, fence: record.fence, revision: record.revision + 1, ended };',
  },
  {
    name: 'does not wait for the tabs at sign-out',
    file: 'worker/sign-out.ts',
    find: 'clients.settled(revision, ACKNOWLEDGE_MS),\n      peers.settled(revision, ACKNOWLEDGE_MS),',
    replace: '0,\n      0,',
  },
  {
    name: 'lets a tab answer from its view after news of a sign-out',
    file: 'client/client.ts',
    find: "        view.forget();\n        void connection?.call('acknowledge', revision, true).catch(() => undefined);\n      }\n      view.endLease();",
    replace: "        void connection?.call('acknowledge', revision, true).catch(() => undefined);\n      }",
  },
  {
    name: 'takes an answer that is older than the news',
    file: 'client/client.ts',
    find: 'if (isOld) return ask({ ...request, forceRefresh: false });',
    replace: 'void isOld;',
  },
  {
    name: "stores one user's credentials with another's session",
    file: 'worker/credentials.ts',
    find: 'record.fence === fence ? { record: withIdentity(record, identity), result: true } : { result: false },',
    replace: '({ record: withIdentity(record, identity), result: true }),',
  },
  {
    name: 'tries again at once, for ever',
    file: 'worker/rotation.ts',
    find: 'return (waits[Math.min(attempt, waits.length - 1)] ?? 0) * (0.5 + random / 2);',
    replace: 'return (waits[Math.min(attempt, waits.length - 1)] ?? 0) * 0.001 * random;',
  },
  {
    name: 'does not count sleep',
    file: 'worker/age.ts',
    find: 'Math.max(0, clock.wallMs() - age.wallMs, clock.monotonicMs() - age.monotonicMs)',
    replace: 'Math.max(0, clock.monotonicMs() - age.monotonicMs)',
  },
  {
    name: 'counts the age of tokens from their arrival',
    file: 'worker/rotation.ts',
    find: 'withRefresh(record, record.session, answer, askedAtMs, userId)',
    replace: 'withRefresh(record, record.session, answer, clock.wallMs(), userId)',
  },
  {
    name: 'does not notice that the worker is dead',
    file: 'client/link.ts',
    find: 'if (deadlineMs < Infinity) watch();',
    replace: '',
  },
  {
    name: 'calls a user signed out whose store is silent',
    file: 'worker/store.ts',
    find: "known === undefined && memory.fence === 0 && failing?.errorName === 'TimeoutError'",
    replace: 'false',
  },
  {
    name: 'takes its memory for the store when it has failed',
    file: 'worker/reconcile.ts',
    find: 'if (isVerdictOn(known, memory) && stored.sequence > known.sequence) return adopted(meeting, nowMs);',
    replace: 'return memory;',
  },
  {
    name: 'drops what a later version wrote',
    file: 'worker/record.ts',
    find: 'return { ...record, intent };',
    replace:
      'const { v, fence, revision, sequence, scope, session, identity, revocations } = record;\n  return { v, fence, revision, sequence, intent, ...(scope && { scope }), ...(session && { session }), ...(identity && { identity }), ...(revocations && { revocations }) };',
  },
  {
    name: 'forgets the use of another tab: ends an idle session early',
    file: 'worker/idle.ts',
    find: "endByPolicy('idle', (record) => leftIn(record) <= 0)",
    replace: "endByPolicy('idle', () => true)",
    moods: ENDING,
  },
  {
    name: 'warns of the idle end again with each change',
    file: 'client/followed-news.ts',
    find: 'if (ending && !isWarned) yield',
    replace: 'if (ending) yield',
    moods: ENDING,
  },
  {
    name: 'serves tokens past the idle end',
    file: 'worker/idle.ts',
    find: 'while (leftMs() <= 0) {',
    replace: 'while (false) {',
    moods: ENDING,
  },
  {
    name: 'takes a call for use',
    file: 'worker/session.ts',
    find: '    await looked;\n    if ((request.minRevision ?? 0)',
    replace: '    await looked;\n    await idle.note();\n    if ((request.minRevision ?? 0)',
    moods: ENDING,
  },
  {
    name: 'relies on one timer for the idle end',
    file: 'worker/idle.ts',
    find: 'timers.after(Math.max(0, Math.min(dueMs, END_WATCH_MS)),',
    replace: 'timers.after(Math.max(0, dueMs),',
    moods: ENDING,
  },
  {
    name: 'does not count use right after other use',
    file: 'worker/activity.ts',
    find: 'if (!isAhead && atMs <= activeAtMs) return nothing;',
    replace: 'if (!isAhead && (!idleEnding || atMs <= activeAtMs) && beforeMs < 1_000) return nothing;',
    moods: ENDING,
  },
];
