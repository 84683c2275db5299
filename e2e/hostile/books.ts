/** The books of a hostile page: what it posted that must be answered, and what came back. */
import { SESSION_API_METHODS } from '../../worker/contract.js';
import type { HostileMessage } from './messages.js';
import { isBottomless } from './odd-values.js';

/** What became of the messages. */
export interface Report {
  /** Messages that were posted; what can't be cloned is not counted. */
  posted: Record<HostileMessage['to'], number>;
  /** Calls in the form of our client's that were answered, by how: `ok`, or the name of the error. */
  answers: Record<string, number>;
  /** The slowest answer, in milliseconds. */
  slowestMs: number;
  /** What must not be: calls without an answer or with two, answers to what is no call, other things than envelopes. */
  offences: string[];
  /** Every text that came over a port or the channel, once. */
  strings: string[];
  /** What came over the channel, by its type. */
  broadcasts: Record<string, number>;
  logEntries: number;
  /** The runs of the worker that answered. */
  instanceIds: string[];
}

/** The longest that an honest client waits for an answer. */
const ANSWER_MS = 15_000;
/** Enough to see what is wrong. */
const MOST_OFFENCES = 20;

export interface Books {
  /** Counts a message of the generated ones. */
  posted(to: HostileMessage['to']): void;
  /** What went over a port: if it is a call, its answer is waited for. */
  asked(message: unknown): void;
  /** What came over a port, and over the channel. */
  heard(data: unknown): void;
  broadcast(data: unknown): void;
  /** Resolves when every call has been answered, or was waited for long enough. */
  settled(): Promise<void>;
  readonly total: number;
  close(): Report;
}

export function openBooks(): Books {
  const report: Report = {
    posted: { client: 0, stranger: 0, channel: 0 },
    answers: {},
    slowestMs: 0,
    offences: [],
    strings: [],
    broadcasts: {},
    logEntries: 0,
    instanceIds: [],
  };
  const strings = new Set<string>();
  const instanceIds = new Set<string>();
  /** Calls that wait for their answer. */
  const expected = new Map<string, { message: Call; sinceMs: number }>();
  const perhapsUnread = new Set<string>();
  let onAnswer: () => void = () => undefined;

  function offend(what: string, message: unknown): void {
    if (report.offences.length < MOST_OFFENCES) report.offences.push(`${what}: ${describe(message)}`);
  }

  return {
    posted(to) {
      report.posted[to] += 1;
    },
    asked(message) {
      if (!isCall(message)) return;
      if (isBottomless(message)) perhapsUnread.add(message.id);
      else expected.set(message.id, { message, sinceMs: performance.now() });
    },
    heard(data) {
      const { id, type, value, ...others } = data as Record<string, unknown>;
      collect([value, others], strings);
      if (type === 'log' && id === undefined) {
        report.logEntries += 1;
        return;
      }
      const call = expected.get(String(id));
      expected.delete(String(id));
      if (call) report.slowestMs = Math.max(report.slowestMs, performance.now() - call.sinceMs);
      else if (!perhapsUnread.delete(String(id))) offend('nothing asked for this answer', data);
      // Comlink answers its own goodbye with nothing.
      const isRelease = call?.message.type === 'RELEASE' && value === undefined;
      if (type !== 'RAW' || (!isRelease && !isEnvelope(value))) offend('no envelope', data);
      if (isEnvelope(value)) {
        instanceIds.add(value.instanceId);
        count(report.answers, value.error?.name ?? 'ok');
      }
      onAnswer();
    },
    broadcast(data) {
      count(report.broadcasts, String((data as { type?: unknown }).type));
      collect(data, strings);
    },
    async settled() {
      const timer = setTimeout(() => {
        for (const { message } of expected.values()) offend('no answer', message);
        expected.clear();
        onAnswer();
      }, ANSWER_MS);
      while (expected.size > 0) {
        await new Promise<void>((resolve) => {
          onAnswer = resolve;
        });
      }
      clearTimeout(timer);
    },
    get total() {
      return report.posted.client + report.posted.stranger + report.posted.channel;
    },
    close: () => ({ ...report, strings: [...strings], instanceIds: [...instanceIds] }),
  };
}

export interface Call {
  id: string;
  type: string;
  path: unknown[];
}

/** Whether this has the form of a call, or of Comlink's goodbye. The guard must let through this and nothing else. */
export function isCall(message: unknown): message is Call {
  if (Object.prototype.toString.call(message) !== '[object Object]') return false;
  const { id, type, path, argumentList } = message as Record<string, unknown>;
  if (typeof id !== 'string' || id === '' || id.length > 100) return false;
  if (type === 'RELEASE') return true;
  if (type !== 'APPLY' || !Array.isArray(path) || path.length !== 1) return false;
  if (!(SESSION_API_METHODS as readonly unknown[]).includes(path[0])) return false;
  if (!Array.isArray(argumentList) || argumentList.length > 1) return false;
  const [argument] = argumentList as unknown[];
  if (argumentList.length === 0) return true;
  const isPlain = Object.prototype.toString.call(argument) === '[object Object]';
  return (
    isPlain && (argument as { type?: unknown }).type === 'RAW' && Object.hasOwn(argument as object, 'value')
  );
}

function isEnvelope(value: unknown): value is { instanceId: string; ok: boolean; error?: { name: string } } {
  const { instanceId, revision, ok, error } = (value ?? {}) as Record<string, unknown>;
  const named = typeof error === 'object' && error !== null && 'name' in error && 'message' in error;
  return (
    typeof instanceId === 'string' && typeof revision === 'number' && (ok === true || (ok === false && named))
  );
}

function count(tally: Record<string, number>, what: string): void {
  tally[what] = (tally[what] ?? 0) + 1;
}

/** For people: what is deep, long or cyclic in it is left out. */
function describe(value: unknown, levels = 4): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  if (typeof value !== 'object' || value === null) return String(value);
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  if (levels === 0) return kind;
  const parts = Object.entries(value)
    .slice(0, 8)
    .map(([key, inner]) => `${key.slice(0, 40)}: ${describe(inner, levels - 1)}`);
  return `${kind} { ${parts.join(', ')} }`.slice(0, 500);
}

/** Every text in it, fields' names too. */
function collect(value: unknown, strings: Set<string>, seen = new Set<unknown>()): void {
  if (typeof value === 'string') strings.add(value);
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  for (const [key, inner] of Object.entries(value)) {
    strings.add(key);
    collect(inner, strings, seen);
  }
}
