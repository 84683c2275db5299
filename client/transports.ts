/** The ladder: a SharedWorker, else a dedicated worker in this tab, else the same code in the page. */
import type { SessionConfig, Transport } from './types.js';

declare const process: { env: { NODE_ENV?: string } };

export interface Rung {
  transport: Transport;
  /** Opens a port. `onError` is called when the worker turns out not to start. */
  open(onError: () => void): MessagePort | Promise<MessagePort>;
  /** The worker is of no use any more. */
  end?(): void;
}

/**
 * Apart from `new SharedWorker`: in one expression with it, bundlers would bundle the file again instead of copying it.
 * Called late: bundled into CommonJS for a server, a file does not know its URL.
 */
const bundledWorkerUrl = (): URL => new URL('./session.worker.js', import.meta.url);

export function createLadder(
  name: string,
  { worker, workerUrl, persistence }: Pick<SessionConfig, 'worker' | 'workerUrl' | 'persistence'>,
): Rung[] {
  // Lets a refresh in flight be stored although the last tab closed. In development it would pin old code for minutes.
  const extendedLifetime = persistence !== 'memory' && !isDevelopment();
  // The same name with another option is refused, so the name tells (HTML, SharedWorker constructor).
  const options = { type: 'module', name: name + extendedLifetime, extendedLifetime } as const;
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

  function endDedicated(): void {
    dedicated?.terminate();
    dedicated = undefined;
  }

  const rungs: Rung[] = [
    { transport: 'shared-worker', open: openShared },
    { transport: 'worker', open: openDedicated, end: endDedicated },
    { transport: 'page', open: openInPage },
  ];
  return typeof SharedWorker === 'function' || worker ? rungs : rungs.slice(1);
}

/** What the bundler calls development. Without a bundler there is no `process`. */
function isDevelopment(): boolean {
  try {
    return process.env.NODE_ENV === 'development';
  } catch {
    return false;
  }
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
