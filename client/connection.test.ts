import { expose } from 'comlink';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PROTOCOL_VERSION, type Answer, type Hello, type LogEntry } from '../worker/contract.js';
import { ownError, type ErrorFields } from '../worker/errors.js';
import { createChannelHub } from '../worker/testing/channel-hub.js';
import { createPagePlatform, type PagePlatform } from '../worker/testing/page-platform.js';
import { createVirtualTime, type VirtualTime } from '../worker/testing/virtual-time.js';
import { CONFIG } from '../worker/testing/world.js';
import { SAVE_MS } from '../worker/bounds.js';
import { CALL_MS, LATE_MS, PING_MS } from './bounds.js';
import { createConnection, type Connection } from './connection.js';
import type { Rung } from './transports.js';
import type { Transport } from './types.js';

const closers: (() => void)[] = [];
let time: VirtualTime;
let platform: PagePlatform;

beforeEach(() => {
  time = createVirtualTime();
  platform = createPagePlatform(time, createChannelHub());
});
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const hello: Hello = { protocolVersion: PROTOCOL_VERSION, config: CONFIG, wantsLog: false };

/** What a worker of a test does. */
interface Worker {
  /** Calls that reached it. */
  calls: string[];
  /** It answers nothing any more. */
  isDead: boolean;
  /** It answers greetings only. */
  isMute: boolean;
  /** It knows no client any more: the script was run again. */
  isRestarted: boolean;
  welcome: { ok: true; value: { protocolVersion: number } } | { ok: false; error: ErrorFields };
  instanceId: string;
  opened: number;
  /** How often its rung was told that it is of no use any more. */
  ended: number;
  onError?: () => void;
}

function workerOf(instanceId: string, fields: Partial<Worker> = {}): Worker {
  return {
    calls: [],
    isDead: false,
    isMute: false,
    isRestarted: false,
    welcome: { ok: true, value: { protocolVersion: PROTOCOL_VERSION } },
    instanceId,
    opened: 0,
    ended: 0,
    ...fields,
  };
}

function rungOf(worker: Worker, transport: Transport = 'shared-worker'): Rung {
  return {
    transport,
    end: () => void (worker.ended += 1),
    open(onError) {
      worker.opened += 1;
      worker.onError = onError;
      const { port1, port2 } = new MessageChannel();
      closers.push(() => port1.close());
      const answer = (name: string): Promise<Answer<unknown>> => {
        worker.calls.push(name);
        if (worker.isDead || (worker.isMute && name !== 'hello')) return new Promise(() => undefined);
        const seal = { instanceId: worker.instanceId, revision: 1 };
        if (worker.isRestarted && name !== 'hello') {
          return Promise.resolve({
            ...seal,
            ok: false,
            error: { name: 'WorkerRestartedException', message: 'Say hello.' },
          });
        }
        return Promise.resolve({ ...seal, ok: true, value: null });
      };
      const api = {
        hello: async () => {
          const answered = await answer('hello');
          worker.isRestarted = false;
          return { ...answered, ...worker.welcome };
        },
        ping: () => answer('ping'),
        session: () => answer('session'),
        signIn: () => answer('signIn'),
        wake: () => answer('wake'),
        // Its handlers hang.
        signOut: () => (worker.calls.push('signOut'), new Promise(() => undefined)),
        bye: () => answer('bye'),
      };
      expose(api, port2);
      return port1;
    },
  };
}

let newInstances: number;
let logged: LogEntry[];

function connectTo(...rungs: Rung[]): Connection {
  newInstances = 0;
  logged = [];
  return createConnection({
    platform,
    rungs,
    hello,
    onLog: (entry) => logged.push(entry),
    onNewInstance: () => {
      newInstances += 1;
    },
  });
}

const signInInput = { username: 'ada', password: 'x' };

