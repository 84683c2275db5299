import { describe, expect, test } from 'vitest';
import { webLocks, type LockRequester } from './platform.js';
import { createWorld, IDENTITY_CONFIG, type Runtime, type World } from './testing/world.js';

/** Where a browser may keep nothing of a site, it has the Web Locks API and refuses each request (Web Locks, `request()`). */
function signedInWithoutLocks(): Promise<World & Runtime> {
  const world = createWorld();
  const refuse = (): Promise<never> => Promise.reject(new DOMException('Access denied.', 'SecurityError'));
  const denied = { request: refuse, query: refuse };
  const runtime = world.start({ config: IDENTITY_CONFIG, locks: webLocks(denied, world.time) });
  return runtime
    .connect()
    .then(() => runtime.signIn())
    .then(() => ({ ...world, ...runtime }));
}

test('where locks are refused, tokens are refreshed, and credentials had, all the same', async () => {
  const { time, session, cognito } = await signedInWithoutLocks();
  const view = await time.run(session.session({ forceRefresh: true }));
  expect(view).toMatchObject({
    status: 'signed-in',
    credentials: { accessKeyId: expect.stringMatching(/./) },
  });
  expect(cognito.count('refresh')).toBe(1);
});

test('where locks are refused, one work is done after the other', async () => {
  const { deps } = await signedInWithoutLocks();
  const done: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    done.push(`${name} begins`);
    await Promise.resolve();
    done.push(`${name} ends`);
  };
  await Promise.all(['first', 'second'].map((name) => deps.locks.withLock('lock', 1_000, work(name))));
  expect(done).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
});

test('where locks are there, what their holder fails with is no refusal: its work is not done twice', async () => {
  const { time } = createWorld();
  const given: LockRequester = {
    query: () => Promise.resolve({}),
    request: (_name, _options, work) => work(),
  };
  let times = 0;
  const failing = webLocks(given, time).withLock('lock', 1_000, () => {
    times += 1;
    return Promise.reject(new Error('of the work'));
  });
  await expect(failing).rejects.toThrow('of the work');
  expect(times).toBe(1);
});

test('a runtime that was suspended while it waited still has the lock that it was granted meanwhile', async () => {
  const { time } = createWorld();
  let suspendedMs = 0;
  const clock = { ...time.clock, monotonicMs: () => time.clock.monotonicMs() + suspendedMs };
  let grant: () => void = () => undefined;
  const queue: LockRequester = {
    query: () => Promise.resolve({}),
    request: (_name, { signal }, work) =>
      new Promise((resolve, reject) => {
        grant = () => void work().then(resolve, reject);
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  };
  const turn = webLocks(queue, { clock, timers: time.timers }).withLock('lock', 1_000, () =>
    Promise.resolve('done'),
  );
  suspendedMs = 60_000;
  // Awake again, it finds its timer due before the grant.
  await time.advance(1_000);
  grant();
  expect(await turn).toEqual({ held: true, value: 'done' });
});

describe('the names of the locks that are held', () => {
  const told = (query: LockRequester['query']) => {
    const { time } = createWorld();
    return time.run(webLocks({ query, request: (_name, _options, work) => work() }, time).heldNames());
  };

  test('are those that the browser tells', async () => {
    expect(await told(() => Promise.resolve({ held: [{ name: 'a' }, {}, { name: 'b' }] }))).toEqual([
      'a',
      'b',
    ]);
  });

  test('are none where the browser refuses, or is silent', async () => {
    expect(await told(() => Promise.reject(new DOMException('Access denied.', 'SecurityError')))).toEqual([]);
    expect(await told(() => new Promise(() => undefined))).toEqual([]);
  });
});
