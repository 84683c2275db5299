/** One port of one client: the guard, Comlink, and envelopes around every answer. */
import { expose } from 'comlink';
import {
  PROTOCOL_VERSION,
  SESSION_API_METHODS,
  type Answer,
  type LogEntry,
  type LogMessage,
  type RuntimeConfig,
  type SessionApi,
} from './contract.js';
import { CognitoFailure } from './deps.js';
import { AuthError, type ErrorFields } from './errors.js';
import { guardEndpoint } from './guard.js';
import type { Session } from './session.js';

/** What a port needs of the run of the worker that serves it. */
export interface Host {
  readonly instanceId: string;
  /** The session for this config; the first config makes it. */
  sessionFor(config: RuntimeConfig): Session;
  /** Another one with each port. */
  nextClientId(): string;
  addLogger(logger: (entry: LogEntry) => void): () => void;
}

export function servePort(port: MessagePort, host: Host): void {
  let joined: { session: Session; clientId: string } | undefined;
  let stopLogging: (() => void) | undefined;

  /** Runs one call and puts its outcome into an envelope: Comlink keeps only name, message and stack of an error. */
  async function answer<T>(work: (session: Session, clientId: string) => T | Promise<T>): Promise<Answer<T>> {
    try {
      if (!joined) throw new AuthError(NOT_JOINED);
      joined.session.clients.seen(joined.clientId);
      const value = await work(joined.session, joined.clientId);
      return { ...seal(), ok: true, value };
    } catch (error) {
      return { ...seal(), ok: false, error: fieldsOf(error) };
    }
  }

  function seal(): { instanceId: string; revision: number } {
    return { instanceId: host.instanceId, revision: joined?.session.revision ?? 0 };
  }

  const api: SessionApi = {
    hello: async ({ protocolVersion, config, wantsLog }) => {
      try {
        if (protocolVersion !== PROTOCOL_VERSION) throw new AuthError(OTHER_PROTOCOL);
        const session = host.sessionFor(config);
        if (wantsLog) {
          stopLogging ??= host.addLogger((entry) => {
            port.postMessage({ type: 'log', entry } satisfies LogMessage);
          });
        }
        session.join(config);
        joined = { session, clientId: joined?.clientId ?? host.nextClientId() };
      } catch (error) {
        return { ...seal(), ok: false, error: fieldsOf(error) };
      }
      return answer(() => ({ protocolVersion: PROTOCOL_VERSION }));
    },
    session: (request) => answer((session) => session.session(request)),
    signIn: (input) => answer((session, clientId) => session.signIn(input, clientId)),
    confirmSignIn: (input) => answer((session, clientId) => session.confirmSignIn(input, clientId)),
    signOut: (input) => answer((session) => session.signOut(input)),
    acknowledge: (revision) =>
      answer((session, clientId) => {
        session.clients.acknowledge(clientId, revision);
        return null;
      }),
    wake: () =>
      answer((session) => {
        session.wake();
        return null;
      }),
    ping: () => answer(() => null),
    bye: () => {
      const goodbye = answer((session, clientId) => {
        session.clients.remove(clientId);
        return null;
      });
      stopLogging?.();
      stopLogging = undefined;
      joined = undefined;
      return goodbye;
    },
  };
  expose(Object.freeze(Object.assign(Object.create(null), api)), guardEndpoint(port, SESSION_API_METHODS));
}

const NOT_JOINED: ErrorFields = {
  name: 'WorkerRestartedException',
  message: 'The worker does not know this client; it has to say hello first.',
};

const OTHER_PROTOCOL: ErrorFields = {
  name: 'ConfigurationMismatchException',
  message: 'The worker is of another version of this package than the page.',
  recoverySuggestion: 'Reload the page.',
};

function fieldsOf(error: unknown): ErrorFields {
  if (error instanceof CognitoFailure) return error.fields;
  if (error instanceof AuthError) {
    const { name, message, recoverySuggestion, metadata } = error;
    return {
      name,
      message,
      ...(recoverySuggestion !== undefined && { recoverySuggestion }),
      ...(metadata && { metadata }),
    };
  }
  // A bug, ours or the SDK's. Its text could hold anything, so only its kind goes out.
  const name = error instanceof Error ? error.name : 'Error';
  return { name: 'Unknown', message: `The worker failed with ${name}.` };
}
