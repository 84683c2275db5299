/** The AWS credentials of the session, a guest's too. */
import type { AuthSession } from '../client/index.js';
import { element, row, setText } from './dom.js';
import { errorText } from './error-text.js';
import { clock, timeLeft } from './format.js';

/** The card of AWS credentials. */
export interface CredentialsCard {
  show(session: AuthSession | undefined): void;
  /** @param serverNowMs the server's clock, milliseconds since the epoch */
  tick(serverNowMs: number): void;
}

/** Fills the card. @param guests whether the app lets guests have credentials */
export function createCredentialsCard(
  parts: { list: HTMLElement; none: HTMLElement; guestNote: HTMLElement },
  options: { identityPool: boolean; guests: boolean },
): CredentialsCard {
  const { list, none, guestNote } = parts;
  const left = element('span');
  let expiresAtMs: number | undefined;

  function absence(session: AuthSession | undefined): string {
    if (!options.identityPool) return 'This page has no identity pool, so there are none.';
    if (session?.credentialsError) return errorText(session.credentialsError);
    if (session?.tokens) return 'None yet.';
    return options.guests ? 'None yet.' : 'None: nobody is signed in, and guests are not allowed.';
  }

  return {
    show(session) {
      const credentials = session?.credentials;
      expiresAtMs = credentials?.expiration?.getTime();
      none.hidden = Boolean(credentials);
      setText(none, credentials ? '' : absence(session));
      guestNote.hidden = !credentials || Boolean(session?.tokens);
      setText(
        guestNote,
        guestNote.hidden
          ? ''
          : 'Guest mode: nobody is signed in. All tabs share this guest; a sign-in links it.',
      );
      const rows: HTMLElement[] = [];
      if (session?.identityId) rows.push(row('Identity', session.identityId));
      if (credentials) {
        rows.push(
          row('Access key', credentials.accessKeyId),
          row('Secret key', mask(credentials.secretAccessKey)),
        );
        if (credentials.sessionToken) rows.push(row('Session token', mask(credentials.sessionToken)));
        if (expiresAtMs !== undefined) rows.push(row('Expires', `${clock(expiresAtMs)}, `, left));
      }
      list.replaceChildren(...rows);
      list.hidden = rows.length === 0;
    },
    tick(serverNowMs) {
      if (expiresAtMs === undefined) return;
      const leftMs = expiresAtMs - serverNowMs;
      setText(left, leftMs > 0 ? `${timeLeft(leftMs)} left` : 'expired');
    },
  };
}

/** Dots in place of a secret, and its last characters, so that two can be told apart. */
function mask(secret: string): HTMLElement {
  return element(
    'span',
    {},
    element('span', { 'aria-hidden': 'true' }, '••••••••'),
    element('span', { class: 'visually-hidden' }, 'hidden, ends in '),
    secret.slice(-4),
  );
}
