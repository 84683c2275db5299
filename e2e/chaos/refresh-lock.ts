/** The lock that every worker has while it refreshes. */
import { expect } from '@playwright/test';
import { scopeName } from '../../worker/contract.js';
import type { SessionTab } from '../tab.js';

interface HoldingPage {
  releaseLock?: () => void;
}

const lockName = ({ config }: SessionTab): string => `${scopeName(config)}:refresh`;

/** Keeps every worker from refreshing: takes the lock in this tab's page, or stands in line for it behind the worker that has it. */
export async function holdRefreshLock(tab: SessionTab): Promise<{ release(): Promise<void> }> {
  await tab.run((lock) => {
    const released = new Promise<void>((resolve) => Object.assign(window, { releaseLock: resolve }));
    void navigator.locks.request(lock, () => released);
  }, lockName(tab));
  return {
    release: () => tab.run(() => (window as HoldingPage).releaseLock?.(), undefined),
  };
}

/** Resolves when no worker is at a refresh any more. */
export async function refreshesAreOver(tab: SessionTab): Promise<void> {
  const users = (): Promise<number> =>
    tab.run(async (name) => {
      const { held = [], pending = [] } = await navigator.locks.query();
      return [...held, ...pending].filter((lock) => lock.name === name).length;
    }, lockName(tab));
  await expect.poll(users, { message: 'who has or wants the refresh lock' }).toBe(0);
}
