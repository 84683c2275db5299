import * as Comlink from 'comlink';
import { afterEach, describe, expect, test } from 'vitest';
import { guardEndpoint } from './guard.js';
import { isPlainObject } from './plain-object.js';

const METHODS = ['greet', 'fail', 'nothing'] as const;

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function channel(): MessageChannel {
  const made = new MessageChannel();
  closers.push(() => made.port1.close());
  return made;
}

/** Two ports with an object exposed on one of them, as the worker does it, and a record of what was called. */
function exposed(guarded: boolean) {
  const { port1, port2 } = channel();
  const calls: unknown[][] = [];
  const api = {
    greet: (name: unknown) => {
      calls.push(['greet', name]);
      return `Hello ${String(name)}`;
    },
    fail: () => {
      calls.push(['fail']);
      throw new RangeError('as asked');
    },
    nothing: () => {
      calls.push(['nothing']);
    },
    unlisted: () => {
      calls.push(['unlisted']);
    },
    secret: 'refresh token',
  };
  Comlink.expose(api, guarded ? guardEndpoint(port1, METHODS) : port1);
  return { page: port2, workerPort: port1, api, calls };
}

interface Reply {
  id?: string;
  type?: string;
  name?: string;
  value?: unknown;
}

/** Posts the messages and one good call, and gives all replies that came before that call's own. */
async function repliesTo(page: MessagePort, messages: unknown[]): Promise<Reply[]> {
  const replies: Reply[] = [];
  const ended = new Promise<void>((resolve) => {
    page.onmessage = ({ data }: MessageEvent<Reply>) => {
      if (data.id === 'end') resolve();
      else replies.push(data);
    };
  });
  for (const message of messages) page.postMessage(message);
  page.postMessage(call('greet', 'the end', 'end'));
  await ended;
  return replies;
}

const raw = (value: unknown) => ({ type: 'RAW', value });
const call = (method: string, value: unknown, id = 'id') => ({
  id,
  type: 'APPLY',
  path: [method],
  argumentList: [raw(value)],
});
const CODE = 'globalThis.guardTestRan = (globalThis.guardTestRan ?? 0) + 1';
const timesRan = () => (globalThis as { guardTestRan?: number }).guardTestRan ?? 0;

/** What Comlink would do with an unguarded port. */
const ATTACKS: [string, unknown][] = [
  ['reads a property', { id: 'x', type: 'GET', path: ['secret'] }],
  ['reads everything', { id: 'x', type: 'GET', path: [] }],
  ['sets a property', { id: 'x', type: 'SET', path: ['greet'], value: raw('gone') }],
  ['sets a new property', { id: 'x', type: 'SET', path: ['added'], value: raw(1) }],
  ['pollutes the prototype', { id: 'x', type: 'SET', path: ['__proto__', 'polluted'], value: raw(1) }],
  ['constructs', { id: 'x', type: 'CONSTRUCT', path: ['greet'], argumentList: [] }],
  [
    'constructs a function',
    { id: 'x', type: 'CONSTRUCT', path: ['greet', 'constructor'], argumentList: [raw(CODE)] },
  ],
  ['asks for an endpoint', { id: 'x', type: 'ENDPOINT' }],
  ['calls the constructor', { id: 'x', type: 'APPLY', path: ['constructor'], argumentList: [] }],
  [
    'calls the function constructor',
    { id: 'x', type: 'APPLY', path: ['greet', 'constructor'], argumentList: [raw(CODE)] },
  ],
  ['calls a method of a method', { id: 'x', type: 'APPLY', path: ['greet', 'call'], argumentList: [] }],
  ['calls an unlisted method', call('unlisted', 1)],
  ['calls an inherited method', call('hasOwnProperty', 'greet')],
  ['calls a getter', call('__proto__', 1)],
  ['passes a second argument', { ...call('greet', 1), argumentList: [raw(1), raw(2)] }],
  [
    'passes a proxied argument',
    { ...call('greet', 1), argumentList: [{ type: 'HANDLER', name: 'proxy', value: 1 }] },
  ],
  [
    'throws in the worker',
    { ...call('greet', 1), argumentList: [{ type: 'HANDLER', name: 'throw', value: {} }] },
  ],
];

