/** Where the workers' files are. From source they are TypeScript that the dev server translates; an app needs no such lines. */

/** The package's own; undefined where the package finds it by itself. */
export const ownWorkerUrl: URL | undefined = new URL('../../worker/session.worker.ts', import.meta.url);

/** The same file, under a URL that the package would not choose. */
export const sessionWorkerUrl = new URL('../../worker/session.worker.ts', import.meta.url);

/** A worker that ends itself on a word. */
export const mortalWorkerUrl = new URL('./mortal.worker.ts', import.meta.url);
