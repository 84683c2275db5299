/** A tab that runs the test page, and how a test talks to it. */
import { expect } from '@playwright/test';
import type { Page } from '@playwright/test';
import type { AuthUser, LogEntry, SignOutInput, SignOutOutput } from '../worker/contract.js';
import type { ConfirmSignInInput, SignInInput } from '../worker/contract.js';
import type { SessionInspection, SignInOutput } from '../client/types.js';
import type { Calls, Outcome, PlainConfig, PlainSession, RecordedEvent } from './page/window.js';

/** Input of a fetch. */
export type FetchInput = Calls['fetchAuthSession']['input'];

/** One tab with a configured client, whatever drives its browser. */
export abstract class SessionTab {
  constructor(readonly config: PlainConfig) {}

  /** Runs a function in the page. It is sent there as text, so it uses nothing from outside. */
  abstract run<A, R>(work: (argument: A) => R | Promise<R>, argument: A): Promise<R>;

  protected abstract load(): Promise<unknown>;

  /** Configures the client in the page that is loaded now. */
  async start(): Promise<void> {
    await this.run((config) => window.start(config), this.config);
  }

  async reload(): Promise<void> {
    await this.load();
    await this.start();
  }

  /** Makes a call and says how it ended. */
  attempt<C extends keyof Calls>(call: C, input?: Calls[C]['input']): Promise<Outcome<Calls[C]['output']>> {
    return this.run(({ name, argument }) => window.attempt(name, argument), { name: call, argument: input });
  }

  fetch(input?: FetchInput): Promise<PlainSession> {
    return this.resolved('fetchAuthSession', input);
  }

  signIn(input: SignInInput): Promise<SignInOutput> {
    return this.resolved('signIn', input);
  }

  confirmSignIn(input: ConfirmSignInInput): Promise<SignInOutput> {
    return this.resolved('confirmSignIn', input);
  }

  signOut(input?: SignOutInput): Promise<SignOutOutput> {
    return this.resolved('signOut', input);
  }

  getCurrentUser(): Promise<AuthUser> {
    return this.resolved('getCurrentUser');
  }

  inspect(): Promise<SessionInspection> {
    return this.resolved('inspectSession');
  }

  /** The name of the error that a call rejects with. Fails where it resolves. */
  async rejection<C extends keyof Calls>(call: C, input?: Calls[C]['input']): Promise<string> {
    const outcome = await this.attempt(call, input);
    if (outcome.ok)
      throw new Error(`${call} resolved with ${JSON.stringify(outcome.value)} where it should reject`);
    expect(outcome.error.isAuthError, `${outcome.error.name} is an AuthError`).toBe(true);
    return outcome.error.name;
  }

  events(): Promise<RecordedEvent[]> {
    return this.run(() => window.events, undefined);
  }

  logs(): Promise<LogEntry[]> {
    return this.run(() => window.logs, undefined);
  }

  /** The events so far in short: `signedIn`, `signedOut:user` … */
  async eventNames(): Promise<string[]> {
    const events = await this.events();
    return events.map(({ type, reason }) => (reason === undefined ? type : `${type}:${reason}`));
  }

  /** Waits until the tab has been told exactly this. */
  async toldOf(...names: string[]): Promise<void> {
    await expect.poll(() => this.eventNames(), { message: 'what this tab was told of' }).toEqual(names);
  }

  /**
   * Resolves when the worker has taken in every call that this tab made before: messages on one port keep their order.
   */
  async callsHaveArrived(): Promise<void> {
    await this.inspect();
  }

  /**
   * While a refresh is out: resolves when every call that this tab made before and that needs it waits for it. A call takes some
   * looks into the store first, and one that needs no refresh is answered after them.
   */
  async callsWaitForRefresh(): Promise<void> {
    await this.fetch({ rejectedToken: 'of somebody else' });
  }

  /** The same in the run of the worker that came after this one: a worker that was told to end may answer a moment longer. */
  async callsWaitForRefreshAfter(instanceId: string | undefined): Promise<void> {
    const present = async (): Promise<string | undefined> => (await this.inspect()).workerInstanceId;
    await expect.poll(present, { message: 'the run of the worker' }).not.toBe(instanceId);
    await this.callsWaitForRefresh();
  }

  private async resolved<C extends keyof Calls>(
    call: C,
    input?: Calls[C]['input'],
  ): Promise<Calls[C]['output']> {
    const outcome = await this.attempt(call, input);
    if (!outcome.ok) throw new Error(`${call} rejected with ${outcome.error.name}: ${outcome.error.message}`);
    return outcome.value;
  }
}

/** A tab that Playwright drives. */
export class Tab extends SessionTab {
  constructor(
    readonly page: Page,
    config: PlainConfig,
  ) {
    super(config);
  }

  run<A, R>(work: (argument: A) => R | Promise<R>, argument: A): Promise<R> {
    // Playwright's type unboxes handles, of which there are none here.
    return this.page.evaluate(work as (argument: unknown) => R | Promise<R>, argument);
  }

  protected load(): Promise<unknown> {
    return this.page.reload();
  }
}