describe('Comlink behind the guard', () => {
  test('a listed method is called with its argument, and its result comes back', async () => {
    const { page, calls } = exposed(true);
    const remote = Comlink.wrap<{ greet(name: string): string; nothing(): void }>(page);
    expect(await remote.greet('Ada')).toBe('Hello Ada');
    expect(await remote.nothing()).toBeUndefined();
    expect(calls).toEqual([['greet', 'Ada'], ['nothing']]);
  });

  test('what a listed method throws comes back', async () => {
    const remote = Comlink.wrap<{ fail(): void }>(exposed(true).page);
    await expect(remote.fail()).rejects.toMatchObject({ name: 'RangeError', message: 'as asked' });
  });

  test.each(ATTACKS)('a message that %s does nothing and gets no answer', async (_what, message) => {
    const { page, api, calls } = exposed(true);
    const before = { ...api };
    const ranBefore = timesRan();
    expect(await repliesTo(page, [message])).toEqual([]);
    expect(calls).toEqual([['greet', 'the end']]);
    expect(api).toStrictEqual(before);
    expect(timesRan()).toBe(ranBefore);
    expect('polluted' in {}).toBe(false);
  });

  test('without the guard the same kind of message does run code in the worker', async () => {
    const { page, api } = exposed(false);
    const ranBefore = timesRan();
    const construct = {
      id: 'x',
      type: 'CONSTRUCT',
      path: ['greet', 'constructor'],
      argumentList: [raw(CODE)],
    };
    const made = new Promise<Reply>((resolve) => {
      page.onmessage = ({ data }: MessageEvent<Reply>) => resolve(data);
    });
    page.postMessage(construct);
    const port = (await made).value as MessagePort;
    closers.push(() => port.close());
    await Comlink.wrap<() => void>(port)();
    expect(timesRan()).toBe(ranBefore + 1);
    await repliesTo(page, [{ id: 'y', type: 'SET', path: ['secret'], value: raw('changed') }]);
    expect(api.secret).toBe('changed');
  });

  test('after a release nothing is called any more, and the port stays open for its owner', async () => {
    const { page, workerPort, calls } = exposed(true);
    const answered = new Promise<Reply>((resolve) => {
      page.onmessage = ({ data }: MessageEvent<Reply>) => resolve(data);
    });
    page.postMessage({ id: 'bye', type: 'RELEASE' });
    expect(await answered).toMatchObject({ id: 'bye' });
    const arrived = new Promise<Reply>((resolve) => {
      workerPort.onmessage = ({ data }: MessageEvent<Reply>) => resolve(data);
    });
    page.postMessage(call('greet', 'Ada', 'late'));
    expect(await arrived).toMatchObject({ id: 'late' });
    expect(calls).toEqual([]);
  });
});

/** A port on which the test itself delivers, so that data needn't survive cloning. */
function directPort() {
  const target = new EventTarget();
  const deliver = (data: unknown, type = 'message') => target.dispatchEvent(new MessageEvent(type, { data }));
  return { port: target as unknown as MessagePort, deliver };
}

/** What arrives behind the guard when these are delivered. */
function passed(...messages: unknown[]): unknown[] {
  const { port, deliver } = directPort();
  const seen: unknown[] = [];
  guardEndpoint(port, METHODS).addEventListener('message', (event) =>
    seen.push((event as MessageEvent).data),
  );
  for (const message of messages) deliver(message);
  return seen;
}

