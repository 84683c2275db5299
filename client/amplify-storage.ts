/** The stores that Amplify v6 keeps its session in, and a lock of their own. With platform.ts, a user of the page's globals. */

export type AmplifyStorageKind = 'localStorage' | 'sessionStorage' | 'cookies';

/** One of Amplify's stores, by Amplify's keys. */
export interface AmplifyStorage {
  /** Undefined: nothing that Amplify could read. */
  get(key: string): string | undefined;
  remove(key: string): void;
}

export interface AmplifyBrowser {
  storage(kind: AmplifyStorageKind): AmplifyStorage;
  /**
   * Runs the work alone among all tabs. Gives up after `waitMs`, or when the signal aborts, and then answers
   * `{ held: false }` without having run it.
   */
  withLock<T>(
    name: string,
    waitMs: number,
    work: () => Promise<T>,
    signal?: AbortSignal,
  ): Promise<{ held: true; value: T } | { held: false }>;
}

const STORAGES: Readonly<Record<AmplifyStorageKind, () => AmplifyStorage>> = {
  localStorage: () => webStorage(() => localStorage),
  sessionStorage: () => webStorage(() => sessionStorage),
  cookies: () => ({ get: (key) => findCookie(key)?.value, remove: removeCookie }),
};

export const amplifyBrowser: AmplifyBrowser = {
  storage: (kind) => STORAGES[kind](),
  async withLock(name, waitMs, work, signal) {
    const { locks } = navigator as { locks?: LockManager };
    // What is done under it can be repeated: the worker takes the same session once.
    if (!locks) return { held: true, value: await work() };
    const waiting = new AbortController();
    const granted = new AbortController();
    const giveUp = (): void => waiting.abort();
    const timer = setTimeout(giveUp, waitMs);
    signal?.addEventListener('abort', giveUp, { signal: granted.signal });
    try {
      return await locks.request(name, { signal: waiting.signal }, async () => {
        clearTimeout(timer);
        granted.abort();
        return { held: true as const, value: await work() };
      });
    } catch (error) {
      if (waiting.signal.aborted && !granted.signal.aborted) return { held: false };
      throw error;
    } finally {
      clearTimeout(timer);
      granted.abort();
    }
  },
};

/** Where the browser keeps nothing of this site, it kept nothing of Amplify's. */
function webStorage(open: () => Storage): AmplifyStorage {
  const opened = (): Storage | undefined => {
    try {
      return open();
    } catch {
      return undefined;
    }
  };
  return {
    get: (key) => opened()?.getItem(key) ?? undefined,
    remove: (key) => opened()?.removeItem(key),
  };
}

/** As js-cookie reads them, which Amplify's `CookieStorage` uses. */
function findCookie(key: string): { name: string; value: string } | undefined {
  for (const pair of document.cookie.split('; ')) {
    const [name = '', ...rest] = pair.split('=');
    try {
      if (decodeURIComponent(name) !== key) continue;
      const value = rest.join('=').replace(/^"(.*)"$/, '$1');
      return { name, value: value.replace(/(%[\dA-F]{2})+/gi, decodeURIComponent) };
    } catch {
      // Of another library.
    }
  }
  return undefined;
}

/** A cookie goes only by the domain and the path that it was set with, and it does not tell them. */
function removeCookie(key: string): void {
  const name = findCookie(key)?.name;
  if (name === undefined) return;
  for (const path of pathsOf(location.pathname)) {
    for (const domain of ['', ...domainsOf(location.hostname)]) {
      document.cookie = `${name}=; path=${path}; max-age=0${domain && `; domain=${domain}`}`;
      if (!findCookie(key)) return;
    }
  }
}

/** `/a/b`: `/`, `/a`, `/a/`, `/a/b`, `/a/b/`. */
function pathsOf(pathname: string): string[] {
  const parts = pathname.split('/').filter((part) => part !== '');
  const deeper = parts.map((_part, index) => `/${parts.slice(0, index + 1).join('/')}`);
  return ['/', ...deeper.flatMap((path) => [path, `${path}/`])];
}

/** `a.example.com`: itself, `example.com`, `com`; where others may set cookies, too, the browser refuses. */
function domainsOf(hostname: string): string[] {
  const labels = hostname.split('.');
  return labels.map((_label, index) => labels.slice(index).join('.'));
}
