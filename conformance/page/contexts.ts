/** Opens and kills contexts of each kind from the page that judges them. */
import { wrap } from 'comlink';
import type { ServedContext } from '../context.worker.js';
import type { Context } from '../kit.js';
import { inTime } from './in-time.js';
import { CONTEXT_DOCUMENT, CONTEXT_SCRIPT, type ContextKind } from './window.js';

interface Started {
  /** The context serves the port. */
  hand(port: MessagePort): void;
  /** Ends the context, which may run a moment longer. */
  stop(): void;
}

const START: Record<ContextKind, (name: string) => Promise<Started>> = {
  async 'dedicated worker'(name) {
    const worker = new Worker(CONTEXT_SCRIPT, { type: 'module', name });
    return { hand: (port) => worker.postMessage(null, [port]), stop: () => worker.terminate() };
  },
  /** It ends with the only document that owns it, as with the last tab. */
  async 'shared worker'(name) {
    const owner = document.createElement('iframe');
    document.body.append(owner);
    const { SharedWorker } = owner.contentWindow as Window & typeof globalThis;
    const worker = new SharedWorker(new URL(CONTEXT_SCRIPT, location.href), { type: 'module', name });
    return { hand: (port) => worker.port.postMessage(null, [port]), stop: () => owner.remove() };
  },
  /** A frame has a window, a document and a life of its own, like a tab. */
  async page(name) {
    const frame = document.createElement('iframe');
    frame.name = name;
    frame.src = CONTEXT_DOCUMENT;
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
    document.body.append(frame);
    await loaded;
    return {
      hand: (port) => frame.contentWindow?.postMessage(null, location.origin, [port]),
      stop: () => frame.remove(),
    };
  },
};

/** @param name of its own, also of the lock that it holds while it lives */
export async function openContext(kind: ContextKind, name: string): Promise<Context> {
  const { hand, stop } = await START[kind](name);
  const { port1, port2 } = new MessageChannel();
  hand(port2);
  const context = wrap<ServedContext>(port1);
  await inTime(context.liveUnder(name), `A ${kind} did not start.`);
  const die = async (): Promise<void> => {
    stop();
    await inTime(
      navigator.locks.request(name, () => undefined),
      `A ${kind} did not die.`,
    );
  };
  return new Proxy(context, {
    get: (target, property) => (property === 'die' ? die : (Reflect.get(target, property) as unknown)),
  }) as unknown as Context;
}
