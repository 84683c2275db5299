/** The runner's side of the channel: orders to clients, and what they report. */
import {
  channelName,
  EVERY_CLIENT,
  type Command,
  type Commands,
  type Order,
  type Outcome,
  type Report,
} from '../messages.js';
import { inTime } from './in-time.js';

/** The package bounds each of its calls at 15 s; past this, the page itself is gone or frozen. */
const ANSWER_LIMIT_MS = 20_000;

export interface Post {
  /** Rejects when no answer comes. */
  order<C extends Command>(
    to: string,
    command: C,
    input: Commands[C]['input'],
  ): Promise<Outcome<Commands[C]['output']>>;
  /** Calls back for what this client reports, answers excepted, until the returned function is called. */
  listen(from: string, listener: (report: Report) => void): () => void;
  /** Closes the tabs of all clients, without waiting for it: the runner's page goes away. */
  dismissAll(): void;
  /** What the channel of the whole run is for. */
  readonly run: string;
}

export function openPost(run: string): Post {
  const channel = new BroadcastChannel(channelName(run));
  const listeners = new Map<string, (report: Report) => void>();
  const waiting = new Map<number, (outcome: Outcome<unknown>) => void>();
  let lastId = 0;

  channel.onmessage = ({ data }: MessageEvent<Report>) => {
    if (data.kind === 'answer') waiting.get(data.id)?.(data.outcome);
    else listeners.get(data.from)?.(data);
  };

  return {
    run,
    async order<C extends Command>(to: string, command: C, input: Commands[C]['input']) {
      const id = (lastId += 1);
      const answer = new Promise<Outcome<unknown>>((resolve) => waiting.set(id, resolve));
      channel.postMessage({ to, id, command, input } satisfies Order);
      try {
        const late = (): string => `${to} did not answer "${command}" in ${ANSWER_LIMIT_MS / 1_000} s`;
        return await inTime(answer, ANSWER_LIMIT_MS, late);
      } finally {
        waiting.delete(id);
      }
    },
    dismissAll() {
      const id = (lastId += 1);
      const order: Order<'close'> = { to: EVERY_CLIENT, id, command: 'close', input: { hasWindow: true } };
      channel.postMessage(order);
    },
    listen(from, listener) {
      listeners.set(from, listener);
      return () => listeners.delete(from);
    },
  };
}
