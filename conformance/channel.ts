/** What the worker's core relies on from its channel. */
import { equal } from './asserting.js';
import type { Context, Entry, Kit } from './kit.js';
import { openThree, openTwo, until } from './waiting.js';

/** One channel object in one context. */
interface Member {
  context: Context;
  number: number;
}

interface Greeting {
  greetingOf: number;
}

/** Joins from each of the contexts, and waits until all hear each other: a platform may take a moment for that. */
async function meet(kit: Kit, channel: string, contexts: Context[]): Promise<Member[]> {
  const members: Member[] = [];
  for (const context of contexts) members.push({ context, number: await context.join(channel) });
  await until(kit, 'all members of a channel hear each other', async () => {
    await Promise.all(members.map((member, index) => post(member, { greetingOf: index } satisfies Greeting)));
    const heardOf = await Promise.all(members.map(greetingsHeard));
    return heardOf.every((heard, index) =>
      members.every((_other, other) => other === index || heard.has(other)),
    );
  });
  return members;
}

const post = ({ context, number }: Member, message: unknown): Promise<number> =>
  context.post(number, message);

const heardAtAll = ({ context, number }: Member): Promise<unknown[]> => context.heard(number);

const isGreeting = (message: unknown): message is Greeting =>
  typeof message === 'object' && message !== null && 'greetingOf' in message;

async function greetingsHeard(member: Member): Promise<Set<number>> {
  return new Set((await heardAtAll(member)).filter(isGreeting).map(({ greetingOf }) => greetingOf));
}

/** Everything heard but greetings. */
async function heard(member: Member): Promise<unknown[]> {
  return (await heardAtAll(member)).filter((message) => !isGreeting(message));
}

async function hears(kit: Kit, member: Member, count: number): Promise<unknown[]> {
  await until(kit, `a member hears ${count} messages`, async () => (await heard(member)).length >= count);
  return heard(member);
}

export const CHANNEL_ENTRIES: Entry[] = [
  {
    title:
      'channel: all others hear a message, another object of the same context too; the sender’s own does not',
    async run(kit) {
      const [a, b, c] = await openThree(kit);
      const members = await meet(kit, kit.freshName(), [a, a, b, c]);
      const [sender, ...others] = members as [Member, Member, Member, Member];
      await post(sender, 'first');
      for (const other of others) equal(await hears(kit, other, 1), ['first'], 'What the others heard');
      await post(others[1], 'second');
      equal(await hears(kit, sender, 1), ['second'], 'What the sender of the first heard');
      equal(await hears(kit, others[0], 2), ['first', 'second'], 'What its neighbour heard');
      equal(await hears(kit, others[2], 2), ['first', 'second'], 'What the third context heard');
      equal(await heard(others[1]), ['first'], 'What the sender of the second heard');
    },
  },
  {
    title: 'channel: what one sender posts is heard in its order, each message once',
    async run(kit) {
      const [a, b, c] = await openThree(kit);
      const members = await meet(kit, kit.freshName(), [a, b, c]);
      const [first, second, hearer] = members as [Member, Member, Member];
      const numbers = Array.from({ length: 150 }, (_none, number) => number);
      await Promise.all(
        numbers.flatMap((number) => [post(first, ['a', number]), post(second, ['b', number])]),
      );
      const all = (await hears(kit, hearer, 2 * numbers.length)) as [string, number][];
      for (const sender of ['a', 'b']) {
        const theirs = all.filter(([from]) => from === sender).map(([, number]) => number);
        equal(theirs, numbers, `What was heard of ${sender}`);
      }
    },
  },
  {
    title: 'channel: a message is a structured clone of what it was when it was posted',
    async run(kit) {
      const [a, b] = await openTwo(kit);
      const members = await meet(kit, kit.freshName(), [a, b]);
      const [sender, hearer] = members as [Member, Member];
      const message = (): object => ({
        at: new Date(1_900_000_000_000),
        nothing: undefined,
        none: null,
        nested: { list: [1, { two: 'zwei' }] },
      });
      await a.postAndSpoil(sender.number, message());
      equal(await hears(kit, hearer, 1), [message()], 'What was heard');
    },
  },
  {
    title: 'channel: each hearer has a copy of its own',
    async run(kit) {
      const [a, b] = await openTwo(kit);
      const members = await meet(kit, kit.freshName(), [a, b, b]);
      const [sender, spoiler, hearer] = members as [Member, Member, Member];
      await post(sender, { list: [1] });
      await hears(kit, spoiler, 1);
      await b.spoilHeard(spoiler.number);
      equal(await heard(spoiler), [{ list: [1, 'spoiled'], isSpoiled: true }], 'What the spoiler has');
      equal(await hears(kit, hearer, 1), [{ list: [1] }], 'What the other one heard');
    },
  },
  {
    title: 'channel: nobody hears a message before it is posted and done',
    async run(kit) {
      const a = await kit.openContext();
      const [sender, neighbour] = (await meet(kit, kit.freshName(), [a, a])) as [Member, Member];
      equal(await post(sender, 'now'), 0, 'How many messages were heard inside of `post`');
      equal(await hears(kit, neighbour, 1), ['now'], 'What was heard later');
    },
  },
  {
    title: 'channel: nothing is heard on another name',
    async run(kit) {
      const [a, b] = await openTwo(kit);
      const [here, hearer] = (await meet(kit, kit.freshName(), [a, b])) as [Member, Member];
      const [there, otherHearer] = (await meet(kit, kit.freshName(), [a, b])) as [Member, Member];
      await post(here, 'here');
      equal(await hears(kit, hearer, 1), ['here'], 'What was heard here');
      await post(there, 'there');
      equal(await hears(kit, otherHearer, 1), ['there'], 'What was heard there');
      equal(await heard(hearer), ['here'], 'What was heard here at the end');
    },
  },
  {
    title: 'channel: who joins later does not hear what was said before',
    async run(kit) {
      const [a, b, c] = await openThree(kit);
      const channel = kit.freshName();
      const [sender, hearer] = (await meet(kit, channel, [a, b])) as [Member, Member];
      await post(sender, 'early');
      await hears(kit, hearer, 1);
      const late: Member = { context: c, number: await c.join(channel) };
      await until(kit, 'the late one hears something', async () => {
        await post(sender, { greetingOf: 0 } satisfies Greeting);
        return (await greetingsHeard(late)).size > 0;
      });
      await post(sender, 'late');
      equal(await hears(kit, late, 1), ['late'], 'What the late one heard');
    },
  },
  {
    title: 'channel: a member that dies disturbs nobody',
    async run(kit) {
      const [a, b, c] = await openThree(kit);
      const [sender, , hearer] = (await meet(kit, kit.freshName(), [a, b, c])) as [Member, Member, Member];
      await b.die();
      await post(sender, 'still there?');
      equal(await hears(kit, hearer, 1), ['still there?'], 'What was heard');
      await post(hearer, 'yes');
      equal(await hears(kit, sender, 1), ['yes'], 'What was answered');
    },
  },
];
