/** What tabs save before a session ends, and how long that may take. */
import { expect, test } from 'vitest';
import { ACKNOWLEDGE_MS, ROLL_CALL_MS, SAVE_MS, SAVING_MS } from './bounds.js';
import type { Deps, Save } from './deps.js';
import { openSavingTab } from './testing/saving-tab.js';
import { answered } from './testing/scripted-cognito.js';
import { settle } from './testing/virtual-time.js';
import { CONFIG, createWorld, type Runtime, type World } from './testing/world.js';

async function createRuntimes(count: number, overrides: Partial<Deps> = {}): Promise<[World, Runtime[]]> {
  const world = createWorld();
  const runtimes = Array.from({ length: count }, () => world.start(overrides));
  for (const [index, runtime] of runtimes.entries()) await runtime.connect(`tab-${index + 1}`);
  await runtimes[0]?.signIn();
  await settle();
  return [world, runtimes];
}

const withDeadline = (saveDeadlineSeconds: number): Partial<Deps> => ({
  config: { ...CONFIG, policy: { saveDeadlineSeconds } },
});

const isOver = (world: World): boolean => world.news().includes('signedOut');

/** How long it takes until the session has ended. */
async function timeToEnd(world: World, end: Promise<unknown>): Promise<number> {
  const { time } = world;
  const startMs = time.clock.monotonicMs();
  await time.until(() => isOver(world));
  const tookMs = time.clock.monotonicMs() - startMs;
  await time.run(end);
  return tookMs;
}

test('the handlers of all tabs save first, with tokens still good, and all have the same deadline', async () => {
  const [world, [first, second, third]] = await createRuntimes(3);
  if (!first || !second || !third) throw new Error('three were started');
  const tabs = [
    openSavingTab(world, first, 'a', 700),
    openSavingTab(world, first, 'b', 300),
    openSavingTab(world, second, 'c', 900),
  ];
  const deadlineMs = world.time.clock.wallMs() + SAVE_MS;
  const ended = third.session.signOut({});
  await world.time.advance(899);
  for (const { session } of [first, second, third]) {
    expect((await world.time.run(session.session({}))).tokens).toBeDefined();
  }
  expect(await timeToEnd(world, ended)).toBe(1);
  for (const { asked } of tabs) {
    expect(asked).toEqual([
      {
        type: 'question',
        id: expect.any(String) as string,
        about: 'beforeSignOut',
        reason: 'user',
        deadlineMs,
      },
    ]);
  }
});

test.each([
  ['of its own', 0],
  ['of another runtime', 1],
])('a tab %s that hangs costs the deadline, and not more', async (_whose, index) => {
  const [world, runtimes] = await createRuntimes(2);
  const [ending] = runtimes;
  openSavingTab(world, runtimes[index] as Runtime, 'hangs');
  openSavingTab(world, runtimes[1 - index] as Runtime, 'saves', 100);
  expect(await timeToEnd(world, (ending as Runtime).session.signOut({}))).toBe(SAVE_MS);
});

test('the deadline is what the app says', async () => {
  const [world, [ending]] = await createRuntimes(1, withDeadline(0.5));
  openSavingTab(world, ending as Runtime, 'hangs');
  expect(await timeToEnd(world, (ending as Runtime).session.signOut({}))).toBe(500);
});

test('with a deadline of 0, nobody is asked or waited for', async () => {
  const [world, [ending, other]] = await createRuntimes(2, withDeadline(0));
  const tabs = [openSavingTab(world, ending as Runtime, 'a'), openSavingTab(world, other as Runtime, 'b')];
  expect(await timeToEnd(world, (ending as Runtime).session.signOut({}))).toBe(0);
  expect(tabs.flatMap(({ asked }) => asked)).toEqual([]);
  expect(world.hub.posted.filter(({ type }) => type === 'save')).toEqual([]);
});

test('without handlers anywhere there is no wait, and without other runtimes no message', async () => {
  const [world, [only]] = await createRuntimes(1);
  expect(await timeToEnd(world, (only as Runtime).session.signOut({}))).toBe(0);
  expect(world.hub.posted.filter(({ type }) => type === 'save')).toEqual([]);
  const [several, [first]] = await createRuntimes(3);
  expect(await timeToEnd(several, (first as Runtime).session.signOut({}))).toBe(0);
});

