/** Listens in a page to everything that the platform brings to it. Runs before the page's own script. */

declare global {
  interface Window {
    /** Everything heard so far. */
    tapped: {
      /** Data of messages that any port or worker brought to the page. */
      messages: unknown[];
      /** What was said on the channels that the page opened, heard by another channel of the same name. */
      broadcasts: unknown[];
      /** Arguments with which workers and channels were constructed. */
      constructed: unknown[];
      console: unknown[];
    };
  }
}

/** For `page.addInitScript`: it is sent to the page as text, so it uses nothing from outside. */
export function tap(): void {
  const tapped: Window['tapped'] = { messages: [], broadcasts: [], constructed: [], console: [] };
  window.tapped = tapped;

  const listened = new WeakSet<EventTarget>();
  const addListener = EventTarget.prototype.addEventListener;
  const listen = (target: EventTarget): void => {
    if (listened.has(target)) return;
    listened.add(target);
    addListener.call(target, 'message', (event) => tapped.messages.push((event as MessageEvent).data));
  };
  EventTarget.prototype.addEventListener = function (
    this: EventTarget,
    ...args: Parameters<typeof addListener>
  ) {
    if (args[0] === 'message' && (this instanceof MessagePort || this instanceof Worker)) listen(this);
    return addListener.apply(this, args);
  };
  const { get, set } = Object.getOwnPropertyDescriptor(
    MessagePort.prototype,
    'onmessage',
  ) as Required<PropertyDescriptor>;
  Object.defineProperty(MessagePort.prototype, 'onmessage', {
    configurable: true,
    get,
    set(this: MessagePort, handler: unknown) {
      listen(this);
      set.call(this, handler);
    },
  });

  const Channel = BroadcastChannel;
  const names = new Set<string>();
  window.BroadcastChannel = class extends Channel {
    constructor(name: string) {
      super(name);
      tapped.constructed.push(name);
      if (names.has(name)) return;
      names.add(name);
      new Channel(name).onmessage = ({ data }) => tapped.broadcasts.push(data);
    }
  };
  const Shared = SharedWorker;
  window.SharedWorker = class extends Shared {
    constructor(...args: ConstructorParameters<typeof Shared>) {
      super(...args);
      tapped.constructed.push(
        ...args.map((argument) => (argument instanceof URL ? argument.href : argument)),
      );
    }
  };
  for (const level of ['debug', 'log', 'info', 'warn', 'error'] as const) {
    const original = console[level].bind(console);
    console[level] = (...args: unknown[]) => {
      tapped.console.push(...args);
      original(...args);
    };
  }
}
