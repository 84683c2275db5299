/** The counters of what the local Cognito was asked, and its last requests. */
import { element } from './dom.js';
import { clock } from './format.js';
import type { ServerState } from './local-server.js';

/** The operation that a refresh is. */
export const REFRESH = 'GetTokensFromRefreshToken';

const COUNTERS: readonly { operation: string; label: string }[] = [
  { operation: REFRESH, label: 'Refreshes' },
  { operation: 'InitiateAuth', label: 'Sign-ins' },
  { operation: 'GetId', label: 'Identity ids' },
  { operation: 'GetCredentialsForIdentity', label: 'Credentials' },
  { operation: 'RevokeToken', label: 'Revocations' },
  { operation: 'GlobalSignOut', label: 'Global sign-outs' },
];
const MOST_REQUESTS = 6;

/** Draws counters and requests. */
export function showServer(
  parts: { counters: HTMLElement; requests: HTMLElement },
  state: ServerState,
): void {
  parts.counters.replaceChildren(
    ...COUNTERS.map(({ operation, label }) => {
      const asked = state.counts[operation] ?? 0;
      const refused = asked - (state.accepted[operation] ?? 0);
      const value = element('dd', {}, String(asked));
      if (refused > 0) value.append(' ', element('span', { class: 'refused' }, `${refused} failed`));
      const attributes: Record<string, string> = operation === REFRESH ? { class: 'counter-main' } : {};
      return element('div', attributes, element('dt', { title: operation }, label), value);
    }),
  );
  const last = state.requests.slice(-MOST_REQUESTS).reverse();
  parts.requests.replaceChildren(
    ...last.map((request) => {
      const result = [request.status || 'no answer', request.fault].filter(Boolean).join(', ');
      return element(
        'li',
        {},
        element('time', {}, clock(request.atMs)),
        element('span', { class: 'request-name' }, request.operation),
        element('span', { class: request.status === 200 ? 'good' : 'bad' }, result),
      );
    }),
  );
  if (last.length === 0) parts.requests.append(element('li', { class: 'muted' }, 'None yet.'));
}
