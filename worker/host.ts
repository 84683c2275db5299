/** One run of the worker's script: one session for each app client, and the ports that it serves. */
import { MOST_SESSIONS } from './bounds.js';
import { scopeName, type LogEntry, type RuntimeConfig } from './contract.js';
import type { Channel, Cognito, Deps, Log } from './deps.js';
import { createDiagnostics } from './diagnostics.js';
import { ownError, type AuthError } from './errors.js';
import { servePort, type PortCollected } from './serve.js';
import { createSession, type Session } from './session.js';
import { createStore, type BackingStore } from './store.js';

/** What a run brings to its sessions. */
export interface HostParts extends Pick<
  Deps,
  'instanceId' | 'sleepsWithPage' | 'clock' | 'timers' | 'random' | 'locks' | 'crypto'
> {
  openChannel(name: string): Channel;
  openBacking(): BackingStore;
  openCognito(config: RuntimeConfig): Cognito;
  onCollected: PortCollected;
}

/** @returns the function that serves one port. */
export function createHost(parts: HostParts): (port: MessagePort) => void {
  const { instanceId, clock } = parts;
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
    const known = sessions.get(key);
    if (known) return known;
    if (sessions.size >= MOST_SESSIONS) throw tooMany();
    const session = build(key, config);
    sessions.set(key, session);
    return session;
  }

  function build(key: string, config: RuntimeConfig): Session {
    const diagnostics = createDiagnostics();
    const backing = config.persistence === 'indexeddb' ? parts.openBacking() : undefined;
    return createSession({
      ...parts,
      config,
      channel: parts.openChannel(key),
      store: createStore({ key, ...(backing && { backing }), clock, log, diagnostics }),
      cognito: parts.openCognito(config),
      diagnostics,
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
      onCollected: parts.onCollected,
    });
}

function tooMany(): AuthError {
  return ownError(
    'InvalidConfigurationException',
    `This worker serves ${MOST_SESSIONS} app clients, and no more.`,
    'Give each app a worker of its own.',
  );
}
