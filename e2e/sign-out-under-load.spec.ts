/**
 * Promise: sign-out is final, also for tabs that can't hear of it, and waits for them no longer than they could answer by themselves.
 * `Date.now()` is one clock for all pages of a machine, in whole milliseconds: a call counts as begun after the sign-out from the
 * next millisecond on.
 */
import { ACKNOWLEDGE_MS } from '../worker/bounds.js';
import { expect, test } from './chaos/fixtures.js';
import { openCrowd, signOutAmongAwake, signOutUnderLoad, type Crowd, type Round } from './crowd.js';

/** `npm run soak:sign-out` repeats each test ten times. */
const ROUNDS = 20;

/** A second for those that don't answer, then the revocation, on a busy machine. */
const LONGEST_MS = 5_000;

const RUNGS = [
  { transport: 'shared-worker', lacks: [], keepsInCache: true },
  { transport: 'worker', lacks: ['SharedWorker'], keepsInCache: false },
  { transport: 'page', lacks: ['SharedWorker', 'Worker'], keepsInCache: false },
];

for (const { transport, lacks, keepsInCache } of RUNGS) {
  test(`${transport}: no call begun after signOut resolved gets tokens, in any of 12 tabs, ${ROUNDS} times`, async ({
    openTab,
  }) => {
    test.setTimeout(60_000 + ROUNDS * 10_000);
    const crowd = await openCrowd(openTab, (page) =>
      page.evaluateOnNewDocument((globals) => {
        for (const name of globals) Reflect.deleteProperty(window, name);
      }, lacks),
    );
    for (const tab of crowd.all) expect((await tab.inspect()).transport).toBe(transport);

    const awake = [];
    for (let round = 0; round < 3; round++) awake.push(await signOutAmongAwake(crowd));
    const loaded = [];
    for (let round = 0; round < ROUNDS; round++) {
      const done = await signOutUnderLoad(crowd);
      expectUnderLoad(crowd, done, keepsInCache);
      loaded.push(done);
    }

    const rounds = [...awake, ...loaded];
    test.info().annotations.push({
      type: 'sign-outs took, in ms',
      description: `${awake.map(tookMs).join(' ')}; under load ${loaded.map(tookMs).join(' ')}`,
    });
    expect(rounds.map((round) => callsTooLate(crowd, round)).filter((calls) => calls.length > 0)).toEqual([]);
    for (const { signOut } of rounds) expect(signOut.revoked).toBe(true);
    // All have confirmed, so that nobody had to be waited for.
    for (const { signOut } of awake) expect(signOut.clients).toBe(crowd.all.length);
    for (const { signOut } of loaded) expect(signOut.clients).toBeGreaterThanOrEqual(crowd.others.length + 1);
    expect(Math.min(...awake.map(tookMs))).toBeLessThan(ACKNOWLEDGE_MS);
    expect(Math.max(...loaded.map(tookMs))).toBeLessThan(LONGEST_MS);
  });
}

function tookMs({ signOut }: Round): number {
  return signOut.resolvedAtMs - signOut.calledAtMs;
}

/** Those that got tokens though they were begun after the sign-out had resolved. */
function callsTooLate({ all }: Crowd, { signOut, records }: Round): string[] {
  return [...records].flatMap(([tab, { calls }]) =>
    calls
      .filter(({ startedAtMs, hadTokens }) => hadTokens && startedAtMs > signOut.resolvedAtMs)
      .map(({ startedAtMs }) => `tab ${all.indexOf(tab)} after ${startedAtMs - signOut.resolvedAtMs} ms`),
  );
}

/** The round was what it should be: otherwise it says nothing. */
function expectUnderLoad(crowd: Crowd, { signOut, records, longTask }: Round, isKeptInCache: boolean): void {
  const { calledAtMs, resolvedAtMs, clients } = signOut;
  const recordOf = (tab: Crowd['first']) => records.get(tab) ?? { calls: [] };
  for (const tab of crowd.all) {
    const { calls } = recordOf(tab);
    if (tab === crowd.leaving && !isKeptInCache && !recordOf(tab).restored) continue;
    expect(
      calls.some(({ startedAtMs, hadTokens }) => startedAtMs <= calledAtMs && hadTokens),
      'the tab was in the middle of it',
    ).toBe(true);
  }
  for (const tab of crowd.others) {
    const { calls } = recordOf(tab);
    const during = calls.filter(
      ({ startedAtMs }) => startedAtMs >= calledAtMs && startedAtMs <= resolvedAtMs,
    );
    expect(during.length, 'calls of a tab during the sign-out').toBeGreaterThan(0);
  }
  for (const { tab } of crowd.freezable) {
    const { frozen, resumed } = recordOf(tab);
    expect(frozen?.atMs, 'was frozen before the sign-out').toBeLessThanOrEqual(calledAtMs);
    expect(resumed?.atMs, 'was thawed after it').toBeGreaterThanOrEqual(resolvedAtMs);
    expect(resumed?.calls, 'called nothing meanwhile').toBe(frozen?.calls);
  }
  const { left, restored } = recordOf(crowd.leaving);
  if (isKeptInCache || restored) {
    expect(left?.atMs, 'left before the sign-out').toBeLessThanOrEqual(calledAtMs);
    expect(restored?.atMs, 'came out of the cache after it').toBeGreaterThanOrEqual(resolvedAtMs);
  }
  expect(longTask?.beganAtMs).toBeLessThanOrEqual(calledAtMs);
  expect(longTask?.endedAtMs).toBeGreaterThan(calledAtMs);
  // Neither the busy tab nor the one that hears nothing nor the one in the cache can have confirmed.
  expect(clients).toBeLessThanOrEqual(crowd.all.length - 3);
}
