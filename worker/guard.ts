/**
 * The guard in front of a page's port. Comlink 4.4.2 does whatever a message says to whatever it can reach from the
 * exposed object: it sets properties, constructs, and walks to `constructor`, which runs code. The guard lets through
 * only the call of a listed method and Comlink's goodbye. All else is dropped without a word, because whoever sends
 * it is not our client.
 */
import type { Endpoint } from 'comlink';
import { isPlainObject } from './plain-object.js';

/** Comlink's own ids have at most 59 characters. */
const MAX_ID_LENGTH = 100;

type Checked =
  | { id: string; type: 'APPLY'; path: [string]; argumentList: [] | [{ type: 'RAW'; value: unknown }] }
  | { id: string; type: 'RELEASE' };

type Listener = Parameters<Endpoint['addEventListener']>[1];
type GuardedListener = (event: MessageEvent<unknown>) => void;

/**
 * An endpoint for `Comlink.expose()` on which only these arrive, rebuilt from their checked fields:
 * - `APPLY` of one of `methods`, by a path of just its name, with at most one argument, sent as plain data (`RAW`)
 * - `RELEASE`, upon which Comlink takes its listener away. The port stays open: it is its owner's to close.
 *
 * Only events of type `message` are handed on. Answers pass unchanged.
 */
export function guardEndpoint(port: MessagePort, methods: readonly string[]): Endpoint {
  const allowed = new Set(methods);
  const guarded = new WeakMap<Listener, GuardedListener>();

  function guard(listener: Listener): GuardedListener {
    return (event) => {
      const data = check(event.data, allowed);
      if (data === undefined) return;
      // Comlink reads no more of an event than this; a real MessageEvent takes five times as long as the whole check.
      const passed = { type: 'message', data, origin: '' } as MessageEvent;
      if (typeof listener === 'function') listener(passed);
      else listener.handleEvent(passed);
    };
  }

  return {
    addEventListener(type, listener, options) {
      if (type !== 'message') return;
      const known = guarded.get(listener) ?? guard(listener);
      guarded.set(listener, known);
      port.addEventListener('message', known, options);
    },
    removeEventListener(type, listener, options) {
      const known = guarded.get(listener);
      if (type === 'message' && known !== undefined) port.removeEventListener('message', known, options);
    },
    postMessage: (message: unknown, transfer: Transferable[] = []) => port.postMessage(message, transfer),
    start: () => port.start(),
  };
}

/** The message rebuilt, or undefined. Never throws, runs nothing of the message, reads each of its fields once. */
function check(data: unknown, methods: ReadonlySet<string>): Checked | undefined {
  try {
    if (!isPlainObject(data)) return undefined;
    const id = ownValue(data, 'id');
    if (typeof id !== 'string' || id.length === 0 || id.length > MAX_ID_LENGTH) return undefined;
    const type = ownValue(data, 'type');
    if (type === 'RELEASE') return { id, type };
    if (type !== 'APPLY') return undefined;

    const path = ownValue(data, 'path');
    if (!Array.isArray(path) || path.length !== 1) return undefined;
    const method = ownValue(path, '0');
    if (typeof method !== 'string' || !methods.has(method)) return undefined;

    const argumentList = ownValue(data, 'argumentList');
    if (!Array.isArray(argumentList)) return undefined;
    const { length } = argumentList;
    if (length === 0) return { id, type, path: [method], argumentList: [] };
    if (length !== 1) return undefined;
    const argument = ownValue(argumentList, '0');
    if (!isPlainObject(argument) || ownValue(argument, 'type') !== 'RAW') return undefined;
    const field = Object.getOwnPropertyDescriptor(argument, 'value');
    if (field === undefined || field.get !== undefined || field.set !== undefined) return undefined;
    return { id, type, path: [method], argumentList: [{ type: 'RAW', value: field.value as unknown }] };
  } catch {
    return undefined;
  }
}

/** The value of an own field; undefined for none, for an inherited one, and for a getter, which isn't run. */
function ownValue(holder: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(holder, key)?.value;
}
