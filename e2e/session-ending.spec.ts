/** Promise: a session's end is known ahead, and told to every tab in time. */
import { ada, expect, test } from './fixtures.js';

const VALIDITY_SECONDS = 3_600;
/** What is left of it when the last tokens come. */
const LEFT_SECONDS = 8;
/** Longer than the session: the warning is due at once. */
const AT_ONCE = { warnBeforeEndSeconds: [90_000] };

test('every tab is warned once, and so is a tab that comes late', async ({ openTab, openTabs, cognito }) => {
  cognito.change({ refreshTokenSeconds: VALIDITY_SECONDS });
  const config = { refreshTokenValiditySeconds: VALIDITY_SECONDS, policy: AT_ONCE };
  const tabs = await openTabs(3, { config });
  await tabs[0].signIn(ada);

  for (const tab of tabs) await tab.toldOf('signedIn', 'sessionEnding');
  const late = await openTab({ config });
  await late.toldOf('sessionEnding');

  await tabs[0].fetch({ forceRefresh: true });
  for (const tab of tabs) await tab.toldOf('signedIn', 'sessionEnding', 'tokenRefresh');
  await late.toldOf('sessionEnding', 'tokenRefresh');
});

test('past the refresh token the session lasts as long as its access token, and ends as expired', async ({
  openTabs,
  cognito,
}) => {
  cognito.change({ refreshTokenSeconds: VALIDITY_SECONDS, accessTokenSeconds: 16, idTokenSeconds: 16 });
  const config = { refreshTokenValiditySeconds: VALIDITY_SECONDS, policy: { warnBeforeEndSeconds: [] } };
  const tabs = await openTabs(2, { config });
  await tabs[0].signIn(ada);
  const signedInAtMs = Date.now();
  cognito.change({ clockOffsetSeconds: VALIDITY_SECONDS - LEFT_SECONDS });
  await tabs[0].fetch({ forceRefresh: true });
  const refreshes = cognito.accepted()['GetTokensFromRefreshToken'];

  await expect.poll(() => Date.now()).toBeGreaterThan(signedInAtMs + LEFT_SECONDS * 1_000);
  expect((await tabs[1]?.fetch())?.accessToken, 'good until it expires').toBeTruthy();

  for (const tab of tabs) await tab.toldOf('signedIn', 'tokenRefresh', 'signedOut:expired');
  expect((await tabs[1]?.fetch())?.accessToken).toBeUndefined();
  expect(cognito.accepted()['GetTokensFromRefreshToken'], 'nothing more was to be had').toBe(refreshes);
});