describe('the ladder', () => {
  test('begins with its first rung, and says hello before anything else', async () => {
    const worker = workerOf('run-1');
    const connection = connectTo(rungOf(worker));
    expect(await connection.call('session', {}, true)).toMatchObject({ ok: true, instanceId: 'run-1' });
    expect(worker.calls).toEqual(['hello', 'session']);
    expect(connection.peer).toEqual({ transport: 'shared-worker', workerInstanceId: 'run-1' });
  });

  test('is climbed once for all calls at once', async () => {
    const worker = workerOf('run-1');
    const connection = connectTo(rungOf(worker));
    await Promise.all([1, 2, 3].map(() => connection.call('session', {}, true)));
    expect(worker.opened).toBe(1);
    expect(worker.calls.filter((name) => name === 'hello')).toHaveLength(1);
  });

  test('goes one down after 3 s of silence, and says why', async () => {
    const silent = workerOf('silent', { isDead: true });
    const connection = connectTo(rungOf(silent), rungOf(workerOf('run-2'), 'worker'));
    const call = connection.call('session', {}, true);
    await time.advance(3_000);
    expect((await call).instanceId).toBe('run-2');
    expect(connection.peer).toMatchObject({ transport: 'worker' });
    expect(connection.peer?.transportReason).toBe('shared-worker: no answer');
  });

  test('tries a silent rung once more under another name, where it can have one', async () => {
    const silent = workerOf('silent', { isDead: true });
    let renamed = 0;
    const rename = (): boolean => {
      renamed += 1;
      silent.isDead = false;
      return true;
    };
    const connection = connectTo({ ...rungOf(silent), rename }, rungOf(workerOf('run-2'), 'worker'));
    const call = connection.call('session', {}, true);
    await time.advance(3_000);
    expect((await call).instanceId).toBe('silent');
    expect([silent.opened, renamed]).toEqual([2, 1]);
    expect(connection.peer?.transportReason).toBeUndefined();
  });

  test('goes one down when the other name is silent too', async () => {
    const silent = workerOf('silent', { isDead: true });
    const connection = connectTo(
      { ...rungOf(silent), rename: () => true },
      rungOf(workerOf('run-2'), 'worker'),
    );
    const call = connection.call('session', {}, true);
    await time.advance(3_000);
    await vi.waitUntil(() => silent.opened === 2, { interval: 5 });
    await time.advance(3_000);
    expect((await call).instanceId).toBe('run-2');
    expect(silent.opened).toBe(2);
  });

  test('keeps the name of a worker that did not start: it is not silent', async () => {
    const broken = workerOf('broken', { isDead: true });
    let renamed = 0;
    const rename = (): boolean => (renamed += 1) > 0;
    const connection = connectTo({ ...rungOf(broken), rename }, rungOf(workerOf('run-2'), 'worker'));
    const call = connection.call('session', {}, true);
    await vi.waitUntil(() => broken.calls.length === 1, { interval: 5 });
    broken.onError?.();
    expect((await call).instanceId).toBe('run-2');
    expect(renamed).toBe(0);
  });

  test('goes one down at once when the worker does not start', async () => {
    const broken = workerOf('broken', { isDead: true });
    const connection = connectTo(rungOf(broken), rungOf(workerOf('run-2'), 'worker'));
    const call = connection.call('session', {}, true);
    await vi.waitUntil(() => broken.calls.length === 1, { interval: 5 });
    broken.onError?.();
    expect((await call).instanceId).toBe('run-2');
    expect(connection.peer?.transportReason).toBe('shared-worker: did not start');
    expect(time.clock.monotonicMs()).toBe(1_000);
  });

  test('goes one down when a rung throws: no SharedWorker, or the CSP forbids it', async () => {
    const forbidden: Rung = {
      transport: 'shared-worker',
      open() {
        throw new Error('Refused by the CSP');
      },
    };
    const connection = connectTo(forbidden, rungOf(workerOf('run-2'), 'worker'));
    await connection.call('session', {}, true);
    expect(connection.peer?.transportReason).toBe('shared-worker: Refused by the CSP');
  });

  test('goes one down from a worker of another protocol', async () => {
    const other = workerOf('other', {
      welcome: { ok: true, value: { protocolVersion: PROTOCOL_VERSION + 1 } },
    });
    const connection = connectTo(rungOf(other), rungOf(workerOf('run-2'), 'worker'));
    expect((await connection.call('session', {}, true)).instanceId).toBe('run-2');
    expect(connection.peer?.transportReason).toBe('shared-worker: another version');
  });

  test('says in the log, too, why it went down, rung by rung', async () => {
    const forbidden = (transport: Transport, reason: unknown): Rung => ({
      transport,
      open() {
        throw reason as Error;
      },
    });
    const connection = connectTo(
      forbidden('shared-worker', new Error('Refused by the CSP')),
      forbidden('worker', 'no error at all'),
      rungOf(workerOf('run-3'), 'page'),
    );
    await connection.call('session', {}, true);
    const message = 'shared-worker: Refused by the CSP; worker: failed';
    expect(connection.peer?.transportReason).toBe(message);
    expect(logged).toEqual([{ level: 'warn', message, instanceId: 'run-3', atMs: time.clock.wallMs() }]);
  });

  test('says nothing in the log about its first rung', async () => {
    await connectTo(rungOf(workerOf('run-1'))).call('session', {}, true);
    expect(logged).toEqual([]);
  });

  test('stops at a worker that refuses the config: another rung would mix sessions', async () => {
    const error = { name: 'ConfigurationMismatchException', message: 'Another pool.' };
    const below = workerOf('below');
    const connection = connectTo(
      rungOf(workerOf('run-1', { welcome: { ok: false, error } })),
      rungOf(below, 'worker'),
    );
    await expect(connection.call('session', {}, true)).rejects.toMatchObject(error);
    expect(below.opened).toBe(0);
  });

  test('listens for errors of a worker until it has answered, and no longer', async () => {
    const [silent, answering] = [workerOf('run-1', { isDead: true }), workerOf('run-2')];
    const signals: AbortSignal[] = [];
    const watched = (rung: Rung): Rung => ({
      ...rung,
      open: (onError, signal) => {
        signals.push(signal);
        return rung.open(onError, signal);
      },
    });
    const connection = connectTo(watched(rungOf(silent)), watched(rungOf(answering, 'worker')));
    const call = connection.call('session', {}, true);
    await vi.waitUntil(() => silent.opened === 1, { interval: 5 });
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    silent.onError?.();
    await call;
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  test('that has no rung left rejects, naming what was tried; the next call tries anew', async () => {
    const worker = workerOf('run-1');
    let isForbidden = true;
    const rung = rungOf(worker);
    const open: Rung['open'] = (onError, signal) => {
      if (isForbidden) throw new Error('Refused');
      return rung.open(onError, signal);
    };
    const connection = connectTo({ ...rung, open }, { transport: 'worker', open });
    await expect(connection.call('session', {}, true)).rejects.toMatchObject({
      name: 'UnsupportedEnvironmentException',
      message: 'No worker started: shared-worker: Refused; worker: Refused.',
      recoverySuggestion: 'Check the CSP and the worker file.',
    });
    isForbidden = false;
    expect((await connection.call('session', {}, true)).instanceId).toBe('run-1');
  });

  test('leaves no timer behind', async () => {
    const connection = connectTo(rungOf(workerOf('run-1')));
    await connection.call('session', {}, true);
    await time.advance(5_000);
    expect(platform.timers).toBe(0);
  });
});

describe('a worker that dies', () => {
  /** A worker that dies with the next call, and the one that comes after it. */
  async function dying(): Promise<{ connection: Connection; first: Worker; revive(): void }> {
    const first = workerOf('run-1');
    const connection = connectTo(rungOf(first));
    await connection.call('wake', undefined, true);
    first.isDead = true;
    return {
      connection,
      first,
      revive() {
        first.isDead = false;
        first.instanceId = 'run-2';
      },
    };
  }

  test('is replaced, and a call that is safe to repeat is repeated', async () => {
    const { connection, first, revive } = await dying();
    const call = connection.call('session', {}, true);
    await vi.waitUntil(() => first.calls.includes('session'), { interval: 5 });
    revive();
    await time.until(() => first.opened === 2, 10_000);
    expect((await call).instanceId).toBe('run-2');
    expect(first.calls.filter((name) => name === 'session')).toHaveLength(2);
    expect(newInstances).toBe(1);
  });

  test('rejects a call that is not safe to repeat with WorkerRestartedException, and never repeats it', async () => {
    const { connection, first } = await dying();
    const rejection = expect(connection.call('signIn', signInInput, false)).rejects.toMatchObject({
      name: 'WorkerRestartedException',
      message: 'The worker was replaced.',
      recoverySuggestion: 'Look at the session first.',
    });
    await vi.waitUntil(() => first.calls.includes('signIn'), { interval: 5 });
    await time.advance(3_000);
    await rejection;
    expect(first.calls.filter((name) => name === 'signIn')).toHaveLength(1);
  });

  test('and is run again under the same port is greeted again: nothing was done, so even a sign-in is repeated', async () => {
    const worker = workerOf('run-1');
    const connection = connectTo(rungOf(worker));
    await connection.call('session', {}, true);
    worker.isRestarted = true;
    worker.instanceId = 'run-2';
    expect((await connection.call('signIn', signInInput, false)).instanceId).toBe('run-2');
    expect(worker.calls).toEqual(['hello', 'session', 'signIn', 'hello', 'signIn']);
    expect(newInstances).toBe(1);
  });

  test('under a call whose time is over meanwhile is not replaced for that call', async () => {
    const worker = workerOf('run-1', { isMute: true });
    const connection = connectTo(rungOf(worker));
    connection.suspend();
    const outcome = expect(connection.call('session', {}, true)).rejects.toMatchObject({
      name: 'TimeoutException',
    });
    await time.advance(CALL_MS - LATE_MS - PING_MS / 2);
    connection.resume();
    await vi.waitUntil(() => worker.calls.includes('session'), { interval: 5 });
    await time.advance(LATE_MS + PING_MS);
    await outcome;
    expect(worker.opened).toBe(1);
  });

  test('and that no page can end, as a shared one, is replaced too', async () => {
    const worker = workerOf('run-1');
    const connection = connectTo({ transport: 'shared-worker', open: rungOf(worker).open });
    await connection.call('wake', undefined, true);
    worker.isRestarted = true;
    worker.instanceId = 'run-2';
    expect((await connection.call('session', {}, true)).instanceId).toBe('run-2');
  });

  test('for good makes no call hang: it ends after the deadline of a call', async () => {
    const { connection, first } = await dying();
    let outcome: unknown;
    connection.call('session', {}, true).catch((error: unknown) => (outcome = error));
    await vi.waitUntil(() => first.calls.includes('session'), { interval: 5 });
    await time.advance(60_000);
    await vi.waitUntil(() => outcome !== undefined, { interval: 5 });
    expect(outcome).toMatchObject({ name: expect.stringMatching(/Timeout|Unsupported/) as string });
  });
});

test('a sign-out is waited for as long as any call and its handlers may take', async () => {
  const worker = workerOf('run-1');
  const connection = connectTo(rungOf(worker));
  let outcome: unknown;
  connection.call('signOut', {}, true).catch((error: unknown) => (outcome = error));
  await vi.waitUntil(() => worker.calls.includes('signOut'), { interval: 5 });
  const pings = (): number => worker.calls.filter((name) => name === 'ping').length;
  const passSeconds = async (count: number): Promise<void> => {
    for (let second = 0; second < count; second += 1) {
      const before = pings();
      await time.advance(LATE_MS);
      if (outcome) return;
      await vi.waitUntil(() => pings() > before, { interval: 5 });
      // Answers come in order: that of the ping is here, too.
      await connection.call('wake', undefined, true);
    }
  };
  await passSeconds((CALL_MS + SAVE_MS) / 1_000 - 1);
  expect(outcome).toBeUndefined();
  await passSeconds(2);
  await vi.waitUntil(() => outcome !== undefined, { interval: 5 });
  expect(outcome).toMatchObject({ name: 'TimeoutException' });
});

describe('a worker that is of no use any more', () => {
  const unused = workerOf('lower');

  test('because it died is ended before another one is opened', async () => {
    const worker = workerOf('run-1');
    const connection = connectTo(rungOf(worker, 'worker'));
    await connection.call('session', {}, true);
    worker.isDead = true;
    const call = connection.call('session', {}, true);
    await vi.waitUntil(() => worker.calls.length === 3, { interval: 5 });
    await time.until(() => worker.ended === 1);
    worker.isDead = false;
    await call;
    expect([worker.opened, worker.ended]).toEqual([2, 1]);
  });

  test('because it did not start is ended', async () => {
    const worker = workerOf('broken', { isDead: true });
    const connection = connectTo(rungOf(worker), rungOf(unused, 'worker'));
    const call = connection.call('session', {}, true);
    await vi.waitUntil(() => worker.onError !== undefined, { interval: 5 });
    worker.onError?.();
    await call;
    expect(worker.ended).toBe(1);
  });

  test('because the page closed its client is ended', async () => {
    const worker = workerOf('run-1');
    const connection = connectTo(rungOf(worker, 'worker'));
    await connection.call('session', {}, true);
    connection.close(ownError('ClientClosedException', 'Closed.', 'Make another one.'));
    expect(worker.ended).toBeGreaterThan(0);
  });

  test('is not one whose page is only away', async () => {
    const worker = workerOf('run-1');
    const connection = connectTo(rungOf(worker, 'worker'));
    await connection.call('session', {}, true);
    connection.suspend();
    connection.resume();
    await connection.call('session', {}, true);
    expect([worker.opened, worker.ended]).toEqual([2, 0]);
  });
});

describe('an error of the worker', () => {
  test('arrives as an AuthError with its name and what to do', async () => {
    const error = { name: 'NotAuthorizedException', message: 'No.', recoverySuggestion: 'Sign in again.' };
    const { port1, port2 } = new MessageChannel();
    closers.push(() => port1.close());
    expose(
      {
        hello: () => ({
          ok: true,
          instanceId: 'run-1',
          revision: 1,
          value: { protocolVersion: PROTOCOL_VERSION },
        }),
        session: () => ({ ok: false, instanceId: 'run-1', revision: 1, error }),
      },
      port2,
    );
    const connection = connectTo({ transport: 'shared-worker', open: () => port1 });
    const rejection = connection.call('session', {}, true);
    await expect(rejection).rejects.toMatchObject(error);
    await expect(rejection).rejects.toBeInstanceOf(Error);
  });
});

describe('a page that goes away', () => {
  test('says goodbye, closes its port, and opens another one when it comes back', async () => {
    const worker = workerOf('run-1');
    const connection = connectTo(rungOf(worker));
    await connection.call('session', {}, true);
    connection.suspend();
    await vi.waitUntil(() => worker.calls.includes('bye'), { interval: 5 });
    expect(connection.peer).toBeUndefined();
    connection.resume();
    await connection.call('session', {}, true);
    expect(worker.opened).toBe(2);
    expect(newInstances).toBe(0);
  });

  test('opens nothing while it is away: a call waits until it is back', async () => {
    const worker = workerOf('run-1');
    const connection = connectTo(rungOf(worker));
    connection.suspend();
    const call = connection.call('session', {}, true);
    await time.advance(10_000);
    expect(worker.opened).toBe(0);
    connection.resume();
    expect((await call).instanceId).toBe('run-1');
  });

  test('and is said to be back twice, or without having gone, goes on', async () => {
    const worker = workerOf('run-1');
    const connection = connectTo(rungOf(worker));
    connection.resume();
    await connection.call('session', {}, true);
    connection.resume();
    await connection.call('session', {}, true);
    expect(worker.opened).toBe(1);
  });

  test.each(['for now', 'for good'])('%s in the middle of connecting says goodbye, too', async (how) => {
    const worker = workerOf('run-1');
    const connection = connectTo(rungOf(worker));
    connection.call('session', {}, true).catch(() => undefined);
    if (how === 'for now') connection.suspend();
    else connection.close(ownError('ClientClosedException', 'This client was closed.'));
    await vi.waitUntil(() => worker.calls.length > 1, { interval: 5 });
    expect(worker.calls).toEqual(['hello', 'bye']);
  });

  test('in the middle of connecting keeps no port open, and connects when it is back', async () => {
    const worker = workerOf('run-1');
    const connection = connectTo(rungOf(worker));
    const call = connection.call('session', {}, true);
    connection.suspend();
    await vi.waitUntil(() => worker.calls.includes('hello'), { interval: 5 });
    await vi.waitUntil(() => platform.timers <= 1, { interval: 5 });
    expect(connection.peer).toBeUndefined();
    expect(worker.calls).not.toContain('session');
    connection.resume();
    expect((await call).instanceId).toBe('run-1');
  });

  test('for good rejects every call with the reason, those under way too', async () => {
    const worker = workerOf('run-1');
    const connection = connectTo(rungOf(worker));
    await connection.call('session', {}, true);
    worker.isDead = true;
    const underWay = connection.call('session', {}, true);
    const reason = ownError('ClientClosedException', 'This client was closed.');
    connection.close(reason);
    await expect(underWay).rejects.toBe(reason);
    await expect(connection.call('session', {}, true)).rejects.toBe(reason);
  });
});
