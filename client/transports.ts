/** The ladder: a SharedWorker, else a dedicated worker in this tab, else the same code in the page. */
import type { SessionConfig, Transport } from './types.js';

declare const process: { env: { NODE_ENV?: string } };

export interface Rung {
  transport: Transport;
  /** Opens a port. Until the signal aborts, `onError` is called when the worker turns out not to start. */
  open(onError: () => void, signal: AbortSignal): MessagePort | Promise<MessagePort>;
  /** The worker is of no use any more. */
  end?(): void;
  /** The worker gave no sign of life: the next one is opened under another name. @returns false where it can't have one. */
  rename?(): boolean;
}

/**
 * Apart from `new SharedWorker`: in one expression with it, bundlers would bundle the file again instead of copying it.
 * Called late: bundled into CommonJS for a server, a file does not know its URL.
 */
const bundledWorkerUrl = (): URL => new URL('./session.worker.js', import.meta.url);

/** @param name Of the SharedWorker: pages with the same name share one. */
export type CreateLadder = (
  name: string,
  config: Pick<SessionConfig, 'worker' | 'workerUrl' | 'persistence'>,
) => Rung[];

export const createLadder: CreateLadder = (name, { worker, workerUrl, persistence }) => {
  // Lets a refresh in flight be stored although the last tab closed. In development it would pin old code for minutes.
  const extendedLifetime = persistence !== 'memory' && !isDevelopment();
  const kind = { type: 'module', extendedLifetime } as const;
  let number: number | undefined;

  const shared = createRung('shared-worker', () => {
    number = agreedNumber();
    // The same name with another option is refused, so the name tells (HTML, SharedWorker constructor).
    const options = { ...kind, name: name + extendedLifetime + (number || '') };
    return worker ? worker(options) : new SharedWorker(workerUrl ?? bundledWorkerUrl(), options);
  });
  shared.rename = () => {
    shared.end?.();
    return agreedNumber(number) !== undefined;
  };

  const rungs: Rung[] = [
    shared,
    createRung('worker', () => new Worker(workerUrl ?? bundledWorkerUrl(), kind)),
    {
      transport: 'page',
      async open() {
        const { connectInPage } = await import('../worker/in-page.js');
        const { port1, port2 } = new MessageChannel();
        connectInPage(port2);
        return port1;
      },
    },
  ];
  return typeof SharedWorker === 'function' || worker ? rungs : rungs.slice(1);
};

function createRung(transport: Transport, start: () => SharedWorker | Worker): Rung {
  /** One for the page: a second one would be a second runtime. The app's own `worker` may give such a one, too. */
  let dedicated: Worker | undefined;
  return {
    transport,
    open(onError, signal) {
      const opened = dedicated ?? start();
      opened.onerror = onError;
      signal.addEventListener('abort', () => (opened.onerror = null));
      if ('port' in opened) return opened.port;
      dedicated = opened;
      const { port1, port2 } = new MessageChannel();
      opened.postMessage({ type: 'connect' }, [port2]);
      return port1;
    },
    end() {
      dedicated?.terminate();
      dedicated = undefined;
    },
  };
}

/**
 * How many names went silent in this browser. After a crash in Firefox, a SharedWorker never answers again under its name;
 * the tabs agree on the next name by this number.
 */
const NUMBER_KEY = 'cognito-session-worker/number';

/**
 * @param silent The number whose name went silent: the next one is kept, unless another tab has found out already.
 * @returns undefined where nothing can be kept.
 */
function agreedNumber(silent?: number): number | undefined {
  try {
    const number = Number(localStorage.getItem(NUMBER_KEY)) || 0;
    if (number === silent) localStorage.setItem(NUMBER_KEY, String(number + 1));
    return number;
  } catch {
    return undefined;
  }
}

/** What the bundler calls development. Without a bundler there is no `process`. */
function isDevelopment(): boolean {
  try {
    return process.env.NODE_ENV === 'development';
  } catch {
    return false;
  }
}
