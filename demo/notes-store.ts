/** Where notes are kept: for each user, and for each tab by its number, so that no tab writes over another one's. */

/** The notes of one tab. */
export interface NotesStore {
  read(user: string): string;
  write(user: string, text: string): void;
}

const KEY_STEM = 'cognito-session-worker-demo:notes';

export function createNotesStore(storage: Storage, tabNumber: () => number): NotesStore {
  const keyOf = (user: string) => `${KEY_STEM}:${user}:${tabNumber()}`;
  return {
    read: (user) => storage.getItem(keyOf(user)) ?? '',
    write: (user, text) => storage.setItem(keyOf(user), text),
  };
}
