/** What the worker's core relies on from its backing store. */
import { STORE_TIMEOUT_MS } from '../worker/bounds.js';
import { equal, holds, rejects } from './asserting.js';
import type { Context, Entry, Kit } from './kit.js';
import { counted, countOf } from './named-changes.js';
import { inTime, openTwo, until } from './waiting.js';

/** How much later than asked an operation may be given up: timers are late on a busy machine, but a second try takes longer. */
const LATENESS_MS = 2_500;

const read = (context: Context, key: string): Promise<unknown> => context.update(key, { type: 'read' });
const write = (context: Context, key: string, record: unknown): Promise<unknown> =>
  context.update(key, { type: 'write', record });
const increment = (context: Context, key: string): Promise<unknown> =>
  context.update(key, { type: 'increment' });

/** Waits until an update would be set aside under another time. */
async function nextMoment(kit: Kit): Promise<void> {
  await kit.pass(10);
}

export const STORE_ENTRIES: Entry[] = [
  {
    title: 'store: where nothing was written there is undefined',
    async run(kit) {
      const a = await kit.openContext();
      equal(await read(a, kit.freshName()), undefined, 'A missing key');
    },
  },
  {
    title: 'store: a record comes back as it went in',
    async run(kit) {
      const [a, b] = await openTwo(kit);
      const key = kit.freshName();
      const record = { v: 9, at: new Date(1_900_000_000_000), nothing: undefined, list: [{ deep: null }] };
      await write(a, key, record);
      equal(await read(b, key), record, 'What another context reads');
      equal(await kit.stored(key), { record, setAside: [] }, 'What stands in the store');
    },
  },
  {
    title: 'store: an update that was confirmed is seen by every later one, in every context',
    async run(kit) {
      const [a, b] = await openTwo(kit);
      const key = kit.freshName();
      for (let count = 1; count <= 20; count += 2) {
        equal(await increment(a, key), count, 'The count of one context');
        equal(await increment(b, key), count + 1, 'The count of the other');
        equal(countOf(await read(a, key)), count + 1, 'What the first one reads');
      }
    },
  },
  {
    title: 'store: the updates of one context take effect in the order in which it asked for them',
    async run(kit) {
      const a = await kit.openContext();
      const key = kit.freshName();
      const numbers = Array.from({ length: 20 }, (_none, number) => number);
      const before = await Promise.all(numbers.map((number) => write(a, key, { number })));
      const expected = numbers.map((number) => (number === 0 ? undefined : { number: number - 1 }));
      equal(before, expected, 'What each of them found');
    },
  },
  {
    title: 'store: two contexts that make 50 increments each at once come to 100',
    async run(kit) {
      const contexts = await openTwo(kit);
      const key = kit.freshName();
      // Five at a time in each: more would wait for each other longer than the store's bound where a machine is busy.
      await Promise.all(
        contexts.flatMap((context) => Array.from({ length: 5 }, () => context.incrementOften(key, 10))),
      );
      equal(await read(contexts[0], key), counted(100), 'The record at the end');
    },
  },
  {
    title: 'store: a change without a record writes nothing',
    async run(kit) {
      const a = await kit.openContext();
      const [missing, key] = [kit.freshName(), kit.freshName()];
      await read(a, missing);
      equal(await kit.stored(missing), { setAside: [] }, 'What stands under the missing key');
      await write(a, key, counted(1));
      await read(a, key);
      equal(await kit.stored(key), { record: counted(1), setAside: [] }, 'What stands under the other');
    },
  },
  {
    title:
      'store: a change that throws rejects with its error, writes nothing, and does no harm to others under way',
    async run(kit) {
      const [a, b] = await openTwo(kit);
      const [key, failing] = [kit.freshName(), kit.freshName()];
      await write(a, failing, counted(7));
      const increments = [a, b, a, b, a].map((context) => increment(context, key));
      const failure = rejects(
        a.update(failing, { type: 'throw', message: 'as asked' }),
        'RangeError',
        'as asked',
      );
      increments.push(...[a, b, a, b, a].map((context) => increment(context, key)));
      await failure;
      await Promise.all(increments);
      equal(countOf(await read(b, key)), 10, 'The count of the others');
      equal(await read(b, failing), counted(7), 'The record of the one that threw');
    },
  },
  {
    title: 'store: what a change is given, and what it gives, are copies',
    async run(kit) {
      const [a, b] = await openTwo(kit);
      const key = kit.freshName();
      await a.update(key, { type: 'write', record: { list: [1] }, thenSpoil: true });
      equal(await read(a, key), { list: [1] }, 'After the written object was altered');
      await a.update(key, { type: 'spoil' });
      equal(await read(a, key), { list: [1] }, 'After the given object was altered');
      equal(await read(b, key), { list: [1] }, 'In another context');
    },
  },
  {
    title: 'store: two keys do not touch each other',
    async run(kit) {
      const [a, b] = await openTwo(kit);
      const [key, other, missing] = [kit.freshName(), kit.freshName(), kit.freshName()];
      await Promise.all([
        ...Array.from({ length: 8 }, () => increment(a, key)),
        ...Array.from({ length: 12 }, () => increment(b, other)),
      ]);
      equal(countOf(await read(b, key)), 8, 'The one');
      equal(countOf(await read(a, other)), 12, 'The other');
      equal(await read(a, missing), undefined, 'One that nobody wrote');
    },
  },
  {
    title: 'store: what is set aside stands beside the record, with its time, in the same update',
    async run(kit) {
      const a = await kit.openContext();
      const key = kit.freshName();
      await a.update(key, { type: 'write', record: counted(1), setAside: 'first' });
      await nextMoment(kit);
      await a.update(key, { type: 'write', setAside: { garbage: [2] } });
      const { record, setAside } = await kit.stored(key);
      equal(record, counted(1), 'The record');
      equal(
        setAside.map(({ value }) => value),
        ['first', { garbage: [2] }],
        'What was set aside',
      );
      equal(await read(a, key), counted(1), 'What a change is given');
    },
  },
  {
    title: 'store: only what was set aside up to the time given is erased, of that key, and no record',
    async run(kit) {
      const [a, b] = await openTwo(kit);
      const [key, other] = [kit.freshName(), kit.freshName()];
      for (const each of [key, other]) {
        await a.update(each, { type: 'write', record: counted(1), setAside: 'old' });
      }
      await nextMoment(kit);
      await a.update(key, { type: 'write', setAside: 'new' });
      const newAtMs = (await kit.stored(key)).setAside.at(-1)?.atMs ?? 0;
      await b.eraseSetAside(key, newAtMs - 1);
      const left = await kit.stored(key);
      equal(
        { ...left, setAside: left.setAside.map(({ value }) => value) },
        { record: counted(1), setAside: ['new'] },
        'What is left',
      );
      equal((await kit.stored(other)).setAside.length, 1, 'What is left of the other key');
      await b.eraseSetAside(key, newAtMs);
      equal(await kit.stored(key), { record: counted(1), setAside: [] }, 'What is left at the end');
    },
  },
  {
    title: 'store: what was confirmed outlives the context that wrote it',
    async run(kit) {
      const a = await kit.openContext();
      const key = kit.freshName();
      await write(a, key, counted(3));
      await a.die();
      equal(await read(await kit.openContext(), key), counted(3), 'What a later context reads');
    },
  },
  {
    title:
      'store: an operation that another transaction holds back is given up in time, does nothing later, and the next one works',
    async run(kit) {
      const [a, b] = await openTwo(kit);
      const key = kit.freshName();
      await a.update(key, { type: 'write', record: counted(1), setAside: 'old' });
      await read(b, key);
      const unblock = await kit.blockStore();
      const startedAtMs = kit.nowMs();
      const givenUp = Promise.all([
        rejects(increment(a, key), 'TimeoutError'),
        rejects(read(b, key), 'TimeoutError'),
        rejects(b.eraseSetAside(kit.freshName(), 0), 'TimeoutError'),
      ]);
      await inTime(kit, 'operations that are held back are given up', givenUp).finally(unblock);
      const tookMs = kit.nowMs() - startedAtMs;
      holds(tookMs > STORE_TIMEOUT_MS - 50, `Given up after ${tookMs} ms of ${STORE_TIMEOUT_MS}.`);
      holds(
        tookMs < STORE_TIMEOUT_MS + LATENESS_MS,
        `Given up only after ${tookMs} ms of ${STORE_TIMEOUT_MS}.`,
      );
      equal(await read(b, key), counted(1), 'What another context reads');
      equal(await increment(a, key), 2, 'The next update of the context that gave up');
      equal(await read(b, key), counted(2), 'What stands there at the end');
    },
  },
  {
    title: 'store: after somebody erased it the same contexts go on with an empty one',
    async run(kit) {
      const [a, b] = await openTwo(kit);
      const key = kit.freshName();
      await a.update(key, { type: 'write', record: counted(5), setAside: 'old' });
      equal(await read(b, key), counted(5), 'Before');
      await kit.eraseStore();
      equal(await kit.stored(key), { setAside: [] }, 'What stands in the store');
      equal(await read(b, key), undefined, 'After');
      equal([await increment(a, key), await increment(b, key)], [1, 2], 'The counts from then on');
    },
  },
  // The last one: with a database in memory, as in automation, WebKitGTK 2.50 never ends a deletion after such a death.
  {
    title: 'store: a context that dies in mid-update leaves the old record or the new one, and blocks nobody',
    async run(kit) {
      const survivor = await kit.openContext();
      const key = kit.freshName();
      let count = 0;
      for (let round = 0; round < 4; round += 1) {
        const dying = await kit.openContext();
        void dying.incrementOften(key, 100_000);
        const before = count;
        await until(
          kit,
          'the other context is at work',
          async () => countOf(await read(survivor, key)) > before + 2,
        );
        await dying.die();
        // It throws where it finds half a record. What was on its way at the death may still arrive.
        await increment(survivor, key);
        await kit.pass(50);
        count = countOf(await read(survivor, key));
        equal(countOf((await kit.stored(key)).record), count, 'What stands in the store');
        equal(await increment(survivor, key), count + 1, 'The next count');
        count += 1;
      }
    },
  },
];
