/** What the worker's core relies on from locks. */
import type { LockOutcome } from './actor.js';
import { equal, holds, rejects } from './asserting.js';
import type { Context, Entry, Kit } from './kit.js';
import { inTime, LONG_WAIT_MS, openThree, openTwo, until } from './waiting.js';

/** For waits that are given up. */
const SHORT_WAIT_MS = 150;
/** For waits that a free lock ends, and works that outlast them. */
const FAIR_WAIT_MS = 500;
/** Timers and clocks are coarse to a millisecond or two. */
const COARSENESS_MS = 5;

/** A request for a lock whose work goes on until it is ended. */
interface Request {
  work: string;
  outcome(): Promise<LockOutcome>;
  hasBegun(): Promise<boolean>;
  begins(): Promise<void>;
  end(how?: 'resolve' | 'reject'): Promise<void>;
}

function request(kit: Kit, context: Context, lock: string, waitMs = LONG_WAIT_MS): Request {
  const work = kit.freshName();
  const promise = context.withLock(lock, waitMs, work);
  // Looked at later, or never.
  promise.catch(() => undefined);
  const hasBegun = (): Promise<boolean> => context.hasBegun(work);
  return {
    work,
    outcome: () => inTime(kit, 'a request for a lock has its outcome', promise),
    hasBegun,
    begins: () => until(kit, 'a work under a lock begins', hasBegun),
    end: (how = 'resolve') => context.endWork(work, how),
  };
}

async function holding(kit: Kit, context: Context, lock: string): Promise<Request> {
  const held = request(kit, context, lock);
  await held.begins();
  return held;
}

/** A request that stands in the queue as the `place`th. */
async function waiting(kit: Kit, context: Context, lock: string, place: number): Promise<Request> {
  const waits = request(kit, context, lock);
  await until(kit, 'a request waits', async () => (await kit.lockQueue(lock)).waiting === place);
  return waits;
}

const isFree = (kit: Kit, lock: string): Promise<void> =>
  until(kit, 'the lock is free', async () => !(await kit.lockQueue(lock)).isHeld);

