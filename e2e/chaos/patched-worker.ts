/** A worker file that changes its own platform before the product's script runs in it. */
import type { StaticServer } from '../static-server.js';

/** @param patch It is sent as text, so it uses nothing from outside. @returns what to give to `configure()` as `workerUrl`. */
export function patchedWorker<A>(
  site: StaticServer,
  name: string,
  patch: (argument: A) => void,
  argument?: A,
): string {
  site.serve(`/${name}.patch.js`, { body: `(${patch.toString()})(${JSON.stringify(argument)});` });
  // Modules are evaluated in the order of their imports, all of them before the first `connect`.
  const imports = [`./${name}.patch.js`, './dist/session.worker.js'];
  site.serve(`/${name}.worker.js`, { body: imports.map((path) => `import '${path}';`).join('\n') });
  return `/${name}.worker.js`;
}
