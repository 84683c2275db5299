/** What the page and its driver agree on. */

export type ContextKind = 'dedicated worker' | 'shared worker' | 'page';

/** The script of each context, and the document of one that is a page. */
export const CONTEXT_SCRIPT = 'context.worker.js';
export const CONTEXT_DOCUMENT = 'context.html';

declare global {
  interface Window {
    /**
     * Runs one entry of the suite with contexts of these kinds, dealt in turn.
     * @returns what went wrong, or null
     */
    runEntry(title: string, kinds: ContextKind[]): Promise<string | null>;
  }
}
