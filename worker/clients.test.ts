import { beforeEach, describe, expect, test } from 'vitest';
import { createClientRegistry, type ClientRegistry } from './clients.js';
import { createVirtualTime, settle, type VirtualTime } from './testing/virtual-time.js';

let time: VirtualTime;
let clients: ClientRegistry;
let counts: [count: number, before: number][];

beforeEach(() => {
  time = createVirtualTime();
  counts = [];
  clients = createClientRegistry(time.timers, (count, before) => counts.push([count, before]));
});

/** Whether the wait is over by now. */
async function isOver(work: Promise<unknown>): Promise<boolean> {
  let over = false;
  void work.then(() => {
    over = true;
  });
  await settle();
  return over;
}

describe('the register of tabs', () => {
  test('counts each once, and tells when the number changes', () => {
    clients.seen('a');
    clients.seen('a');
    clients.seen('b');
    clients.remove('a');
    clients.remove('a');
    clients.remove('b');
    expect(clients.count).toBe(0);
    expect(counts).toEqual([
      [1, 0],
      [2, 1],
      [1, 2],
      [0, 1],
    ]);
  });

  test('is settled at once when nobody is there', async () => {
    expect(await clients.settled(5, 1_000)).toBe(0);
    expect(time.waiting).toBe(0);
  });

  test('is settled when all have confirmed that revision', async () => {
    clients.seen('a');
    clients.seen('b');
    const settled = clients.settled(5, 1_000);
    clients.acknowledge('a', 5);
    clients.acknowledge('b', 4);
    expect(await isOver(settled)).toBe(false);
    clients.acknowledge('b', 5);
    expect(await isOver(settled)).toBe(true);
    expect(await settled).toBe(2);
    expect(time.waiting).toBe(0);
  });

  test('knows who had confirmed before it was asked', async () => {
    clients.acknowledge('a', 5);
    expect(await clients.settled(5, 1_000)).toBe(1);
  });

  test.each([4, 6, 999])(
    'waits for a tab that has confirmed revision %d only: that may be of another store',
    async (revision) => {
      clients.seen('a');
      clients.acknowledge('a', revision);
      const settled = clients.settled(5, 1_000);
      expect(await isOver(settled)).toBe(false);
      clients.acknowledge('a', revision);
      expect(await isOver(settled)).toBe(false);
      clients.acknowledge('a', 5);
      expect(await settled).toBe(1);
    },
  );

  test('does not give up a tab that has confirmed and heard more since', async () => {
    clients.seen('a');
    clients.seen('frozen');
    const settled = clients.settled(5, 1_000);
    clients.acknowledge('a', 5);
    clients.acknowledge('a', 6);
    await time.advance(1_000);
    expect(await settled).toBe(1);
    expect(clients.count).toBe(1);
  });

  test('does not wait for a tab that came later: it asks before it shows anything', async () => {
    clients.seen('a');
    const settled = clients.settled(5, 1_000);
    clients.seen('b');
    clients.acknowledge('a', 5);
    expect(await settled).toBe(1);
    expect(clients.count).toBe(2);
  });

  test('does not wait for a tab that goes away', async () => {
    clients.acknowledge('a', 5);
    clients.seen('b');
    const settled = clients.settled(5, 1_000);
    clients.remove('b');
    expect(await settled).toBe(1);
  });

  test('gives up those that are silent when the time is over, and counts them no more', async () => {
    clients.acknowledge('a', 5);
    clients.seen('frozen');
    const settled = clients.settled(5, 1_000);
    await time.advance(999);
    expect(clients.count).toBe(2);
    await time.advance(1);
    expect(await settled).toBe(1);
    expect(clients.count).toBe(1);
    expect(counts.at(-1)).toEqual([1, 2]);
  });

  test('keeps two waits apart', async () => {
    clients.seen('a');
    const [early, late] = [clients.settled(5, 1_000), clients.settled(6, 1_000)];
    clients.acknowledge('a', 5);
    expect([await isOver(early), await isOver(late)]).toEqual([true, false]);
    clients.acknowledge('a', 6);
    expect(await isOver(late)).toBe(true);
  });

  test.each([NaN, Infinity, 1.5])('does not take %d for a revision', async (revision) => {
    clients.seen('a');
    clients.acknowledge('a', revision);
    expect(await isOver(clients.settled(5, 1_000))).toBe(false);
    clients.acknowledge('a', 5);
    clients.acknowledge('a', revision);
    expect(await isOver(clients.settled(5, 1_000))).toBe(true);
  });
});
