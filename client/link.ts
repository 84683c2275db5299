/** One live port to a worker. Every call over it is bounded, and ends when the link does. */
import { wrap, type Remote } from 'comlink';
import type { Answer, LogEntry, LogMessage, SessionApi } from '../worker/contract.js';
import { ownError, type AuthError } from '../worker/errors.js';
import { LATE_MS, PING_MS } from './bounds.js';
import type { Platform } from './platform.js';

export type Method = keyof SessionApi;
export type Argument<K extends Method> = Parameters<SessionApi[K]>[0];
export type Value<K extends Method> = Awaited<ReturnType<SessionApi[K]>> extends Answer<infer T> ? T : never;

/** The link broke before the answer came. */
export class LinkLost extends Error {}

export interface Link {
  /** @throws LinkLost when the worker turns out to be dead, AuthError `TimeoutException` at the deadline. */
  ask<K extends Method>(method: K, argument: Argument<K>, deadlineMs: number): Promise<Answer<Value<K>>>;
  /** Ends the link, and what waits on it, with a reason. */
  end(reason: string): void;
}

export function createLink(port: MessagePort, platform: Platform, onLog: (entry: LogEntry) => void): Link {
  // Held for as long as the link: Comlink closes the port of a proxy that was collected, even in mid-call.
  const api: Remote<SessionApi> = wrap<SessionApi>(port);
  // Comlink makes and registers another proxy at each access to a method.
  const methods: Partial<Record<Method, unknown>> = {};
  /** The oldest first. */
  const waiting = new Map<(error: Error) => void, { sinceMs: number; deadlineMs: number }>();
  let isWatched = false;

  port.addEventListener('message', ({ data }: MessageEvent<Partial<LogMessage> | null>) => {
    if (data?.type === 'log' && data.entry) onLog(data.entry);
  });

  function end(reason: string): void {
    port.close();
    for (const fail of waiting.keys()) fail(new LinkLost(reason));
  }

  /** One timer for all calls that wait, since most are answered long before it. */
  function watch(): void {
    if (isWatched) return;
    isWatched = true;
    platform.after(LATE_MS, () => {
      isWatched = false;
      const nowMs = platform.monotonicMs();
      for (const [fail, { deadlineMs }] of waiting) if (nowMs >= deadlineMs) fail(timedOut());
      const [oldest] = waiting.values();
      if (!oldest) return;
      if (nowMs - oldest.sinceMs < LATE_MS) return watch();
      const stop = platform.after(PING_MS, () => end('the worker does not answer'));
      void api.ping().then(() => {
        stop();
        watch();
      });
    });
  }

  function ask<K extends Method>(
    method: K,
    argument: Argument<K>,
    deadlineMs: number,
  ): Promise<Answer<Value<K>>> {
    const send = (methods[method] ??= api[method]) as (argument: Argument<K>) => Promise<Answer<Value<K>>>;
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        if (waiting.delete(fail)) reject(error);
      };
      waiting.set(fail, { sinceMs: platform.monotonicMs(), deadlineMs });
      watch();
      send(argument).then(
        (answer) => {
          if (waiting.delete(fail)) resolve(answer);
        },
        () =>
          fail(
            ownError('InvalidInputException', "The input can't be sent to the worker.", 'Give plain data.'),
          ),
      );
    });
  }

  return { ask, end };
}

export function timedOut(): AuthError {
  return ownError('TimeoutException', 'The worker was too slow.', 'Try again.');
}
