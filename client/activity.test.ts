/** What a page tells the worker of its use. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createChannelHub } from '../worker/testing/channel-hub.js';
import { createPagePlatform, type PagePlatform } from '../worker/testing/page-platform.js';
import { createVirtualTime, settle, type VirtualTime } from '../worker/testing/virtual-time.js';
import { watchActivity } from './activity.js';
import type { Core } from './extras.js';

let time: VirtualTime;
let platform: PagePlatform;
/** Device time of each use that was told of. */
let told: number[];
let isDead: boolean;
let end: AbortController;

beforeEach(() => {
  time = createVirtualTime();
  platform = createPagePlatform(time, createChannelHub());
  told = [];
  isDead = false;
  end = new AbortController();
  const call = async (method: string, agoMs: number): Promise<unknown> => {
    if (isDead) throw new Error('The worker was replaced.');
    if (method === 'active') told.push(time.clock.wallMs() - agoMs);
    return undefined;
  };
  watchActivity({ platform, call: call as unknown as Core['call'] }, end.signal);
});

function look(visibilityState: string): void {
  const event = new Event('visibilitychange');
  Object.defineProperty(event, 'target', { value: { visibilityState } });
  platform.dispatchWhole(event);
}

describe('a page that is used', () => {
  test.each(['pointerdown', 'pointermove', 'keydown', 'touchstart', 'wheel'])(
    'tells of %s at once',
    (event) => {
      platform.dispatch(event);
      expect(told).toEqual([time.clock.wallMs()]);
    },
  );

  test('tells at most once in five seconds, and then of the last use', async () => {
    const startMs = time.clock.wallMs();
    for (let step = 0; step < 12; step += 1) {
      platform.dispatch('keydown');
      await time.advance(400);
    }
    expect(told).toHaveLength(1);
    await time.advance(200);
    expect(told).toEqual([startMs, startMs + 4_400]);
    await time.advance(60_000);
    expect(told, 'nothing more was done').toHaveLength(2);
  });

  test('tells when it comes into view, and nothing when it only leaves it', () => {
    look('hidden');
    expect(told).toEqual([]);
    look('visible');
    expect(told).toHaveLength(1);
  });

  test('tells of its last use before it goes', async () => {
    platform.dispatch('keydown');
    await time.advance(1_000);
    platform.dispatch('keydown');
    await time.advance(1_000);
    look('hidden');
    expect(told[1]).toBe(time.clock.wallMs() - 1_000);
  });

  test('tells the next worker of what the last one did not take in, as of when it was', async () => {
    const usedMs = time.clock.wallMs();
    isDead = true;
    platform.dispatch('keydown');
    await time.advance(1_500);
    isDead = false;
    await time.advance(1_000);
    expect(told).toEqual([usedMs]);
  });

  test('does not tell after a sleep of what was long ago', async () => {
    platform.dispatch('keydown');
    await time.advance(1_000);
    platform.dispatch('keydown');
    time.sleep(3_600_000);
    await time.advance(10_000);
    expect(told).toHaveLength(1);
  });

  test('tells nothing after its client was closed, and leaves no timer', async () => {
    platform.dispatch('keydown');
    platform.dispatch('keydown');
    end.abort();
    platform.dispatch('keydown');
    await settle();
    await time.advance(10_000);
    expect(told).toHaveLength(1);
    expect(time.waiting).toBe(0);
  });
});
