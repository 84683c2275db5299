/** One port of one client: the guard, Comlink, and envelopes around every answer. */
import { expose } from 'comlink';
import { checked } from './arguments.js';
import {
  PROTOCOL_VERSION,
  SESSION_API_METHODS,
  type Answer,
  type Hello,
  type LogEntry,
  type LogMessage,
  type QuestionMessage,
  type RuntimeConfig,
  type SaveMessage,
  type SessionApi,
} from './contract.js';
import { CognitoFailure } from './deps.js';
import { AuthError, type ErrorFields } from './errors.js';
import { guardEndpoint } from './guard.js';
import { pageView } from './page-view.js';
import type { Session } from './session.js';

/** What a port needs of the run of the worker that serves it. */
export interface Host {
  readonly instanceId: string;
  /** The session for this config; the first config makes it. */
  sessionFor(config: RuntimeConfig): Session;
  /** Another one with each port. */
  nextClientId(): string;
  addLogger(logger: (entry: LogEntry) => void): () => void;
  onCollected: PortCollected;
}

/** Calls back when the port was collected: its page is gone without a word. The callback must not lead to the port. */
export type PortCollected = (port: MessagePort, callback: () => void) => void;

/** Who is behind a port. Apart from the port, which nothing but its own listener may keep alive. */
interface Visitor {
  joined?: { session: Session; clientId: string; exposesRefreshToken: boolean };
  stopLogging?: () => void;
}

export function servePort(port: MessagePort, host: Host): void {
  const visitor: Visitor = {};
  host.onCollected(port, forget(visitor));
  const api = createApi(visitor, host, postInto(new WeakRef(port)));
  expose(Object.freeze(Object.assign(Object.create(null), api)), guardEndpoint(port, SESSION_API_METHODS));
}

/** Collected ports leave no client and no logger behind. Made here, where no port is in sight. */
function forget(visitor: Visitor): () => void {
  return () => {
    if (visitor.joined) leave(visitor.joined);
    visitor.stopLogging?.();
    delete visitor.stopLogging;
    delete visitor.joined;
  };
}

function leave({ session, clientId }: NonNullable<Visitor['joined']>): void {
  session.questions.leave(clientId);
  session.saving.leave(clientId);
  session.clients.remove(clientId);
}

type Post = (message: LogMessage | QuestionMessage | SaveMessage) => void;

function postInto(port: WeakRef<MessagePort>): Post {
  return (message) => port.deref()?.postMessage(message);
}

function createApi(visitor: Visitor, host: Host, post: Post): SessionApi {
  const logger = (entry: LogEntry): void => post({ type: 'log', entry });

  /** Runs one call and puts its outcome into an envelope: Comlink keeps only name, message and stack of an error. */
  async function answer<T>(
    work: (session: Session, clientId: string, exposesRefreshToken: boolean) => T | Promise<T>,
  ): Promise<Answer<T>> {
    const { joined } = visitor;
    try {
      if (!joined) throw new AuthError(NOT_JOINED);
      joined.session.clients.seen(joined.clientId);
      joined.session.questions.seen(joined.clientId);
      const value = await work(joined.session, joined.clientId, joined.exposesRefreshToken);
      return { ...seal(), ok: true, value };
    } catch (error) {
      return { ...seal(), ok: false, error: fieldsOf(error) };
    }
  }

  function seal(): { instanceId: string; revision: number } {
    return { instanceId: host.instanceId, revision: visitor.joined?.session.revision ?? 0 };
  }

  const welcome = { protocolVersion: PROTOCOL_VERSION };

  return {
    hello: async (hello?: Partial<Hello> | null) => {
      // The page sees by the answer that it must look for a runtime of its own version.
      if (hello?.protocolVersion !== PROTOCOL_VERSION) return { ...seal(), ok: true, value: welcome };
      try {
        const { config, wantsLog, answers } = checked('hello', hello);
        const session = host.sessionFor(config);
        session.join(config);
        const { joined } = visitor;
        // One client is of one session.
        if (joined && joined.session !== session) leave(joined);
        const clientId = joined?.clientId ?? host.nextClientId();
        visitor.joined = { session, clientId, exposesRefreshToken: config.exposeRefreshToken === true };
        session.questions.join(clientId, answers ?? [], post);
        session.saving.join(clientId, answers ?? [], post);
        if (wantsLog) visitor.stopLogging ??= host.addLogger(logger);
      } catch (error) {
        return { ...seal(), ok: false, error: fieldsOf(error) };
      }
      return answer(() => welcome);
    },
    session: (request) =>
      answer(async (session, _clientId, exposesRefreshToken) =>
        pageView(await session.session(checked('session', request), exposesRefreshToken)),
      ),
    describe: () => answer((session) => session.describe()),
    signIn: (input) => answer((session, clientId) => session.signIn(checked('signIn', input), clientId)),
    confirmSignIn: (input) =>
      answer((session, clientId) => session.confirmSignIn(checked('confirmSignIn', input), clientId)),
    pendingSignIn: () => answer((session, clientId) => session.pendingSignIn(clientId)),
    signOut: (input) => answer((session) => session.signOut(checked('signOut', input))),
    adoptSession: (input) => answer((session) => session.adoptSession(checked('adoptSession', input))),
    beginRedirect: (input) => answer((session) => session.beginRedirect(checked('beginRedirect', input))),
    completeRedirect: (input) =>
      answer((session) => session.completeRedirect(checked('completeRedirect', input))),
    account: (request) => answer((session) => session.account(request)),
    acknowledge: (revision) =>
      answer((session, clientId) => {
        session.clients.acknowledge(clientId, revision);
        return null;
      }),
    wake: (isVisible) =>
      answer((session) => {
        session.wake(isVisible);
        return null;
      }),
    active: (agoMs) =>
      answer(async (session) => {
        await session.active(agoMs);
        return null;
      }),
    ping: () => answer(() => null),
    inspect: () => answer((session) => session.inspect()),
    answer: (given) =>
      answer((session, clientId) => {
        const said = checked('answer', given);
        session.questions.answer(clientId, said);
        session.saving.answer(clientId, said);
        return null;
      }),
    bye: () => {
      const goodbye = answer(() => null);
      forget(visitor)();
      return goodbye;
    },
  };
}

const NOT_JOINED: ErrorFields = {
  name: 'WorkerRestartedException',
  message: 'The worker does not know this client; it has to say hello first.',
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
