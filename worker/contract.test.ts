import { wrap, type Remote } from 'comlink';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  PROTOCOL_VERSION,
  scopeName,
  SESSION_API_METHODS,
  type Answer,
  type ConfirmSignInInput,
  type ConnectMessage,
  type Hello,
  type LogMessage,
  type PageAnswer,
  type QuestionMessage,
  type SessionApi,
  type SessionRequest,
  type SignInInput,
  type SignOutInput,
} from './contract.js';
import { AuthError } from './errors.js';
import { servePort } from './serve.js';
import { answered, unanswered } from './testing/scripted-cognito.js';
import { CONFIG, createWorld, IDENTITY_CONFIG, type Runtime, type World } from './testing/world.js';

const closers: (() => void)[] = [];
afterEach(() => {
  vi.unstubAllGlobals();
  for (const close of closers.splice(0)) close();
});

interface Served {
  world: World;
  runtime: Runtime;
  page: Remote<SessionApi>;
  /** All that came over the port, as it came. */
  received: unknown[];
}

function serve(): Served {
  const world = createWorld();
  const runtime = world.start({ config: IDENTITY_CONFIG });
  const { port1, port2 } = new MessageChannel();
  closers.push(() => port1.close());
  const received: unknown[] = [];
  servePort(port2, {
    instanceId: 'run-1',
    sessionFor: () => runtime.session,
    nextClientId: () => 'tab-1',
    addLogger(logger) {
      logger({
        level: 'info',
        message: 'm',
        instanceId: 'run-1',
        atMs: 1,
        details: { error: 'x', count: 1, is: true },
      });
      return () => undefined;
    },
    onCollected: () => undefined,
  });
  port1.addEventListener('message', ({ data }: MessageEvent<unknown>) => received.push(data));
  return { world, runtime, page: wrap<SessionApi>(port1), received };
}

const hello: Hello = { protocolVersion: PROTOCOL_VERSION, config: IDENTITY_CONFIG, wantsLog: true };
const input: SignInInput = {
  username: 'ada',
  password: 'right',
  options: { authFlowType: 'USER_PASSWORD_AUTH', clientMetadata: { tenant: 'a' } },
};

test('every message of the contract is plain data that structuredClone copies without loss', async () => {
  const { world, runtime, page } = serve();
  const { session } = runtime;
  const messages: unknown[] = [];
  const collect = async <T>(answer: Promise<Answer<T>>): Promise<void> => void messages.push(await answer);

  const requests: [
    Hello,
    SessionRequest,
    SignInInput,
    ConfirmSignInInput,
    SignOutInput,
    ConnectMessage,
    LogMessage,
    QuestionMessage,
    PageAnswer,
  ] = [
    { ...hello, answers: ['logins', 'clientMetadataProvider'] },
    { forceRefresh: true, rejectedToken: 't', clientMetadata: { a: 'b' }, minRevision: 3, peek: true },
    input,
    { challengeResponse: 'x', options: { userAttributes: { email: 'e' }, clientMetadata: {} } },
    { global: true },
    { type: 'connect' },
    {
      type: 'log',
      entry: { level: 'warn', message: 'm', instanceId: 'x', atMs: 1, details: { error: 'E' } },
    },
    { type: 'question', id: 'q', about: 'logins' },
    { id: 'q', value: { 'accounts.google.com': 't' } },
  ];
  messages.push(...requests);

  await collect(page.hello(hello));
  await collect(page.session({}));
  world.cognito.fail('initiateAuth', answered('NotAuthorizedException'));
  await collect(page.signIn(input));
  await collect(page.signIn({ ...input, password: 'temporary' }));
  await collect(page.pendingSignIn());
  await collect(page.confirmSignIn({ challengeResponse: 'better' }));
  await collect(page.session({}));
  world.cognito.fail('credentials', answered('ResourceNotFoundException'), 2);
  await collect(page.session({ forceRefresh: true }));
  world.cognito.fail('refresh', unanswered(), 1);
  world.cognito.fail('refresh', answered('ForbiddenException', 403));
  const failing = collect(page.session({ forceRefresh: true }));
  await vi.waitUntil(() => world.cognito.count('refresh') >= 2, { interval: 5 });
  await world.time.advance(1_000);
  await failing;
  await collect(page.wake(true));
  await collect(page.ping());
  await collect(page.inspect());
  await collect(page.account({ operation: 'fetchUserAttributes', input: undefined }));
  await collect(page.acknowledge(session.revision));
  const signingOut = collect(page.signOut({}));
  await vi.waitUntil(() => world.news().includes('signedOut'), { interval: 5 });
  await world.time.advance(1_000);
  await signingOut;
  await collect(page.bye());

  const posted = world.hub.posted;
  const kinds = new Set(
    posted.map((message) => (message.type === 'news' ? message.event.type : message.type)),
  );
  for (const kind of [
    'signedIn',
    'changed',
    'tokenRefresh',
    'tokenRefresh_failure',
    'signedOut',
    'roll-call',
  ])
    expect(kinds).toContain(kind);
  messages.push(...posted);

  for (const message of messages) {
    expect(structuredClone(message)).toStrictEqual(message);
    // Nothing but plain values, lists, objects and dates: a class would arrive without its methods.
    expect(foreignParts(message)).toEqual([]);
  }
});

