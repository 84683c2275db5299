/**
 * The real client over the real worker code, and Amplify, side by side in Node: each against a local Cognito of its own, so that
 * what each one asks can be counted. What only a browser has (locks, the channel, the store) is in memory; HTTP and timers are
 * real, and `Date.now` is the only clock.
 */
import { Amplify } from 'aws-amplify';
import {
  fetchAuthSession,
  getCurrentUser,
  signIn as amplifySignIn,
  signOut,
  type AuthUser,
} from 'aws-amplify/auth';
import { cognitoCredentialsProvider } from 'aws-amplify/auth/cognito';
import { ConsoleLogger, Hub } from 'aws-amplify/utils';
import { createClient } from '../client/client.js';
import { readConfig } from '../client/config.js';
import { createLadder } from '../client/transports.js';
import type { SessionClient, SessionConfig } from '../client/types.js';
import {
  startLocalCognito,
  type LocalCognito,
  type LocalCognitoOptions,
} from '../demo/local-cognito/server.js';
import { createCognito } from '../worker/cognito.js';
import { scopeName } from '../worker/contract.js';
import { createHost } from '../worker/host.js';
import { createCryptoAdapter, random, randomId, request, timers } from '../worker/platform.js';
import { createChannelHub } from '../worker/testing/channel-hub.js';
import { createLockManager } from '../worker/testing/locks.js';
import { createMemoryBacking, type MemoryBacking } from '../worker/testing/memory-backing.js';
import { createPagePlatform } from '../worker/testing/page-platform.js';

export const ADA = { username: 'ada', password: 'Analytical-Engine-1843' };
export const GRACE = { username: 'grace', password: 'Nanosecond-Wire-1906' };

const USERS = [
  { ...ADA, attributes: { email: 'ada@example.com', email_verified: 'true' } },
  { ...GRACE, attributes: { email: 'grace@example.com', email_verified: 'true' } },
];

/** Which pools the app has. */
export type Pools = 'both' | 'user pool' | 'identity pool';

export interface SideOptions {
  /** Default `both`. */
  pools?: Pools;
  /** Default false. */
  allowGuestAccess?: boolean;
  /** Laid over two users, and rotation with a grace of 0. */
  cognito?: LocalCognitoOptions;
}

/** A session as both show it. */
export interface SideSession {
  accessToken: string | undefined;
  idToken: string | undefined;
  payload: Record<string, unknown> | undefined;
  accessKeyId: string | undefined;
  identityId: string | undefined;
  userSub: string | undefined;
  /** Ours only: why there are no credentials. */
  credentialsError: SideError | undefined;
}

/** As much of an `AuthError` as both have. */
export interface SideError extends Error {
  recoverySuggestion?: string;
  metadata?: { httpStatusCode?: number; requestId?: string };
}

export interface FetchOptions {
  forceRefresh?: boolean;
  clientMetadata?: Record<string, string>;
}

/** One of the two, as an app uses it. */
export interface Side {
  cognito: LocalCognito;
  /** By password, in one request, unless the flow is another. */
  signIn(user?: { username: string; password: string }, flow?: Flow): Promise<void>;
  fetch(options?: FetchOptions): Promise<SideSession>;
  user(): Promise<AuthUser>;
  signOut(input?: { global: boolean }): Promise<void>;
  /** The names of the events so far, in order. */
  told(): string[];
  close(): Promise<void>;
}

export type Flow = 'USER_PASSWORD_AUTH' | 'USER_SRP_AUTH';

/** Ours can also be looked into. */
export interface OurSide extends Side {
  client: SessionClient;
  backing: MemoryBacking;
  /** A page and a worker that begin anew, on what is stored. */
  reopen(): void;
}

function startCognito({ cognito = {} }: SideOptions): Promise<LocalCognito> {
  return startLocalCognito({
    users: USERS,
    ...cognito,
    settings: { rotation: { enabled: true, graceSeconds: 0 }, ...cognito.settings },
  });
}

function poolsOf({ config }: LocalCognito, pools: Pools = 'both') {
  const { userPoolId, userPoolClientId, identityPoolId } = config;
  return {
    ...(pools !== 'identity pool' && { userPoolId, userPoolClientId }),
    ...(pools !== 'user pool' && { identityPoolId }),
  };
}