export const LOCK_ENTRIES: Entry[] = [
  {
    title: 'locks: one holder at a time over all contexts, and the next one in the order of asking',
    async run(kit) {
      const [a, b, c] = await openThree(kit);
      const lock = kit.freshName();
      const requests = [await holding(kit, a, lock)];
      for (const [index, context] of [b, c, a, b].entries()) {
        requests.push(await waiting(kit, context, lock, index + 1));
      }
      for (const [turn, { begins, end, outcome, work }] of requests.entries()) {
        await begins();
        const later = requests.slice(turn + 1);
        const begun = await Promise.all(later.map(({ hasBegun }) => hasBegun()));
        equal(
          begun,
          later.map(() => false),
          `Which of the others have begun in turn ${turn}`,
        );
        equal(
          await kit.lockQueue(lock),
          { isHeld: true, waiting: later.length },
          `The queue in turn ${turn}`,
        );
        await end();
        equal(await outcome(), { held: true, value: work }, `The outcome of turn ${turn}`);
      }
      await isFree(kit, lock);
    },
  },
  {
    title: 'locks: what is read and later written under a lock is never lost to another holder',
    async run(kit) {
      const contexts = await openThree(kit);
      const [lock, key] = [kit.freshName(), kit.freshName()];
      await Promise.all(
        contexts.flatMap((context) =>
          Array.from({ length: 8 }, () => context.incrementUnderLock(lock, LONG_WAIT_MS, key)),
        ),
      );
      equal(await contexts[0].update(key, { type: 'increment' }), 25, 'The count after 24 increments');
    },
  },
  {
    title: 'locks: a context that holds a lock does not get it a second time',
    async run(kit) {
      const a = await kit.openContext();
      const lock = kit.freshName();
      const held = await holding(kit, a, lock);
      const again = request(kit, a, lock, SHORT_WAIT_MS);
      equal(await again.outcome(), { held: false }, 'The outcome of the second request');
      equal(await held.hasBegun(), true, 'The first one holds the lock');
    },
  },
  {
    title: 'locks: who holds or waits for one name keeps nobody from another',
    async run(kit) {
      const [a, b] = await openTwo(kit);
      const [lock, other] = [kit.freshName(), kit.freshName()];
      await holding(kit, a, lock);
      await waiting(kit, b, lock, 1);
      await holding(kit, b, other);
      await holding(kit, a, kit.freshName());
    },
  },
  {
    title: 'locks: a wait is given up after its time, and not before, without running the work',
    async run(kit) {
      const [a, b] = await openTwo(kit);
      const lock = kit.freshName();
      await holding(kit, a, lock);
      const startedAtMs = kit.nowMs();
      const givenUp = request(kit, b, lock, SHORT_WAIT_MS);
      equal(await givenUp.outcome(), { held: false }, 'The outcome');
      const tookMs = kit.nowMs() - startedAtMs;
      holds(tookMs >= SHORT_WAIT_MS - COARSENESS_MS, `Given up after ${tookMs} ms of ${SHORT_WAIT_MS}.`);
      holds(tookMs < SHORT_WAIT_MS + 5_000, `Given up only after ${tookMs} ms of ${SHORT_WAIT_MS}.`);
      equal(await givenUp.hasBegun(), false, 'The work has begun');
    },
  },
  {
    title: 'locks: a wait that was given up neither runs later nor stands in the way of others',
    async run(kit) {
      const [a, b, c] = await openThree(kit);
      const lock = kit.freshName();
      const held = await holding(kit, a, lock);
      const givenUp = request(kit, b, lock, SHORT_WAIT_MS);
      const patient = request(kit, c, lock);
      equal(await givenUp.outcome(), { held: false }, 'The outcome of the one that gave up');
      await until(kit, 'the other one waits alone', async () => (await kit.lockQueue(lock)).waiting === 1);
      await held.end();
      await patient.begins();
      await patient.end();
      equal(await patient.outcome(), { held: true, value: patient.work }, 'The outcome of the patient one');
      await isFree(kit, lock);
      equal(await givenUp.hasBegun(), false, 'The given-up work has begun');
    },
  },
  {
    title: 'locks: the time bounds the wait, not the work',
    async run(kit) {
      const [a, b] = await openTwo(kit);
      const lock = kit.freshName();
      const held = request(kit, a, lock, FAIR_WAIT_MS);
      await held.begins();
      const next = await waiting(kit, b, lock, 1);
      await kit.pass(FAIR_WAIT_MS + 100);
      equal(await kit.lockQueue(lock), { isHeld: true, waiting: 1 }, 'The queue after the time');
      equal(await next.hasBegun(), false, 'The next one has begun');
      await held.end();
      equal(await held.outcome(), { held: true, value: held.work }, 'The outcome');
      await next.begins();
    },
  },
  {
    title: 'locks: a work that rejects, also after that time, passes its error on and lets the next one in',
    async run(kit) {
      const [a, b] = await openTwo(kit);
      const lock = kit.freshName();
      const held = request(kit, a, lock, FAIR_WAIT_MS);
      await held.begins();
      const next = await waiting(kit, b, lock, 1);
      await kit.pass(FAIR_WAIT_MS + 100);
      await held.end('reject');
      await rejects(held.outcome(), 'RangeError', held.work);
      await next.begins();
      await next.end();
      await isFree(kit, lock);
    },
  },
  {
    title: 'locks: what a dying context holds goes to the next one that waits',
    async run(kit) {
      const [a, b, c] = await openThree(kit);
      const lock = kit.freshName();
      await holding(kit, a, lock);
      const next = await waiting(kit, b, lock, 1);
      await a.die();
      await next.begins();
      await b.die();
      const later = await holding(kit, c, lock);
      await later.end();
      await isFree(kit, lock);
    },
  },
  {
    title: 'locks: a context that dies while it waits stands in nobody’s way',
    async run(kit) {
      const [a, b, c] = await openThree(kit);
      const lock = kit.freshName();
      const held = await holding(kit, a, lock);
      await waiting(kit, b, lock, 1);
      const next = await waiting(kit, c, lock, 2);
      await b.die();
      equal(await next.hasBegun(), false, 'The next one has begun while the lock is held');
      await held.end();
      await next.begins();
    },
  },
];
