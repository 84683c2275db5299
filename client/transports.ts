/** The ladder: a SharedWorker, else a dedicated worker in this tab, else the same code in the page. */
import type { SessionConfig, Transport } from './types.js';

export interface Rung {
  transport: Transport;
  /** Opens a port. `onError` is called when the worker turns out not to start. */
  open(onError: () => void): MessagePort | Promise<MessagePort>;
}

/**
 * Apart from `new SharedWorker`: in one expression with it, bundlers would bundle the file again instead of copying it.
 * Called late: bundled into CommonJS for a server, a file does not know its URL.
 */
const bundledWorkerUrl = (): URL => new URL('./session.worker.js', import.meta.url);

export function createLadder(
  name: string,
  { worker, workerUrl }: Pick<SessionConfig, 'worker' | 'workerUrl'>,
): Rung[] {
  const options: WorkerOptions = { type: 'module', name };
  const isShared = typeof SharedWorker === 'function';
  /** One for the page: a second one would be a second runtime. */
  let dedicated: Worker | undefined;

  function openShared(onError: () => void): MessagePort {
    const opened = worker ? worker(options) : new SharedWorker(workerUrl ?? bundledWorkerUrl(), options);
    opened.onerror = onError;
    return 'port' in opened ? opened.port : connect(opened);
  }

  function openDedicated(onError: () => void): MessagePort {
    dedicated ??= new Worker(workerUrl ?? bundledWorkerUrl(), options);
    dedicated.onerror = onError;
    return connect(dedicated);
  }

  const rungs: Rung[] = [
    { transport: 'shared-worker', open: openShared },
    { transport: 'worker', open: openDedicated },
    { transport: 'page', open: openInPage },
  ];
  return isShared || worker ? rungs : rungs.slice(1);
}

function connect(worker: Worker): MessagePort {
  const { port1, port2 } = new MessageChannel();
  worker.postMessage({ type: 'connect' }, [port2]);
  return port1;
}

async function openInPage(): Promise<MessagePort> {
  const { connectInPage } = await import('../worker/in-page.js');
  const { port1, port2 } = new MessageChannel();
  connectInPage(port2);
  return port1;
}
