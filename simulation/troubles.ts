/** What went wrong on the device, and when it was well: some promises hold only as far as DESIGN allows under faults. */
import type { Scheduler } from './scheduler.js';

export type Trouble =
  /** A context ended without a word, or was run again. */
  | 'death'
  /** A context was frozen, or the device slept. */
  | 'freeze'
  /** A request to the service, or its answer, did not come through as it was. */
  | 'network'
  | 'storage'
  /** The store refused, or what it held was lost. `storage` alone: it was silent. */
  | 'storage-error'
  /** Somebody set the device's clock. */
  | 'clock'
  /** The service ended a session by itself. */
  | 'service';

interface Span {
  fromMs: number;
  toMs: number;
}

export class Troubles {
  private readonly log: { trouble: Trouble; atMs: number }[] = [];
  private readonly wellSpans: Span[] = [];
  private wellFromMs: number;

  constructor(
    private readonly scheduler: Scheduler,
    /** What goes on being wrong now. */
    private readonly ongoing: () => readonly Trouble[],
  ) {
    this.wellFromMs = scheduler.trueMs;
  }

  add(trouble: Trouble): void {
    this.log.push({ trouble, atMs: this.scheduler.trueMs });
    this.endWell();
  }

  /** The device has slept: nobody could do anything. */
  onSlept(): void {
    for (const trouble of this.ongoing()) this.add(trouble);
    this.add('freeze');
    this.wellSpans.pop();
  }

  /** Time went by. */
  onTimePassed(byMs: number): void {
    const ongoing = this.ongoing();
    if (ongoing.length === 0) return;
    for (const trouble of ongoing) this.log.push({ trouble, atMs: this.scheduler.trueMs });
    const toMs = this.scheduler.trueMs - byMs;
    if (toMs > this.wellFromMs) this.wellSpans.push({ fromMs: this.wellFromMs, toMs });
    this.wellFromMs = this.scheduler.trueMs;
  }

  /** Whether one of these happened since, or goes on. True time. */
  since(atMs: number, ...kinds: Trouble[]): boolean {
    const isMeant = (trouble: Trouble): boolean => kinds.length === 0 || kinds.includes(trouble);
    return (
      this.ongoing().some(isMeant) || this.log.some((entry) => entry.atMs >= atMs && isMeant(entry.trouble))
    );
  }

  /** The longest time on end within these bounds in which nothing was wrong. True time. */
  longestWellMs(fromMs: number, toMs: number): number {
    const spans = [...this.wellSpans, { fromMs: this.wellFromMs, toMs: this.scheduler.trueMs }];
    return Math.max(0, ...spans.map((span) => Math.min(span.toMs, toMs) - Math.max(span.fromMs, fromMs)));
  }

  private endWell(): void {
    const { trueMs } = this.scheduler;
    if (trueMs > this.wellFromMs) this.wellSpans.push({ fromMs: this.wellFromMs, toMs: trueMs });
    this.wellFromMs = trueMs;
  }
}
