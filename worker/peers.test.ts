import { beforeEach, describe, expect, test } from 'vitest';
import { MOST_PEERS, ROLL_CALL_MS } from './bounds.js';
import type { ChannelMessage, Deps } from './deps.js';
import { createPeers, type Peers } from './peers.js';
import { createVirtualTime, settle, type VirtualTime } from './testing/virtual-time.js';

let time: VirtualTime;
let posted: ChannelMessage[];
let peers: Peers;

beforeEach(() => {
  time = createVirtualTime();
  posted = [];
  const channel = { post: (message: ChannelMessage) => void posted.push(message), listen: () => undefined };
  peers = createPeers({
    channel,
    instanceId: 'own',
    timers: time.timers,
    clock: time.clock,
  } as unknown as Deps);
});

const here = (instanceId: string): void => peers.receive({ type: 'roll-call', instanceId });
const settledBy = (instanceId: string, revision: number, clients: number): void =>
  peers.receive({ type: 'settled', instanceId, revision, clients });

async function isOver(work: Promise<unknown>): Promise<boolean> {
  let over = false;
  void work.then(() => {
    over = true;
  });
  await settle();
  return over;
}

describe('the other runtimes', () => {
  test('are asked who is there, and told when this one serves nobody any more', () => {
    peers.announce();
    peers.leave();
    expect(posted).toEqual([
      { type: 'roll-call', instanceId: 'own' },
      { type: 'left', instanceId: 'own' },
    ]);
  });

  test('are settled at once when there are none', async () => {
    expect(await peers.settled(5, 1_000)).toBe(0);
    expect(time.waiting).toBe(0);
  });

  test('are settled when each has told how many of its tabs followed', async () => {
    here('a');
    here('b');
    const settled = peers.settled(5, 1_000);
    settledBy('a', 5, 2);
    expect(await isOver(settled)).toBe(false);
    settledBy('b', 6, 3);
    expect(await settled).toBe(5);
    expect(time.waiting).toBe(0);
  });

  test('count once each, and only for this revision or a later one', async () => {
    here('a');
    here('b');
    const settled = peers.settled(5, 1_000);
    settledBy('a', 4, 7);
    settledBy('a', 5, 1);
    settledBy('a', 5, 1);
    expect(await isOver(settled)).toBe(false);
    settledBy('b', 5, 1);
    expect(await settled).toBe(2);
  });

  test('are not waited for when they leave', async () => {
    here('a');
    const settled = peers.settled(5, 1_000);
    peers.receive({ type: 'left', instanceId: 'a' });
    expect(await settled).toBe(0);
    expect(await isOver(peers.settled(6, 1_000))).toBe(true);
  });

  test('that are silent are waited for once, and not the next time', async () => {
    here('killed');
    const settled = peers.settled(5, 1_000);
    await time.advance(999);
    expect(await isOver(settled)).toBe(false);
    await time.advance(1);
    expect(await isOver(settled)).toBe(true);
    expect(await isOver(peers.settled(6, 1_000))).toBe(true);
  });

  test('are waited for by a page’s own runtime that is too young to know them all', async () => {
    const channel = { post: () => undefined, listen: () => undefined };
    const deps = { channel, instanceId: 'own', timers: time.timers, clock: time.clock, sleepsWithPage: true };
    const young = createPeers(deps as unknown as Deps);
    await time.advance(999);
    const settled = young.settled(5, 1_000);
    for (const twice of [2, 2])
      young.receive({ type: 'settled', instanceId: 'a', revision: 5, clients: twice });
    await time.advance(999);
    expect(await isOver(settled)).toBe(false);
    await time.advance(1);
    expect(await settled, 'those that it did not know').toBe(2);
    settledBy('a', 6, 1);
    young.receive({ type: 'left', instanceId: 'a' });
    expect(await isOver(young.settled(6, 1_000))).toBe(true);
  });

  test('that were silent are asked who is there: one that is only slow is to be waited for the next time', async () => {
    here('a');
    const settled = peers.settled(5, 1_000);
    await time.advance(999);
    expect(posted).toEqual([]);
    await time.advance(1);
    await settled;
    expect(posted).toEqual([{ type: 'roll-call', instanceId: 'own' }]);
  });

  test('that were silent and speak again are waited for again', async () => {
    here('frozen');
    const settled = peers.settled(5, 1_000);
    await time.advance(1_000);
    await settled;
    settledBy('frozen', 5, 1);
    expect(await isOver(peers.settled(6, 1_000))).toBe(false);
  });

  test('of which a script makes up thousands are remembered up to a bound, and the time is waited for all the same', async () => {
    here('real');
    for (let made = 0; made < 2 * MOST_PEERS; made += 1) here(`made-up-${made}`);
    const settled = peers.settled(5, 1_000);
    settledBy('real', 5, 1);
    // Each name beyond the bound could be another real one: this one was not remembered, so its word counts for nothing.
    settledBy(`made-up-${MOST_PEERS}`, 5, 1);
    expect(await isOver(settled)).toBe(false);
    await time.advance(1_000);
    expect(await settled).toBe(1);
    peers.receive({ type: 'left', instanceId: 'real' });
    expect(await isOver(peers.settled(6, 1_000))).toBe(true);
  });

  test('are all waited for up to the bound, and those beyond it are not', async () => {
    for (let made = 0; made <= MOST_PEERS; made += 1) here(`peer-${made}`);
    const settled = peers.settled(5, 1_000);
    for (let made = 0; made < MOST_PEERS - 1; made += 1) settledBy(`peer-${made}`, 5, 1);
    expect(await isOver(settled)).toBe(false);
    settledBy(`peer-${MOST_PEERS - 1}`, 5, 1);
    expect(await isOver(settled)).toBe(true);
    expect(await settled).toBe(MOST_PEERS);
  });

  test('that have left are not waited for, though their last word comes late', async () => {
    here('a');
    peers.receive({ type: 'left', instanceId: 'a' });
    settledBy('a', 5, 0);
    expect(await isOver(peers.settled(6, 1_000))).toBe(true);
  });
});

