/** What a context does on command. Commands and answers are plain, cloneable data, since they may cross to a worker. */
import type { Channel, ChannelMessage, Locks } from '../worker/deps.js';
import type { BackingStore } from '../worker/store.js';
import { applyChange, countOf, counted, spoil, type NamedChange } from './named-changes.js';

/** The parts under judgement, as the worker's core gets them. */
export interface Parts {
  locks: Locks;
  createChannel(name: string): Channel;
  store: BackingStore;
}

export type LockOutcome = { held: true; value: string } | { held: false };

export interface Actor {
  /** `withLock`, with a work that begins under this name, goes on until it is ended, and results in its name. */
  withLock(lock: string, waitMs: number, work: string): Promise<LockOutcome>;
  hasBegun(work: string): Promise<boolean>;
  /** Resolves the work, or rejects it with a RangeError whose message is the work's name. It may not have begun yet. */
  endWork(work: string, how: 'resolve' | 'reject'): Promise<void>;
  /** Under the lock: reads a count in one update and writes the next number in another. */
  incrementUnderLock(lock: string, waitMs: number, key: string): Promise<void>;

  /** Makes a channel object, listens with it, and answers with its number in this context. */
  join(channel: string): Promise<number>;
  /** @returns how many messages this context has heard by the time that `post` has returned */
  post(member: number, message: unknown): Promise<number>;
  /** Alters the object once `post` has returned. */
  postAndSpoil(member: number, message: unknown): Promise<void>;
  /** Everything that this channel object has heard, in order. */
  heard(member: number): Promise<unknown[]>;
  /** Alters every object that this channel object has heard. */
  spoilHeard(member: number): Promise<void>;

  update(key: string, change: NamedChange): Promise<unknown>;
  eraseSetAside(key: string, beforeMs: number): Promise<void>;
  /** That many increments, one after the other. */
  incrementOften(key: string, times: number): Promise<void>;
}

interface Work {
  hasBegun: boolean;
  ended: Promise<void>;
  resolve(): void;
  reject(error: Error): void;
}

export function createActor({ locks, createChannel, store }: Parts): Actor {
  const works = new Map<string, Work>();
  const members: { channel: Channel; heard: unknown[] }[] = [];

  function workOf(name: string): Work {
    const work = works.get(name) ?? createWork();
    works.set(name, work);
    return work;
  }

  function memberOf(number: number): { channel: Channel; heard: unknown[] } {
    const member = members[number];
    if (!member) throw new Error(`This context has no channel object ${number}.`);
    return member;
  }

  const countHeard = (): number => members.reduce((sum, { heard }) => sum + heard.length, 0);

  return {
    withLock: (lock, waitMs, name) =>
      locks.withLock(lock, waitMs, async () => {
        const work = workOf(name);
        work.hasBegun = true;
        await work.ended;
        return name;
      }),
    hasBegun: async (name) => workOf(name).hasBegun,
    async endWork(name, how) {
      if (how === 'resolve') workOf(name).resolve();
      else workOf(name).reject(new RangeError(name));
    },
    async incrementUnderLock(lock, waitMs, key) {
      const { held } = await locks.withLock(lock, waitMs, async () => {
        const count = await store.update(key, (raw) => ({ result: countOf(raw) }));
        await store.update(key, () => ({ record: counted(count + 1), result: undefined }));
      });
      if (!held) throw new Error('The lock could not be had in time.');
    },

    async join(name) {
      const channel = createChannel(name);
      const heard: unknown[] = [];
      channel.listen((message) => void heard.push(message));
      return members.push({ channel, heard }) - 1;
    },
    async post(member, message) {
      const before = countHeard();
      memberOf(member).channel.post(message as ChannelMessage);
      return countHeard() - before;
    },
    async postAndSpoil(member, message) {
      memberOf(member).channel.post(message as ChannelMessage);
      spoil(message);
    },
    heard: async (member) => memberOf(member).heard,
    spoilHeard: async (member) => memberOf(member).heard.forEach(spoil),

    async update(key, change) {
      const result = await store.update(key, (raw) => applyChange(raw, change));
      if (change.type === 'write' && change.thenSpoil) spoil(change.record);
      return result;
    },
    eraseSetAside: (key, beforeMs) => store.eraseSetAside(key, beforeMs),
    async incrementOften(key, times) {
      for (let time = 0; time < times; time += 1) {
        await store.update(key, (raw) => applyChange(raw, { type: 'increment' }));
      }
    },
  };
}

function createWork(): Work {
  let resolve: Work['resolve'] = () => undefined;
  let reject: Work['reject'] = () => undefined;
  const ended = new Promise<void>((resolved, rejected) => {
    resolve = resolved;
    reject = rejected;
  });
  // Its rejection may come before the work begins.
  ended.catch(() => undefined);
  return { hasBegun: false, ended, resolve, reject };
}
