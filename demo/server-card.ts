/** The counters of what the local Cognito was asked, and its last requests. */
import { element } from './dom.js';
import { clock } from './format.js';
import type { RequestEntry } from './local-cognito/request-log.js';
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
    const counters = COUNTERS.map(({ operation, label }) => ({
      operation,
      label,
      ...tally(state, operation),
    }));
    const last = state.requests.slice(-MOST_REQUESTS).reverse();
    const key = JSON.stringify([counters, last]);
    if (key === drawn) return;
    drawn = key;
    parts.counters.replaceChildren(...counters.map(counterRow));
    parts.requests.replaceChildren(...last.map(requestRow));
    if (last.length === 0) parts.requests.append(element('li', { class: 'muted' }, 'None yet.'));
  };
}

interface Tally {
  asked: number;
  failed: number;
}

/** What is still under way has not failed. */
function tally({ counts, accepted, requests }: ServerState, operation: string): Tally {
  const asked = counts[operation] ?? 0;
  const underWay = requests.filter((request) => request.operation === operation && isUnderWay(request));
  return { asked, failed: asked - (accepted[operation] ?? 0) - underWay.length };
}

function isUnderWay({ tookMs }: RequestEntry): boolean {
  return tookMs === 0;
}

function counterRow({ operation, label, asked, failed }: Tally & (typeof COUNTERS)[number]): HTMLElement {
  const value = element('dd', {}, String(asked));
  if (failed > 0) value.append(' ', element('span', { class: 'refused' }, `${failed} failed`));
  const attributes: Record<string, string> = operation === REFRESH ? { class: 'counter-main' } : {};
  return element('div', attributes, element('dt', { title: operation }, label), value);
}

function requestRow(request: RequestEntry): HTMLElement {
  return element(
    'li',
    {},
    element('time', {}, clock(request.atMs)),
    element('span', { class: 'request-name' }, ...breakable(request.operation)),
    result(request),
  );
}

/** The status, or the fault that says more than it. */
function result(request: RequestEntry): HTMLElement {
  const { status, fault } = request;
  if (isUnderWay(request)) return element('span', { class: 'muted' }, '…');
  const good = status === 200 && fault !== 'garbage';
  const text = fault && fault !== 'error' ? fault : String(status || 'no answer');
  return element('span', { class: good ? 'good' : 'bad' }, text);
}

/** Long names of operations may break before a capital. */
function breakable(name: string): (Node | string)[] {
  return name.split(/(?=[A-Z])/).flatMap((part) => [part, element('wbr')]);
}
