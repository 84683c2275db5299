/** A kit over the in-memory doubles that the worker's unit tests use, in virtual time. */
import { createChannelHub, type ChannelHub } from '../worker/testing/channel-hub.js';
import { createLockManager } from '../worker/testing/locks.js';
import { createMemoryBacking } from '../worker/testing/memory-backing.js';
import { createVirtualTime, type VirtualTime } from '../worker/testing/virtual-time.js';
import { createActor, type Actor, type Parts } from './actor.js';
import type { Context, Kit } from './kit.js';

/** How long a command, an answer and an operation of the store take. */
const LATENCY_MS = 1;

const never = (): Promise<never> => new Promise(() => undefined);

export function createDoublesKit(): { kit: Kit; time: VirtualTime } {
  const time = createVirtualTime();
  const locks = createLockManager(time.timers);
  const hubs = new Map<string, ChannelHub>();
  const backing = createMemoryBacking(time, 'unused');
  let names = 0;

  const pass = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      time.timers.after(ms, resolve);
    });
  /** A hub is one channel. */
  function hubOf(name: string): ChannelHub {
    const hub = hubs.get(name) ?? createChannelHub();
    hubs.set(name, hub);
    return hub;
  }

  const openGate = (): Promise<void> => pass(LATENCY_MS);
  backing.gate = openGate;

  function openContext(): Context {
    const life = new AbortController();
    const parts = mortal(
      { locks: locks.locks, createChannel: (name) => hubOf(name).join(), store: backing },
      life.signal,
    );
    const context = atDistance(createActor(parts), () => pass(LATENCY_MS), life.signal);
    return { ...context, die: async () => life.abort() };
  }

  const kit: Kit = {
    openContext: async () => openContext(),
    freshName: () => `name-${(names += 1)}`,
    nowMs: () => time.clock.monotonicMs(),
    pass,
    lockQueue: async (name) => locks.queue(name),
    stored: async (key) => structuredClone(backing.entry(key)),
    async blockStore() {
      let unblock = (): void => undefined;
      const blocked = new Promise<void>((resolve) => {
        unblock = resolve;
      });
      backing.gate = () => blocked;
      return async () => {
        backing.gate = openGate;
        unblock();
      };
    },
    eraseStore: async () => backing.erase(),
  };
  return { kit, time };
}

/** The parts of one context: once it is dead, nothing that it does has an effect, and it hears of nothing. */
function mortal(parts: Parts, death: AbortSignal): Parts {
  const died = new Promise<never>((_resolve, reject) => {
    death.addEventListener('abort', () => reject(new Error('The context has died.')));
  });
  died.catch(() => undefined);
  const ifAlive = <T>(work: () => T): T => {
    death.throwIfAborted();
    return work();
  };
  const settlesIfAlive = <T>(promise: Promise<T>): Promise<T> =>
    promise.then(
      (value) => (death.aborted ? never() : value),
      (error: Error) => (death.aborted ? never() : Promise.reject(error)),
    );
  return {
    locks: {
      heldNames: () => settlesIfAlive(parts.locks.heldNames()),
      withLock: (name, waitMs, work) =>
        settlesIfAlive(
          // A work whose context dies lets go of the lock; one that waits does so when its turn comes.
          parts.locks.withLock(name, waitMs, () => ifAlive(() => Promise.race([work(), died]))),
        ),
    },
    createChannel(name) {
      const channel = parts.createChannel(name);
      return {
        post: (message) => ifAlive(() => channel.post(message)),
        listen: (listener) =>
          channel.listen((message) => {
            if (!death.aborted) listener(message);
          }),
      };
    },
    store: {
      update: (key, change) => settlesIfAlive(parts.store.update(key, (raw) => ifAlive(() => change(raw)))),
      eraseSetAside: (key, beforeMs) => settlesIfAlive(parts.store.eraseSetAside(key, beforeMs)),
    },
  };
}

/** Commands take time, and they and their answers are copies, as between a page and its worker. */
function atDistance(actor: Actor, travel: () => Promise<void>, death: AbortSignal): Actor {
  const methods = Object.entries(actor) as [string, (...given: unknown[]) => Promise<unknown>][];
  const remote = methods.map(([name, method]) => [
    name,
    async (...given: unknown[]) => {
      const copies = structuredClone(given);
      await travel();
      if (death.aborted) return never();
      const answer = structuredClone(await method(...copies));
      await travel();
      return death.aborted ? never() : answer;
    },
  ]);
  return Object.fromEntries(remote) as Actor;
}
