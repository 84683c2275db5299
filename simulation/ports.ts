/** Message ports between two realms: each message is a structured clone, and a step in the other realm. */
import type { Realm } from './realm.js';
import type { Scheduler } from './scheduler.js';

type Listener = (event: MessageEvent) => void;

/** Called with each message that goes over a port, as it goes. */
export type Overhear = (from: Realm, to: Realm, message: unknown) => void;

/** As much of a MessagePort as the product uses. */
export class SimulatedPort {
  other: SimulatedPort | undefined;
  private readonly listeners = new Set<Listener>();
  private handler: Listener | undefined;
  private isClosed = false;

  constructor(
    readonly realm: Realm,
    private readonly scheduler: Scheduler,
    private readonly overhear: Overhear,
  ) {}

  set onmessage(handler: Listener) {
    this.handler = handler;
  }

  addEventListener(_type: 'message', listener: Listener): void {
    this.listeners.add(listener);
  }

  removeEventListener(_type: 'message', listener: Listener): void {
    this.listeners.delete(listener);
  }

  start(): void {}

  postMessage(message: unknown): void {
    const data: unknown = structuredClone(message);
    const { other } = this;
    if (this.isClosed || !other) return;
    this.overhear(this.realm, other.realm, data);
    this.scheduler.post({
      realm: other.realm,
      lane: this,
      label: `message to ${other.realm.name}`,
      run: () => other.receive(data),
    });
  }

  close(): void {
    this.isClosed = true;
  }

  private receive(data: unknown): void {
    if (this.isClosed) return;
    const event = { type: 'message', data, origin: '' } as MessageEvent;
    this.handler?.(event);
    for (const listener of [...this.listeners]) listener(event);
  }
}

/** Two entangled ports. */
export function createPorts(
  here: Realm,
  there: Realm,
  scheduler: Scheduler,
  overhear: Overhear,
): [SimulatedPort, SimulatedPort] {
  const ports = [here, there].map((realm) => new SimulatedPort(realm, scheduler, overhear));
  const [first, second] = ports as [SimulatedPort, SimulatedPort];
  first.other = second;
  second.other = first;
  return [first, second];
}

export const asMessagePort = (port: SimulatedPort): MessagePort => port as unknown as MessagePort;
