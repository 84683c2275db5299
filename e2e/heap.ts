/** The JavaScript heaps of pages and SharedWorkers, over the DevTools protocol. */
import type { Browser, Page } from '@playwright/test';

export interface Heap {
  /** How many bytes it holds, after all that nobody needs was collected. */
  usedBytes(): Promise<number>;
  /** The value of an expression there. */
  evaluate(expression: string): Promise<unknown>;
  detach(): Promise<void>;
}

/** What a finalizer lets go of is free only after the next collection. */
const COLLECTIONS = 4;

interface Results {
  'HeapProfiler.collectGarbage': object;
  'Runtime.getHeapUsage': { usedSize: number };
  'Runtime.evaluate': { result: { value?: unknown } };
}
type Send = <M extends keyof Results>(method: M, params?: object) => Promise<Results[M]>;

function heapBehind(send: Send, detach: () => Promise<void>): Heap {
  return {
    async usedBytes() {
      for (let times = 0; times < COLLECTIONS; times += 1) await send('HeapProfiler.collectGarbage');
      return (await send('Runtime.getHeapUsage')).usedSize;
    },
    async evaluate(expression) {
      return (await send('Runtime.evaluate', { expression, returnByValue: true })).result.value;
    },
    detach,
  };
}

export async function heapOfPage(page: Page): Promise<Heap> {
  const cdp = await page.context().newCDPSession(page);
  const send = cdp.send.bind(cdp) as unknown as Send;
  return heapBehind(send, () => cdp.detach());
}

interface Reply {
  id?: number;
  result?: object;
  error?: { message: string };
}

/** Playwright gives no session of a SharedWorker, so messages to it go through the browser's. */
export async function heapOfWorker(browser: Browser, targetId: string): Promise<Heap> {
  const cdp = await browser.newBrowserCDPSession();
  const { sessionId } = await cdp.send('Target.attachToTarget', { targetId, flatten: false });
  const waiting = new Map<number, (reply: Reply) => void>();
  let lastId = 0;
  cdp.on('Target.receivedMessageFromTarget', ({ message }) => {
    const reply = JSON.parse(message) as Reply;
    waiting.get(reply.id ?? 0)?.(reply);
  });

  const send: Send = async (method, params) => {
    lastId += 1;
    const id = lastId;
    const replied = new Promise<Reply>((resolve) => waiting.set(id, resolve));
    await cdp.send('Target.sendMessageToTarget', {
      sessionId,
      message: JSON.stringify({ id, method, params }),
    });
    const { result, error } = await replied;
    waiting.delete(id);
    if (!result) throw new Error(`${method}: ${error?.message ?? 'no result'}`);
    return result as Results[typeof method];
  };
  return heapBehind(send, () => cdp.detach());
}
