/** One tab with the real client in it, and a diary of its calls and events. */
import { setMaxListeners } from 'node:events';
import type { RuntimeConfig } from '../worker/contract.js';
import { createClient, type LoadExtras } from '../client/client.js';
import * as extras from '../client/extras.js';
import type { Platform } from '../client/platform.js';
import type { CreateLadder } from '../client/transports.js';
import type { AuthSession, FetchAuthSessionOptions, SessionClient, SessionEvent } from '../client/types.js';
import type { Channels } from './channels.js';
import type { Realm } from './realm.js';
import type { Scheduler } from './scheduler.js';

export type CallKind = 'fetch' | 'signIn' | 'signOut' | 'inspect' | 'extend';

/** An `import()` takes real time, in which simulated time would go on. */
const loadExtras: LoadExtras = () => Promise.resolve(extras);

/** One call of the page's script. */
export interface Call {
  page: Page;
  kind: CallKind;
  options: FetchAuthSessionOptions;
  /** Goes up with each call that begins or ends on the device. */
  order: number;
  /** True time. */
  beganAtTrueMs: number;
  /** How long its page could run since. */
  ranMs: number;
  /** In the same count as `order`. */
  endedOrder?: number;
  outcome?: { ok: true; value: unknown } | { ok: false; name: string };
}

/** What a page went through, in words. */
export interface Diary {
  /** Each event, and who it left signed in. */
  told: string[];
  /** How each call ended: who was signed in, `signed out`, `done`, the name of an error, or `none` so far. */
  answers: string[];
}

/** Which rungs of the ladder there are for a page. */
export type Environment = 'shared-worker' | 'worker' | 'page';

export interface PageHooks {
  /** Its user does something in it. */
  onUsed(page: Page): void;
  onCallBegan(call: Call): void;
  onCallEnded(call: Call): void;
  onEvent(page: Page, event: SessionEvent, session: AuthSession | null): void;
}

export interface PageParts {
  realm: Realm;
  environment: Environment;
  /** Of the app: pages of another version have another worker. */
  version: number;
  config: RuntimeConfig;
  scheduler: Scheduler;
  channels: Channels;
  ladder: CreateLadder;
  hooks: PageHooks;
  nextOrder(): number;
}

export class Page {
  readonly realm: Realm;
  readonly environment: Environment;
  readonly version: number;
  readonly client: SessionClient;
  readonly calls: Call[] = [];
  readonly events: { event: SessionEvent; session: AuthSession | null }[] = [];
  isInCache = false;
  private readonly browserEvents = new EventTarget();

  constructor(private readonly parts: PageParts) {
    const { realm, environment, version, config, ladder } = parts;
    this.realm = realm;
    this.environment = environment;
    this.version = version;
    this.client = createClient(config, {}, this.platform(), ladder, loadExtras);
    this.client.onSessionChange((session, event) => {
      this.events.push({ event, session });
      parts.hooks.onEvent(this, event, session);
    });
  }

  fetch(options: FetchAuthSessionOptions = {}): Call {
    return this.call('fetch', options, () => this.client.fetchAuthSession(options));
  }

  signIn(username: string): Call {
    const options = { authFlowType: 'USER_PASSWORD_AUTH' } as const;
    return this.call('signIn', {}, () => this.client.signIn({ username, password: 'right', options }));
  }

  /** @param onDone Called the moment that it has ended. */
  signOut(onDone?: () => void): Call {
    return this.call('signOut', {}, () => this.client.signOut(), onDone);
  }

  inspect(): Call {
    return this.call('inspect', {}, () => this.client.inspectSession());
  }

  extend(): Call {
    return this.call('extend', {}, () => this.client.extendSession());
  }

  /** Its user moves the pointer. */
  use(): void {
    this.parts.hooks.onUsed(this);
    this.dispatch('pointermove');
  }

  get diary(): Diary {
    return {
      told: this.events.map(({ event, session }) => [event.type, ...whoIn(session)].join(' ')),
      answers: this.calls.map(({ kind, outcome }) => {
        if (!outcome) return 'none';
        if (!outcome.ok) return outcome.name;
        if (kind !== 'fetch') return 'done';
        return whoIn(outcome.value as AuthSession)[0] ?? 'signed out';
      }),
    };
  }

  /** Something happens in the window. */
  dispatch(type: string, details: object = {}): void {
    this.browserEvents.dispatchEvent(Object.assign(new Event(type), details));
  }

  private call(
    kind: CallKind,
    options: FetchAuthSessionOptions,
    begin: () => Promise<unknown>,
    onDone?: () => void,
  ): Call {
    const { scheduler, hooks, nextOrder } = this.parts;
    const beganAtTrueMs = scheduler.trueMs;
    const call: Call = { page: this, kind, options, order: nextOrder(), beganAtTrueMs, ranMs: 0 };
    this.calls.push(call);
    hooks.onCallBegan(call);
    void begin()
      .then(
        (value) => this.end(call, { ok: true, value }),
        (error: Error) => this.end(call, { ok: false, name: error.name }),
      )
      .then(onDone);
    return call;
  }

  private end(call: Call, outcome: NonNullable<Call['outcome']>): void {
    call.outcome = outcome;
    call.endedOrder = this.parts.nextOrder();
    this.parts.hooks.onCallEnded(call);
  }

  private platform(): Platform {
    const { realm, scheduler, channels } = this.parts;
    return {
      wallMs: () => scheduler.wallMs,
      monotonicMs: () => scheduler.monotonicMs,
      after(delayMs, callback) {
        const stop = new AbortController();
        scheduler.timersOf(realm).after(delayMs, callback, stop.signal);
        return () => stop.abort();
      },
      listen(channelName, listener) {
        const channel = channels.open(channelName, realm);
        channel.listen(listener);
        return () => channel.close();
      },
      on: (event, listener, signal) => {
        // Node takes more than ten for a leak; a page listens to as many kinds of use.
        setMaxListeners(0, signal);
        this.browserEvents.addEventListener(event, listener, { signal });
      },
      isVisible: true,
      href: undefined,
      assign: () => undefined,
      replaceHref: () => undefined,
      report: (error) => {
        throw error;
      },
      refuseUnsupported: () => undefined,
    };
  }
}

function whoIn(session: AuthSession | null): string[] {
  return session?.userSub === undefined ? [] : [session.userSub.replace('sub-', '')];
}
