/** One simulated device: pages with the real client, runs of the real worker, and everything that they share. */
import { scopeName, type RuntimeConfig } from '../worker/contract.js';
import type { SessionRecord } from '../worker/deps.js';
import { createHost } from '../worker/host.js';
import type { CreateLadder, Rung } from '../client/transports.js';
import { Channels } from './channels.js';
import { SimulatedLockManager } from './lock-manager.js';
import { Page, type Environment } from './page.js';
import { asMessagePort, createPorts, SimulatedPort } from './ports.js';
import { watchAll } from './promises/all.js';
import type { Hooks } from './promises/promise.js';
import { randomFrom } from './random.js';
import { Realm } from './realm.js';
import { Scheduler } from './scheduler.js';
import { Service } from './service.js';
import { SimulatedStorage } from './storage.js';
import { Troubles, type Trouble } from './troubles.js';
import { UserDirectory } from './user-directory.js';
import { withVersionTwoNews, withVersionTwoRecords } from './version-two.js';

export interface DeviceOptions {
  graceSeconds: number;
  isRotating: boolean;
  /** With AWS credentials, for guests too. */
  hasIdentityPool: boolean;
  /** A shared worker that died never answers again under its name. */
  isFirefox: boolean;
  /** What the app asks for at the end of sessions. */
  ending?: Pick<RuntimeConfig, 'refreshTokenValiditySeconds' | 'policy'>;
  /** For jitter and for the order of what is left to chance. */
  seed: number;
}

/** One run of the shared worker's script. */
export interface Run {
  name: string;
  realm: Realm;
  /** The pages' ends of its ports. */
  ports: SimulatedPort[];
  serve(port: SimulatedPort): void;
}

export class Device {
  readonly scheduler = new Scheduler();
  readonly users = new UserDirectory(() => this.scheduler.trueMs);
  readonly troubles: Troubles;
  readonly storage: SimulatedStorage;
  readonly service: Service;
  readonly channels: Channels;
  readonly locks = new SimulatedLockManager(this.scheduler);
  readonly pages: Page[] = [];
  readonly runs: Run[] = [];
  readonly config: RuntimeConfig;
  readonly random: () => number;
  /** What was promised and not kept. */
  readonly broken: string[] = [];
  private readonly hooks: Hooks;
  private readonly instanceIds = new Map<Realm, string>();
  private readonly badStores = new Set<Realm>();
  private readonly silentNames = new Set<string>();
  private nameNumber = 0;
  private order = 0;
  private telling: (what: string) => void = () => undefined;
  private serial = 0;

  constructor(readonly options: DeviceOptions) {
    this.random = randomFrom(options.seed);
    this.users.graceSeconds = options.graceSeconds;
    this.users.isRotating = options.isRotating;
    const { refreshTokenValiditySeconds: validitySeconds } = options.ending ?? {};
    if (validitySeconds !== undefined) this.users.validitySeconds = validitySeconds;
    this.config = {
      userPoolId: 'eu-central-1_Pool',
      userPoolClientId: 'client1',
      ...(options.hasIdentityPool && { identityPoolId: 'eu-central-1:pool' }),
      allowGuestAccess: options.hasIdentityPool,
      endpoints: {},
      refreshMarginSeconds: 300,
      persistence: 'indexeddb',
      ...options.ending,
    };
    this.troubles = new Troubles(this.scheduler, () => this.ongoingTroubles());
    this.hooks = watchAll(
      {
        config: this.config,
        scheduler: this.scheduler,
        users: this.users,
        troubles: this.troubles,
        pages: this.pages,
        record: () => this.record(),
        isStoreGood: (realm) => !this.badStores.has(realm),
        isStoreOpen: () => this.storage.isOpen,
        isServing: (realm) => this.isServing(realm),
        instanceIdOf: (realm) => this.instanceIds.get(realm),
      },
      (what) => this.violate(what),
    );
    this.storage = new SimulatedStorage(this.scheduler, {
      onAsked: this.hooks.onStoreAsked,
      onCommitted: (realm, raw, written) => {
        const [before, after] = [raw as SessionRecord | undefined, written as SessionRecord];
        this.telling(`${realm.name} stored ${summaryOf(after)}`);
        this.hooks.onCommitted(realm, before, after);
      },
      onOutcome: (realm, isGood) => {
        if (isGood) {
          this.badStores.delete(realm);
        } else {
          this.badStores.add(realm);
          this.hooks.onStoreFailed(realm);
          this.troubles.add('storage');
        }
      },
    });
    this.service = new Service(this.scheduler, this.users, {
      ...this.hooks,
      onFault: () => this.troubles.add('network'),
    });
    this.channels = new Channels(this.scheduler, this.hooks.onPosted);
    this.scheduler.onTimePassed = (byMs, isLag) => {
      this.troubles.onTimePassed(byMs);
      this.hooks.onTimePassed(byMs, isLag);
    };
    this.scheduler.onSlept = this.hooks.onSlept;
    this.scheduler.onClockSet = this.hooks.onClockSet;
  }

