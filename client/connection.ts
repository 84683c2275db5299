/** The way to the worker: goes down the ladder until a rung answers, and comes back when a worker is gone. */
import {
  PROTOCOL_VERSION,
  type Hello,
  type LogEntry,
  type QuestionMessage,
  type SaveMessage,
} from '../worker/contract.js';
import { AuthError, ownError } from '../worker/errors.js';
import { CALL_MS, SAVE_SECONDS, CONNECT_MS } from './bounds.js';
import { createLink, LinkLost, timedOut, type Argument, type Link, type Method, type Value } from './link.js';
import { afterAwake } from './patience.js';
import type { Platform } from './platform.js';
import type { Rung } from './transports.js';
import type { Transport } from './types.js';

export interface Success<T> {
  instanceId: string;
  revision: number;
  value: T;
}

/** Where the link leads. */
export interface Peer {
  transport: Transport;
  /** Why it is not the first rung of the ladder. */
  transportReason?: string;
  workerInstanceId: string;
}

export interface Connection {
  /**
   * Asks the worker. A call that is safe to repeat is repeated when its worker dies;
   * another one rejects with `WorkerRestartedException`.
   */
  call<K extends Method>(method: K, argument: Argument<K>, isRepeatable: boolean): Promise<Success<Value<K>>>;
  /** Says goodbye and closes the port. Calls wait until `resume()`, and then open another one. */
  suspend(): void;
  resume(): void;
  /** Every call, under way or to come, rejects with this. */
  close(error: AuthError): void;
  readonly peer: Peer | undefined;
}

export interface ConnectionOptions {
  platform: Platform;
  rungs: Rung[];
  hello: Hello;
  onLog(entry: LogEntry): void;
  onQuestion?(question: QuestionMessage | SaveMessage): void;
  /** The worker is another run of the script than the one before. */
  onNewInstance(): void;
}

/** Neither a welcome nor an error. */
const SILENT = 'no answer';

export function createConnection(options: ConnectionOptions): Connection {
  const { platform, rungs, hello } = options;
  /** A sign-out takes longer by what handlers may take. */
  const saveMs = 1_000 * (hello.config.policy?.saveDeadlineSeconds ?? SAVE_SECONDS);
  let current: { link: Link; rung: Rung; peer: Peer } | undefined;
  let connecting: Promise<Link | undefined> | undefined;
  let lastInstanceId: string | undefined;
  let closed: AuthError | undefined;
  /** Set while the page is away. Aborted, it lets waiting calls go on. */
  let suspended: AbortController | undefined;

  async function call<K extends Method>(
    method: K,
    argument: Argument<K>,
    isRepeatable: boolean,
  ): Promise<Success<Value<K>>> {
    const deadlineMs = platform.monotonicMs() + CALL_MS + (method === 'signOut' ? saveMs : 0);
    for (;;) {
      const away = suspended?.signal;
      if (away) await new Promise((resolve) => away.addEventListener('abort', resolve));
      if (closed) throw closed;
      const link = current?.link ?? (await connected());
      // The page went away while the link was made.
      if (!link) continue;
      try {
        const answer = await link.ask(method, argument, deadlineMs);
        if (answer.ok) return answer;
        if (answer.error.name !== 'WorkerRestartedException') throw new AuthError(answer.error);
        // The script was run again under the same port (WebKit 318873). Nothing was done, so even a sign-in is safe to repeat.
        drop(link);
      } catch (error) {
        if (!(error instanceof LinkLost)) throw error;
        drop(link);
        if (!isRepeatable && !closed)
          throw ownError(
            'WorkerRestartedException',
            'The worker was replaced.',
            'Look at the session first.',
          );
      }
      if (platform.monotonicMs() > deadlineMs) throw timedOut();
    }
  }

  function drop(link: Link): void {
    link.end();
    if (current?.link !== link) return;
    // A page that goes away keeps its worker, in case it comes back.
    if (!suspended) current.rung.end?.();
    current = undefined;
  }

  /** A client that says no goodbye is waited for at each sign-out. */
  function leave(link: Link): void {
    link.ask('bye', undefined, 0).catch(() => undefined);
    link.end();
  }

  function connected(): Promise<Link | undefined> {
    connecting ??= climbDown().finally(() => {
      connecting = undefined;
    });
    return connecting;
  }

  async function climbDown(): Promise<Link | undefined> {
    const reasons: string[] = [];
    for (const rung of rungs) {
      try {
        const { link, instanceId } = await open(rung);
        if (suspended || closed) return void leave(link);
        const peer: Peer = { transport: rung.transport, workerInstanceId: instanceId };
        if (reasons[0]) {
          const message = (peer.transportReason = reasons.join('; '));
          options.onLog({ level: 'warn', message, instanceId, atMs: platform.wallMs() });
        }
        current = { link, rung, peer };
        if (lastInstanceId && lastInstanceId !== instanceId) options.onNewInstance();
        lastInstanceId = instanceId;
        return link;
      } catch (error) {
        if (error instanceof AuthError && error.name !== 'TimeoutException') throw error;
        rung.end?.();
        reasons.push(`${rung.transport}: ${(error as Partial<Error> | null)?.message ?? 'failed'}`);
      }
    }
    throw ownError(
      'UnsupportedEnvironmentException',
      `No worker started: ${reasons.join('; ')}.`,
      'Check the CSP and the worker file.',
    );
  }

  /** @throws AuthError when the worker refuses the config; any other error means: one rung down. */
  async function open(rung: Rung, isSecondTry = false): Promise<{ link: Link; instanceId: string }> {
    let link: Link | undefined;
    let fail!: (reason: string) => void;
    const failed = new Promise<never>((_resolve, reject) => {
      fail = (reason) => reject(new Error(reason));
    });
    failed.catch(() => undefined);
    const stop = afterAwake(platform, CONNECT_MS, () => fail(SILENT));
    // Chromium keeps every SharedWorker object, and what its listeners hold, for as long as the page lives.
    const settled = new AbortController();
    try {
      const port = await Promise.race([rung.open(() => fail('did not start'), settled.signal), failed]);
      link = createLink(port, platform, options.onLog, options.onQuestion);
      const welcome = await Promise.race([link.ask('hello', hello, Infinity), failed]);
      if (!welcome.ok) throw new AuthError(welcome.error);
      if (welcome.value.protocolVersion !== PROTOCOL_VERSION) throw new Error('another version');
      return { link, instanceId: welcome.instanceId };
    } catch (error) {
      link?.end();
      const isSilent = (error as Error).message === SILENT;
      if (isSilent && !isSecondTry && rung.rename?.()) return open(rung, true);
      throw error;
    } finally {
      stop();
      settled.abort();
    }
  }

  function suspend(): void {
    if (suspended) return;
    suspended = new AbortController();
    if (!current) return;
    const { link } = current;
    leave(link);
    drop(link);
  }

  function resume(): void {
    suspended?.abort();
    suspended = undefined;
  }

  return {
    call,
    get peer() {
      return current?.peer;
    },
    suspend,
    resume,
    close(error) {
      closed = error;
      suspend();
      resume();
      for (const rung of rungs) rung.end?.();
    },
  };
}
