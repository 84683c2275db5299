/** One browser engine and its tabs, as the tests see them that run in all three. */

export const ENGINE_NAMES = ['chromium', 'firefox', 'webkitgtk'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** What goes into a page and comes out of it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };

/** A browser with a fresh profile. Pages may open tabs of their own, without a click. */
export interface EngineBrowser {
  readonly name: EngineName;
  /** For example `WebKitGTK 2.50.6`. */
  readonly version: string;
  /** Leader of the process group that the whole browser is in. */
  readonly processId: number;
  /** Opens a tab and waits until its page is loaded. */
  open(url: string): Promise<EnginePage>;
  close(): Promise<void>;
}

export interface EnginePage {
  /**
   * Runs a function in the page and gives its answer back. It is sent as text, so it uses nothing from outside.
   * Rejects with what it rejects with (name and message), when the page or the browser ends, and when no answer comes
   * within the browser's `commandTimeoutMs`.
   */
  evaluate<Arguments extends readonly Json[], Answer>(
    work: (...given: Arguments) => Answer | Promise<Answer>,
    ...given: Arguments
  ): Promise<Answer>;
  close(): Promise<void>;
}

export interface LaunchOptions {
  /** Bounds each evaluation and each opening of a page. */
  commandTimeoutMs?: number;
}

export const COMMAND_TIMEOUT_MS = 60_000;

/** From the call to a browser that takes commands. A cold start on a busy machine took 12 s. */
export const START_TIMEOUT_MS = 60_000;

/** A browser that has not ended by then is killed. */
export const CLOSE_TIMEOUT_MS = 10_000;

/** Rejects with `message` unless the promise settles in time. */
export async function bounded<T>(promise: Promise<T>, timeoutMs: number, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(message)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Rejects when the first of these does, else follows the first promise. */
export function unless<T>(ended: Promise<never>, promise: Promise<T>): Promise<T> {
  return Promise.race([promise, ended]);
}
