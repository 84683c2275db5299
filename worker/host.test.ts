import { wrap, type Remote } from 'comlink';
import { afterEach, describe, expect, test } from 'vitest';
import { MOST_SESSIONS } from './bounds.js';
import {
  PROTOCOL_VERSION,
  type Hello,
  type LogMessage,
  type RuntimeConfig,
  type SessionApi,
} from './contract.js';
import { createHost } from './host.js';
import { answered } from './testing/scripted-cognito.js';
import { CONFIG, createWorld, type World } from './testing/world.js';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const helloOf = (
  config: RuntimeConfig,
  wantsLog = false,
  persistence: RuntimeConfig['persistence'] = 'memory',
): Hello => ({ protocolVersion: PROTOCOL_VERSION, config: { ...config, persistence }, wantsLog });
const appClient = (number: number): RuntimeConfig => ({ ...CONFIG, userPoolClientId: `client${number}` });

interface Hosted {
  world: World;
  /** One more page: its end of the port, what it heard of the log, and what the browser calls when its port was collected. */
  open(): { page: Remote<SessionApi>; logged: unknown[]; collect(): void };
}

function host(): Hosted {
  const world = createWorld();
  const collected: (() => void)[] = [];
  const { deps } = world.start();
  const serve = createHost({
    ...deps,
    openChannel: () => world.hub.join(),
    openBacking: () => world.backing,
    openCognito: () => world.cognito,
    onCollected: (_port, callback) => void collected.push(callback),
  });
  return {
    world,
    open() {
      const { port1, port2 } = new MessageChannel();
      closers.push(() => port1.close());
      const logged: unknown[] = [];
      port1.addEventListener('message', ({ data }: MessageEvent<{ type: string }>) => {
        if (data.type === 'log') logged.push(data);
      });
      serve(port2);
      return { page: wrap<SessionApi>(port1), logged, collect: () => collected.at(-1)?.() };
    },
  };
}

const clientsOf = async (page: Remote<SessionApi>): Promise<unknown> => {
  const answer = await page.inspect();
  return answer.ok && answer.value.clients;
};

describe('the tabs of one worker', () => {
  test('count for the app client that they named, and for no other', async () => {
    const { open } = host();
    const [first, second] = [open().page, open().page];
    await first.hello(helloOf(appClient(1)));
    await second.hello(helloOf(appClient(2)));
    expect([await clientsOf(first), await clientsOf(second)]).toEqual([1, 1]);
  });

  test('that name another app client on the same port are no client of the first any more', async () => {
    const { open } = host();
    const [stays, moves] = [open().page, open().page];
    for (const page of [stays, moves]) await page.hello(helloOf(appClient(1)));
    expect(await clientsOf(stays)).toBe(2);
    await moves.hello(helloOf(appClient(2)));
    expect([await clientsOf(stays), await clientsOf(moves)]).toEqual([1, 1]);
  });

  test('are forgotten with their log when their port was collected', async () => {
    const { open, world } = host();
    const { page: stays } = open();
    await stays.hello(helloOf(CONFIG));
    const { page, logged, collect } = open();
    await page.hello(helloOf(CONFIG, true));
    expect(await clientsOf(stays)).toBe(2);
    collect();
    expect(await clientsOf(stays)).toBe(1);
    const options = { authFlowType: 'USER_PASSWORD_AUTH' } as const;
    await stays.signIn({ username: 'ada', password: 'right', options });
    expect(world.news()).toContain('signedIn');
    await page.ping();
    expect(logged).toEqual([]);
  });

  test('that are refused hear nothing of the log', async () => {
    const { open } = host();
    const { page: stays } = open();
    await stays.hello(helloOf(CONFIG));
    const { page: stranger, logged } = open();
    const config = { ...CONFIG, userPoolId: 'eu-central-1_Other' };
    expect(await stranger.hello(helloOf(config, true))).toMatchObject({
      error: { name: 'ConfigurationMismatchException' },
    });
    const options = { authFlowType: 'USER_PASSWORD_AUTH' } as const;
    await stays.signIn({ username: 'ada', password: 'right', options });
    await stranger.ping();
    expect(logged).toEqual([]);
  });
});

test.each(['memory', 'indexeddb'] as const)(
  'a session is kept where its config says: %s',
  async (storage) => {
    const { open, world } = host();
    const { page } = open();
    await page.hello(helloOf(CONFIG, false, storage));
    const options = { authFlowType: 'USER_PASSWORD_AUTH' } as const;
    await page.signIn({ username: 'ada', password: 'right', options });
    expect(await page.inspect()).toMatchObject({ value: { storage } });
    expect(world.backing.record !== undefined).toBe(storage === 'indexeddb');
  },
);

test('a page that wants the log gets each line with the run and the time, and with its details if it has any', async () => {
  const { open, world } = host();
  const { page, logged } = open();
  await page.hello(helloOf(CONFIG, true));
  const options = { authFlowType: 'USER_PASSWORD_AUTH' } as const;
  await page.signIn({ username: 'ada', password: 'right', options });
  world.cognito.fail('refresh', answered('ResourceNotFoundException'));
  await page.session({ forceRefresh: true });
  const line = { instanceId: 'run-1', atMs: world.time.clock.wallMs() };
  const entries = (logged as LogMessage[]).map(({ entry }) => entry);
  expect(entries.find(({ message }) => message === 'Signed in.')).toStrictEqual({
    ...line,
    level: 'info',
    message: 'Signed in.',
  });
  expect(entries.find(({ level }) => level === 'warn')).toMatchObject({
    ...line,
    details: { error: 'ResourceNotFoundException' },
  });
});

test('a script that makes up app clients gets no more than a worker can keep, and those that are there go on', async () => {
  const { open } = host();
  const { page } = open();
  for (let number = 1; number <= MOST_SESSIONS; number += 1) {
    expect(await page.hello(helloOf(appClient(number)))).toMatchObject({ ok: true });
  }
  const { page: next } = open();
  expect(await next.hello(helloOf(appClient(MOST_SESSIONS + 1)))).toMatchObject({
    ok: false,
    error: {
      name: 'InvalidConfigurationException',
      message: expect.stringContaining(String(MOST_SESSIONS)) as string,
      recoverySuggestion: expect.stringContaining('a worker of its own') as string,
    },
  });
  expect(await next.hello(helloOf(appClient(1)))).toMatchObject({ ok: true });
  expect(await clientsOf(next)).toBe(1);
});
