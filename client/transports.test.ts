import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createLadder, type Rung } from './transports.js';

/** A worker as far as the ladder looks at it. */
class FakeWorker {
  static made: FakeWorker[] = [];
  onerror: (() => void) | null = null;
  isTerminated = false;
  constructor(
    readonly url: URL | string,
    readonly options: { name: string; extendedLifetime: boolean },
  ) {
    FakeWorker.made.push(this);
  }
  posted: [message: unknown, transfer: Transferable[]][] = [];
  postMessage(message: unknown, transfer: Transferable[]): void {
    this.posted.push([message, transfer]);
  }
  terminate(): void {
    this.isTerminated = true;
  }
}

class FakeSharedWorker extends FakeWorker {
  port = {};
}

const worker = (options: WorkerOptions): Worker =>
  new FakeWorker(new URL('https://example.com'), options as FakeWorker['options']) as unknown as Worker;

const ports: MessagePort[] = [];

beforeEach(() => {
  FakeWorker.made = [];
  vi.stubGlobal('SharedWorker', FakeSharedWorker);
  vi.stubGlobal('Worker', FakeWorker);
});
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

function rung(transport: string, ladder = createLadder('n', {})): Rung {
  const found = ladder.find((candidate) => candidate.transport === transport);
  if (!found) throw new Error(`no ${transport}`);
  return found;
}

async function open(
  opened: Rung,
  onError = (): void => undefined,
  until = new AbortController(),
): Promise<void> {
  const port = await opened.open(onError, until.signal);
  if (port instanceof MessagePort) ports.push(port);
}

describe('the shared worker', () => {
  const optionsOf = async (config = {}): Promise<FakeWorker['options'] | undefined> => {
    await open(rung('shared-worker', createLadder('n', config)));
    return FakeWorker.made.at(-1)?.options;
  };

  test('outlives its last tab, so that a refresh under way is stored', async () => {
    expect(await optionsOf()).toMatchObject({ type: 'module', extendedLifetime: true });
  });

  test('does not when it keeps the session in memory: that ends with the last tab', async () => {
    expect(await optionsOf({ persistence: 'memory' })).toMatchObject({ extendedLifetime: false });
  });

  test('does not in development: it would go on running old code', async () => {
    vi.stubEnv('NODE_ENV', 'development');
    expect(await optionsOf()).toMatchObject({ extendedLifetime: false });
  });

  test('has another name with another lifetime: browsers refuse one name with two', async () => {
    const [long, short] = [await optionsOf(), await optionsOf({ persistence: 'memory' })];
    expect(long?.name).not.toBe(short?.name);
  });
});

describe('a shared worker that was silent', () => {
  const nameOf = async (opened: Rung): Promise<string | undefined> => {
    await open(opened);
    return FakeWorker.made.at(-1)?.options.name;
  };
  const storage = new Map<string, string>();

  beforeEach(() => {
    storage.clear();
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => storage.get(key) ?? null,
      setItem: (key: string, value: string) => void storage.set(key, value),
    });
  });

  test('is opened under another name from then on, in every tab', async () => {
    const [here, there] = [rung('shared-worker'), rung('shared-worker')];
    const [first, same] = [await nameOf(here), await nameOf(there)];
    expect(same).toBe(first);
    expect(here.rename?.()).toBe(true);
    const second = await nameOf(here);
    expect(second).not.toBe(first);
    // The other tab finds the same silence a moment later.
    expect(there.rename?.()).toBe(true);
    expect(await nameOf(there)).toBe(second);
    expect(await nameOf(rung('shared-worker'))).toBe(second);
    expect([first, second]).toEqual(['ntrue', 'ntrue1']);
  });

  test('keeps the name that other tabs have come to meanwhile, however late this one finds out', async () => {
    const [here, late] = [rung('shared-worker'), rung('shared-worker')];
    await nameOf(late);
    for (let silence = 0; silence < 3; silence += 1) {
      await nameOf(here);
      here.rename?.();
    }
    late.rename?.();
    expect(await nameOf(late)).toBe('ntrue3');
  });

  test('keeps its name where the number that was kept makes no sense', async () => {
    storage.set('cognito-session-worker/number', 'none');
    expect(await nameOf(rung('shared-worker'))).toBe('ntrue');
  });

  test('is given up where the tabs could not agree on another name', async () => {
    vi.stubGlobal('localStorage', undefined);
    const opened = rung('shared-worker');
    const name = await nameOf(opened);
    expect(opened.rename?.()).toBe(false);
    expect(await nameOf(opened)).toBe(name);
  });
});

