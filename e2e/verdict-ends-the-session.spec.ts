/** Promise: Cognito's definite word ends the session, in every tab, and nothing less does. */
import { ada, expect, test } from './fixtures.js';
import { REFRESH } from './refreshing.js';

test("Cognito's verdict ends the session in every tab and says so", async ({ openTabs, cognito }) => {
  const tabs = await openTabs(4);
  const [first] = tabs;
  await first.signIn(ada);
  await first.fetch();
  for (const tab of tabs) await tab.toldOf('signedIn');
  cognito.revokeUserSessions('ada');

  expect(await first.rejection('fetchAuthSession', { forceRefresh: true })).toBe('NotAuthorizedException');

  for (const tab of tabs) {
    await tab.toldOf('signedIn', 'signedOut:rejected');
    const [, signedOut] = await tab.events();
    expect(signedOut?.error).toMatchObject({ name: 'NotAuthorizedException', isAuthError: true });
    expect(signedOut?.session).toBeNull();
    // Later calls resolve, forced ones too.
    expect((await tab.fetch()).accessToken).toBeUndefined();
    expect((await tab.fetch({ forceRefresh: true })).accessToken).toBeUndefined();
  }
  expect(cognito.counts()[REFRESH]).toBe(1);
});

test('every name of a verdict ends the session', async ({ openTabs, cognito }) => {
  const tabs = await openTabs(2);
  const told: string[] = [];
  for (const name of [
    'RefreshTokenReuseException',
    'UserNotFoundException',
    'TokenRevokedException',
    'PasswordResetRequiredException',
    'UserNotConfirmedException',
  ]) {
    await tabs[0].signIn(ada);
    cognito.addFault({ kind: 'error', status: 400, type: name, operation: REFRESH, times: 1_000 });

    expect(await tabs[0].rejection('fetchAuthSession', { forceRefresh: true })).toBe(name);

    cognito.clearFaults();
    told.push('signedIn', 'signedOut:rejected');
    for (const tab of tabs) {
      await tab.toldOf(...told);
      expect((await tab.events()).at(-1)?.error?.name).toBe(name);
      expect((await tab.fetch()).accessToken).toBeUndefined();
    }
  }
});

test('a verdict is believed by its name only with a status that Cognito gives it', async ({
  openTab,
  cognito,
}) => {
  const tab = await openTab();
  await tab.signIn(ada);
  const { accessToken } = await tab.fetch();
  cognito.addFault({
    kind: 'error',
    status: 503,
    type: 'NotAuthorizedException',
    operation: REFRESH,
    times: 1_000,
  });

  await tab.rejection('fetchAuthSession', { forceRefresh: true });

  expect((await tab.fetch()).accessToken).toBe(accessToken);
  expect(await tab.eventNames()).not.toContain('signedOut:rejected');
});
