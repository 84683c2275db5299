/**
 * Ten things that go wrong with aws-amplify 6.22 and must not here. Each test shows first that Amplify does it, on real tabs, and
 * then that this package doesn't; where another file holds our side already, the test says where and shows Amplify's alone.
 *
 *  1  two tabs, one expired token          ours: one-refresh-for-all-tabs.spec.ts
 *  2  calls at once in one tab             here
 *  3  cold guest calls                     here; eight tabs: guests.spec.ts
 *  4  sign-out during a refresh            ours: sign-out-reaches-every-tab.spec.ts
 *  5  the next user during a refresh       ours: sign-out-reaches-every-tab.spec.ts
 *  6  user switch in another tab           here
 *  7  credentials fail, tokens are good    here; each operation: guests.spec.ts
 *  8  the session ends, guests are allowed here
 *  9  different client metadata at once    ours: one-refresh-for-all-tabs.spec.ts
 * 10  no ID token, but an identity pool    here
 */
import type { Page } from '@playwright/test';
import { decodeJwt } from 'jose';
import { htmlPage } from '../bench/site.js';
import type { LocalCognito } from '../demo/local-cognito/server.js';
import { makeTokenPair } from '../worker/testing/tokens.js';
import { test as base } from './amplify-fixtures.js';
import { ada, expect, grace } from './fixtures.js';
import { REFRESH } from './refreshing.js';

const GET_ID = 'GetId';
const GET_CREDENTIALS = 'GetCredentialsForIdentity';
const GUESTS = { allowGuestAccess: true };

interface Fixtures {
  /** A tab of the same profile, with Amplify on it. */
  openAmplify: (options?: { allowGuestAccess: boolean }) => Promise<Page>;
}

const test = base.extend<Fixtures>({
  openAmplify: async ({ context, site, cognito }, use) => {
    site.serve('/amplify.html', { body: htmlPage('amplify/page') });
    await use(async ({ allowGuestAccess } = { allowGuestAccess: false }) => {
      const page = await context.newPage();
      await page.goto(`${site.url}/amplify.html`);
      await page.evaluate((pools) => window.amplify.configure(pools), {
        ...cognito.config,
        allowGuestAccess,
      });
      return page;
    });
  },
});

const signIn = (page: Page, { username, password } = ada): Promise<string> =>
  page.evaluate(([name, secret]) => window.amplify.signIn(name, secret, 'USER_PASSWORD_AUTH'), [
    username,
    password,
  ] as const);

const session = (page: Page, forceRefresh = false) =>
  page.evaluate((force) => window.amplify.session({ forceRefresh: force }), forceRefresh);

/** The name of the error that a fetch rejects with. */
const rejection = (page: Page, forceRefresh = false): Promise<string> =>
  session(page, forceRefresh).then(
    () => 'no error',
    (error: Error) =>
      /(\w+(?:Exception|Error)): /.exec(error.message.replace('page.evaluate: ', ''))?.[1] ?? error.message,
  );

/** Other processes see a little later what a tab has written to web storage. */
const storedRefreshToken = (page: Page) => page.evaluate(() => window.amplify.storedRefreshToken());

/** Signed in with Amplify, one tab refreshes, and another does this before the answer comes. */
async function duringRefresh(
  { first, second, cognito }: { first: Page; second: Page; cognito: LocalCognito },
  meanwhile: () => Promise<void>,
): Promise<void> {
  await signIn(first);
  await expect.poll(() => storedRefreshToken(second)).toEqual(expect.any(String));
  const hold = cognito.hold(REFRESH);
  const refreshing = rejection(first, true);
  await hold.waitForArrived(1);
  await second.evaluate(() => window.amplify.signOut());
  await meanwhile();
  hold.release();
  await refreshing;
}

/** Cognito answers the next refresh with an access token of this user alone. @returns it */
function refreshWithoutIdToken(cognito: LocalCognito, userSub: string): string {
  const { accessToken } = makeTokenPair(userSub, Date.now(), 3_600);
  cognito.addFault({
    kind: 'garbage',
    operation: REFRESH,
    body: JSON.stringify({
      AuthenticationResult: { AccessToken: accessToken, ExpiresIn: 3_600, TokenType: 'Bearer' },
    }),
    contentType: 'application/x-amz-json-1.1',
  });
  return accessToken;
}

