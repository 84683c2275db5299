/** What a schedule is made of: what people, pages, browsers, networks and the service do. */
import type { Device, Run } from './device.js';
import type { Environment, Page } from './page.js';
import { drained } from './scheduler.js';
import type { Operation, RequestFault } from './service.js';
import type { StorageFault } from './storage.js';

/** Numbers in them choose among what there is at the time. */
export type Deed =
  | { do: 'open page'; environment: Environment; version: 1 | 2 }
  | { do: 'close page' | 'crash page' | 'freeze page' | 'thaw page'; which: number }
  | { do: 'page into the cache' | 'page out of the cache'; which: number }
  | { do: 'fetch' | 'force' | 'reject the token' | 'sign out' | 'inspect'; which: number }
  /** The user of a tab moves the pointer once, or presses a button of the app that keeps the session. */
  | { do: 'use' | 'extend'; which: number }
  /** The user of a tab moves the pointer every few seconds. */
  | { do: 'work'; which: number; ms: number }
  /** The moment that it has resolved, every tab asks. */
  | { do: 'sign out and ask'; which: number }
  | { do: 'sign in'; which: number; username: string }
  | { do: 'steps'; choices: number[] }
  /** Things happen in the order in which they were begun, up to the first whose label begins so. */
  | { do: 'until'; label: string }
  | { do: 'time passes' | 'machine is slow' | 'device sleeps' | 'clock is set'; ms: number }
  | { do: 'kill worker'; which: number; isAborted: boolean }
  | { do: 'freeze worker' | 'thaw worker' | 're-run worker' | 'store connection lost'; which: number }
  | { do: 'request meets'; operation: Operation; fault: RequestFault }
  | { do: 'network goes' | 'network returns' | 'store works again' | 'store is erased' | 'record is damaged' }
  | { do: 'store becomes'; fault: StorageFault }
  | { do: 'service ends sessions'; username: string }
  | { do: 'message is forged'; message: unknown };

const MOST_PAGES = 5;

/** More often than a page tells of it, and now and then just before it does. */
const WORK_EVERY_MS = 4_900;

/** Whether it can be done now. */
export function isPossible(deed: Deed, device: Device): boolean {
  switch (deed.do) {
    case 'open page':
      return device.pages.length < MOST_PAGES;
    case 'close page':
    case 'freeze page':
    case 'page into the cache':
    case 'fetch':
    case 'force':
    case 'use':
    case 'extend':
    case 'work':
    case 'reject the token':
    case 'sign out':
    case 'sign out and ask':
    case 'inspect':
    case 'sign in':
      return running(device).length > 0;
    case 'crash page':
      return device.pages.length > 0;
    case 'thaw page':
      return frozen(device).length > 0;
    case 'page out of the cache':
      return cached(device).length > 0;
    case 'kill worker':
    case 'freeze worker':
    case 'thaw worker':
    case 're-run worker':
    case 'store connection lost':
      return device.runs.length > 0;
    case 'store is erased':
    case 'record is damaged':
      return device.record() !== undefined;
    default:
      return true;
  }
}

export async function perform(deed: Deed, device: Device): Promise<void> {
  await begin(deed, device);
  await drained();
}

