/** A page of the origin that posts what it likes to the worker and the channel, and keeps books of it. */
import fc from 'fast-check';
import type { SessionApi } from '../../worker/contract.js';
import { isCall, openBooks, type Books, type Report } from './books.js';
import { hostileMessages, ID, type Known } from './messages.js';

/** How an honest page opens the worker, and the name of its channel. */
export interface Target {
  url: string;
  options: WorkerOptions;
  channel: string;
}

export interface HostilePage {
  open(target: Target): void;
  /** Generated messages; the same ones with the same seed. */
  run(order: { seed: number; count: number; known: Known }): Promise<Report>;
  /** News of revisions that there never were, and calls that want them: so many waves, each all at once. */
  flood(order: { waves: number; ofEach: number; known: Known }): Promise<Report>;
}

declare global {
  interface Window {
    hostile: HostilePage;
  }
}

/** So many are posted before their answers are waited for. */
const BATCH = 250;

let target: Target;
let channel: BroadcastChannel;
let books: Books;
let lastId = 0;

function openPort(): MessagePort {
  const { port } = new SharedWorker(target.url, target.options);
  port.onmessage = ({ data }: MessageEvent<unknown>) => books.heard(data);
  return port;
}

function withId(data: unknown): unknown {
  if (typeof data !== 'object' || data === null || (data as { id?: unknown }).id !== ID) return data;
  lastId += 1;
  return { ...data, id: `hostile-${lastId}` };
}

/** @returns whether it can be cloned. */
function canPost(post: () => void): boolean {
  try {
    post();
    return true;
  } catch {
    return false;
  }
}

function call(port: MessagePort, method: keyof SessionApi, value?: unknown): void {
  const message = withId({ id: ID, type: 'APPLY', path: [method], argumentList: [{ type: 'RAW', value }] });
  port.postMessage(message);
  books.asked(message);
}

async function flood({ waves, ofEach, known }: Parameters<HostilePage['flood']>[0]): Promise<Report> {
  books = openBooks();
  const port = openPort();
  call(port, 'hello', known.hello);
  for (let ahead = 1; ahead <= waves * ofEach; ahead += 1) {
    const revision = known.revision + ahead;
    call(port, 'session', { minRevision: revision });
    channel.postMessage({ ...NEWS, protocolVersion: known.hello.protocolVersion, revision });
    if (ahead % ofEach === 0) await books.settled();
  }
  port.close();
  return books.close();
}

const NEWS = { type: 'news', instanceId: 'forged', event: { type: 'signedIn' } };

async function run({ seed, count, known }: Parameters<HostilePage['run']>[0]): Promise<Report> {
  books = openBooks();
  const messages = hostileMessages(known);
  const ports = { client: openPort(), stranger: openPort() };

  for (let batch = 0; books.total < count; batch += 1) {
    const released: MessagePort[] = [];
    call(ports.client, 'hello', known.hello);
    for (const { to, data, ports: more } of fc.sample(messages, { seed: seed + batch, numRuns: BATCH })) {
      const message = withId(data);
      const transfer = Array.from({ length: more }, () => new MessageChannel().port1);
      const isPosted = canPost(() =>
        to === 'channel' ? channel.postMessage(message) : ports[to].postMessage(message, transfer),
      );
      if (!isPosted) continue;
      books.posted(to);
      if (to === 'channel') continue;
      books.asked(message);
      if (!isCall(message)) continue;
      if (message.type === 'RELEASE') {
        // Nothing answers on this port any more.
        released.push(ports[to]);
        ports[to] = openPort();
      }
      const isGone = message.type === 'RELEASE' || message.path[0] === 'bye';
      if (isGone && to === 'client') call(ports.client, 'hello', known.hello);
    }
    for (const port of Object.values(ports)) call(port, 'ping');
    await books.settled();
    for (const port of released) port.close();
  }
  for (const port of Object.values(ports)) port.close();
  return books.close();
}

window.hostile = {
  open(given) {
    target = given;
    channel = new BroadcastChannel(target.channel);
    channel.onmessage = ({ data }: MessageEvent<unknown>) => books.broadcast(data);
  },
  run,
  flood,
};