test('1: two tabs of Amplify refresh twice with one token, and the reuse signs both out', async ({
  openAmplify,
  cognito,
}) => {
  const [first, second] = [await openAmplify(), await openAmplify()];
  await signIn(first);
  await expect.poll(async () => (await session(second)).accessToken).toBeDefined();
  const hold = cognito.hold(REFRESH);
  const calls = [rejection(first, true), rejection(second, true)];
  await hold.waitForArrived(2);
  hold.release();
  expect((await Promise.all(calls)).sort()).toEqual(['RefreshTokenReuseException', 'no error'].sort());
  // One was given new tokens, and they are good for nothing: the next to refresh has no session.
  for (const tab of [first, second]) {
    const tokenAfterwards = async (): Promise<string | undefined> => {
      await rejection(tab, true);
      return (await session(tab)).accessToken;
    };
    await expect.poll(tokenAfterwards).toBeUndefined();
  }
});

test('2: calls at once in one tab are one refresh, one event and one request for credentials', async ({
  openAmplify,
  openTab,
  cognito,
}) => {
  const amplify = await openAmplify();
  await signIn(amplify);
  cognito.clearLog();
  await amplify.evaluate(() =>
    Promise.all([1, 2, 3, 4].map(() => window.amplify.session({ forceRefresh: true }))),
  );
  expect(cognito.counts()).toEqual({ [REFRESH]: 1, [GET_ID]: 4, [GET_CREDENTIALS]: 4 });
  const told = await amplify.evaluate(() => window.amplify.events);
  expect(told.filter((name) => name === 'tokenRefresh')).toHaveLength(4);

  const tab = await openTab();
  await tab.signIn(ada);
  cognito.clearLog();
  // In one task: each call that is made after a refresh had ended would rightly be another one.
  await tab.run(async () => {
    await Promise.all([1, 2, 3, 4].map(() => window.csw.fetchAuthSession({ forceRefresh: true })));
  }, undefined);
  const asked = cognito.counts();
  expect(asked[REFRESH]).toBe(1);
  expect(asked[GET_CREDENTIALS]).toBe(1);
  await tab.toldOf('signedIn', 'tokenRefresh');
});

test('3: three cold guest calls are one identity', async ({ openAmplify, openTab, cognito }) => {
  const amplify = await openAmplify(GUESTS);
  await amplify.evaluate(() => Promise.all([1, 2, 3].map(() => window.amplify.session())));
  expect(cognito.identities()).toHaveLength(3);

  cognito.reset();
  const tab = await openTab({ config: GUESTS });
  const sessions = await Promise.all([1, 2, 3].map(() => tab.fetch()));
  expect(new Set(sessions.map(({ identityId }) => identityId)).size).toBe(1);
  expect(cognito.identities()).toHaveLength(1);
});

test('4: in Amplify a refresh that ends after the sign-out of another tab brings the session back', async ({
  openAmplify,
  cognito,
}) => {
  const [first, second] = [await openAmplify(), await openAmplify()];
  await duringRefresh({ first, second, cognito }, async () => {
    expect(await storedRefreshToken(second)).toBeUndefined();
  });
  await expect.poll(() => storedRefreshToken(second)).toEqual(expect.any(String));
});

test('5: in Amplify a refresh that ends after the next user signed in puts the last user back', async ({
  openAmplify,
  cognito,
}) => {
  const [first, second] = [await openAmplify(), await openAmplify()];
  await duringRefresh({ first, second, cognito }, async () => {
    await signIn(second, grace);
    expect((await second.evaluate(() => window.amplify.currentUser())).username).toBe('grace');
  });
  await expect
    .poll(async () => (await second.evaluate(() => window.amplify.currentUser())).username)
    .toBe('ada');
});

