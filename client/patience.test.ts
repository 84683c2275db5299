import { beforeEach, describe, expect, test } from 'vitest';
import { createChannelHub } from '../worker/testing/channel-hub.js';
import { createPagePlatform, type PagePlatform } from '../worker/testing/page-platform.js';
import { createVirtualTime, type VirtualTime } from '../worker/testing/virtual-time.js';
import { afterAwake } from './patience.js';

let time: VirtualTime;
let platform: PagePlatform;
let calls: number;
/** The page is frozen: its timers stand still while time goes on. */
let frozenMs: number;

beforeEach(() => {
  time = createVirtualTime();
  platform = createPagePlatform(time, createChannelHub());
  calls = 0;
  frozenMs = 0;
  const { monotonicMs } = platform;
  platform.monotonicMs = () => monotonicMs() + frozenMs;
});

const start = (): (() => void) => afterAwake(platform, 1_000, () => (calls += 1));

describe('a patient timer', () => {
  test('calls back once, after its delay', async () => {
    start();
    await time.advance(999);
    expect(calls).toBe(0);
    await time.advance(1);
    expect(calls).toBe(1);
    await time.advance(5_000);
    expect(calls).toBe(1);
  });

  test('that fires much too late waits once more: the page was frozen, and answers stand in line', async () => {
    start();
    await time.advance(500);
    frozenMs += 60_000;
    await time.advance(500);
    expect(calls).toBe(0);
    await time.advance(1_000);
    expect(calls).toBe(1);
  });

  test('waits once more when it is late by all of its delay', async () => {
    start();
    frozenMs += 1_000;
    await time.advance(1_000);
    expect(calls).toBe(0);
    await time.advance(1_000);
    expect(calls).toBe(1);
  });

  test('calls back all the same where every timer is late, as in a page that is long hidden', async () => {
    start();
    frozenMs += 60_000;
    await time.advance(1_000);
    frozenMs += 60_000;
    await time.advance(1_000);
    expect(calls).toBe(1);
    expect(platform.timers).toBe(0);
  });

  test('calls back no more once it is stopped, in its second wait too', async () => {
    const [stopEarly, stopLate] = [start(), start()];
    stopEarly();
    frozenMs += 60_000;
    await time.advance(1_000);
    stopLate();
    await time.advance(5_000);
    expect(calls).toBe(0);
    expect(platform.timers).toBe(0);
  });
});
