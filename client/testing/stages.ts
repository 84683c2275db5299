/** Where the statements of the conformance test are made: a fake client, and a real one on a real session in memory. */
import { vi } from 'vitest';
import type { RuntimeConfig } from '../../worker/contract.js';
import { AuthError } from '../../worker/errors.js';
import { servePort } from '../../worker/serve.js';
import { createPagePlatform } from '../../worker/testing/page-platform.js';
import { answered } from '../../worker/testing/scripted-cognito.js';
import { createWorld } from '../../worker/testing/world.js';
import { createClient } from '../client.js';
import { readConfig } from '../config.js';
import { createExtras } from '../extras.js';
import type { PageLocks } from '../page-locks.js';
import { createFakeClient } from '../testing.js';
import { createLadder } from '../transports.js';
import type { SessionClient, SessionConfig } from '../types.js';

/** A client that nobody is signed in with at first, and what happens around it. */
export interface Stage {
  client: SessionClient;
  /** Ada signs in in another tab. */
  signInElsewhere(): Promise<unknown>;
  signOutElsewhere(): Promise<unknown>;
  /** What the device's clock shows. */
  nowMs(): number;
  /** The device sleeps until the tokens have expired. */
  sleepPastExpiry(): void;
  /** Cognito answers the next refresh with this error. `ended`: it is one that ends the session. */
  refuseNextRefresh(name: string, outcome: 'kept' | 'ended'): void;
  /** Cognito asks for a code by SMS at the next sign-in. */
  askForCode(): void;
  /** Cognito refuses the next code, and so does its answer to a sign-in. */
  refuse(what: 'code' | 'sign-in', name: string): void;
  /** Lets time pass until the call has settled: some of the worker's are bounded by it. */
  inTime<T>(call: Promise<T>): Promise<T>;
  /** The URL that the page was sent to last. */
  visited(): string | undefined;
  close(): void;
}

const TIME_STEP_MS = 100;

export const PAGE_URL = 'https://app.example/';
export const STAGE_CONFIG: SessionConfig = { userPoolId: 'eu-central-1_Pool', userPoolClientId: 'client1' };

export function createFakeStage(config: SessionConfig): Stage {
  const client = createFakeClient({ config });
  const { fake } = client;
  const error = (name: string): AuthError => new AuthError({ name, message: name });
  return {
    client,
    signInElsewhere: async () => fake.signInElsewhere('ada'),
    signOutElsewhere: async () => fake.endSession(),
    nowMs: Date.now,
    sleepPastExpiry: fake.expireTokens,
    refuseNextRefresh: fake.failNextRefresh,
    askForCode: () => fake.answerSignInWith({ signInStep: 'CONFIRM_SIGN_IN_WITH_SMS_CODE' }),
    refuse: (_what, name) => fake.answerSignInWith(error(name)),
    inTime: (call) => call,
    visited: () => fake.visited.at(-1),
    close: client.close,
  };
}

export function createRealStage(config: SessionConfig): Stage {
  const world = createWorld();
  const runtimeConfig: RuntimeConfig = readConfig(config);
  const runtime = world.start({ config: runtimeConfig });
  const closers: (() => void)[] = [];

  function open(): { client: SessionClient; assigned: readonly string[] } {
    const platform = createPagePlatform(world.time, world.hub, PAGE_URL);
    const worker = (): SharedWorker => {
      const { port1, port2 } = new MessageChannel();
      closers.push(() => port1.close());
      const number = closers.length;
      servePort(port2, {
        instanceId: runtime.deps.instanceId,
        sessionFor: () => runtime.session,
        nextClientId: () => `tab-${number}`,
        addLogger: () => () => undefined,
        onCollected: () => undefined,
      });
      return { port: port1, onerror: null } as unknown as SharedWorker;
    };
    const locks: PageLocks = {
      hold(nameWith) {
        const name = nameWith(String(closers.length));
        world.locks.freeze(name);
        return () => world.locks.thaw(name);
      },
    };
    const client = createClient(runtimeConfig, { ...config, worker }, platform, createLadder, async () => ({
      createExtras: (core) => createExtras(core, locks),
    }));
    closers.push(client.close);
    return { client, assigned: platform.assigned };
  }

  const { client, assigned } = open();
  const elsewhere = open();
  return {
    client,
    signInElsewhere: () =>
      elsewhere.client.signIn({
        username: 'ada',
        password: 'right',
        options: { authFlowType: 'USER_PASSWORD_AUTH' },
      }),
    signOutElsewhere: () => elsewhere.client.signOut(),
    nowMs: world.time.clock.wallMs,
    sleepPastExpiry: () => world.time.sleep(world.cognito.settings.tokenSeconds * 1_000),
    refuseNextRefresh: (name) => world.cognito.fail('refresh', answered(name)),
    askForCode: () =>
      world.cognito.answerWith('initiateAuth', () => ({
        type: 'challenge',
        name: 'SMS_MFA',
        session: 's1',
        parameters: {},
      })),
    refuse: (what, name) =>
      world.cognito.fail(what === 'code' ? 'respondToChallenge' : 'initiateAuth', answered(name)),
    async inTime(call) {
      let isSettled = false;
      const settle = (): void => {
        isSettled = true;
      };
      call.then(settle, settle);
      await vi.waitUntil(
        async () => {
          await world.time.advance(TIME_STEP_MS);
          return isSettled;
        },
        { interval: 5 },
      );
      return call;
    },
    visited: () => assigned.at(-1),
    close() {
      for (const end of closers.reverse()) end();
    },
  };
}
