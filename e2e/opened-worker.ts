/** How the client of a page opens its worker, so that a test can open a port of its own to the same one. */

declare global {
  interface Window {
    openedWorker?: [url: string, options: WorkerOptions];
  }
}

/** For `page.addInitScript`: it is sent to the page as text, so it uses nothing from outside. */
export function rememberWorker(): void {
  const Shared = SharedWorker;
  window.SharedWorker = class extends Shared {
    constructor(...args: ConstructorParameters<typeof Shared>) {
      super(...args);
      window.openedWorker ??= [String(args[0]), args[1] as WorkerOptions];
    }
  };
}
