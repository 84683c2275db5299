/**
 * One live port to a worker. Every call over it is bounded, and ends when the link does.
 *
 * It speaks Comlink's wire format itself. Comlink's `wrap()` never settles a call whose answer does not come, closes the port
 * when its proxy is collected in mid-call, and makes another proxy for each call; what is left of it for one object with
 * methods is a message with an id, and its answer.
 */
import type { Answer, LogEntry, QuestionMessage, SaveMessage, SessionApi } from '../worker/contract.js';
import { ownError, type AuthError } from '../worker/errors.js';
import { LATE_MS, PING_MS } from './bounds.js';
import { afterAwake } from './patience.js';
import type { Platform } from './platform.js';

export type Method = keyof SessionApi;
export type Argument<K extends Method> = Parameters<SessionApi[K]>[0];
export type Value<K extends Method> = Awaited<ReturnType<SessionApi[K]>> extends Answer<infer T> ? T : never;

/** The link broke before the answer came. */
export class LinkLost extends Error {}

export interface Link {
  /**
   * @param deadlineMs Monotonic time. Infinity: the caller sees to it that the wait ends.
   * @throws LinkLost when the worker turns out to be dead, AuthError `TimeoutException` at the deadline.
   */
  ask<K extends Method>(method: K, argument: Argument<K>, deadlineMs: number): Promise<Answer<Value<K>>>;
  /** Ends the link, and what waits on it. */
  end(): void;
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
  sinceMs: number;
  deadlineMs: number;
}

/** What comes over the port: the worker's log and questions, and Comlink's answers. An envelope is always sent as it is (`RAW`). */
type Received =
  | { type: 'log'; entry?: LogEntry }
  | QuestionMessage
  | SaveMessage
  | { type: 'RAW'; id: string; value: unknown }
  | null;

export function createLink(
  port: MessagePort,
  platform: Platform,
  onLog: (entry: LogEntry) => void,
  onQuestion?: (question: QuestionMessage | SaveMessage) => void,
): Link {
  /** By the ids of their messages, the oldest first. */
  const waiting = new Map<string, Waiting>();
  let lastId = 0;
  let isWatched = false;

  port.onmessage = ({ data }: MessageEvent<Received>) => {
    if (data?.type === 'log' && data.entry) onLog(data.entry);
    if (data?.type === 'question') onQuestion?.(data);
    if (data?.type === 'RAW') take(data.id)?.resolve(data.value);
  };

  function take(id: string): Waiting | undefined {
    const call = waiting.get(id);
    waiting.delete(id);
    return call;
  }

  function send(method: Method, value: unknown, call: Waiting): void {
    const id = String((lastId += 1));
    waiting.set(id, call);
    try {
      port.postMessage({ id, type: 'APPLY', path: [method], argumentList: [{ type: 'RAW', value }] });
    } catch {
      waiting.delete(id);
      call.reject(ownError('InvalidInputException', 'The input is no plain data.', 'Give plain data.'));
    }
  }

  function end(): void {
    // Chromium keeps the port of a SharedWorker for as long as the page lives; it must not keep this client.
    port.onmessage = null;
    port.close();
    for (const id of waiting.keys()) take(id)?.reject(new LinkLost());
  }

  /** One timer for all calls that wait, since most are answered long before it. */
  function watch(): void {
    if (isWatched) return;
    isWatched = true;
    afterAwake(platform, LATE_MS, () => {
      isWatched = false;
      const nowMs = platform.monotonicMs();
      for (const [id, { deadlineMs }] of waiting) if (nowMs >= deadlineMs) take(id)?.reject(timedOut());
      const [oldest] = waiting.values();
      if (!oldest) return;
      if (nowMs - oldest.sinceMs < LATE_MS) return watch();
      const stop = afterAwake(platform, PING_MS, end);
      const resolve = (answer: unknown): void => {
        stop();
        // The script was run again under the same port (WebKit 318873), and knows nothing of what waits here.
        if ((answer as Answer<null>).ok) watch();
        else end();
      };
      send('ping', undefined, { resolve, reject: stop, sinceMs: nowMs, deadlineMs: Infinity });
    });
  }

  function ask<K extends Method>(
    method: K,
    argument: Argument<K>,
    deadlineMs: number,
  ): Promise<Answer<Value<K>>> {
    return new Promise((resolve, reject) => {
      const answer = resolve as (answer: unknown) => void;
      send(method, argument, { resolve: answer, reject, sinceMs: platform.monotonicMs(), deadlineMs });
      // Without a deadline its caller has one: a worker that is still being loaded answers no ping.
      if (deadlineMs < Infinity) watch();
    });
  }

  return { ask, end };
}

export function timedOut(): AuthError {
  return ownError('TimeoutException', 'No answer came.', 'Try again.');
}
