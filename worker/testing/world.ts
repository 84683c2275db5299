/** One device with everything that runtimes share: time, locks, the channel, the store, and Cognito behind it. */
import { scopeName, type LogEntry, type NewsEvent, type RuntimeConfig } from '../contract.js';
import type { Deps } from '../deps.js';
import { createDiagnostics } from '../diagnostics.js';
import { createCryptoAdapter } from '../platform.js';
import { createSession, type Session } from '../session.js';
import { createStore } from '../store.js';
import { createChannelHub, type ChannelHub } from './channel-hub.js';
import { createLockManager, type LockManager } from './locks.js';
import { createMemoryBacking, type MemoryBacking } from './memory-backing.js';
import { createScriptedCognito, type ScriptedCognito } from './scripted-cognito.js';
import { createVirtualTime, type VirtualTime } from './virtual-time.js';

export const CONFIG: RuntimeConfig = {
  userPoolId: 'eu-central-1_Pool',
  userPoolClientId: 'client1',
  allowGuestAccess: false,
  endpoints: {},
  refreshMarginSeconds: 300,
  persistence: 'indexeddb',
};

export const IDENTITY_CONFIG: RuntimeConfig = { ...CONFIG, identityPoolId: 'eu-central-1:pool' };

export const REFRESH_LOCK = `${scopeName(CONFIG)}:refresh`;

export interface Runtime {
  session: Session;
  deps: Deps;
  log: Pick<LogEntry, 'level' | 'message' | 'details'>[];
  /** A tab comes. */
  connect(clientId?: string): Promise<void>;
  signIn(username?: string, clientId?: string): Promise<void>;
}

export interface World {
  time: VirtualTime;
  locks: LockManager;
  hub: ChannelHub;
  backing: MemoryBacking;
  cognito: ScriptedCognito;
  /** One more run of the worker's script. */
  start(overrides?: Partial<Deps>): Runtime;
  /** The types of the news that went out, in order. */
  news(): NewsEvent['type'][];
}

/** A device on which Ada is signed in, with one tab open. Options go before the sign-in. */
export async function createSignedInWorld(
  settings: Partial<ScriptedCognito['settings']> = {},
  overrides: Partial<Deps> = {},
): Promise<World & Runtime> {
  const world = createWorld();
  Object.assign(world.cognito.settings, settings);
  const runtime = world.start(overrides);
  await runtime.connect();
  await runtime.signIn();
  return { ...world, ...runtime };
}

export function createWorld(): World {
  const time = createVirtualTime();
  const locks = createLockManager(time.timers);
  const hub = createChannelHub();
  const backing = createMemoryBacking(time, scopeName(CONFIG));
  const cognito = createScriptedCognito(time.clock);
  let runs = 0;

  function start(overrides: Partial<Deps> = {}): Runtime {
    runs += 1;
    const log: Runtime['log'] = [];
    const config = overrides.config ?? CONFIG;
    const write: Deps['log'] = (level, message, details) => {
      log.push({ level, message, ...(details && { details }) });
    };
    const diagnostics = createDiagnostics();
    const deps: Deps = {
      config,
      instanceId: `run-${runs}`,
      sleepsWithPage: false,
      clock: time.clock,
      timers: time.timers,
      random: () => 0.5,
      locks: locks.locks,
      channel: hub.join(),
      store: createStore({ key: scopeName(config), backing, clock: time.clock, log: write, diagnostics }),
      diagnostics,
      cognito,
      crypto: createCryptoAdapter(),
      log: write,
      ...overrides,
    };
    const session = createSession(deps);
    return {
      session,
      deps,
      log,
      async connect(clientId = 'tab-1') {
        session.join(config);
        session.clients.seen(clientId);
        // The store was claimed for this pool once something was answered from it.
        await time.run(session.session({ peek: true }));
      },
      async signIn(username = 'ada', clientId = 'tab-1') {
        const options = { authFlowType: 'USER_PASSWORD_AUTH' } as const;
        await time.run(session.signIn({ username, password: 'right', options }, clientId));
      },
    };
  }

  return {
    time,
    locks,
    hub,
    backing,
    cognito,
    start,
    news: () => hub.posted.flatMap((message) => (message.type === 'news' ? [message.event.type] : [])),
  };
}
