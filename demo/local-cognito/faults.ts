/** Faults that wait for a request to happen to. */

interface FaultScope {
  /** The operation that it is for. Default: any. */
  operation?: string;
  /** How many requests it happens to. Default 1. */
  times?: number;
}

export type Fault = FaultScope &
  (
    | { kind: 'delay'; delayMs: number }
    /** The connection is closed before anything is done. */
    | { kind: 'drop' }
    /** The work is done, then the connection is closed without an answer. */
    | { kind: 'lose-answer' }
    | { kind: 'error'; status: number; type: string; message?: string; retryAfterSeconds?: number }
    /** Status 200 with something that is no answer, HTML by default; nothing is done. */
    | { kind: 'garbage'; body?: string; contentType?: string }
  );

const KINDS = ['delay', 'drop', 'lose-answer', 'error', 'garbage'] as const;
const LONGEST_DELAY_MS = 600_000;

function checkWhole(
  fault: Record<string, unknown>,
  member: string,
  least: number,
  most: number,
  required: boolean,
): void {
  const value = fault[member];
  if (value === undefined && !required) return;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${member} must be a whole number from ${least} to ${most}`);
  }
}

function checkText(fault: Record<string, unknown>, member: string, required: boolean): void {
  const value = fault[member];
  if (value === undefined && !required) return;
  if (typeof value !== 'string') throw new RangeError(`${member} must be text`);
}

/** A fault from the outside. Throws RangeError naming the member that is wrong. */
export function parseFault(value: unknown): Fault {
  if (typeof value !== 'object' || value === null) throw new RangeError('a fault must be an object');
  const fault = value as Record<string, unknown>;
  if (!KINDS.some((kind) => kind === fault.kind))
    throw new RangeError(`kind must be one of ${KINDS.join(', ')}`);
  checkText(fault, 'operation', false);
  checkWhole(fault, 'times', 1, 1_000_000, false);
  checkWhole(fault, 'delayMs', 0, LONGEST_DELAY_MS, fault.kind === 'delay');
  checkWhole(fault, 'status', 400, 599, fault.kind === 'error');
  checkText(fault, 'type', fault.kind === 'error');
  checkText(fault, 'message', false);
  checkWhole(fault, 'retryAfterSeconds', 0, 86_400, false);
  checkText(fault, 'body', false);
  checkText(fault, 'contentType', false);
  return { ...fault } as unknown as Fault;
}

/** The first fault that fits a request happens to it; one request gets at most one. */
export class FaultQueue {
  private queue: { fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    const checked = parseFault(fault);
    this.queue.push({ fault: checked, left: checked.times ?? 1 });
  }

  take(operation: string): Fault | undefined {
    const index = this.queue.findIndex(
      ({ fault }) => fault.operation === undefined || fault.operation === operation,
    );
    const entry = this.queue[index];
    if (!entry) return undefined;
    entry.left -= 1;
    if (entry.left === 0) this.queue.splice(index, 1);
    return entry.fault;
  }

  clear(): void {
    this.queue = [];
  }

  /** What is still to come, `times` being what is left. */
  pending(): Fault[] {
    return this.queue.map(({ fault, left }) => ({ ...fault, times: left }));
  }
}
