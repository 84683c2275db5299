/** Promise: a worker that dies at whichever step of a refresh loses nothing, and the calls that waited for it are answered. */
import { expect, test } from './fixtures.js';
import { expectKept } from './kept.js';
import { holdRefreshLock } from './refresh-lock.js';
import { standStillAt } from './standstill.js';
import type { Step } from './standstill.js';
import { REFRESH } from '../refreshing.js';

interface Death {
  step: Step;
  /** Requests that the dead worker and the next one made together; the server accepted all of them. */
  requests: number;
  /** Only where Cognito rotated the token and the new one was not stored. */
  graceSeconds: number;
}

const DEATHS: Death[] = [
  { step: 'before the lock is asked for', requests: 1, graceSeconds: 0 },
  { step: 'with the lock, before the intent is stored', requests: 1, graceSeconds: 0 },
  { step: 'with the intent stored, before the request is sent', requests: 1, graceSeconds: 0 },
  { step: 'with the answer, before the tokens are stored', requests: 2, graceSeconds: 30 },
  { step: 'with the tokens stored, before the news', requests: 2, graceSeconds: 0 },
  { step: 'after the news', requests: 2, graceSeconds: 0 },
];

for (const { step, requests, graceSeconds } of DEATHS) {
  test(`killed ${step}, with a grace of ${graceSeconds} s: four calls are answered, and the session is kept`, async ({
    openSignedIn,
    cognito,
    insideWorker,
    killWorkers,
  }) => {
    cognito.change({ rotation: { enabled: true, graceSeconds } });
    const { tabs, accessToken, instanceId } = await openSignedIn();
    cognito.clearLog();
    const [stands] = await standStillAt(await insideWorker(), step);
    const calls = Promise.all(tabs.map((tab) => tab.fetch({ forceRefresh: true })));
    await stands;
    expect(cognito.counts()[REFRESH] ?? 0).toBe(requests - 1);

    const lock = await holdRefreshLock(tabs[0]);
    await killWorkers();
    // Once all have called again the next worker may go on.
    await Promise.all(tabs.map((tab) => tab.callsWaitForRefreshAfter(instanceId)));
    await lock.release();

    const sessions = await calls;
    for (const session of sessions) {
      expect(session.accessToken).toBe(sessions[0]?.accessToken);
      expect(session.accessToken).not.toBe(accessToken);
    }
    expect(cognito.counts()[REFRESH]).toBe(requests);
    expect(cognito.accepted()[REFRESH]).toBe(requests);
    await expectKept(tabs, cognito);
  });
}

test('killed with the request out, with a grace of 30 s: four calls are answered, and the session is kept', async ({
  openSignedIn,
  cognito,
  killWorkers,
}) => {
  cognito.change({ rotation: { enabled: true, graceSeconds: 30 } });
  const { tabs, accessToken, instanceId } = await openSignedIn();
  cognito.clearLog();
  // Cognito has rotated the token by now.
  const lost = cognito.hold(REFRESH);
  const calls = Promise.all(tabs.map((tab) => tab.fetch({ forceRefresh: true })));
  await lost.waitForArrived(1);

  const lock = await holdRefreshLock(tabs[0]);
  await killWorkers();
  await Promise.all(tabs.map((tab) => tab.callsWaitForRefreshAfter(instanceId)));
  lost.release();
  await lock.release();

  const sessions = await calls;
  for (const session of sessions) {
    expect(session.accessToken).toBe(sessions[0]?.accessToken);
    expect(session.accessToken).not.toBe(accessToken);
  }
  expect(cognito.counts()[REFRESH]).toBe(2);
  expect(cognito.accepted()[REFRESH]).toBe(1);
  await expectKept(tabs, cognito);
});
