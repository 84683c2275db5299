/** What each test of a fault ends with: the session was kept, whole and in every tab. */
import { expect } from '@playwright/test';
import type { LocalCognito } from '../../demo/local-cognito/server.js';
import type { SessionTab } from '../tab.js';

/** All tabs have the same live session, nobody was told of a sign-out, and the stored refresh token is the live one. */
export async function expectKept(tabs: readonly SessionTab[], cognito: LocalCognito): Promise<void> {
  await expectOneLiveSession(tabs, cognito);
  const [first] = tabs;
  const before = await first?.fetch();
  expect((await first?.fetch({ forceRefresh: true }))?.accessToken).not.toBe(before?.accessToken);
  await expectOneLiveSession(tabs, cognito);
  for (const tab of tabs) {
    const names = await tab.eventNames();
    expect(names.filter((name) => name.startsWith('signedOut'))).toEqual([]);
  }
}

/** News may be on the way, and until it comes a tab may answer from what it holds, for its lease. */
async function expectOneLiveSession(tabs: readonly SessionTab[], cognito: LocalCognito): Promise<void> {
  const accessTokens = async (): Promise<Set<string | undefined>> =>
    new Set((await Promise.all(tabs.map((tab) => tab.fetch()))).map(({ accessToken }) => accessToken));
  await expect.poll(async () => (await accessTokens()).size, { message: 'one session in all tabs' }).toBe(1);
  const [accessToken] = await accessTokens();
  expect(await statusOf(cognito, accessToken ?? ''), 'the access token is alive').toBe(200);
}

/** How the server itself answers who comes with this access token. */
async function statusOf(cognito: LocalCognito, accessToken: string): Promise<number> {
  const answer = await fetch(cognito.config.endpoints.userPool, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.GetUser',
    },
    body: JSON.stringify({ AccessToken: accessToken }),
  });
  return answer.status;
}
