import { expose } from 'comlink';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { LogEntry } from '../worker/contract.js';
import { createChannelHub } from '../worker/testing/channel-hub.js';
import { createPagePlatform, type PagePlatform } from '../worker/testing/page-platform.js';
import { createVirtualTime, type VirtualTime } from '../worker/testing/virtual-time.js';
import { createLink, LinkLost, type Link } from './link.js';

const closers: (() => void)[] = [];
let time: VirtualTime;
let platform: PagePlatform;
let logged: LogEntry[];

beforeEach(() => {
  time = createVirtualTime();
  platform = createPagePlatform(time, createChannelHub());
  logged = [];
});
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A link to a worker that answers pings, and other calls when the test says so. */
function linked({ isAlive = true } = {}): {
  link: Link;
  port: MessagePort;
  worker: MessagePort;
  pings(): number;
  /** Calls that wait for `answer()`. */
  pending(): number;
  answer(): void;
} {
  const { port1, port2 } = new MessageChannel();
  closers.push(() => port1.close());
  let pings = 0;
  const pending: (() => void)[] = [];
  const envelope = { ok: true, instanceId: 'run-1', revision: 1, value: null };
  if (isAlive) {
    expose(
      {
        ping: () => {
          pings += 1;
          return envelope;
        },
        wake: () => envelope,
        session: () => new Promise((resolve) => pending.push(() => resolve(envelope))),
      },
      port2,
    );
  }
  return {
    link: createLink(port1, platform, (entry) => logged.push(entry)),
    port: port1,
    worker: port2,
    pings: () => pings,
    pending: () => pending.length,
    answer: () => pending.splice(0).forEach((resolve) => resolve()),
  };
}

const deadline = (): number => time.clock.monotonicMs() + 15_000;

/** One late call long: the watchdog looks, asks, and hears. */
async function watchOnce({ link, pings }: { link: Link; pings(): number }): Promise<void> {
  const before = pings();
  await time.advance(1_000);
  await vi.waitUntil(() => pings() > before, { interval: 5 });
  // An answer on the same port comes after that to the ping.
  await link.ask('wake', undefined, deadline());
}

describe('a call over a link', () => {
  test('is answered with the envelope of the worker', async () => {
    const { link } = linked();
    expect(await link.ask('ping', undefined, deadline())).toEqual({
      ok: true,
      instanceId: 'run-1',
      revision: 1,
      value: null,
    });
  });

  test('that takes its time is waited for while the worker answers pings', async () => {
    const world = linked();
    const call = world.link.ask('session', {}, deadline());
    for (let second = 0; second < 5; second += 1) await watchOnce(world);
    world.answer();
    expect(await call).toMatchObject({ ok: true });
  });

  test('is given up at its deadline, though the worker lives', async () => {
    const world = linked();
    const rejection = expect(
      world.link.ask('session', {}, time.clock.monotonicMs() + 2_500),
    ).rejects.toMatchObject({
      name: 'TimeoutException',
      message: 'No answer came.',
      recoverySuggestion: 'Try again.',
    });
    await watchOnce(world);
    await watchOnce(world);
    await time.advance(1_000);
    await rejection;
  });

  test('is given up when its deadline is there, not a second later', async () => {
    const { link } = linked();
    const rejection = expect(link.ask('session', {}, time.clock.monotonicMs() + 1_000)).rejects.toMatchObject(
      { name: 'TimeoutException' },
    );
    await time.advance(1_000);
    await rejection;
    expect(platform.timers).toBe(0);
  });

  test('whose answer comes after its deadline stays given up, and harms no other', async () => {
    const world = linked();
    const rejection = expect(
      world.link.ask('session', {}, time.clock.monotonicMs() + 1_000),
    ).rejects.toMatchObject({ name: 'TimeoutException' });
    await vi.waitUntil(() => world.pending() === 1, { interval: 5 });
    await time.advance(1_000);
    await rejection;
    world.answer();
    expect(await world.link.ask('wake', undefined, deadline())).toMatchObject({ ok: true });
  });

  test('to a dead worker is lost after a second of silence and one of an unanswered ping', async () => {
    const { link } = linked({ isAlive: false });
    let lost: unknown;
    link.ask('session', {}, deadline()).catch((error: unknown) => (lost = error));
    await time.advance(1_999);
    expect(lost).toBeUndefined();
    await time.advance(1);
    expect(lost).toBeInstanceOf(LinkLost);
  });

  test('is lost with all others when the link is ended', async () => {
    const { link } = linked();
    const calls = [link.ask('session', {}, deadline()), link.ask('session', {}, deadline())];
    link.end();
    for (const call of calls) await expect(call).rejects.toBeInstanceOf(LinkLost);
  });

  test('with an input that cannot be cloned rejects with an AuthError that says so', async () => {
    const { link } = linked();
    const input = { clientMetadata: { toString: () => 'x' } } as unknown as object;
    await expect(link.ask('session', input, deadline())).rejects.toMatchObject({
      name: 'InvalidInputException',
      message: 'The input is no plain data.',
      recoverySuggestion: 'Give plain data.',
    });
  });
});

