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

interface Parts {
  counters: HTMLElement;
  requests: HTMLElement;
}

/** The function that it returns draws counters and requests, when they differ from what is there. */
export function createServerCard(parts: Parts): (state: ServerState) => void {
  let drawn = '';
  return (state) => {
    const { counts, accepted, requests } = state;
    const key = JSON.stringify([counts, accepted, requests.slice(-MOST_REQUESTS)]);
    if (key === drawn) return;
    drawn = key;
    draw(parts, state);
  };
}

function draw(parts: Parts, state: ServerState): void {
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
      const { operation, status, fault } = request;
      const result = fault && fault !== 'error' ? fault : String(status || '…');
      return element(
        'li',
        {},
        element('time', {}, clock(request.atMs)),
        element('span', { class: 'request-name' }, ...breakable(operation)),
        element('span', { class: status === 200 && !fault ? 'good' : 'bad' }, result),
      );
    }),
  );
  if (last.length === 0) parts.requests.append(element('li', { class: 'muted' }, 'None yet.'));
}

/** Long names of operations may break before a capital. */
function breakable(name: string): (Node | string)[] {
  return name.split(/(?=[A-Z])/).flatMap((part) => [part, element('wbr')]);
}
