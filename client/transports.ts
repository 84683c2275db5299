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
  /** One for the page: a second one would be a second runtime. */
  let dedicated: Worker | undefined;
  /** The same, where the app's own `worker` gives no shared one. */
  let own: Worker | undefined;
  let number = 0;

  const openShared: Rung['open'] = (onError, signal) => {
    number = readNumber();
    // The same name with another option is refused, so the name tells (HTML, SharedWorker constructor).
    const options = { ...kind, name: name + extendedLifetime + (number || '') };
    const opened =
      own ?? (worker ? worker(options) : new SharedWorker(workerUrl ?? bundledWorkerUrl(), options));
    watch(opened, onError, signal);
    if ('port' in opened) return opened.port;
    own = opened;
    return connect(opened);
  };

  function endOwn(): void {
    own?.terminate();
    own = undefined;
  }

  const openDedicated: Rung['open'] = (onError, signal) => {
    dedicated ??= new Worker(workerUrl ?? bundledWorkerUrl(), kind);
    watch(dedicated, onError, signal);
    return connect(dedicated);
  };

  function endDedicated(): void {
    dedicated?.terminate();
    dedicated = undefined;
  }

  const rungs: Rung[] = [
    {
      transport: 'shared-worker',
      open: openShared,
      end: endOwn,
      rename() {
        endOwn();
        return raiseNumber(number);
      },
    },
    { transport: 'worker', open: openDedicated, end: endDedicated },
    { transport: 'page', open: openInPage },
  ];
  return typeof SharedWorker === 'function' || worker ? rungs : rungs.slice(1);
};

/**
 * How many names went silent in this browser. After a crash in Firefox, a SharedWorker never answers again under its name;
 * the tabs agree on the next name by this number.
 */
const NUMBER_KEY = 'cognito-session-worker/number';

function readNumber(): number {
  try {
    return Number(localStorage.getItem(NUMBER_KEY)) || 0;
  } catch {
    return 0;
  }
}

/** Unless another tab has found out already. @returns false where nothing can be kept. */
function raiseNumber(silent: number): boolean {
  try {
    if (readNumber() === silent) localStorage.setItem(NUMBER_KEY, String(silent + 1));
    return true;
  } catch {
    return false;
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

function watch(worker: AbstractWorker, onError: () => void, signal: AbortSignal): void {
  worker.onerror = onError;
  signal.addEventListener('abort', () => (worker.onerror = null));
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