test('a worker that was run again under the same port is noticed by its answer to a ping', async () => {
  const { port1, port2 } = new MessageChannel();
  closers.push(() => port1.close());
  const link = createLink(port1, platform, () => undefined);
  const error = { name: 'WorkerRestartedException', message: 'Say hello.' };
  expose({ ping: () => ({ ok: false, instanceId: 'run-2', revision: 0, error }) }, port2);
  const lost = link.ask('session', {}, deadline()).catch((reason: unknown) => reason);
  await time.advance(1_000);
  expect(await lost).toBeInstanceOf(LinkLost);
  expect(platform.timers).toBe(0);
});

describe('a link', () => {
  test('sets no timer for each call, and none stays when nothing waits', async () => {
    const { link } = linked();
    for (let call = 0; call < 100; call += 1) await link.ask('ping', undefined, deadline());
    expect(platform.timers).toBeLessThanOrEqual(1);
    await time.advance(5_000);
    expect(platform.timers).toBe(0);
  });

  test('listens on its port as often after a thousand calls as before', async () => {
    const added = vi.spyOn(MessagePort.prototype, 'addEventListener');
    const { link } = linked();
    await link.ask('ping', undefined, deadline());
    const before = added.mock.calls.length;
    for (let call = 0; call < 1_000; call += 1) await link.ask('ping', undefined, deadline());
    expect(added.mock.calls.length - before).toBeLessThanOrEqual(1);
  });

  test('that has ended is not held by its port', async () => {
    const { link, port } = linked();
    await link.ask('ping', undefined, deadline());
    expect(port.onmessage).not.toBeNull();
    link.end();
    expect(port.onmessage).toBeNull();
  });

  test('pings only a worker that is late', async () => {
    const world = linked();
    await world.link.ask('wake', undefined, deadline());
    await time.advance(10_000);
    expect(world.pings()).toBe(0);
  });

  test('pings no worker for a call that has just begun, though others were made long before', async () => {
    const world = linked();
    await world.link.ask('wake', undefined, deadline());
    await time.advance(500);
    const call = world.link.ask('session', {}, deadline());
    await time.advance(500);
    await world.link.ask('wake', undefined, deadline());
    expect(world.pings()).toBe(0);
    await watchOnce(world);
    expect(world.pings()).toBe(1);
    world.answer();
    await call;
  });

  test('hands on the log of the worker, and nothing else that comes', async () => {
    const { link, worker } = linked();
    const entry: LogEntry = { level: 'info', message: 'm', instanceId: 'run-1', atMs: 1 };
    worker.postMessage({ type: 'log', entry });
    worker.postMessage({ type: 'log' });
    worker.postMessage(null);
    await link.ask('ping', undefined, deadline());
    expect(logged).toEqual([entry]);
  });
});
