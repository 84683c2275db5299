/** Who is signed in, and what can be done with the session from here. */
import type { AuthSession, SessionClient, SignOutOutput } from '../client/index.js';
import { byId, element, onPress, setText } from './dom.js';
import { errorText } from './error-text.js';
import { clock, count, tokenMark } from './format.js';
import { createSignInForm } from './sign-in-form.js';

/** The card of the session. */
export interface SessionCard {
  show(session: AuthSession): void;
  /** A fault that the session survives; an empty text takes it away. */
  notice(text: string): void;
  /** What the last thing came to. It is read out. */
  outcome(text: string): void;
}

/** Wires the card. @param changed called after a sign-in of this tab; @param did gets what the tab did, for the log */
export function createSessionCard(
  client: SessionClient,
  options: { seeded: boolean; changed: () => void; did: (text: string) => void },
): SessionCard {
  const heading = byId('session-heading');
  const signedInPart = byId('signed-in');
  const outcome = byId('session-outcome');
  const notice = byId('session-notice');

  const form = createSignInForm(client, {
    seeded: options.seeded,
    signedIn() {
      options.did('signed in');
      heading.focus();
      options.changed();
    },
  });

  onPress(byId('refresh-here', HTMLButtonElement), async () => {
    options.did('asked for fresh tokens');
    try {
      const { tokens } = await client.fetchAuthSession({ forceRefresh: true });
      if (tokens) setText(outcome, `New token ${tokenMark(tokens.accessToken)} at ${clock(Date.now())}.`);
    } catch (error) {
      setText(outcome, errorText(error));
    }
  });
  onPress(byId('sign-out', HTMLButtonElement), () => signOut(false));
  onPress(byId('sign-out-global', HTMLButtonElement), () => signOut(true));

  async function signOut(global: boolean): Promise<void> {
    options.did(global ? 'signed out everywhere' : 'signed out');
    try {
      setText(outcome, signOutText(await client.signOut({ global })));
    } catch (error) {
      setText(outcome, errorText(error));
    }
    heading.focus();
  }

  return {
    show(session) {
      const { tokens } = session;
      byId('session-wait').hidden = true;
      // What has the focus is about to go: the heading takes it, not the top of the page.
      const losesFocus = (tokens ? byId('sign-in-form') : signedInPart).contains(document.activeElement);
      signedInPart.hidden = !tokens;
      form.show(!tokens);
      if (losesFocus) heading.focus();
      if (!tokens) {
        setText(notice, '');
        notice.hidden = true;
        return;
      }
      const claims: Record<string, unknown> = tokens.idToken?.payload ?? {};
      const { name, email } = claims;
      const username = String(tokens.accessToken.payload.username ?? session.userSub ?? '');
      const title = typeof name === 'string' ? name : username;
      setText(byId('who-initial'), title.slice(0, 1).toUpperCase());
      const detail = [username, email]
        .filter((value) => typeof value === 'string' && value !== title)
        .join(', ');
      byId('who').replaceChildren(element('strong', {}, title), element('span', { class: 'muted' }, detail));
    },
    notice(text) {
      setText(notice, text);
      notice.hidden = text === '';
    },
    outcome: (text) => setText(outcome, text),
  };
}

function signOutText({ revoked, clients }: SignOutOutput): string {
  const told = `Signed out. ${count(clients, 'tab')} were told`.replace('1 tab were', '1 tab was');
  return `${told}; Cognito ${revoked ? 'has revoked the refresh token' : 'has not confirmed yet, it will be asked again'}.`;
}