test("6: a tab never asks for the next user's credentials with the last user's identity", async ({
  openAmplify,
  openTabs,
  cognito,
}) => {
  const [first, second] = [await openAmplify(), await openAmplify()];
  await signIn(first);
  await session(first);
  await second.evaluate(() => window.amplify.signOut());
  await signIn(second, grace);
  await expect.poll(() => rejection(first)).toBe('NotAuthorizedException');

  const [one, two] = await openTabs(2);
  await one.signIn(ada);
  const adas = await one.fetch();
  await two?.signOut();
  await two?.signIn(grace);
  cognito.clearLog();
  const graces = await one.fetch();
  expect(decodeJwt(graces.accessToken ?? '')['username']).toBe('grace');
  expect(graces.credentials).toBeDefined();
  expect(graces.identityId).not.toBe(adas.identityId);
  expect(cognito.requests.filter(({ status }) => status !== 200)).toEqual([]);
});

test('7: tokens that are good are had, whatever became of the credentials', async ({
  openAmplify,
  openTab,
  cognito,
}) => {
  const refuse = (): void =>
    cognito.addFault({
      kind: 'error',
      operation: GET_CREDENTIALS,
      status: 400,
      type: 'ResourceConflictException',
    });
  const amplify = await openAmplify();
  await signIn(amplify);
  refuse();
  expect(await rejection(amplify)).toBe('ResourceConflictException');

  const tab = await openTab();
  refuse();
  await tab.signIn(ada);
  const { accessToken, credentials, credentialsError } = await tab.fetch();
  expect(accessToken).toBeTruthy();
  expect(credentials).toBeUndefined();
  expect(credentialsError?.name).toBe('ResourceConflictException');
});

test("8: whose session Cognito ended becomes a guest of a new identity, not one with the user's", async ({
  openAmplify,
  openTab,
  cognito,
}) => {
  const amplify = await openAmplify(GUESTS);
  await signIn(amplify);
  const { identityId: adas } = await session(amplify);
  cognito.revokeUserSessions(ada.username);
  expect(await rejection(amplify, true)).toBe('NotAuthorizedException');
  // Signed out, it asks as a guest for the credentials of the identity that is the user's.
  expect(await rejection(amplify)).toBe('NotAuthorizedException');
  expect(cognito.requests.at(-1)).toMatchObject({ operation: GET_CREDENTIALS, status: 400 });
  expect(cognito.requests.at(-1)?.summary).toContain(`${adas} as a guest: `);
  expect(cognito.identities()).toHaveLength(1);

  cognito.reset();
  const tab = await openTab({ config: GUESTS });
  await tab.signIn(ada);
  const { identityId } = await tab.fetch();
  cognito.revokeUserSessions(ada.username);
  expect(await tab.rejection('fetchAuthSession', { forceRefresh: true })).toBe('NotAuthorizedException');
  const guest = await tab.fetch();
  expect(guest.accessToken).toBeUndefined();
  expect(guest.credentials).toBeDefined();
  expect(guest.identityId).not.toBe(identityId);
});

test('9: in Amplify the client metadata of the second of two calls at once is dropped', async ({
  openAmplify,
  cognito,
}) => {
  const amplify = await openAmplify();
  await signIn(amplify);
  await amplify.evaluate(() =>
    Promise.all(
      ['first', 'second'].map((from) =>
        window.amplify.session({ forceRefresh: true, clientMetadata: { from } }),
      ),
    ),
  );
  const sent = cognito.requests.filter(({ operation }) => operation === REFRESH);
  expect(sent.map(({ clientMetadata }) => clientMetadata)).toEqual([{ from: 'first' }]);
});

test('10: without an ID token the access token is had all the same', async ({
  openAmplify,
  openTab,
  cognito,
}) => {
  const amplify = await openAmplify();
  await signIn(amplify);
  refreshWithoutIdToken(cognito, (await session(amplify)).userSub ?? '');
  expect(await rejection(amplify, true)).toBe('UserUnAuthenticatedException');

  const tab = await openTab();
  await tab.signIn(ada);
  const before = await tab.fetch();
  const accessToken = refreshWithoutIdToken(cognito, before.userSub ?? '');
  const after = await tab.fetch({ forceRefresh: true });
  expect(after.accessToken).toBe(accessToken);
  expect(after.idToken).toBeUndefined();
  // There is nothing to ask for others with, and those of this user are still good.
  expect(before.credentials).toBeDefined();
  expect(after.credentials).toEqual(before.credentials);
  expect(after.identityId).toBe(before.identityId);
});