describe('a roll call', () => {
  const known = { fence: 2, sequence: 5, issuedAtMs: 1_000 };
  const claim = (session?: typeof known): void =>
    peers.receive({ type: 'claim', instanceId: 'a', scope: {}, ...(session && { session }) });

  async function haveNewer(...claims: (typeof known | undefined)[]): Promise<boolean> {
    const answer = peers.haveNewer(known);
    for (const session of claims) claim(session);
    await time.advance(ROLL_CALL_MS);
    return answer;
  }

  test('is over after 300 ms, with what was claimed by then', async () => {
    const claims = peers.rollCall();
    claim(known);
    await time.advance(ROLL_CALL_MS - 1);
    expect(await isOver(claims)).toBe(false);
    await time.advance(1);
    claim();
    expect(await claims).toHaveLength(1);
    expect(posted).toEqual([{ type: 'roll-call', instanceId: 'own' }]);
  });

  test('counts claims alone, and of those that a script makes up no more than there can be runtimes', async () => {
    const claims = peers.rollCall();
    here('a');
    settledBy('a', 5, 1);
    for (let made = 0; made < 2 * MOST_PEERS; made += 1) claim(known);
    here('b');
    await time.advance(ROLL_CALL_MS);
    const heard = await claims;
    expect(heard).toHaveLength(MOST_PEERS);
    expect(new Set(heard.map(({ type }) => type))).toEqual(new Set(['claim']));
  });

  test.each([
    ['nobody answers', [], false],
    ['nobody is signed in there', [undefined], false],
    ['they have the same tokens', [known], false],
    ['they have refreshed more often', [{ ...known, sequence: 6 }], true],
    ['their tokens were issued later', [known, { ...known, issuedAtMs: 2_000 }], true],
    ['their tokens are of another session', [{ fence: 3, sequence: 9, issuedAtMs: 9_000 }], false],
  ])('tells whether others have newer tokens: %s', async (_what, claims, expected) => {
    expect(await haveNewer(...claims)).toBe(expected);
  });
});
