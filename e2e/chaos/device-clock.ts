/** A device whose wall clock is wrong, or is set while it runs. Its monotonic clock is right, as on a device that was not asleep. */
import type { WebWorker } from 'puppeteer-core';
import type { StaticServer } from '../static-server.js';
import type { ChaosTab, OpenTabOptions } from './fixtures.js';
import { patchedWorker } from './patched-worker.js';

interface ShiftableClock {
  shiftClock(byMs: number): void;
}

/** How to open tabs on a device whose clock is so much ahead. */
export function onDevice(site: StaticServer, aheadMs: number): OpenTabOptions {
  return {
    config: { workerUrl: patchedWorker(site, 'clock', patchClock, aheadMs) },
    prepare: (page) => page.evaluateOnNewDocument(patchClock, aheadMs),
  };
}

/** Sets the clock of the device, in all pages and in the worker. */
export async function shiftClock(tabs: readonly ChaosTab[], worker: WebWorker, byMs: number): Promise<void> {
  const shift = (ms: number): void => (self as unknown as ShiftableClock).shiftClock(ms);
  await Promise.all([worker.evaluate(shift, byMs), ...tabs.map((tab) => tab.run(shift, byMs))]);
}

/** Runs in the page or in the worker. It is sent there as text, so it uses nothing from outside. */
function patchClock(aheadMs: number): void {
  const RealDate = Date;
  let shiftMs = aheadMs;
  const now = (): number => RealDate.now() + shiftMs;
  const ShiftedDate = new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
    get: (target, key) => (key === 'now' ? now : (Reflect.get(target, key) as unknown)),
  });
  Object.assign(self, {
    Date: ShiftedDate,
    shiftClock: (byMs: number) => {
      shiftMs += byMs;
    },
  });
}
