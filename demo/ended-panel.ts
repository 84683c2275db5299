/** Why the session has ended, above the form to sign in again. Nothing is reloaded: what was typed stays. */
import type { SessionEvent, SignOutReason } from '../client/index.js';
import { byId, setText } from './dom.js';
import { errorText } from './error-text.js';

type Ended = Extract<SessionEvent, { type: 'signedOut' }>;

const WHY: Record<Exclude<SignOutReason, 'user'>, string> = {
  idle: 'Nobody has used this page for a while, so the session was ended.',
  expired: 'The time of this sign-in is over.',
  rejected: 'Cognito has ended the session.',
  policy: 'The rules of this site have ended the session.',
};

/** Wires the panel; what it returns is told every event of the session. */
export function createEndedPanel(ended: (event: Ended) => void): (event: SessionEvent) => void {
  const panel = byId('ended');
  const why = byId('ended-why');
  return (event) => {
    if (event.type === 'signedIn') panel.hidden = true;
    if (event.type !== 'signedOut') return;
    panel.hidden = event.reason === 'user';
    if (event.reason === 'user') return;
    const details = event.error ? ` ${errorText(event.error)}` : '';
    setText(
      why,
      `${WHY[event.reason]}${details} Sign in again to go on: your notes are where you left them.`,
    );
    ended(event);
  };
}
