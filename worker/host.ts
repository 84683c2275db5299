/** One run of the worker's script: builds what the session needs from the browser, and serves the ports. */
import { scopeName, type LogEntry, type RuntimeConfig } from './contract.js';
import { createCognito } from './cognito.js';
import type { Log } from './deps.js';
import {
  clock,
  createChannel,
  createCryptoAdapter,
  createLocks,
  random,
  randomId,
  timers,
} from './platform.js';
import { servePort } from './serve.js';
import { createSession, type Session } from './session.js';
import { createIndexedDBStore } from './store-indexeddb.js';
import { createStore } from './store.js';

/**
 * @param sleepsWithPage True for a dedicated worker and in the page.
 * @returns the function that serves one port.
 */
export function createHost(sleepsWithPage: boolean): (port: MessagePort) => void {
  const instanceId = randomId();
  let clientCount = 0;
  const loggers = new Set<(entry: LogEntry) => void>();
  /** In a worker one; in a page one for each app client. */
  const sessions = new Map<string, Session>();

  const log: Log = (level, message, details) => {
    const entry: LogEntry = { level, message, instanceId, atMs: clock.wallMs(), ...(details && { details }) };
    for (const logger of loggers) logger(entry);
  };

  function sessionFor(config: RuntimeConfig): Session {
    const key = scopeName(config);
    const session = sessions.get(key) ?? build(key, config);
    sessions.set(key, session);
    return session;
  }

  function build(key: string, config: RuntimeConfig): Session {
    const backing = config.persistence === 'indexeddb' ? createIndexedDBStore(clock) : undefined;
    return createSession({
      config,
      instanceId,
      sleepsWithPage,
      clock,
      timers,
      random,
      locks: createLocks(),
      channel: createChannel(key),
      store: createStore({ key, ...(backing && { backing }), clock, log }),
      cognito: createCognito(config),
      crypto: createCryptoAdapter(),
      log,
    });
  }

  return (port) =>
    servePort(port, {
      instanceId,
      sessionFor,
      nextClientId: () => String((clientCount += 1)),
      addLogger(logger) {
        loggers.add(logger);
        return () => loggers.delete(logger);
      },
    });
}
