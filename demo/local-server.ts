/** The control side of the local Cognito: what it was asked, how it is set, what is spoilt. */
import type { SentCode } from './local-cognito/codes.js';
import type { Fault } from './local-cognito/faults.js';
import type { AuthenticatorCode } from './local-cognito/mfa.js';
import type { RequestEntry } from './local-cognito/request-log.js';
import type { Settings } from './local-cognito/settings.js';
import type { NewPasskey } from './passkey-maker.js';

/** How often a visible page looks, in milliseconds. */
const POLL_MS = 1_000;

/** What `GET /_local/state` answers. */
export interface ServerState {
  settings: Settings;
  /** Requests by the operation's name. */
  counts: Record<string, number>;
  /** Those answered with 200. */
  accepted: Record<string, number>;
  faults: Fault[];
  /** The last ones, the oldest first. */
  requests: RequestEntry[];
  /** The last ones that were sent, the oldest first. */
  codes: SentCode[];
  authenticators: AuthenticatorCode[];
}

/** Hears of each state, or of why there is none. */
export type StateListener = (state: ServerState | undefined, error?: unknown) => void;

/** A running local Cognito. */
export interface LocalServer {
  /** Asks now. Rejects when it does not answer. */
  state(): Promise<ServerState>;
  /** Tells the listener soon, for something has happened; does nothing while the page is hidden. */
  look(): void;
  change(settings: Partial<Settings>): Promise<void>;
  addFault(fault: Fault): Promise<void>;
  clearFaults(): Promise<void>;
  clearLog(): Promise<void>;
  reset(): Promise<void>;
  addPasskey(username: string, passkey: NewPasskey): Promise<void>;
}

/** Asks every second while the page can be seen, and after each change. */
export function watchLocalServer(baseUrl: string, listener: StateListener): LocalServer {
  let changesOut = 0;

  async function state(): Promise<ServerState> {
    const response = await fetch(`${baseUrl}/_local/state`);
    return (await response.json()) as ServerState;
  }

  async function look(): Promise<void> {
    try {
      const answer = await state();
      // An answer that was on its way during a change would set the switches back for a moment.
      if (changesOut === 0) listener(answer);
    } catch (error) {
      listener(undefined, error);
    }
  }

  async function send(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<void> {
    changesOut++;
    try {
      const response = await fetch(`${baseUrl}/_local/${path}`, {
        method,
        ...(body !== undefined && {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      });
      const answer = (await response.json()) as ServerState | { message: string };
      if ('message' in answer) throw new Error(answer.message);
      listener(answer);
    } finally {
      changesOut--;
    }
  }

  const lookWhenVisible = () => {
    if (document.visibilityState === 'visible') void look();
  };
  document.addEventListener('visibilitychange', lookWhenVisible);
  setInterval(lookWhenVisible, POLL_MS);
  void look();
  return {
    state,
    look: lookWhenVisible,
    change: (settings) => send('POST', 'settings', settings),
    addFault: (fault) => send('POST', 'faults', fault),
    clearFaults: () => send('DELETE', 'faults'),
    clearLog: () => send('POST', 'clear-log'),
    reset: () => send('POST', 'reset'),
    addPasskey: (username, passkey) => send('POST', 'passkeys', { username, ...passkey }),
  };
}
