/** Freezes a tab as the browser freezes hidden ones, and tells whether it really was. */
import { expect } from '@playwright/test';
import type { Outcome, PlainSession } from '../page/window.js';
import type { ChaosTab } from './fixtures.js';

const TICK_MS = 20;

interface Moment {
  ticks: number;
  atMs: number;
}

interface WatchedPage {
  ticks: number;
  frozen?: Moment;
  resumed?: Moment;
  /** How the call ended that the page made as the first thing after the thaw. */
  first?: Promise<Outcome<PlainSession>>;
}

/** A tab that is frozen now. */
export interface Frozen {
  /** Resolves when the page has been frozen for so long, by its own clock. */
  forAtLeast(durationMs: number): Promise<void>;
  /** Lets it go on. @returns how the call ended that the page made as the first thing after that. */
  thaw(): Promise<Outcome<PlainSession>>;
}

export async function freeze(tab: ChaosTab): Promise<Frozen> {
  await tab.run((tickMs) => {
    const page = window as unknown as WatchedPage;
    page.ticks = 0;
    setInterval(() => page.ticks++, tickMs);
    const now = (): Moment => ({ ticks: page.ticks, atMs: performance.now() });
    // Capturing on the window, they come before any other listener.
    addEventListener('freeze', () => (page.frozen = now()), { capture: true });
    addEventListener(
      'resume',
      () => {
        page.resumed = now();
        page.first = window.attempt('fetchAuthSession');
      },
      { capture: true },
    );
  }, TICK_MS);
  const cdp = await tab.page.createCDPSession();
  await cdp.send('Page.setWebLifecycleState', { state: 'frozen' });
  const look = (): Promise<{ frozen?: Moment; resumed?: Moment; nowMs: number }> =>
    tab.run(() => {
      const { frozen, resumed } = window as unknown as WatchedPage;
      return { ...(frozen && { frozen }), ...(resumed && { resumed }), nowMs: performance.now() };
    }, undefined);
  await expect.poll(async () => (await look()).frozen, { message: 'the freeze event fired' }).toBeTruthy();
  const frozenMs = async (): Promise<number> => {
    const { frozen, nowMs } = await look();
    return nowMs - (frozen?.atMs ?? nowMs);
  };
  const forAtLeast = (durationMs: number): Promise<void> =>
    expect.poll(frozenMs, { timeout: durationMs + 10_000 }).toBeGreaterThan(durationMs);

  return {
    forAtLeast,
    async thaw() {
      await forAtLeast(10 * TICK_MS);
      await cdp.send('Page.setWebLifecycleState', { state: 'active' });
      await expect
        .poll(async () => (await look()).resumed, { message: 'the resume event fired' })
        .toBeTruthy();
      const { frozen, resumed } = await look();
      expect(resumed?.ticks, 'no timer ran while the page was frozen').toBe(frozen?.ticks);
      const first = await tab.run(() => (window as unknown as WatchedPage).first, undefined);
      if (!first) throw new Error('The page made no call when it was thawed.');
      return first;
    },
  };
}

/** For `evaluateOnNewDocument`: as in a browser that brings no news to a frozen page. Chromium 156 does, on a BroadcastChannel. */
export function hearNothingWhileFrozen(): void {
  let isFrozen = false;
  addEventListener('freeze', () => (isFrozen = true), { capture: true });
  addEventListener('resume', () => (isFrozen = false), { capture: true });
  const { set, ...rest } = Object.getOwnPropertyDescriptor(
    BroadcastChannel.prototype,
    'onmessage',
  ) as PropertyDescriptor & { set(listener: unknown): void };
  Object.defineProperty(BroadcastChannel.prototype, 'onmessage', {
    ...rest,
    set(this: BroadcastChannel, listener: (event: unknown) => void) {
      set.call(this, (event: unknown) => isFrozen || listener(event));
    },
  });
}
