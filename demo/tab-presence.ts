/** Which tabs are there. Each has a number: the lowest that is free, held as a Web Lock for as long as the tab lives. */
import type { TabChannel, TabInfo } from './tab-channel.js';

const LOCK_STEM = 'cognito-session-worker-demo:tab:';
/** A closed or crashed tab is gone from the list after this time, in milliseconds. */
const CHECK_MS = 2_000;
const MOST_TABS = 200;

/** This tab among the others. */
export interface TabPresence {
  readonly self: TabInfo;
  /** All tabs in the order of their numbers, this one among them. */
  tabs(): TabInfo[];
  /** Changes what this tab tells about itself, and tells it. */
  tell(change: Partial<Pick<TabInfo, 'sessionSeenAtMs' | 'tokenMark'>>): void;
}

/** Resolves when this tab has its number. */
export async function joinTabs(channel: TabChannel, changed: () => void): Promise<TabPresence> {
  const others = new Map<string, TabInfo>();
  const held = await takeNumber();
  let releaseNumber = held.release;
  let self: TabInfo = {
    id: crypto.randomUUID(),
    number: held.number,
    visible: document.visibilityState === 'visible',
    sessionSeenAtMs: 0,
  };
  const announce = () => channel.send({ kind: 'here', tab: self });

  channel.listen((message) => {
    if (message.kind === 'who') announce();
    if (message.kind === 'here') others.set(message.tab.id, message.tab);
    if (message.kind === 'gone') others.delete(message.id);
    if (message.kind !== 'refreshed' && message.kind !== 'refresh') changed();
  });
  document.addEventListener('visibilitychange', () => {
    self = { ...self, visible: document.visibilityState === 'visible' };
    announce();
    changed();
  });
  // Nothing is open or held in the back/forward cache: Firefox lets no page with a lock in, and a message evicts one.
  window.addEventListener('pagehide', () => {
    channel.send({ kind: 'gone', id: self.id });
    channel.close();
    releaseNumber();
  });
  window.addEventListener('pageshow', (event) => {
    if (!event.persisted) return;
    channel.open();
    void takeNumber().then(({ number, release }) => {
      releaseNumber = release;
      self = { ...self, number };
      others.clear();
      join();
      changed();
    });
  });
  setInterval(() => void dropTheDead(), CHECK_MS);

  function join(): void {
    announce();
    channel.send({ kind: 'who' });
  }

  /** A tab that died said no good-bye, but its lock is free. */
  async function dropTheDead(): Promise<void> {
    if (others.size === 0 || document.visibilityState === 'hidden') return;
    const { held: locks } = await navigator.locks.query();
    const names = new Set(locks?.map((lock) => lock.name));
    for (const [id, tab] of others) if (!names.has(LOCK_STEM + tab.number)) others.delete(id);
    changed();
  }

  join();
  return {
    get self() {
      return self;
    },
    tabs: () => [self, ...others.values()].sort((a, b) => a.number - b.number),
    tell(change) {
      self = { ...self, ...change };
      announce();
      changed();
    },
  };
}

async function takeNumber(): Promise<{ number: number; release: () => void }> {
  for (let number = 1; number < MOST_TABS; number++) {
    const release = await tryLock(LOCK_STEM + number);
    if (release) return { number, release };
  }
  return { number: MOST_TABS, release: () => undefined };
}

/** Resolves with what frees the lock, or with undefined where another tab has it. */
function tryLock(name: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(name, { ifAvailable: true }, (lock) => {
        if (!lock) return resolve(undefined);
        return new Promise<void>((release) => resolve(release));
      })
      .catch(reject);
  });
}
