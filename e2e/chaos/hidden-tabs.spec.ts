/** Promise: a tab that is hidden, and whose timers the browser slows down, notices a dead worker too, in time for its calls. */
import { expect, test } from './fixtures.js';
import type { ChaosTab } from './fixtures.js';
import { expectKept } from './kept.js';
import { REFRESH } from '../refreshing.js';

test.use({ slowsHiddenTabs: true });

const CALL_MS = 15_000;

/** The longest wait for a tick of an interval of 20 ms in this tab, of five. */
function longestTickMs(tab: ChaosTab): Promise<number> {
  return tab.run(
    () =>
      new Promise<number>((resolve) => {
        const waitsMs: number[] = [];
        let beforeMs = performance.now();
        const timer = setInterval(() => {
          waitsMs.push(performance.now() - beforeMs);
          beforeMs = performance.now();
          if (waitsMs.length < 5) return;
          clearInterval(timer);
          resolve(Math.max(...waitsMs));
        }, 20);
      }),
    undefined,
  );
}

test('the worker dies under one tab that can be seen and three that are hidden: all calls are answered within 15 s', async ({
  openSignedIn,
  cognito,
  killWorkers,
}) => {
  cognito.change({ rotation: { enabled: true, graceSeconds: 60 } });
  const { tabs, accessToken } = await openSignedIn();
  const visibility = (): string => document.visibilityState;
  const visibilities = await Promise.all(tabs.map((tab) => tab.run(visibility, undefined)));
  expect(visibilities).toEqual(['hidden', 'hidden', 'hidden', 'visible']);
  expect(await longestTickMs(tabs[0]), 'the browser slows the timers down').toBeGreaterThan(500);
  const hold = cognito.hold(REFRESH);
  const startedAtMs = Date.now();
  const calls = Promise.all(tabs.map((tab) => tab.fetch({ forceRefresh: true })));
  await hold.waitForArrived(1);

  await killWorkers();
  hold.release();

  for (const session of await calls) expect(session.accessToken).not.toBe(accessToken);
  expect(Date.now() - startedAtMs).toBeLessThan(CALL_MS);
  await expectKept(tabs, cognito);
});
