/** The claims of each token, and the time that it has left. */
import type { AuthSession, JWT } from '../client/index.js';
import { element, row, setText } from './dom.js';
import { clock, hue, tokenMark } from './format.js';
import { createTimeLeft } from './time-left.js';

/** Claims that are times in seconds since the epoch. */
const TIME_CLAIMS = new Set(['exp', 'iat', 'auth_time', 'nbf']);

/** The card of tokens. */
export interface TokensCard {
  show(session: AuthSession | undefined): void;
  /** @param serverNowMs the server's clock, milliseconds since the epoch */
  tick(serverNowMs: number): void;
}

/** Fills `#tokens`. */
export function createTokensCard(root: HTMLElement): TokensCard {
  const none = element('p', { class: 'muted' }, 'No tokens: nobody is signed in.');
  const access = createToken('Access token');
  const id = createToken('ID token');
  root.append(none, access.root, id.root);
  return {
    show(session) {
      none.hidden = Boolean(session?.tokens);
      access.show(session?.tokens?.accessToken);
      id.show(session?.tokens?.idToken);
    },
    tick(serverNowMs) {
      access.tick(serverNowMs);
      id.tick(serverNowMs);
    },
  };
}

/** Built once and changed in place, so that open claims stay open through a refresh. */
function createToken(title: string) {
  const mark = element('span', { class: 'mark' });
  const expiry = element('p', { class: 'expiry' });
  const left = createTimeLeft();
  const summary = element('summary');
  const claims = element('dl', { class: 'claims' });
  const root = element(
    'div',
    { class: 'token', role: 'group', 'aria-label': title },
    element('div', { class: 'token-top' }, element('h3', {}, title), mark),
    left.root,
    expiry,
    element('details', {}, summary, claims),
  );
  root.hidden = true;
  return {
    root,
    show(token: JWT | undefined) {
      root.hidden = !token;
      if (!token) return;
      const { exp, iat } = token.payload;
      showMark(mark, tokenMark(token));
      left.show(iat * 1_000, exp * 1_000);
      setText(expiry, `Issued ${clock(iat * 1_000)}, expires ${clock(exp * 1_000)}`);
      const entries = Object.entries(token.payload);
      setText(summary, `${entries.length} claims`);
      claims.replaceChildren(...entries.map(([name, value]) => row(name, claimText(name, value))));
    },
    tick(serverNowMs: number) {
      if (!root.hidden) left.tick(serverNowMs);
    },
  };
}

/** Text and colour of a token's mark. */
export function showMark(target: HTMLElement, mark: string): void {
  setText(target, mark);
  target.style.setProperty('--hue', String(hue(mark)));
}

function claimText(name: string, value: unknown): string {
  if (TIME_CLAIMS.has(name) && typeof value === 'number') return `${value} (${clock(value * 1_000)})`;
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
