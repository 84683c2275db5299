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
  const waiting = new Set<(error: Error) => void>();
  port.addEventListener('message', ({ data }: MessageEvent<Partial<LogMessage> | null>) => {
    if (data?.type === 'log' && data.entry) onLog(data.entry);
  });

  function end(reason: string): void {
    port.close();
    for (const reject of waiting) reject(new LinkLost(reason));
  }

  function ask<K extends Method>(
    method: K,
    argument: Argument<K>,
    deadlineMs: number,
  ): Promise<Answer<Value<K>>> {
    const send = api[method] as unknown as (argument: Argument<K>) => Promise<Answer<Value<K>>>;
    return new Promise((resolve, reject) => {
      let stop: () => void;
      const fail = (error: Error): void => {
        if (!waiting.delete(fail)) return;
        stop();
        reject(error);
      };
      const watch = (): void => {
        stop = platform.after(LATE_MS, () => {
          if (platform.monotonicMs() >= deadlineMs) return fail(timedOut());
          stop = platform.after(PING_MS, () => end('the worker does not answer'));
          void api.ping().then(() => {
            if (!waiting.has(fail)) return;
            stop();
            watch();
          });
        });
      };
      waiting.add(fail);
      watch();
      send(argument).then(
        (answer) => {
          if (!waiting.delete(fail)) return;
          stop();
          resolve(answer);
        },
        () =>
          fail(
            ownError(
              'InvalidInputException',
              "The call's input can't be sent to the worker.",
              'Give it plain data.',
            ),
          ),
      );
    });
  }

  return { ask, end };
}

export function timedOut(): AuthError {
  return ownError('TimeoutException', 'The worker did not finish in time.', 'Try again.');
}
