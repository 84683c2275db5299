/** Holds back answers of one operation until a test lets them go. */

export interface Hold {
  /** How many answers wait, or waited, in this hold. */
  readonly arrived: number;
  /** Resolves when `count` answers have arrived here. Rejects when the server closes first. */
  waitForArrived(count: number): Promise<void>;
  /** Lets all answers go; later ones are not held. */
  release(): void;
}

interface Waiter {
  count: number;
  resolve: () => void;
  reject: (error: Error) => void;
}

class OperationHold implements Hold {
  arrived = 0;
  private readonly waiters = new Set<Waiter>();
  private open: () => void = () => undefined;
  private readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });

  constructor(
    readonly operation: string,
    private readonly onRelease: (hold: OperationHold) => void,
  ) {}

  waitForArrived(count: number): Promise<void> {
    if (this.arrived >= count) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.waiters.add({ count, resolve, reject });
    });
  }

  release(): void {
    this.onRelease(this);
    this.open();
  }

  async pass(): Promise<void> {
    this.arrived += 1;
    for (const waiter of this.waiters) {
      if (this.arrived < waiter.count) continue;
      this.waiters.delete(waiter);
      waiter.resolve();
    }
    await this.opened;
  }

  abandon(reason: Error): void {
    for (const waiter of this.waiters) waiter.reject(reason);
    this.waiters.clear();
    this.release();
  }
}

export class Holds {
  private readonly active = new Set<OperationHold>();

  add(operation: string): Hold {
    const hold = new OperationHold(operation, (released) => this.active.delete(released));
    this.active.add(hold);
    return hold;
  }

  /** Resolves at once where nothing holds the operation. */
  async pass(operation: string): Promise<void> {
    await Promise.all(
      [...this.active].filter((hold) => hold.operation === operation).map((hold) => hold.pass()),
    );
  }

  releaseAll(): void {
    for (const hold of [...this.active]) hold.release();
  }

  abandonAll(reason: Error): void {
    for (const hold of [...this.active]) hold.abandon(reason);
  }
}
