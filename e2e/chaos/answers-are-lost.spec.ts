/** Promise: a rotation whose answer is lost on the way costs nobody the session, within the grace period. */
import { expect, test } from './fixtures.js';
import { expectKept } from './kept.js';
import { forceAtOnce, REFRESH } from '../refreshing.js';

test.use({ cognitoOptions: { settings: { rotation: { enabled: true, graceSeconds: 60 } } } });

test('lost once: all four calls get the tokens of the second request, and nobody learns of the first', async ({
  openSignedIn,
  cognito,
}) => {
  const { tabs, accessToken: old } = await openSignedIn();
  cognito.addFault({ kind: 'lose-answer', operation: REFRESH });
  cognito.clearLog();

  const sessions = await forceAtOnce(tabs, cognito);

  for (const { accessToken } of sessions) {
    expect(accessToken).not.toBe(old);
    expect(accessToken).toBe(sessions[0]?.accessToken);
  }
  expect(cognito.counts()[REFRESH]).toBe(2);
  expect(cognito.accepted()[REFRESH]).toBe(1);
  for (const tab of tabs) await tab.toldOf('signedIn', 'tokenRefresh');
  await expectKept(tabs, cognito);
});

test('lost three times in a row: the calls are told of it, the others have the live token, and it mends by itself', async ({
  openSignedIn,
  cognito,
}) => {
  const { tabs, accessToken: old } = await openSignedIn();
  cognito.addFault({ kind: 'lose-answer', operation: REFRESH, times: 3 });
  cognito.clearLog();
  const hold = cognito.hold(REFRESH);
  const calls = Promise.all(tabs.map((tab) => tab.attempt('fetchAuthSession', { forceRefresh: true })));
  await hold.waitForArrived(1);
  await Promise.all(tabs.map((tab) => tab.callsWaitForRefresh()));
  for (const tab of tabs) expect((await tab.fetch()).accessToken).toBe(old);
  hold.release();

  for (const outcome of await calls) {
    expect(outcome).toMatchObject({ ok: false, error: { name: 'NetworkError', isAuthError: true } });
  }

  // Nobody asks. The grace period is running, so the worker tries again soon.
  for (const tab of tabs) await tab.toldOf('signedIn', 'tokenRefresh_failure', 'tokenRefresh');
  expect(cognito.counts()[REFRESH]).toBe(4);
  expect(cognito.accepted()[REFRESH]).toBe(1);
  expect((await tabs[0].fetch()).accessToken).not.toBe(old);
  await expectKept(tabs, cognito);
});

test('lost while the token runs out and nobody calls: all have the tokens of the next answer in time', async ({
  openSignedIn,
  cognito,
}) => {
  cognito.change({ accessTokenSeconds: 4, idTokenSeconds: 4 });
  const { tabs, accessToken: old } = await openSignedIn();
  cognito.change({ accessTokenSeconds: 3_600, idTokenSeconds: 3_600 });
  cognito.addFault({ kind: 'lose-answer', operation: REFRESH, times: 2 });

  await cognito.waitForRequest(REFRESH, 3);

  for (const tab of tabs) await expect.poll(() => tab.eventNames()).toContain('tokenRefresh');
  const sessions = await Promise.all(tabs.map((tab) => tab.fetch()));
  for (const { accessToken } of sessions) expect(accessToken).not.toBe(old);
  expect(cognito.accepted()[REFRESH]).toBe(1);
  await expectKept(tabs, cognito);
});
