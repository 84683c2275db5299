/** Promise: what an app keeps of Amplify has this session, in every tab: `fetchAuthSession()` of Amplify is asked, and nobody else. */
import { test } from './amplify-fixtures.js';
import { asAmplifySays, ofAmplify, withProviders } from './amplify-tab.js';
import { ada, expect } from './fixtures.js';
import { REFRESH } from './refreshing.js';

test('Amplify has the same tokens, credentials and identity, the new ones after a refresh elsewhere, and none after sign-out', async ({
  openTab,
  cognito,
}) => {
  const [first, second] = [await withProviders(await openTab()), await withProviders(await openTab())];
  await first.signIn(ada);
  await second.toldOf('signedIn');
  const before = await first.fetch();
  cognito.clearLog();

  expect(before.credentials?.accessKeyId).toBeTruthy();
  expect(await ofAmplify(first)).toEqual(asAmplifySays(before));
  expect(await ofAmplify(second)).toEqual(asAmplifySays(before));
  expect(cognito.requests).toEqual([]);

  const after = await first.fetch({ forceRefresh: true });
  expect(after.accessToken).not.toBe(before.accessToken);
  expect(after.credentials?.accessKeyId).not.toBe(before.credentials?.accessKeyId);
  await second.toldOf('signedIn', 'tokenRefresh');
  expect(await ofAmplify(second)).toEqual(asAmplifySays(after));
  expect(cognito.counts()).toEqual({ [REFRESH]: 1, GetCredentialsForIdentity: 1 });

  await second.signOut();
  for (const tab of [first, second]) expect(await ofAmplify(tab)).toEqual(asAmplifySays({}));
});

test('8 tabs in which Amplify forces a refresh at once cost one, with rotation on and no grace', async ({
  openTabs,
  cognito,
}) => {
  const tabs = await openTabs(8);
  for (const tab of tabs) await withProviders(tab);
  await tabs[0].signIn(ada);
  for (const tab of tabs) await tab.toldOf('signedIn');
  const before = await tabs[0].fetch();
  cognito.clearLog();

  const hold = cognito.hold(REFRESH);
  const calls = Promise.all(tabs.map((tab) => ofAmplify(tab, { forceRefresh: true })));
  await hold.waitForArrived(1);
  await Promise.all(tabs.map((tab) => tab.callsWaitForRefresh()));
  hold.release();
  const [session, ...others] = await calls;

  expect(session?.accessToken).toBeTruthy();
  expect(session?.accessToken).not.toBe(before.accessToken);
  for (const other of others) expect(other).toEqual(session);
  expect(cognito.counts()).toEqual({ [REFRESH]: 1, GetCredentialsForIdentity: 1 });
  expect(cognito.accepted()).toEqual(cognito.counts());
});

test("Amplify's sign-out and its own store leave this session alone", async ({ openTab }) => {
  const tab = await withProviders(await openTab());
  await tab.signIn(ada);
  const session = await tab.fetch();
  await tab.run(() => window.amplify.signOut(), undefined);
  expect(await ofAmplify(tab)).toEqual(asAmplifySays(session));
  expect(await tab.run(() => window.amplify.currentUser(), undefined)).toMatchObject({ username: 'ada' });
});

test('a guest has the same credentials in Amplify', async ({ openTab, cognito }) => {
  cognito.change({ guestsAllowed: true });
  const tab = await withProviders(await openTab({ config: { allowGuestAccess: true } }), true);
  const guest = await tab.fetch();
  expect(guest.credentials?.accessKeyId).toBeTruthy();
  expect(await ofAmplify(tab)).toEqual(asAmplifySays(guest));
  expect(cognito.counts()).toEqual({ GetId: 1, GetCredentialsForIdentity: 1 });
});
