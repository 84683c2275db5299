/** What a package under measurement offers. The same verbs for both, so that one harness times both. */
export interface Side {
  configure(config: BenchConfig): void;
  /** The package's own `fetchAuthSession`, not wrapped, so that the timed loop adds nothing to it. */
  fetchSession(options?: { forceRefresh?: boolean }): Promise<SessionLike>;
  signIn(username: string, password: string): Promise<unknown>;
  signOut(): Promise<unknown>;
  /** Calls back with `signedIn` and `signedOut`, also for what happened in other tabs. */
  onEvent(listener: (type: string) => void): unknown;
  /** Resolves when whoever answers this tab's calls has received all that the tab has asked so far. */
  received(): Promise<unknown>;
}

/** The part of both packages' sessions that the harness looks at. */
export interface SessionLike {
  tokens?: unknown;
  credentials?: unknown;
}

/** Where the local Cognito is. It travels in the page's address, so that a new tab needs no second message. */
export interface BenchConfig {
  userPoolId: string;
  userPoolClientId: string;
  identityPoolId: string;
  endpoints: { userPool: string; identityPool: string };
}

/** An event as a tab saw it. `atMs` is on the clock that all tabs share (time origin plus monotonic time). */
export interface SeenEvent {
  type: string;
  atMs: number;
}

/** What the harness puts on `window.bench`. All results are plain data. */
export interface BenchPage {
  /** With `?auto`: milliseconds from the start of the navigation until tokens and credentials were there. */
  first: Promise<number> | undefined;
  signIn(username: string, password: string): Promise<void>;
  /** Resolves with the shared-clock time of the call once the sign-out is over. */
  signOut(): Promise<number>;
  /** Rejects unless tokens and credentials are there. */
  fetchSession(): Promise<void>;
  /** Asks for a forced refresh, and resolves when that has been received: long before it is answered. */
  forceRefresh(): Promise<void>;
  /** The outcome of the last forced refresh. Rejects unless tokens and credentials are there. */
  forced: Promise<void> | undefined;
  /** Awaits that many calls one after the other and returns the milliseconds that they took together. */
  timeCalls(calls: number): Promise<number>;
  /** Resolves with the next event of that type after `afterMs`, or with one already seen. */
  event(type: string, afterMs: number): Promise<SeenEvent>;
}

declare global {
  interface Window {
    bench: BenchPage;
  }
}
