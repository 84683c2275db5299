/** Promise: after a session that Cognito ended, signing in again in place goes on where every tab was, and says for whom. */
import { ada, expect, grace, test } from './fixtures.js';
import type { Tab } from './tab.js';

/** What the page wrote down of its last event, but for the session. */
async function lastEvent(tab: Tab): Promise<object> {
  const { type, resumed, previousUser } = (await tab.events()).at(-1) ?? {};
  return { type, resumed, ...(previousUser && { previousUser }) };
}

/** The user types something that is not saved; a reload would lose it. */
async function type({ page }: Tab, text: string): Promise<void> {
  await page.evaluate(() => document.body.append(document.createElement('textarea')));
  await page.locator('textarea').fill(text);
}

test('in one tab it is told in all, a call that waits is answered, and unsaved text stays', async ({
  openTabs,
  cognito,
}) => {
  const [first, second, third] = (await openTabs(3)) as [Tab, Tab, Tab];
  const all = [first, second, third];
  await first.signIn(ada);
  for (const tab of all) await tab.toldOf('signedIn');
  const { userSub } = await third.fetch();
  await type(second, 'the first algorithm');

  cognito.revokeUserSessions('ada');
  expect(await first.rejection('fetchAuthSession', { forceRefresh: true })).toBe('NotAuthorizedException');
  for (const tab of all) await tab.toldOf('signedIn', 'signedOut:rejected');
  const waiting = third.fetch({ waitForSignIn: true });
  await third.callsHaveArrived();
  expect((await second.fetch()).accessToken).toBeUndefined();

  await second.signIn(ada);
  for (const tab of all) {
    await tab.toldOf('signedIn', 'signedOut:rejected', 'signedIn');
    expect(await lastEvent(tab)).toEqual({ type: 'signedIn', resumed: true });
  }
  const session = await waiting;
  expect(session.userSub).toBe(userSub);
  expect(session.accessToken).toBe((await first.fetch()).accessToken);
  await expect(second.page.locator('textarea')).toHaveValue('the first algorithm');

  cognito.revokeUserSessions('ada');
  // This call meets the verdict itself, and waits on.
  const waitingOn = third.fetch({ waitForSignIn: true, forceRefresh: true });
  await third.toldOf('signedIn', 'signedOut:rejected', 'signedIn', 'signedOut:rejected');
  await first.signIn(grace);
  for (const tab of all) {
    const told = ['signedIn', 'signedOut:rejected', 'signedIn', 'signedOut:rejected', 'signedIn'];
    await tab.toldOf(...told);
    const previousUser = { userId: userSub, username: 'ada' };
    expect(await lastEvent(tab)).toEqual({ type: 'signedIn', resumed: false, previousUser });
  }
  expect((await waitingOn).userSub).toBe((await first.fetch()).userSub);
  await expect(second.page.locator('textarea')).toHaveValue('the first algorithm');
});

test('a tab in view has Cognito say whether the session stands, and one that says no ends it in all', async ({
  openTabs,
  cognito,
}) => {
  const tabs = await openTabs(2, { config: { policy: { recheckSeconds: 1 } } });
  const [first, second] = tabs as [Tab, Tab];
  await first.signIn(ada);
  const signedInAtMs = Date.now();
  for (const tab of tabs) await tab.toldOf('signedIn');
  cognito.revokeUserSessions('ada');
  await expect.poll(() => Date.now(), { intervals: [100] }).toBeGreaterThan(signedInAtMs + 1_500);
  for (const tab of tabs) await tab.toldOf('signedIn');

  await second.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  for (const tab of tabs) await tab.toldOf('signedIn', 'signedOut:rejected');
});