test('a runtime that says nothing is waited for one second at most, and only if it has told of handlers', async () => {
  for (const [tells, costMs] of [
    [false, 100],
    [true, SAVING_MS],
  ] as const) {
    const [world, [ending, other]] = await createRuntimes(2);
    openSavingTab(world, other as Runtime, 'saves', 100);
    world.hub.forge({ type: 'roll-call', instanceId: 'frozen' });
    if (tells) world.hub.forge({ type: 'has-handlers', instanceId: 'frozen' });
    await settle();
    expect(await timeToEnd(world, (ending as Runtime).session.signOut({}))).toBe(costMs);
  }
});

test('a frozen runtime without handlers costs a sign-out one second in all', async () => {
  const [world, [ending]] = await createRuntimes(1);
  world.hub.forge({ type: 'roll-call', instanceId: 'frozen' });
  await settle();
  const startMs = world.time.clock.monotonicMs();
  await world.time.run((ending as Runtime).session.signOut({}));
  expect(world.time.clock.monotonicMs() - startMs).toBe(ACKNOWLEDGE_MS);
});

test('one that was silent at a sign-out is not waited for at the next, whatever it told before', async () => {
  const [world, [ending]] = await createRuntimes(2);
  world.hub.forge({ type: 'has-handlers', instanceId: 'gone' });
  await settle();
  expect(await timeToEnd(world, (ending as Runtime).session.signOut({}))).toBe(SAVING_MS);
  await (ending as Runtime).signIn();
  const startMs = world.time.clock.monotonicMs();
  await world.time.run((ending as Runtime).session.signOut({}));
  expect(world.time.clock.monotonicMs()).toBe(startMs);
});

test('a runtime that starts later knows who has handlers', async () => {
  const [world, [first]] = await createRuntimes(1);
  openSavingTab(world, first as Runtime, 'saves', 300);
  const later = world.start();
  await later.connect('later');
  await settle();
  expect(await timeToEnd(world, later.session.signOut({}))).toBe(300);
});

test('one that has left and comes back is not taken to have handlers', async () => {
  const [world, [ending]] = await createRuntimes(1);
  world.hub.forge({ type: 'has-handlers', instanceId: 'another' });
  world.hub.forge({ type: 'left', instanceId: 'another' });
  world.hub.forge({ type: 'roll-call', instanceId: 'another' });
  await settle();
  expect(await timeToEnd(world, (ending as Runtime).session.signOut({}))).toBe(0);
});

test('while others are waited for, so is one that says only now that its tabs save', async () => {
  const [world, [ending]] = await createRuntimes(1);
  world.hub.forge({ type: 'has-handlers', instanceId: 'frozen' });
  world.hub.forge({ type: 'roll-call', instanceId: 'another' });
  await settle();
  const ended = (ending as Runtime).session.signOut({});
  await world.time.advance(10);
  const save = world.hub.posted.find(({ type }) => type === 'save') as Save;
  world.hub.forge({ type: 'saving', instanceId: 'another', id: save.id });
  await world.time.advance(SAVING_MS);
  expect(isOver(world)).toBe(false);
  world.hub.forge({ type: 'saved', instanceId: 'another', id: save.id });
  expect(await timeToEnd(world, ended)).toBe(0);
});

test('one that has left meanwhile is not waited for', async () => {
  const [world, [ending, other]] = await createRuntimes(2);
  const tab = openSavingTab(world, other as Runtime, 'hangs');
  const ended = (ending as Runtime).session.signOut({});
  await world.time.advance(200);
  tab.leave();
  (other as Runtime).session.clients.remove('tab-2');
  expect(await timeToEnd(world, ended)).toBe(0);
});

test('handlers of a tab that is closed do not count, whether before the end or meanwhile', async () => {
  const [world, [ending]] = await createRuntimes(1);
  const before = openSavingTab(world, ending as Runtime, 'before');
  const meanwhile = openSavingTab(world, ending as Runtime, 'meanwhile');
  before.leave();
  const ended = (ending as Runtime).session.signOut({});
  await world.time.advance(300);
  expect([before.asked, meanwhile.asked].map(({ length }) => length)).toEqual([0, 1]);
  expect(isOver(world)).toBe(false);
  meanwhile.leave();
  expect(await timeToEnd(world, ended)).toBe(0);
});

