/** Lets a SharedWorker stand still at one step of a refresh, so that it can be killed exactly there. */
import type { WebWorker } from 'puppeteer-core';

/** Steps of a refresh at which the worker itself must be stopped. */
export type Step =
  | 'before the lock is asked for'
  | 'with the lock, before the intent is stored'
  | 'with the intent stored, before the request is sent'
  | 'with the answer, before the tokens are stored'
  | 'with the tokens stored, before the news'
  | 'after the news';

interface StandingWorker {
  /** Resolves when the worker has come to the step, beyond which it does not go. */
  stands: Promise<void>;
}

/** @returns a promise in an array, lest it be awaited: it resolves when the worker stands still. */
export async function standStillAt(worker: WebWorker, step: Step): Promise<[stands: Promise<void>]> {
  await worker.evaluate(patch, step);
  return [worker.evaluate(() => (self as unknown as StandingWorker).stands)];
}

/** Runs in the worker. It is sent there as text, so it uses nothing from outside. */
function patch(step: Step): void {
  const never = new Promise<never>(() => undefined);
  let stand!: () => void;
  Object.assign(self, { stands: new Promise<void>((resolve) => (stand = resolve)) });
  const standStill = (): Promise<never> => {
    stand();
    return never;
  };

  const request = LockManager.prototype.request as (...args: unknown[]) => Promise<unknown>;
  const put = IDBObjectStore.prototype.put;
  const send = fetch;
  const post = BroadcastChannel.prototype.postMessage;
  let hasIntent = false;

  switch (step) {
    case 'before the lock is asked for':
      LockManager.prototype.request = function (...args: unknown[]) {
        return String(args[0]).endsWith(':refresh') ? standStill() : request.apply(this, args);
      };
      break;
    case 'with the lock, before the intent is stored':
    case 'with the answer, before the tokens are stored':
      IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...args: Parameters<typeof put>) {
        const { intent } = args[0] as { intent?: unknown };
        const isIntent = intent !== undefined;
        const isHere = step.startsWith('with the lock') ? isIntent : hasIntent && !isIntent;
        hasIntent ||= isIntent;
        return isHere ? (standStill() as never) : put.apply(this, args);
      };
      break;
    case 'with the intent stored, before the request is sent':
      self.fetch = (...args) => {
        const { headers } = new Request(...args);
        return headers.get('x-amz-target')?.endsWith('GetTokensFromRefreshToken')
          ? standStill()
          : send(...args);
      };
      break;
    case 'with the tokens stored, before the news':
    case 'after the news':
      // A post can't wait. For all others, who says nothing any more from this moment on stands still.
      BroadcastChannel.prototype.postMessage = function (message: {
        type: string;
        event?: { type: string };
      }) {
        const isHere = message.event?.type === 'tokenRefresh';
        if (!isHere || step === 'after the news') post.call(this, message);
        if (!isHere) return;
        BroadcastChannel.prototype.postMessage = () => undefined;
        MessagePort.prototype.postMessage = () => undefined;
        void standStill();
      };
      break;
  }
}
