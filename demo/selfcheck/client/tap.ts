/** Keeps what the platform brings to the page, for a look whether a secret was in it. */

/** Everything so far. */
export const tapped: unknown[] = [];

/** Before the package opens its first port. */
export function tap(): void {
  const { get, set } = Object.getOwnPropertyDescriptor(
    MessagePort.prototype,
    'onmessage',
  ) as Required<PropertyDescriptor>;
  Object.defineProperty(MessagePort.prototype, 'onmessage', {
    configurable: true,
    get,
    set(this: MessagePort, handler: unknown) {
      this.addEventListener('message', ({ data }: MessageEvent<unknown>) => tapped.push(data));
      set.call(this, handler);
    },
  });
  const Shared = globalThis.SharedWorker;
  globalThis.SharedWorker = class extends Shared {
    constructor(...args: ConstructorParameters<typeof Shared>) {
      super(...args);
      tapped.push(String(args[0]), args[1]);
    }
  };
}

/** What script can reach besides what it was given. */
export async function reachable(): Promise<unknown[]> {
  const { held = [], pending = [] } = await navigator.locks.query();
  return [
    tapped,
    { ...localStorage },
    { ...sessionStorage },
    document.cookie,
    document.documentElement.outerHTML,
    history.state as unknown,
    window.name,
    location.href,
    performance.getEntriesByType('resource').map(({ name }) => name),
    [...held, ...pending].map(({ name }) => name),
  ];
}
