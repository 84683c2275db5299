/** Notes that somebody types. While they are not saved the tab holds the session, and they are saved before it ends. */
import type { SessionClient, SessionEvent } from '../client/index.js';
import { byId, setText } from './dom.js';
import { clock } from './format.js';
import type { NotesStore } from './notes-store.js';
import type { PageSession } from './page-session.js';

/** What the hold is called, in the warning of every tab. */
const HOLD = 'notes';

/** The card of the notes. */
export interface NotesCard {
  /** Whose notes can be typed now; undefined: nobody is signed in. */
  show(user: string | undefined): void;
  heard(event: SessionEvent): void;
}

export function createNotesCard(session: PageSession, store: NotesStore): NotesCard {
  const text = byId('notes', HTMLTextAreaElement);
  const save = byId('notes-save', HTMLButtonElement);
  const state = byId('notes-state');
  const signInAgain = byId('notes-sign-in');
  /** Whose text it is, also after the session has ended. */
  let owner: string | undefined;
  /** Lets the session go. It is there while something is not saved. */
  let release: (() => void) | undefined;

  function keep(words: string): void {
    if (owner === undefined) return;
    store.write(owner, text.value);
    letGo();
    setText(state, words);
  }

  function letGo(): void {
    release?.();
    release = undefined;
  }

  function clear(): void {
    letGo();
    owner = undefined;
    text.value = '';
    setText(state, '');
  }

  function follow(client: SessionClient): void {
    if (release) release = client.holdSession(HOLD);
    client.onBeforeSignOut(({ reason }) => {
      if (release) keep(`Saved ahead of the session’s end (${reason}), at ${clock(Date.now())}.`);
    });
  }

  text.addEventListener('input', () => {
    release ??= session.client().holdSession(HOLD);
    setText(state, 'Not saved yet. This tab holds the session.');
  });
  byId('notes-form').addEventListener('submit', (event) => {
    event.preventDefault();
    keep(`Saved at ${clock(Date.now())}.`);
  });
  signInAgain.addEventListener('click', () => byId('session-heading').focus());
  session.follow(follow);

  return {
    show(user) {
      text.readOnly = user === undefined;
      save.disabled = user === undefined;
      signInAgain.hidden = user !== undefined || owner === undefined;
      if (user === undefined || user === owner) return;
      clear();
      owner = user;
      text.value = store.read(user);
    },
    heard(event) {
      if (event.type === 'signedOut') {
        if (release) keep('Saved when the session had ended.');
        // Somebody who signs out leaves nothing on the screen; what was saved comes back with them.
        if (event.reason === 'user') clear();
      }
      if (event.type !== 'signedIn') return;
      if (event.resumed) setText(state, 'Welcome back, your notes are as they were.');
      // Another user sees nothing of the one before.
      else if (event.previousUser) clear();
    },
  };
}
