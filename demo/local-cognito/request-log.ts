/** What the server was asked, and what became of it. */
import type { Fault } from './faults.js';

export interface RequestEntry {
  /** 1, 2, 3 … in order of arrival, since the start. */
  readonly sequence: number;
  readonly operation: string;
  /** When it arrived, by the real clock, in milliseconds since the epoch. */
  readonly atMs: number;
  /** The HTTP status; 0 as long as there is no answer, and for good where none was given. */
  readonly status: number;
  readonly errorType?: string;
  readonly fault?: Fault['kind'];
  /** From arrival to the end of the answer; 0 as long as it isn't over. */
  readonly tookMs: number;
  /** `ClientMetadata` of the request, which Cognito hands to the Lambda triggers. */
  readonly clientMetadata?: Readonly<Record<string, unknown>>;
  /** One line for people, without secrets: a token is named by the first digits of its SHA-256. */
  readonly summary: string;
}

/** An entry that the server still fills in. */
export type OpenEntry = { -readonly [Member in keyof RequestEntry]: RequestEntry[Member] };

interface Waiter {
  operation: string;
  count: number;
  resolve: () => void;
  reject: (error: Error) => void;
}

function tally(entries: readonly RequestEntry[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { operation } of entries) counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
}

export class RequestLog {
  private list: OpenEntry[] = [];
  private lastSequence = 0;
  private readonly waiters = new Set<Waiter>();

  get entries(): readonly RequestEntry[] {
    return this.list;
  }

  arrive(operation: string, summary: string): OpenEntry {
    this.lastSequence += 1;
    const entry: OpenEntry = {
      sequence: this.lastSequence,
      operation,
      atMs: Date.now(),
      status: 0,
      tookMs: 0,
      summary,
    };
    this.list.push(entry);
    const arrived = this.counts()[operation] ?? 0;
    for (const waiter of this.waiters) {
      if (waiter.operation !== operation || arrived < waiter.count) continue;
      this.waiters.delete(waiter);
      waiter.resolve();
    }
    return entry;
  }

  counts(): Record<string, number> {
    return tally(this.list);
  }

  accepted(): Record<string, number> {
    return tally(this.list.filter(({ status, fault }) => status === 200 && fault !== 'garbage'));
  }

  clear(): void {
    this.list = [];
  }

  waitFor(operation: string, count: number): Promise<void> {
    if ((this.counts()[operation] ?? 0) >= count) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.waiters.add({ operation, count, resolve, reject });
    });
  }

  abandonWaiters(reason: Error): void {
    for (const waiter of this.waiters) waiter.reject(reason);
    this.waiters.clear();
  }
}