async function begin(deed: Deed, device: Device): Promise<void> {
  const { scheduler, service, storage, troubles } = device;
  const loseStore = (): void => {
    troubles.add('storage');
    troubles.add('storage-error');
  };
  switch (deed.do) {
    case 'open page':
      return void device.openPage(deed.environment, deed.version);
    case 'close page': {
      const page = pick(running(device), deed.which);
      // What runs in the tab ends with it, in the middle of whatever it does.
      if (page.environment !== 'shared-worker') troubles.add('death');
      page.dispatch('visibilitychange');
      page.dispatch('pagehide', { persisted: false });
      return device.end(page.realm, true);
    }
    case 'crash page':
      troubles.add('death');
      return device.end(pick(device.pages, deed.which).realm, true);
    case 'freeze page':
      troubles.add('freeze');
      return pick(running(device), deed.which).realm.freeze();
    case 'thaw page':
      return thaw(pick(frozen(device), deed.which), device);
    case 'page into the cache':
      troubles.add('freeze');
      return intoCache(pick(running(device), deed.which));
    case 'page out of the cache':
      return outOfCache(pick(cached(device), deed.which), device);
    case 'fetch':
      return void pick(running(device), deed.which).fetch();
    case 'force':
      return void pick(running(device), deed.which).fetch({ forceRefresh: true });
    case 'reject the token': {
      const page = pick(running(device), deed.which);
      const token = page.client.peekSession()?.tokens?.accessToken.toString();
      return void page.fetch(token === undefined ? {} : { rejectedToken: token });
    }
    case 'sign out':
      return void pick(running(device), deed.which).signOut();
    case 'sign out and ask': {
      const askEverywhere = (): void => running(device).forEach((page) => void page.fetch());
      return void pick(running(device), deed.which).signOut(askEverywhere);
    }
    case 'use':
      return pick(running(device), deed.which).use();
    case 'extend':
      return void pick(running(device), deed.which).extend();
    case 'work':
      return work(pick(running(device), deed.which), deed.ms, device);
    case 'inspect':
      return void pick(running(device), deed.which).inspect();
    case 'sign in':
      return void pick(running(device), deed.which).signIn(deed.username);
    case 'steps':
      for (const choice of deed.choices) if (!(await scheduler.step(choice))) return;
      return;
    case 'until':
      return scheduler.runUntil(deed.label);
    case 'time passes':
      return scheduler.run(deed.ms, device.random);
    case 'machine is slow':
      return scheduler.lag(deed.ms);
    case 'device sleeps':
      troubles.add('freeze');
      // No request stays on its way for hours.
      await scheduler.arrive();
      scheduler.sleep(deed.ms);
      troubles.onSlept();
      for (const page of running(device)) {
        scheduler.post({ realm: page.realm, label: 'wake', run: () => page.dispatch('visibilitychange') });
      }
      return;
    case 'clock is set':
      troubles.add('clock');
      return scheduler.setWall(deed.ms);
    case 'kill worker':
      troubles.add('death');
      return device.end(pick(device.runs, deed.which).realm, deed.isAborted);
    case 'freeze worker':
      troubles.add('freeze');
      return pick(device.runs, deed.which).realm.freeze();
    case 'thaw worker':
      return pick<Run>(device.runs, deed.which).realm.thaw();
    case 're-run worker':
      troubles.add('death');
      return device.rerun(pick(device.runs, deed.which));
    case 'store connection lost':
      loseStore();
      return void storage.lostConnections.add(pick(device.runs, deed.which).realm);
    case 'request meets':
      return service.addFault(deed.operation, deed.fault);
    case 'network goes':
      return device.setOffline(true);
    case 'network returns':
      return device.setOffline(false);
    case 'store becomes':
      if (deed.fault === 'hung') troubles.add('storage');
      else loseStore();
      storage.fault = deed.fault;
      return;
    case 'store works again':
      return storage.mend();
    case 'store is erased':
      loseStore();
      return device.erase();
    case 'record is damaged':
      loseStore();
      return device.erase({ v: 'damaged' });
    case 'service ends sessions':
      troubles.add('service');
      return device.users.revokeAllOf(deed.username);
    case 'message is forged':
      return device.forge(deed.message);
  }
}

/** Somebody uses the page for so long, this often. */
export async function work(
  page: Page,
  forMs: number,
  { scheduler, random }: Device,
  everyMs = WORK_EVERY_MS,
): Promise<void> {
  for (let leftMs = forMs; leftMs > 0; leftMs -= everyMs) {
    page.use();
    await scheduler.run(Math.min(leftMs, everyMs), random);
  }
}

/** Everything that can be mended is, and everybody is awake. */
export function heal(device: Device): void {
  device.service.clearFaults();
  device.setOffline(false);
  device.storage.lostConnections.clear();
  device.storage.mend();
  for (const { realm } of device.runs) realm.thaw();
  for (const page of cached(device)) outOfCache(page, device);
  for (const page of frozen(device)) thaw(page, device);
}

function thaw(page: Page, device: Device): void {
  page.realm.thaw();
  device.scheduler.post({ realm: page.realm, label: 'resume', run: () => page.dispatch('resume') });
}

function intoCache(page: Page): void {
  page.dispatch('visibilitychange');
  page.dispatch('pagehide', { persisted: true });
  page.isInCache = true;
  page.realm.freeze();
}

function outOfCache(page: Page, { scheduler }: Device): void {
  page.realm.thaw();
  page.isInCache = false;
  const run = (): void => page.dispatch('pageshow', { persisted: true });
  scheduler.post({ realm: page.realm, label: 'pageshow', run });
}

const running = ({ pages }: Device): Page[] => pages.filter(({ realm }) => realm.state === 'running');
const cached = ({ pages }: Device): Page[] => pages.filter(({ isInCache }) => isInCache);
const frozen = ({ pages }: Device): Page[] =>
  pages.filter(({ realm, isInCache }) => realm.state === 'frozen' && !isInCache);

function pick<T>(among: readonly T[], which: number): T {
  const found = among[which % among.length];
  if (found === undefined) throw new Error('There is nothing to choose from.');
  return found;
}
