/** A client of the package in a tab or frame of its own, at the runner's orders. */
import { configure, type JWT, type LogEntry, type SessionClient } from '../../../client/index.js';
import {
  channelName,
  closingLock,
  EVERY_CLIENT,
  type Calls,
  type ClientSettings,
  type Command,
  type Commands,
  type Order,
  type Report,
} from '../messages.js';
import { mortalWorkerUrl, ownWorkerUrl, sessionWorkerUrl } from '../worker-files.js';
import { createAsking } from './asking.js';
import { stopClocks } from './clocks.js';
import { outcomeOf, plainEvent, plainSession } from './plain.js';
import { reachable, tap } from './tap.js';

const settings = JSON.parse(new URLSearchParams(location.search).get('as') ?? '') as ClientSettings;
const { run, name } = settings;
const ORPHAN_MS = 90_000;
/** Every value and error that the package gave to this page. */
const handedOut: unknown[] = [];
const logs: LogEntry[] = [];
let channel: BroadcastChannel | undefined;
let startClocks: (() => void) | undefined;

if (settings.isTapped) tap();
const workerUrl = urlOfWorker();
const client: SessionClient = configure({
  ...settings.config,
  ...(workerUrl && { workerUrl }),
  ...(settings.isTapped && { logger: (entry: LogEntry) => logs.push(entry) }),
});
const asking = createAsking(client);

function urlOfWorker(): URL | undefined {
  const { worker } = settings;
  if (worker === 'own') return ownWorkerUrl;
  const url = new URL(worker === 'of another deploy' ? sessionWorkerUrl : mortalWorkerUrl);
  if (worker === 'of another deploy') url.searchParams.set('deploy', '2');
  else url.searchParams.set('ends-on', worker.endsOn);
  return url;
}

/** The calls, with plain inputs and outputs. */
const calls: { [M in keyof Calls]: (input: Calls[M]['input']) => unknown } = {
  fetchAuthSession: async (input) => plainSession(keep(await client.fetchAuthSession(input))),
  peekSession: () => {
    const session = keep(client.peekSession());
    return session && plainSession(session);
  },
  getCurrentUser: async () => keep(await client.getCurrentUser()),
  signIn: async (input) => keep(await client.signIn(input)),
  signOut: async () => keep(await client.signOut()),
  inspectSession: async () => keep(await client.inspectSession()),
};

function keep<T>(value: T): T {
  if (settings.isTapped) handedOut.push(value);
  return value;
}

/** What each order gives, and what is done after its answer, where the page goes away. */
const orders: {
  [C in Command]: (
    input: Commands[C]['input'],
  ) => Promise<{ value: Commands[C]['output']; afterwards?: () => void }>;
} = {
  call: async ({ method, input }) => ({ value: await calls[method](input as never) }),
  async 'start asking'() {
    await asking.start();
    return { value: null };
  },
  'stop asking': async () => ({ value: await asking.stop() }),
  async use() {
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', bubbles: true }));
    return { value: null };
  },
  everything: async () => ({ value: textOf([handedOut, logs, ...(await reachable())]) }),
  reload: async () => ({ value: null, afterwards: () => location.reload() }),
  async leave({ url }) {
    await client.fetchAuthSession();
    startClocks = stopClocks();
    return { value: null, afterwards: () => location.assign(url) };
  },
  'go back': () => Promise.reject(new Error('This page is no other page.')),
  async close({ hasWindow }) {
    await new Promise<void>((resolve) => {
      void navigator.locks.request(closingLock(run, name), () => {
        resolve();
        return new Promise(() => undefined);
      });
    });
    return { value: null, afterwards: () => hasWindow && window.close() };
  },
};

/** Tokens have a `toString()`, errors what JSON leaves out. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (part instanceof Error) return { ...part, name: part.name, message: part.message, stack: part.stack };
    return isToken(part) ? { ...part, text: part.toString() } : part;
  });
}

function isToken(part: unknown): part is JWT {
  return typeof part === 'object' && part !== null && Object.hasOwn(part, 'toString');
}

type Unsigned<R> = R extends { from: string } ? Omit<R, 'from'> : never;

function report(message: Unsigned<Report>): void {
  channel?.postMessage({ ...message, from: name });
}

/** An open channel that gets a message would evict the page from the back/forward cache. */
function openChannel(): void {
  channel = new BroadcastChannel(channelName(run));
  channel.onmessage = ({ data }: MessageEvent<Order>) => {
    if (data.to === name || data.to === EVERY_CLIENT) void obey(data);
  };
}

async function obey({ id, command, input }: Order): Promise<void> {
  let after: (() => void) | undefined;
  const outcome = await outcomeOf(async () => {
    const { value, afterwards } = await orders[command](input as never);
    after = afterwards;
    return value;
  });
  if (!outcome.ok) keep(outcome.error);
  report({ kind: 'answer', id, outcome });
  after?.();
}

async function shownAgain(): Promise<void> {
  const held = client.peekSession();
  const first = outcomeOf(async () => plainSession(await client.fetchAuthSession()));
  openChannel();
  report({ kind: 'shown again', held: held ? plainSession(held) : null, first: await first });
  startClocks?.();
}

// No scenario lasts that long: whoever started this one has gone, before this page could hear of it.
setTimeout(() => window.close(), ORPHAN_MS);
openChannel();
addEventListener('pagehide', () => {
  channel?.close();
  channel = undefined;
});
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) void shownAgain();
});
client.onSessionChange((session, event) => {
  keep([session, event]);
  report({ kind: 'event', event: plainEvent(session, event) });
});
if (settings.saves) {
  client.onBeforeSignOut(async ({ reason }) => {
    const session = await client.fetchAuthSession();
    // With a token that is no good any more, Cognito refuses it.
    await client.account({ operation: 'fetchUserAttributes', input: undefined });
    report({ kind: 'event', event: { name: `beforeSignOut:${reason}`, session: plainSession(session) } });
  });
}
document.title = `${name} · self-check`;
// From now on, the client is told of every change.
await outcomeOf(async () => keep(await client.fetchAuthSession()));
report({ kind: 'here' });
