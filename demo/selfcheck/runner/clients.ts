/** Opens clients, and talks to each. */
import type { Client, ClientOptions, ShownAgain } from '../kit.js';
import {
  closingLock,
  type Asked,
  type Calls,
  type ClientSettings,
  type Command,
  type Commands,
  type Outcome,
  type PlainConfig,
  type PlainEvent,
  type Report,
} from '../messages.js';
import { show } from '../expect.js';
import { createSignal, inTime, until } from './in-time.js';
import type { Places } from './places.js';
import type { Post } from './post.js';

/** A cold dev server translates the page's modules first. */
const LOAD_LIMIT_MS = 20_000;
/** News travels in milliseconds; a busy machine takes its time. */
const TOLD_LIMIT_MS = 15_000;
const CLOSE_LIMIT_MS = 5_000;

export interface ClientParts {
  post: Post;
  places: Places;
  config: PlainConfig;
  /** Of another name than any other client of the run. */
  name: string;
}

/** Resolves when its page is there. */
export async function openClient(parts: ClientParts, options: ClientOptions): Promise<Client> {
  const { post, places, name } = parts;
  const settings: ClientSettings = {
    run: post.run,
    name,
    config: { ...parts.config, ...options.config },
    without: options.without ?? [],
    worker: options.worker ?? 'own',
    isTapped: options.isTapped ?? false,
    saves: options.saves ?? false,
  };
  const heard = createSignal();
  let loads = 0;
  let events: PlainEvent[] = [];
  let shownAgain: ShownAgain | undefined;

  const stopListening = post.listen(name, (report: Report) => {
    if (report.kind === 'here') loads += 1;
    if (report.kind === 'event') events.push(report.event);
    if (report.kind === 'shown again') shownAgain = report;
    heard.fire();
  });

  const place = places.open(pageUrl('client', { as: JSON.stringify(settings) }));

  async function order<C extends Command>(
    command: C,
    input: Commands[C]['input'],
  ): Promise<Commands[C]['output']> {
    return valueOf(await post.order(name, command, input), `${name}, "${command}"`);
  }

  async function loaded(before: number): Promise<void> {
    await until(
      heard,
      () => loads > before,
      LOAD_LIMIT_MS,
      () => `${name} did not load in 20 s`,
    );
  }

  /** Waits for the next load of a page in the client's place. */
  async function nextLoad<C extends Command>(command: C, input: Commands[C]['input']): Promise<void> {
    const before = loads;
    await order(command, input);
    await loaded(before);
  }

  const names = (): string[] => events.map((event) => event.name);
  const attempt = <M extends keyof Calls>(
    method: M,
    input?: Calls[M]['input'],
  ): Promise<Outcome<Calls[M]['output']>> =>
    post.order(name, 'call', { method, input }) as Promise<Outcome<Calls[M]['output']>>;
  const call = async <M extends keyof Calls>(
    method: M,
    input?: Calls[M]['input'],
  ): Promise<Calls[M]['output']> => valueOf(await attempt(method, input), `${name}, ${method}()`);

  try {
    await loaded(0);
  } catch (error) {
    place.end();
    throw error;
  }
  return {
    name,
    kind: place.kind,
    attempt,
    call,
    fetch: (input) => call('fetchAuthSession', input),
    inspect: () => call('inspectSession'),
    get events() {
      return events;
    },
    toldOf: (...expected) =>
      until(
        heard,
        () => show(names()) === show(expected),
        TOLD_LIMIT_MS,
        () => `What ${name} was told of: expected ${show(expected)}, saw ${show(names())}`,
      ),
    callsHaveArrived: async () => void (await call('inspectSession')),
    startAsking: async () => void (await order('start asking', undefined)),
    stopAsking: (): Promise<Asked[]> => order('stop asking', undefined),
    use: async () => void (await order('use', undefined)),
    everything: () => order('everything', undefined),
    async reload() {
      events = [];
      await nextLoad('reload', undefined);
    },
    leave: () => nextLoad('leave', { url: pageUrl('away', { run: post.run, name }) }),
    async comeBack() {
      const before = loads;
      shownAgain = undefined;
      await order('go back', undefined);
      const isBack = (): boolean => shownAgain !== undefined || loads > before;
      await until(heard, isBack, LOAD_LIMIT_MS, () => `${name} did not come back in 20 s`);
      return shownAgain;
    },
    async close() {
      try {
        await order('close', { hasWindow: place.hasWindow });
      } finally {
        place.end();
        stopListening();
      }
      const gone = navigator.locks.request(closingLock(post.run, name), () => undefined);
      await inTime(gone, CLOSE_LIMIT_MS, () => `${name} could not be closed`);
    },
  };
}

function pageUrl(page: string, query: Record<string, string>): string {
  const url = new URL(`/selfcheck/${page}.html`, location.origin);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}

function valueOf<T>(outcome: Outcome<T>, what: string): T {
  if (outcome.ok) return outcome.value;
  throw new Error(`${what} failed: ${outcome.error.name}: ${outcome.error.message}`);
}
