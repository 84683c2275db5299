/** Tabs of one app on one worker, each with a real port to a real session, and locks that the worker sees. */
import { servePort } from '../../worker/serve.js';
import { createPagePlatform, type PagePlatform } from '../../worker/testing/page-platform.js';
import type { Runtime, World } from '../../worker/testing/world.js';
import { createClient } from '../client.js';
import { readConfig } from '../config.js';
import { createExtras } from '../extras.js';
import type { PageLocks } from '../page-locks.js';
import { createLadder } from '../transports.js';
import type { SessionClient, SessionConfig } from '../types.js';

const CONFIG: SessionConfig = { userPoolId: 'eu-central-1_Pool', userPoolClientId: 'client1' };
export const ADA = {
  username: 'ada',
  password: 'right',
  options: { authFlowType: 'USER_PASSWORD_AUTH' as const },
};

export interface Tab {
  client: SessionClient;
  platform: PagePlatform;
  /** The file with the calls beyond the core has come. */
  load(): void;
}

export interface App {
  runtime: Runtime;
  openTab(): Tab;
  close(): void;
}

export function createApp(world: World, config: Partial<SessionConfig> = {}): App {
  const runtime = world.start({ config: readConfig({ ...CONFIG, ...config }) });
  const closers: (() => void)[] = [];
  let tabs = 0;

  function openTab(): Tab {
    tabs += 1;
    const number = tabs;
    const platform = createPagePlatform(world.time, world.hub);
    const worker = (): SharedWorker => {
      const { port1, port2 } = new MessageChannel();
      closers.push(() => port1.close());
      servePort(port2, {
        instanceId: runtime.deps.instanceId,
        sessionFor: () => runtime.session,
        nextClientId: () => `tab-${number}`,
        addLogger: () => () => undefined,
        onCollected: () => undefined,
      });
      return { port: port1, onerror: null } as unknown as SharedWorker;
    };
    const whole = { ...CONFIG, ...config, worker };
    let load!: () => void;
    const loaded = new Promise<void>((resolve) => {
      load = resolve;
    });
    const locks = locksOf(world, number);
    const client = createClient(readConfig(whole), whole, platform, createLadder, async () => {
      await loaded;
      return { createExtras: (core) => createExtras(core, locks) };
    });
    closers.push(client.close);
    return { client, platform, load };
  }

  return {
    runtime,
    openTab,
    close() {
      for (const end of closers.splice(0).reverse()) end();
    },
  };
}

function locksOf({ locks }: World, page: number): PageLocks {
  let taken = 0;
  return {
    hold(nameWith) {
      taken += 1;
      const name = nameWith(`${page}-${taken}`);
      locks.freeze(name);
      return () => locks.thaw(name);
    },
  };
}
