/** Who is signed in, and what can be done with the session from here. */
import type { AuthSession, AuthTokens, SessionEvent, SignOutOutput } from '../client/index.js';
import { byId, element, onPress, setText } from './dom.js';
import { errorText } from './error-text.js';
import { clock, count, tokenMark } from './format.js';
import { createEndedPanel } from './ended-panel.js';
import type { PageSession } from './page-session.js';
import { createSignInForm, type LocalHelp } from './sign-in-form.js';

/** The card of the session. */
export interface SessionCard {
  show(session: AuthSession): void;
  /** Says what happened, in any tab. It is read out. */
  heard(session: AuthSession | null, event: SessionEvent): void;
  /** Says that the session could not be had. */
  failed(error: unknown): void;
}

/** Wires the card. @param changed called after a sign-in or sign-out of this tab; @param did gets what the tab did, for the log */
export function createSessionCard(
  pageSession: PageSession,
  options: {
    local: LocalHelp | undefined;
    managedLogin: boolean;
    changed: () => void;
    did: (text: string) => void;
  },
): SessionCard {
  const heading = byId('session-heading');
  const signedInPart = byId('signed-in');
  const outcome = byId('session-outcome');
  const notice = byId('session-notice');
  const fatal = byId('fatal');

  const form = createSignInForm(pageSession, {
    local: options.local,
    managedLogin: options.managedLogin,
    asked: (heading) => options.did(`was asked: ${heading}`),
    signedIn() {
      options.did('signed in');
      heading.focus();
      options.changed();
    },
  });

  /** Who was signed in last, as Cognito calls them. */
  let lastUsername = '';
  const tellEnded = createEndedPanel(() => form.fillIn(lastUsername));

  onPress(byId('refresh-here', HTMLButtonElement), async () => {
    options.did('asked for fresh tokens');
    try {
      const { tokens } = await pageSession.client().fetchAuthSession({ forceRefresh: true });
      if (tokens) setText(outcome, newTokenText(tokens));
    } catch (error) {
      setText(outcome, errorText(error));
    }
  });
  onPress(byId('sign-out', HTMLButtonElement), () => signOut(false));
  onPress(byId('sign-out-global', HTMLButtonElement), () => signOut(true));

  async function signOut(global: boolean): Promise<void> {
    options.did(global ? 'signed out everywhere' : 'signed out');
    try {
      setText(outcome, signOutText(await pageSession.client().signOut({ global })));
      // While it was under way there was no guest yet.
      options.changed();
    } catch (error) {
      setText(outcome, errorText(error));
    }
    heading.focus();
  }

  return {
    show(session) {
      const { tokens } = session;
      setText(fatal, '');
      // What has the focus is about to go: the heading takes it, not the top of the page.
      const leaving = tokens ? [byId('sign-in-form'), byId('step-form')] : [signedInPart];
      const losesFocus = leaving.some((part) => part.contains(document.activeElement));
      signedInPart.hidden = !tokens;
      form.show(!tokens);
      if (losesFocus) heading.focus();
      if (!tokens) return;
      byId('session-wait').hidden = true;
      const claims: Record<string, unknown> = tokens.idToken?.payload ?? {};
      const { name, email } = claims;
      const username = usernameOf(session) ?? '';
      lastUsername = username;
      const title = typeof name === 'string' ? name : username;
      setText(byId('who-initial'), title.slice(0, 1).toUpperCase());
      const detail = [username, email]
        .filter((value) => typeof value === 'string' && value !== title)
        .join(', ');
      byId('who').replaceChildren(element('strong', {}, title), element('span', { class: 'muted' }, detail));
    },
    heard(session, event) {
      tellEnded(event);
      const failed = event.type === 'tokenRefresh_failure';
      setText(
        notice,
        failed ? `A refresh failed; the session stays, and it is tried again. (${event.error.name})` : '',
      );
      if (!failed) setText(outcome, eventText(session, event));
    },
    failed(error) {
      byId('session-wait').hidden = true;
      setText(fatal, errorText(error));
    },
  };
}

/** As Cognito calls the user; undefined: nobody is signed in. */
export function usernameOf({ tokens, userSub }: AuthSession): string | undefined {
  return tokens && String(tokens.accessToken.payload.username ?? userSub ?? '');
}

function eventText(
  session: AuthSession | null,
  event: Exclude<SessionEvent, { type: 'tokenRefresh_failure' }>,
): string {
  if (event.type === 'signedIn') return 'Signed in.';
  if (event.type === 'tokenRefresh') return session?.tokens ? newTokenText(session.tokens) : '';
  if (event.type === 'signInWithRedirect_failure')
    return `Cognito's page did not sign you in. ${errorText(event.error)}`;
  if (event.type !== 'signedOut') return '';
  // Of any other end the panel above the form tells more.
  return event.reason === 'user' ? 'Signed out.' : '';
}

function newTokenText({ accessToken }: AuthTokens): string {
  return `New token ${tokenMark(accessToken)}, issued ${clock(accessToken.payload.iat * 1_000)}.`;
}

function signOutText({ revoked, clients }: SignOutOutput): string {
  const told = `Signed out. ${count(clients, 'tab')} were told`.replace('1 tab were', '1 tab was');
  return `${told}; Cognito ${revoked ? 'has revoked the refresh token' : 'has not confirmed yet, it will be asked again'}.`;
}
