/** The simulated parts as the conformance suite wants them: the same suite judges the browsers' own. */
import { createActor, type Actor } from '../conformance/actor.js';
import type { Context, Kit } from '../conformance/kit.js';
import { Channels } from './channels.js';
import { SimulatedLockManager } from './lock-manager.js';
import { randomFrom } from './random.js';
import { Realm } from './realm.js';
import { Scheduler } from './scheduler.js';
import { SimulatedStorage } from './storage.js';

export interface SimulatedKit {
  kit: Kit;
  /** Lets virtual time pass until the work is done. Rejects when it takes longer than this. */
  run<T>(work: Promise<T>, limitMs: number): Promise<T>;
}

/** So that a context that never stops makes nobody wait for ever. */
const STEPS_IN_A_MS = 20;

/** @param seed Of the order in which things happen that could happen at once. */
export function createSimulatedKit(seed: number): SimulatedKit {
  const scheduler = new Scheduler();
  const random = randomFrom(seed);
  const choose = (): number => Math.floor(random() * 1_000_000);
  const locks = new SimulatedLockManager(scheduler);
  const channels = new Channels(scheduler, () => undefined);
  const ignore = (): void => undefined;
  const storage = new SimulatedStorage(scheduler, {
    onAsked: ignore,
    onCommitted: ignore,
    onOutcome: ignore,
  });
  let serial = 0;

  function openContext(): Context {
    const realm = new Realm(`context-${(serial += 1)}`);
    const actor = createActor({
      locks: locks.of(realm),
      createChannel: (name) => channels.open(name, realm),
      store: storage.of(realm),
    });
    return {
      ...atDistance(actor, realm, scheduler),
      async die() {
        scheduler.drop(realm, true);
        realm.end(true);
      },
    };
  }

  const kit: Kit = {
    openContext: async () => openContext(),
    freshName: () => `name-${(serial += 1)}`,
    nowMs: () => scheduler.monotonicMs,
    pass: (ms) =>
      new Promise((resolve) => {
        scheduler.timersOf().after(ms, resolve);
      }),
    lockQueue: async (name) => locks.queue(name),
    stored: async (key) => {
      const record = storage.records.get(key);
      const setAside = (storage.setAside.get(key) ?? []).map(({ atMs, raw }) => ({ atMs, value: raw }));
      return structuredClone({ ...(record !== undefined && { record }), setAside });
    },
    async blockStore() {
      storage.fault = 'hung';
      return async () => storage.mend();
    },
    async eraseStore() {
      storage.records.clear();
      storage.setAside.clear();
    },
  };

  async function run<T>(work: Promise<T>, limitMs: number): Promise<T> {
    let isSettled = false;
    const mark = (): void => {
      isSettled = true;
    };
    work.then(mark, mark);
    const endMs = scheduler.monotonicMs + limitMs;
    while (!isSettled) {
      if (scheduler.monotonicMs >= endMs) throw new Error(`The work was not done within ${limitMs} ms.`);
      for (let steps = 0; steps < STEPS_IN_A_MS && (await scheduler.step(choose())); steps += 1);
      scheduler.lag(1);
    }
    return work;
  }

  return { kit, run };
}

/** A command is a step in its context, and so is its answer outside; both are copies. */
function atDistance(actor: Actor, realm: Realm, scheduler: Scheduler): Actor {
  const methods = Object.entries(actor) as [string, (...given: unknown[]) => Promise<unknown>][];
  const remote = methods.map(([name, method]) => [
    name,
    (...given: unknown[]): Promise<unknown> => {
      const copies = structuredClone(given);
      return new Promise((resolve, reject) => {
        const answer = (settle: () => void): void =>
          scheduler.post({ lane: realm, label: `answer of ${realm.name}`, run: settle });
        scheduler.post({
          realm,
          lane: actor,
          label: `${name} in ${realm.name}`,
          run: () =>
            void method(...copies).then(
              (value) => {
                const copy: unknown = structuredClone(value);
                answer(() => resolve(copy));
              },
              (error: Error) => answer(() => reject(error)),
            ),
        });
      });
    },
  ]);
  return Object.fromEntries(remote) as Actor;
}
