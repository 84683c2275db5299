/** A Cognito of one scenario's own, and its control side. */
import type { Fault } from '../../local-cognito/faults.js';
import type { Settings } from '../../local-cognito/settings.js';
import type { RefreshTokenSummary } from '../../local-cognito/types.js';
import type { PlainConfig } from '../messages.js';
import { COGNITO_PATH } from '../seed.js';

export const REFRESH = 'GetTokensFromRefreshToken';

/** Longer than the 20 s for which a request waits for a condition. */
const REQUEST_LIMIT_MS = 25_000;

/** How far a request has come: it arrived, its answer is held back, it was carried out and answered. */
export type Stage = 'arrived' | 'held' | 'accepted';

export interface Cognito {
  readonly config: PlainConfig;
  change(settings: Partial<Settings>): Promise<void>;
  addFault(fault: Fault): Promise<void>;
  clearFaults(): Promise<void>;
  clearLog(): Promise<void>;
  /** Answers of this operation wait until `release()`; the work itself is done. */
  hold(operation: string): Promise<void>;
  release(): Promise<void>;
  /** Rejects when it does not come about within 20 s. */
  waitFor(operation: string, stage: Stage, count?: number): Promise<void>;
  /** Requests that arrived, and those that were carried out and answered, by operation. */
  counts(): Promise<Record<string, number>>;
  accepted(): Promise<Record<string, number>>;
  revokeSessions(username: string): Promise<void>;
  refreshTokens(): Promise<RefreshTokenSummary[]>;
  end(): Promise<void>;
}

interface Counts {
  counts: Record<string, number>;
  accepted: Record<string, number>;
}

export async function createCognito(): Promise<Cognito> {
  const base = new URL(`${COGNITO_PATH}/`, location.origin).href;
  const { id, config } = await request<{ id: string; config: Omit<PlainConfig, 'endpoints'> }>(base, 'POST');
  const url = base + id;

  async function tell(path: string, body: unknown = {}): Promise<void> {
    await request(`${url}/_local/${path}`, 'POST', body);
  }

  const state = (): Promise<Counts> => request<Counts>(`${url}/_local/state`, 'GET');

  return {
    config: { ...config, endpoints: { userPool: url, identityPool: url } },
    change: (settings) => tell('settings', settings),
    addFault: (fault) => tell('faults', fault),
    clearFaults: async () => void (await request(`${url}/_local/faults`, 'DELETE')),
    clearLog: () => tell('clear-log'),
    hold: (operation) => tell('hold', { operation }),
    release: () => tell('release'),
    waitFor: (operation, stage, count = 1) => tell('wait', { operation, stage, count }),
    counts: async () => (await state()).counts,
    accepted: async () => (await state()).accepted,
    revokeSessions: (username) => tell('revoke-sessions', { username }),
    refreshTokens: () => request<RefreshTokenSummary[]>(`${url}/_local/refresh-tokens`, 'GET'),
    end: async () => void (await request(`${url}/`, 'DELETE')),
  };
}

async function request<T>(url: string, method: string, body?: unknown): Promise<T> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new Error(`The check's Cognito could not be asked: ${String(error)}`);
  });
  if (!(response.headers.get('content-type') ?? '').includes('json'))
    throw new Error("The check's Cognito is not there. Start the demo with `npm start`.");
  const answer = (await response.json()) as T | { message: string };
  if (!response.ok) throw new Error(`Cognito: ${(answer as { message: string }).message}`);
  return answer as T;
}
