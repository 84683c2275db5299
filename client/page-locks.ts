/** The browser's locks, for a page that holds some. Apart from platform.ts, which every page has from the beginning. */

export interface PageLocks {
  /** Holds a lock from when it is granted until the returned function is called. @param nameWith An id that no other lock has. */
  hold(nameWith: (id: string) => string): () => void;
}

export const browserLocks: PageLocks = {
  hold(nameWith) {
    let release!: () => void;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    // On a server there is no session to hold, and in an insecure context neither a session nor locks.
    if (typeof document === 'object' && isSecureContext) {
      // Where a document goes away, so do its locks, and its requests for some.
      navigator.locks.request(nameWith(crypto.randomUUID()), () => released).catch(() => undefined);
    }
    return release;
  },
};