/** Whatever is in a message that is not plain. */
function foreignParts(value: unknown): unknown[] {
  if (value === null || ['string', 'number', 'boolean', 'undefined'].includes(typeof value)) return [];
  if (value instanceof Date) return [];
  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value) || prototype === Object.prototype)
    return Object.values(value as object).flatMap(foreignParts);
  return [value];
}

describe('over a port', () => {
  test('an expiration arrives as a Date', async () => {
    const { page } = serve();
    await page.hello(hello);
    await page.signIn(input);
    const answer = await page.session({});
    expect(answer).toMatchObject({
      ok: true,
      value: { session: { credentials: { expiration: expect.any(Date) as Date } } },
    });
  });

  test("an error arrives with Cognito's name, its status, and what to do", async () => {
    const { page, world } = serve();
    await page.hello(hello);
    world.cognito.fail('initiateAuth', answered('UserNotConfirmedException'));
    expect(await page.signIn(input)).toMatchObject({
      ok: false,
      error: { name: 'UserNotConfirmedException', metadata: { httpStatusCode: 400 } },
      instanceId: 'run-1',
    });
  });

  test('an error that nobody expected shows its kind and nothing of its text', async () => {
    const { page, runtime } = serve();
    await page.hello(hello);
    runtime.session.wake = () => {
      throw new RangeError('refresh-token-in-a-message');
    };
    expect(await page.wake()).toMatchObject({
      ok: false,
      error: { message: 'The worker failed with RangeError.' },
    });
  });

  test('something thrown that is no error shows nothing of itself', async () => {
    const { page, runtime } = serve();
    await page.hello(hello);
    runtime.session.wake = () => {
      throw 'refresh-token' as unknown as Error;
    };
    const answer = await page.wake();
    expect(answer).toMatchObject({
      ok: false,
      error: { name: 'Unknown', message: 'The worker failed with Error.' },
    });
    expect(JSON.stringify(answer)).not.toContain('refresh-token');
  });

  test.each([
    { name: 'A', message: 'm' },
    { name: 'A', message: 'm', recoverySuggestion: 'Do it.' },
    { name: 'A', message: 'm', metadata: { httpStatusCode: 400 } },
    { name: 'A', message: 'm', recoverySuggestion: 'Do it.', metadata: { httpStatusCode: 400 } },
  ])('an error of our own arrives with all that it says, and no more: %j', async (fields) => {
    const { page, runtime } = serve();
    await page.hello(hello);
    runtime.session.wake = () => {
      throw new AuthError(fields);
    };
    const answer = await page.wake();
    expect(!answer.ok && answer.error).toStrictEqual(fields);
  });

  test('calls that tell nothing are answered with null', async () => {
    const { page, runtime } = serve();
    await page.hello(hello);
    expect(await page.ping()).toMatchObject({ ok: true, value: null });
    expect(await page.wake()).toMatchObject({ ok: true, value: null });
    expect(await page.acknowledge(runtime.session.revision)).toMatchObject({ ok: true, value: null });
    expect(await page.bye()).toMatchObject({ ok: true, value: null });
  });

  test('a question goes to the page that said it can answer, until it goes away', async () => {
    const { page, runtime, received } = serve();
    const { questions } = runtime.session;
    await page.hello(hello);
    expect(questions.canAsk('logins')).toBe(false);
    await page.hello({ ...hello, answers: ['logins'] });
    expect(questions.canAsk('clientMetadataProvider')).toBe(false);
    const answer = questions.ask('logins');
    const isQuestion = (message: unknown): message is QuestionMessage =>
      (message as QuestionMessage).type === 'question';
    await vi.waitUntil(() => received.some(isQuestion), { interval: 5 });
    const { id = '' } = received.find(isQuestion) ?? {};
    expect(await page.answer({ id, value: { a: 'b' } })).toMatchObject({ ok: true, value: null });
    expect(await answer).toEqual({ a: 'b' });
    await page.bye();
    expect(questions.canAsk('logins')).toBe(false);
  });

  test('the log of a port that was collected goes nowhere, and disturbs nobody', async () => {
    vi.stubGlobal(
      'WeakRef',
      class {
        deref(): undefined {
          return undefined;
        }
      },
    );
    const { page, received } = serve();
    expect(await page.hello(hello)).toMatchObject({ ok: true });
    expect(received).not.toContainEqual(expect.objectContaining({ type: 'log' }));
  });

  test.each(SESSION_API_METHODS.filter((method) => method !== 'hello'))(
    '%s before hello is refused, so that the page greets a worker that was run again',
    async (method) => {
      const { page } = serve();
      const call = page[method] as unknown as (argument: unknown) => Promise<Answer<unknown>>;
      expect(await call(undefined)).toMatchObject({ ok: false, error: { name: 'WorkerRestartedException' } });
    },
  );

  test.each([PROTOCOL_VERSION - 1, PROTOCOL_VERSION + 1])(
    'a page of protocol %d learns which one the worker speaks, and is no client',
    async (protocolVersion) => {
      const { page, runtime } = serve();
      expect(await page.hello({ ...hello, protocolVersion })).toMatchObject({
        ok: true,
        value: { protocolVersion: PROTOCOL_VERSION },
      });
      expect(await page.ping()).toMatchObject({ ok: false });
      expect(runtime.session.clients.count).toBe(0);
    },
  );

  test('another pool under the same app client is refused, and later calls too', async () => {
    const { page } = serve();
    const config = { ...IDENTITY_CONFIG, userPoolId: 'eu-central-1_Other' };
    expect(await page.hello({ ...hello, config })).toMatchObject({
      ok: false,
      error: {
        name: 'ConfigurationMismatchException',
        message: expect.stringContaining('userPoolId') as string,
      },
    });
    expect(await page.session({})).toMatchObject({ ok: false });
  });

  test.each<[keyof SessionApi, unknown]>([
    ['session', { forceRefresh: true, clientMetadata: { tenant: 1 } }],
    ['session', 'text'],
    ['signIn', { ...input, options: { clientMetadata: ['a'] } }],
    ['confirmSignIn', { challengeResponse: 'better', options: { userAttributes: 'email' } }],
    ['signOut', { global: 'no' }],
    ['adoptSession', { accessToken: 'a.b.c' }],
    ['account', { operation: 'signUp', input: { username: 7 } }],
  ])('%s with %j is refused, Cognito is not asked, and nobody is told', async (method, argument) => {
    const { page, world } = serve();
    await page.hello(hello);
    // For a session to refresh or end, or, for the rest, none that is in the way.
    if (method === 'session' || method === 'signOut') await page.signIn(input);
    else await page.signIn({ ...input, password: 'temporary' });
    const before = { requests: world.cognito.requests.length, posted: world.hub.posted.length };
    const call = page[method] as unknown as (argument: unknown) => Promise<Answer<unknown>>;
    expect(await call(argument)).toMatchObject({ ok: false, error: { name: 'InvalidInputException' } });
    expect(world.cognito.requests).toHaveLength(before.requests);
    expect(world.hub.posted).toHaveLength(before.posted);
  });

  test.each<unknown>([
    { ...hello, config: { ...IDENTITY_CONFIG, refreshMarginSeconds: NaN } },
    { ...hello, config: null },
    { protocolVersion: PROTOCOL_VERSION },
  ])('a hello of this protocol with a bad config is refused, and is no client: %j', async (argument) => {
    const { page, runtime } = serve();
    expect(await page.hello(argument as Hello)).toMatchObject({
      ok: false,
      error: { name: 'InvalidConfigurationException' },
    });
    expect(runtime.session.clients.count).toBe(0);
  });

  test.each<unknown>([undefined, null, 'hello', {}])(
    'a hello that is none is answered like one of another protocol: %j',
    async (argument) => {
      const { page, runtime } = serve();
      expect(await page.hello(argument as Hello)).toMatchObject({
        ok: true,
        value: { protocolVersion: PROTOCOL_VERSION },
      });
      expect(runtime.session.clients.count).toBe(0);
    },
  );

  test('a tab counts from its hello to its goodbye, once', async () => {
    const { page, runtime } = serve();
    await page.hello(hello);
    await page.hello(hello);
    expect(runtime.session.clients.count).toBe(1);
    await page.bye();
    expect(runtime.session.clients.count).toBe(0);
  });

  test('a tab that says hello again does not seem to have gone meanwhile', async () => {
    const { page, world } = serve();
    await page.hello(hello);
    await page.hello(hello);
    expect(world.hub.posted.map(({ type }) => type)).not.toContain('left');
    await page.bye();
    expect(world.hub.posted.map(({ type }) => type)).toContain('left');
  });

  test('the log goes to a page that asked for it', async () => {
    const { page, received } = serve();
    await page.hello(hello);
    expect(received).toContainEqual({
      type: 'log',
      entry: {
        level: 'info',
        message: 'm',
        instanceId: 'run-1',
        atMs: 1,
        details: { error: 'x', count: 1, is: true },
      },
    });
  });

  test('nothing that crosses holds the refresh token', async () => {
    const { page, received, world } = serve();
    await page.hello(hello);
    await page.signIn(input);
    await page.session({ forceRefresh: true });
    expect(received.length).toBeGreaterThan(3);
    expect(JSON.stringify(received)).not.toContain(world.backing.record?.session?.refreshToken);
    expect(JSON.stringify(received)).not.toContain('refresh-sub-ada');
  });
});

test('the name of the channel and the locks is that of the app client, or of the identity pool', () => {
  expect(scopeName(CONFIG)).toBe('cognito-session-worker:client1');
  expect(scopeName({ identityPoolId: 'eu-central-1:pool' })).toBe('cognito-session-worker:eu-central-1:pool');
});

test('a page is welcomed while the store hangs, and its calls wait', async () => {
  const { world, page } = serve();
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  world.backing.gate = () => opened;
  expect(await page.hello(hello)).toMatchObject({ ok: true });
  let isAnswered = false;
  const call = page.session({ peek: true }).then((answer) => {
    isAnswered = true;
    return answer;
  });
  await page.ping();
  expect(isAnswered).toBe(false);
  open();
  expect(await call).toMatchObject({ ok: true, value: { status: 'signed-out' } });
});