  violate(what: string): void {
    this.telling(`BROKEN ${what}`);
    this.broken.push(what);
  }

  /** Everything that happens, for whoever reads a counterexample. */
  tellTo(tell: (what: string) => void): void {
    const startMs = this.scheduler.trueMs;
    this.scheduler.onStep = (label) => tell(`${this.scheduler.trueMs - startMs} ${label}`);
    this.telling = (entry) => tell(`   ${entry}`);
  }

  record(): SessionRecord | undefined {
    return this.storage.records.get(scopeName(this.config)) as SessionRecord | undefined;
  }

  openPage(environment: Environment, version: number): Page {
    const realm = new Realm(`page-${(this.serial += 1)}`);
    const page = new Page({
      realm,
      environment,
      version,
      config: this.config,
      scheduler: this.scheduler,
      channels: this.channels,
      ladder: this.ladderOf(realm, environment, version),
      hooks: this.hooks,
      nextOrder: () => (this.order += 1),
    });
    this.pages.push(page);
    return page;
  }

  /** A realm ends without a word. */
  end(realm: Realm, isAborted: boolean): void {
    this.scheduler.drop(realm, isAborted);
    realm.end(isAborted);
    const pageIndex = this.pages.findIndex((page) => page.realm === realm);
    if (pageIndex >= 0) this.pages.splice(pageIndex, 1);
    const runIndex = this.runs.findIndex((run) => run.realm === realm);
    const [run] = runIndex >= 0 ? this.runs.splice(runIndex, 1) : [];
    if (run && this.options.isFirefox) this.silentNames.add(run.name);
  }

  /** The browser runs the script again, under the same live ports (WebKit 318873). */
  rerun(run: Run): void {
    this.scheduler.drop(run.realm, true);
    run.realm.end(true);
    this.runs.splice(this.runs.indexOf(run), 1);
    const next = this.startRun(run.name);
    for (const port of run.ports) {
      if (port.realm.state === 'ended') continue;
      const served = new SimulatedPort(next.realm, this.scheduler, this.hooks.onMessage);
      served.other = port;
      port.other = served;
      next.ports.push(port);
      this.scheduler.post({ realm: next.realm, label: 'connect again', run: () => next.serve(served) });
    }
  }

  /** The user deletes the site's data while the app is open, or something else writes over it. */
  erase(remains?: unknown): void {
    const key = scopeName(this.config);
    if (remains === undefined) this.storage.records.delete(key);
    else this.storage.records.set(key, remains);
  }

  /** All was mended and had time to recover. */
  recovered(): void {
    this.hooks.onRecovered();
  }

  forge(message: unknown): void {
    this.channels.forge(scopeName(this.config), message);
  }

  /** The network goes or comes back; pages hear of it. */
  setOffline(isOffline: boolean): void {
    if (this.service.isOffline === isOffline) return;
    this.service.isOffline = isOffline;
    if (isOffline) return this.troubles.add('network');
    for (const page of this.pages) {
      this.scheduler.post({ realm: page.realm, label: 'online', run: () => page.dispatch('online') });
    }
  }

  private isServing(realm: Realm): boolean {
    const run = this.runs.find((candidate) => candidate.realm === realm);
    if (!run) return realm.state === 'running';
    return realm.state === 'running' && run.ports.some((port) => port.realm.state === 'running');
  }