test.each(['shared-worker', 'worker'])(
  'a %s tells that it does not start, until nobody asks any more',
  async (kind) => {
    const asking = new AbortController();
    let errors = 0;
    await open(rung(kind), () => void (errors += 1), asking);
    const [opened] = FakeWorker.made;
    opened?.onerror?.();
    expect(errors).toBe(1);
    asking.abort();
    opened?.onerror?.();
    expect(errors).toBe(1);
  },
);

test.each(['shared-worker', 'worker'])(
  "a %s runs the package's file, or the one of the config",
  async (kind) => {
    const workerUrl = '/assets/session.worker.js';
    await open(rung(kind));
    await open(rung(kind, createLadder('n', { workerUrl })));
    const [own, other] = FakeWorker.made.map(({ url }) => url);
    expect(String(own)).toBe(new URL('./session.worker.js', import.meta.url).href);
    expect(other).toBe(workerUrl);
  },
);

test('a worker that the app builds gets the options, and no other one is opened', async () => {
  const worker = vi.fn(() => new FakeSharedWorker('/own.js', { name: '', extendedLifetime: true }));
  const config = { worker: worker as unknown as () => SharedWorker };
  await open(rung('shared-worker', createLadder('n', config)));
  expect(worker).toHaveBeenCalledExactlyOnceWith({ type: 'module', extendedLifetime: true, name: 'ntrue' });
  expect(FakeWorker.made).toHaveLength(1);
});

test('the session in the page is served over a port like any other', async () => {
  const served: MessagePort[] = [];
  vi.doMock('../worker/in-page.js', () => ({ connectInPage: (port: MessagePort) => served.push(port) }));
  const port = await rung('page').open(() => undefined, new AbortController().signal);
  ports.push(port);
  const answered = new Promise((resolve) => (port.onmessage = ({ data }) => resolve(data)));
  served[0]?.postMessage('hello');
  expect(await answered).toBe('hello');
});

test('the worker of one tab gets one end of a channel whose other end the page has', async () => {
  const port = await rung('worker').open(() => undefined, new AbortController().signal);
  ports.push(port);
  const [[message, [theirs]] = [undefined, []]] = FakeWorker.made[0]?.posted ?? [];
  expect(message).toEqual({ type: 'connect' });
  const answered = new Promise((resolve) => (port.onmessage = ({ data }) => resolve(data)));
  (theirs as MessagePort).postMessage('hello');
  expect(await answered).toBe('hello');
});

describe.each([
  ['the worker of one tab', () => rung('worker')],
  ['a dedicated worker that the app made itself', () => rung('shared-worker', createLadder('n', { worker }))],
])('%s', (_which, make) => {
  test('is one, however often it is opened: a second one would be a second runtime', async () => {
    const dedicated = make();
    await open(dedicated);
    await open(dedicated);
    expect(FakeWorker.made).toHaveLength(1);
  });

  test('that was ended is terminated, and another one takes its place', async () => {
    const dedicated = make();
    await open(dedicated);
    dedicated.end?.();
    await open(dedicated);
    expect(FakeWorker.made.map(({ isTerminated }) => isTerminated)).toEqual([true, false]);
  });
});

test('a dedicated worker that the app made itself, and that was silent, is terminated before the next one is asked for', async () => {
  const made = rung('shared-worker', createLadder('n', { worker }));
  await open(made);
  made.rename?.();
  await open(made);
  expect(FakeWorker.made.map(({ isTerminated }) => isTerminated)).toEqual([true, false]);
});

test('where there is no shared worker the ladder begins one lower', () => {
  vi.stubGlobal('SharedWorker', undefined);
  expect(createLadder('n', {}).map(({ transport }) => transport)).toEqual(['worker', 'page']);
});