test('a page that has no handlers any more is not asked', async () => {
  const [world, [ending]] = await createRuntimes(1);
  const tab = openSavingTab(world, ending as Runtime, 'a');
  (ending as Runtime).session.saving.join('a', ['logins'], () => undefined);
  expect(await timeToEnd(world, (ending as Runtime).session.signOut({}))).toBe(0);
  expect(tab.asked).toEqual([]);
});

test("an answer of another page, or to another question, is not this page's", async () => {
  const [world, [ending]] = await createRuntimes(1);
  const { session } = ending as Runtime;
  const tab = openSavingTab(world, ending as Runtime, 'a');
  const ended = session.signOut({});
  await world.time.advance(100);
  session.saving.answer('b', { id: tab.asked[0]?.id ?? '', value: null });
  session.saving.answer('a', { id: 'run-1/1', value: null });
  await settle();
  expect(isOver(world)).toBe(false);
  tab.done();
  expect(await timeToEnd(world, ended)).toBe(0);
});

test('a sign-out while nobody is signed in asks nobody', async () => {
  const [world, [ending]] = await createRuntimes(1);
  const tab = openSavingTab(world, ending as Runtime, 'a', 100);
  await world.time.run((ending as Runtime).session.signOut({}));
  await world.time.run((ending as Runtime).session.signOut({}));
  expect(tab.asked).toHaveLength(1);
});

test('a second sign-out at once has the handlers run once, in whatever runtime it is', async () => {
  const [world, [first, second]] = await createRuntimes(2);
  const tabs = [
    openSavingTab(world, first as Runtime, 'a', 400),
    openSavingTab(world, second as Runtime, 'b', 800),
  ];
  const outs = [first, first, second].map((runtime) => (runtime as Runtime).session.signOut({}));
  expect(await timeToEnd(world, Promise.all(outs))).toBe(800);
  expect(tabs.map(({ asked }) => asked.length)).toEqual([1, 1]);
});

test('who signs in again has handlers that run again', async () => {
  const [world, [ending]] = await createRuntimes(1);
  const tab = openSavingTab(world, ending as Runtime, 'a', 0);
  const { session } = ending as Runtime;
  await world.time.run(session.signOut({}));
  await (ending as Runtime).signIn();
  await world.time.run(session.signOut({}));
  expect(tab.asked).toHaveLength(2);
});

test('a hold that was taken while others saved keeps a sign-out from ending the session that respects it', async () => {
  const [world, [ending]] = await createRuntimes(1);
  const tab = openSavingTab(world, ending as Runtime, 'a');
  const refused = (ending as Runtime).session.signOut({ respectHolds: true });
  refused.catch(() => undefined);
  await world.time.advance(100);
  world.locks.freeze('cognito-session-worker:client1:hold:id:a letter');
  tab.done();
  await expect(world.time.run(refused)).rejects.toMatchObject({ name: 'UnsavedWorkException' });
  expect(isOver(world)).toBe(false);
});

test('what Cognito ends waits for nobody', async () => {
  const [world, [ending]] = await createRuntimes(1);
  const tab = openSavingTab(world, ending as Runtime, 'a');
  world.cognito.fail('refresh', answered('NotAuthorizedException'));
  const refused = (ending as Runtime).session.session({ forceRefresh: true }).catch(() => undefined);
  expect(await timeToEnd(world, refused)).toBe(ROLL_CALL_MS);
  expect(tab.asked).toEqual([]);
});