  private ongoingTroubles(): Trouble[] {
    const realms = [...this.pages, ...this.runs].map(({ realm }) => realm);
    return [
      ...(realms.some(({ state }) => state === 'frozen') ? (['freeze'] as const) : []),
      ...(this.service.isOffline ? (['network'] as const) : []),
      ...(this.storage.fault ? (['storage'] as const) : []),
      // Nobody is there who could do anything.
      ...(this.pages.length === 0 ? (['death'] as const) : []),
    ];
  }

  private ladderOf(realm: Realm, environment: Environment, version: number): CreateLadder {
    return (name) => {
      const shared: Rung = {
        transport: 'shared-worker',
        open: () => this.connectShared(`${name}/${version}/${this.nameNumber}`, realm),
        rename: () => {
          this.nameNumber += 1;
          return true;
        },
      };
      let dedicated: { realm: Realm; serve: (port: SimulatedPort) => void } | undefined;
      const worker: Rung = {
        transport: 'worker',
        open: () => {
          dedicated ??= this.startDedicated(realm, version);
          return this.connect(realm, dedicated);
        },
        end: () => {
          if (dedicated) this.end(dedicated.realm, true);
          dedicated = undefined;
        },
      };
      const inPage = { realm, serve: this.hostFor(realm, version, true) };
      const page: Rung = { transport: 'page', open: () => this.connect(realm, inPage) };
      const rungs = [shared, worker, page];
      return rungs.slice(rungs.findIndex(({ transport }) => transport === environment));
    };
  }

  private connectShared(name: string, pageRealm: Realm): MessagePort {
    const run = this.runs.find((candidate) => candidate.name === name);
    if (run) return this.connect(pageRealm, run);
    // Nobody is behind this port, and nobody says so.
    if (this.silentNames.has(name))
      return this.connect(pageRealm, { realm: pageRealm, serve: () => undefined });
    return this.connect(pageRealm, this.startRun(name));
  }

  private startRun(name: string): Run {
    const realm = new Realm(`worker-${(this.serial += 1)}`);
    const version = Number(name.split('/').at(-2));
    const run: Run = { name, realm, ports: [], serve: this.hostFor(realm, version, false) };
    this.runs.push(run);
    return run;
  }

  private startDedicated(
    pageRealm: Realm,
    version: number,
  ): { realm: Realm; serve: (port: SimulatedPort) => void } {
    const realm = new Realm(`${pageRealm.name}'s worker ${(this.serial += 1)}`);
    pageRealm.own(realm, (isAborted) => this.end(realm, isAborted));
    return { realm, serve: this.hostFor(realm, version, true) };
  }

  private connect(
    pageRealm: Realm,
    { realm, serve, ports }: { realm: Realm; serve: (port: SimulatedPort) => void; ports?: SimulatedPort[] },
  ): MessagePort {
    const [here, there] = createPorts(pageRealm, realm, this.scheduler, this.hooks.onMessage);
    ports?.push(here);
    this.scheduler.post({ realm, lane: here, label: `connect to ${realm.name}`, run: () => serve(there) });
    return asMessagePort(here);
  }

  private hostFor(realm: Realm, version: number, sleepsWithPage: boolean): (port: SimulatedPort) => void {
    const instanceId = `instance-${(this.serial += 1)}`;
    this.instanceIds.set(realm, instanceId);
    let serve: ((port: MessagePort) => void) | undefined;
    const start = (): ((port: MessagePort) => void) =>
      createHost({
        instanceId,
        sleepsWithPage,
        clock: this.scheduler.clock,
        timers: this.scheduler.timersOf(realm),
        random: this.random,
        locks: this.locks.of(realm),
        crypto: globalThis.crypto,
        openChannel: (name) => {
          const channel = this.channels.open(name, realm);
          return version === 2 ? withVersionTwoNews(channel) : channel;
        },
        openBacking: () => {
          const backing = this.storage.of(realm);
          return version === 2 ? withVersionTwoRecords(backing) : backing;
        },
        openCognito: () => this.service.of(realm),
        onCollected: () => undefined,
      });
    return (port) => (serve ??= start())(asMessagePort(port));
  }
}

function summaryOf({ fence, revision, sequence, session, intent, ended }: SessionRecord): string {
  return [
    `fence ${fence}, revision ${revision}, sequence ${sequence}, ${session?.refreshToken ?? 'no session'}`,
    ...(intent ? [`intent of ${intent.instanceId}`] : []),
    ...(ended ? [`ended: ${ended.reason}`] : []),
  ].join(', ');
}
