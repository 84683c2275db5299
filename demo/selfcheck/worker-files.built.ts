/** Stands in for `worker-files.ts` where the package is used as built: the workers' files lie beside the page's script. */

export const ownWorkerUrl: URL | undefined = undefined;

export const sessionWorkerUrl = new URL('./session.worker.js', import.meta.url);

export const mortalWorkerUrl = new URL('./mortal.worker.js', import.meta.url);