test('a message that anybody could post has nobody save for longer than the app says, nor while nobody is signed in', async () => {
  const [world, [only]] = await createRuntimes(1);
  const tab = openSavingTab(world, only as Runtime, 'a');
  const save = { type: 'save', instanceId: 'x', id: '1', reason: 'idle', deadlineMs: 9e15 };
  world.hub.forge(save);
  await settle();
  expect(tab.asked).toMatchObject([{ reason: 'idle', deadlineMs: world.time.clock.wallMs() + SAVE_MS }]);
  tab.leave();
  await world.time.run((only as Runtime).session.signOut({}));
  const late = openSavingTab(world, only as Runtime, 'late');
  world.hub.forge({ ...save, id: '2' });
  await settle();
  expect(late.asked).toEqual([]);
  expect(world.hub.posted.at(-1)).toEqual({ type: 'saved', instanceId: 'run-1', id: '2' });
});

test('an end by policy that was called off has the handlers run anew for a sign-out, and not for the same end', async () => {
  const [world, [only]] = await createRuntimes(1);
  const { session } = only as Runtime;
  const tab = openSavingTab(world, only as Runtime, 'a', 0);
  await world.time.run(session.saving.run('idle'));
  await world.time.run(session.saving.run('idle'));
  expect(tab.asked.map(({ reason }) => reason)).toEqual(['idle']);
  await world.time.run(session.saving.run('user'));
  expect(tab.asked.map(({ reason }) => reason)).toEqual(['idle', 'user']);
  await world.time.advance(SAVE_MS);
  await world.time.run(session.saving.run('user'));
  expect(tab.asked).toHaveLength(3);
});

test('a second sign-out after one that a hold kept has the handlers run again: there may be more to save', async () => {
  const [world, [ending]] = await createRuntimes(1, withDeadline(30));
  const { session } = ending as Runtime;
  const tab = openSavingTab(world, ending as Runtime, 'a', 100);
  const refused = session.signOut({ respectHolds: true });
  refused.catch(() => undefined);
  await world.time.advance(50);
  world.locks.freeze('cognito-session-worker:client1:hold:id:a letter');
  await expect(world.time.run(refused)).rejects.toMatchObject({ name: 'UnsavedWorkException' });
  await world.time.advance(5_000);
  await world.time.run(session.signOut({}));
  expect(tab.asked).toHaveLength(2);
});

test('a tab that comes while others save is asked as well, once, with the same deadline', async () => {
  const [world, [ending]] = await createRuntimes(1);
  const { session } = ending as Runtime;
  const first = openSavingTab(world, ending as Runtime, 'first', 500);
  const ended = session.signOut({});
  await world.time.advance(300);
  const late = openSavingTab(world, ending as Runtime, 'late', 400);
  session.saving.join('late', [], () => undefined);
  session.saving.join('late', ['beforeSignOut'], () => {
    throw new Error('asked twice');
  });
  expect(await timeToEnd(world, ended)).toBe(400);
  expect(late.asked).toMatchObject([{ reason: 'user', deadlineMs: first.asked[0]?.deadlineMs }]);
});

test('a tab that comes when the others have saved for an end that is yet to come is asked, and keeps nobody from a round of their own', async () => {
  const [world, [only]] = await createRuntimes(1);
  const { session } = only as Runtime;
  const tab = openSavingTab(world, only as Runtime, 'a', 0);
  await world.time.run(session.saving.run('idle'));
  const late = openSavingTab(world, only as Runtime, 'late');
  expect(late.asked).toMatchObject([{ reason: 'idle' }]);
  late.leave();
  await world.time.run(session.signOut({}));
  expect(tab.asked.map(({ reason }) => reason)).toEqual(['idle', 'user']);
  const next = openSavingTab(world, only as Runtime, 'next');
  expect(next.asked).toEqual([]);
});

test('a tab that comes shortly before an end that nobody had to save for is asked', async () => {
  const [world, [only]] = await createRuntimes(1);
  await world.time.run((only as Runtime).session.saving.run('idle'));
  expect(openSavingTab(world, only as Runtime, 'late').asked).toMatchObject([{ reason: 'idle' }]);
});

test('what was saved before the clock was set back is not taken for what is saved now', async () => {
  const [world, [only]] = await createRuntimes(1);
  const tab = openSavingTab(world, only as Runtime, 'a', 0);
  await world.time.run((only as Runtime).session.saving.run('idle'));
  world.time.setWall(-3_600_000);
  await world.time.run((only as Runtime).session.saving.run('idle'));
  expect(tab.asked).toHaveLength(2);
});