describe('what the guard hands on', () => {
  test('is a new object that has the checked fields alone', () => {
    const value = { any: 'thing' };
    const message = {
      ...call('greet', value),
      argumentList: [{ type: 'RAW', value, name: 'proxy' }],
      value: raw(1),
      extra: true,
    };
    const [seen] = passed(message);
    expect(seen).toStrictEqual({ id: 'id', type: 'APPLY', path: ['greet'], argumentList: [raw(value)] });
    expect(seen).not.toBe(message);
    expect(passed({ id: 'id', type: 'RELEASE', path: ['greet'], extra: 1 })).toStrictEqual([
      { id: 'id', type: 'RELEASE' },
    ]);
  });

  test('has an argument of undefined where one was sent, and none where none was', () => {
    expect(passed(call('greet', undefined))).toStrictEqual([call('greet', undefined)]);
    const none = { ...call('greet', 1), argumentList: [] };
    expect(passed(none)).toStrictEqual([none]);
  });

  test('has an id of 1 to 100 characters', () => {
    const ids = ['a', 'a'.repeat(100)];
    expect(passed(...ids.map((id) => call('greet', 1, id)))).toHaveLength(2);
    for (const id of ['', 'a'.repeat(101), 7, null, undefined, ['a'], new String('a')]) {
      expect(passed({ ...call('greet', 1), id }, { id, type: 'RELEASE' })).toEqual([]);
    }
  });

  test('comes in events of the type message alone', () => {
    const { port, deliver } = directPort();
    const seen: string[] = [];
    const endpoint = guardEndpoint(port, METHODS);
    const types = ['message', 'messageerror', 'close'];
    for (const type of types) endpoint.addEventListener(type, (event) => seen.push(`${type}: ${event.type}`));
    for (const type of types) deliver(call('greet', 1), type);
    expect(seen).toEqual(['message: message']);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a string', 'APPLY'],
    ['an array with the fields', Object.assign([], call('greet', 1))],
    ['a Map', new Map(Object.entries(call('greet', 1)))],
    ['inherited fields', Object.create(call('greet', 1))],
    ['fields of a class instance', Object.assign(new (class {})(), call('greet', 1))],
    ['a null prototype', Object.assign(Object.create(null) as object, call('greet', 1))],
    ['a type in small letters', { ...call('greet', 1), type: 'apply' }],
    ['a path that is the string', { ...call('greet', 1), path: 'greet' }],
    ['a path that looks like an array', { ...call('greet', 1), path: { 0: 'greet', length: 1 } }],
    ['a path with a hole', { ...call('greet', 1), path: new Array(1) }],
    ['a path of a path', { ...call('greet', 1), path: [['greet']] }],
    ['an empty path', { ...call('greet', 1), path: [] }],
    ['no argument list', { ...call('greet', 1), argumentList: undefined }],
    ['an argument list with a hole', { ...call('greet', 1), argumentList: new Array(1) }],
    [
      'an argument list that looks like an array',
      { ...call('greet', 1), argumentList: { 0: raw(1), length: 1 } },
    ],
    ['an argument without a value', { ...call('greet', 1), argumentList: [{ type: 'RAW' }] }],
    [
      'an argument that is an array with the fields',
      { ...call('greet', 1), argumentList: [Object.assign([], raw(1))] },
    ],
    ['an argument with inherited fields', { ...call('greet', 1), argumentList: [Object.create(raw(1))] }],
  ])('is never %s', (_what, message) => {
    expect(passed(message)).toEqual([]);
  });

  test('runs no getter, and no trap makes it throw', () => {
    let ran = 0;
    const getter = { get: () => ++ran, enumerable: true };
    const with_ = (key: string, holder: object) => Object.defineProperty(holder, key, getter);
    expect(
      passed(
        with_('id', call('greet', 1)),
        with_('type', call('greet', 1)),
        with_('path', call('greet', 1)),
        with_('argumentList', call('greet', 1)),
        { ...call('greet', 1), path: with_('0', ['greet']) },
        { ...call('greet', 1), argumentList: with_('0', [raw(1)]) },
        { ...call('greet', 1), argumentList: [with_('value', raw(1))] },
        { ...call('greet', 1), argumentList: [with_('type', raw(1))] },
        {
          ...call('greet', 1),
          argumentList: [Object.defineProperty({ type: 'RAW' }, 'value', { set: () => ++ran })],
        },
      ),
    ).toEqual([]);
    expect(ran).toBe(0);

    const trap = () => {
      throw new Error('trap');
    };
    const traps = { getPrototypeOf: trap, getOwnPropertyDescriptor: trap, get: trap, has: trap };
    expect(
      passed(
        new Proxy(call('greet', 1), traps),
        { ...call('greet', 1), path: new Proxy(['greet'], traps) },
        { ...call('greet', 1), argumentList: [new Proxy(raw(1), traps)] },
      ),
    ).toEqual([]);
  });

  test('answers and transfers go back as they are', async () => {
    const { port1, port2 } = channel();
    const inner = new MessageChannel();
    const arrived = new Promise<MessageEvent>((resolve) => (port2.onmessage = resolve));
    const endpoint = guardEndpoint(port1, METHODS);
    endpoint.postMessage({ id: 'id', value: inner.port1 }, [inner.port1]);
    const { data } = (await arrived) as MessageEvent<Reply>;
    expect(data.value).toBeInstanceOf(MessagePort);
    inner.port2.close();
  });

  test('an answer may have nothing to transfer', async () => {
    const { port1, port2 } = channel();
    const arrived = new Promise<MessageEvent>((resolve) => (port2.onmessage = resolve));
    guardEndpoint(port1, METHODS).postMessage({ id: 'id' });
    expect((await arrived).data).toEqual({ id: 'id' });
  });

  test('the port is started when Comlink asks for it: until then browsers keep its messages', () => {
    const { port } = directPort();
    let started = 0;
    Object.assign(port, { start: () => (started += 1) });
    const endpoint = guardEndpoint(port, METHODS);
    expect(started).toBe(0);
    Comlink.expose({}, endpoint);
    expect(started).toBe(1);
  });
});