export async function openOurs(options: SideOptions = {}): Promise<OurSide> {
  const { allowGuestAccess = false } = options;
  const cognito = await startCognito(options);
  const config: SessionConfig = {
    ...poolsOf(cognito, options.pools),
    endpoints: cognito.config.endpoints,
    allowGuestAccess,
  };
  const time = {
    // Both move when a test moves `Date.now`.
    clock: { wallMs: () => Date.now(), monotonicMs: () => Date.now() },
    timers,
  };
  const backing = createMemoryBacking(time, scopeName(readConfig(config)));
  const locks = createLockManager(timers);
  const hub = createChannelHub();
  const closers: (() => void)[] = [];
  const told: string[] = [];

  function open(): SessionClient {
    const serve = createHost({
      ...time,
      instanceId: randomId(),
      sleepsWithPage: false,
      random,
      locks: locks.locks,
      crypto: createCryptoAdapter(),
      openChannel: () => hub.join(),
      openBacking: () => backing,
      openCognito: (ofSession) => createCognito(ofSession, time, request),
      onCollected: () => undefined,
    });
    const worker = (): SharedWorker => {
      const { port1, port2 } = new MessageChannel();
      closers.push(() => port1.close());
      serve(port2);
      return { port: port1, onerror: null } as unknown as SharedWorker;
    };
    const whole = { ...config, worker };
    const opened = createClient(readConfig(whole), whole, createPagePlatform(time, hub), createLadder);
    opened.onSessionChange((_session, { type }) => told.push(type));
    closers.push(() => opened.close());
    return opened;
  }

  let client = open();
  return {
    cognito,
    backing,
    get client() {
      return client;
    },
    reopen() {
      for (const end of closers.splice(0)) end();
      client = open();
    },
    async signIn(user = ADA, authFlowType = 'USER_PASSWORD_AUTH') {
      await client.signIn({ ...user, options: { authFlowType } });
    },
    async fetch(input) {
      const { tokens, credentials, identityId, userSub, credentialsError } =
        await client.fetchAuthSession(input);
      return {
        ...plainTokens(tokens),
        accessKeyId: credentials?.accessKeyId,
        identityId,
        userSub,
        credentialsError: credentialsError as SideError | undefined,
      };
    },
    user: () => client.getCurrentUser(),
    async signOut(input) {
      await client.signOut(input);
    },
    told: () => [...told],
    async close() {
      for (const end of closers.splice(0)) end();
      await cognito.close();
    },
  };
}

/** One at a time: Amplify has one state for each module graph. */
export async function openAmplify(options: SideOptions = {}): Promise<Side> {
  // It warns of every endpoint that is not AWS's own.
  ConsoleLogger.LOG_LEVEL = 'ERROR';
  const cognito = await startCognito(options);
  const { userPool, identityPool } = cognito.config.endpoints;
  Amplify.configure({
    Auth: {
      // Its type has no pools that are known only when it runs.
      Cognito: {
        ...poolsOf(cognito, options.pools),
        allowGuestAccess: options.allowGuestAccess ?? false,
        userPoolEndpoint: userPool,
        identityPoolEndpoint: identityPool,
      } as never,
    },
  });
  const told: string[] = [];
  const stopListening = Hub.listen('auth', ({ payload }) => told.push(payload.event));
  return {
    cognito,
    async signIn(user = ADA, authFlowType = 'USER_PASSWORD_AUTH') {
      await amplifySignIn({ ...user, options: { authFlowType } });
    },
    async fetch(input) {
      const { tokens, credentials, identityId, userSub } = await fetchAuthSession(input);
      return {
        ...plainTokens(tokens),
        accessKeyId: credentials?.accessKeyId,
        identityId,
        userSub,
        credentialsError: undefined,
      };
    },
    user: () => getCurrentUser(),
    signOut: (input) => signOut(input),
    told: () => [...told],
    async close() {
      stopListening();
      // What it keeps would be the next test's session.
      await signOut().catch(() => undefined);
      await cognitoCredentialsProvider.clearCredentialsAndIdentityId();
      await cognito.close();
    },
  };
}

interface Token {
  toString(): string;
  payload: object;
}

function plainTokens(tokens: { accessToken: Token; idToken?: Token | undefined } | undefined) {
  return {
    accessToken: tokens?.accessToken.toString(),
    idToken: tokens?.idToken?.toString(),
    payload: tokens?.accessToken.payload as Record<string, unknown> | undefined,
  };
}