describe('listeners', () => {
  const good = call('greet', 1);

  test('one that was removed hears nothing more, the others do', () => {
    const { port, deliver } = directPort();
    const endpoint = guardEndpoint(port, METHODS);
    const heard: string[] = [];
    const first = () => heard.push('first');
    const second = { handleEvent: () => heard.push('second') };
    endpoint.addEventListener('message', first);
    endpoint.addEventListener('message', first);
    endpoint.addEventListener('message', second);
    endpoint.removeEventListener('message', () => undefined);
    endpoint.removeEventListener('close', first);
    deliver(good);
    expect(heard.splice(0)).toEqual(['first', 'second']);
    endpoint.removeEventListener('message', first);
    deliver(good);
    expect(heard.splice(0)).toEqual(['second']);
    endpoint.removeEventListener('message', second);
    deliver(good);
    expect(heard).toEqual([]);
    endpoint.addEventListener('message', first);
    deliver(good);
    expect(heard).toEqual(['first']);
  });

  test('a signal takes one away', () => {
    const { port, deliver } = directPort();
    const controller = new AbortController();
    let heard = 0;
    guardEndpoint(port, METHODS).addEventListener('message', () => void heard++, {
      signal: controller.signal,
    });
    deliver(good);
    controller.abort();
    deliver(good);
    expect(heard).toBe(1);
  });
});

test.each<[string, unknown, boolean]>([
  ['an object literal', {}, true],
  ['null', null, false],
  ['nothing', undefined, false],
  ['a text', 'text', false],
  ['a list', [], false],
  ['a date', new Date(0), false],
  ['an object without a prototype', Object.create(null), false],
])('%s is a plain object: %3$s', (_what, value, expected) => {
  expect(isPlainObject(value)).toBe(expected);
});
