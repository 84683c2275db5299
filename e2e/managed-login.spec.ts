/** Signing in on Cognito's own pages: one code exchange, no flash of a signed-out state, and nothing lost when it goes wrong. */
import type { Page } from '@playwright/test';
import type { LocalCognito } from '../demo/local-cognito/server.js';
import { ada, expect, test as base } from './fixtures.js';
import type { StaticServer } from './static-server.js';
import type { PlainConfig, PlainSession, RecordedEvent } from './page/window.js';

/** What the page at the return URL saw from its first moment on. */
interface Diary {
  events: RecordedEvent[];
  sessions: (PlainSession | undefined)[];
}

declare global {
  interface Window {
    diary: Diary;
    /** Set by the page at the return URL when its first calls have been answered. */
    isSettled: boolean;
  }
}

const test = base.extend<{ oauthConfig: PlainConfig }>({
  cognitoOptions: { users: [{ ...ada }, { username: 'Google_1815', password: 'of-no-use' }] },

  oauthConfig: [
    async ({ cognito, site }, use) => {
      const config = configOf(cognito, site);
      site.serve('/app', { headers: { 'content-type': 'text/html' }, body: appPage(config) });
      await use(config);
    },
    { auto: true },
  ],
});

function configOf({ config }: LocalCognito, site: StaticServer): PlainConfig {
  const oauth = { redirectSignIn: [`${site.url}/app`], redirectSignOut: [`${site.url}/app?out=1`] };
  return { ...config, oauth };
}

/** An app as people write it: configured at once, listening, and asking for the session three times while it starts. */
function appPage(config: PlainConfig): string {
  return `<!doctype html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<script type="module">
  import * as csw from '/dist/index.js';
  const plain = (session) => session && {
    accessToken: session.tokens?.accessToken.toString(),
    accessClaims: session.tokens?.accessToken.payload,
    userSub: session.userSub,
  };
  const plainError = (error) => error && { name: error.name, message: error.message, isAuthError: true };
  const diary = { events: [], sessions: [] };
  Object.assign(window, { csw, diary, isSettled: false });
  window.client = csw.configure({ ...${JSON.stringify(config)}, logger: () => undefined });
  csw.onSessionChange((session, { error, ...event }) =>
    diary.events.push({ ...event, error: plainError(error), session: plain(session) }));
  const ask = async () => {
    const peeked = csw.peekSession();
    if (peeked) diary.sessions.push(plain(peeked));
    diary.sessions.push(plain(await csw.fetchAuthSession()));
  };
  window.attempt = async (call, input) => {
    try {
      return { ok: true, value: await csw[call](input) };
    } catch (error) {
      return { ok: false, error: plainError(error) };
    }
  };
  await Promise.all([ask(), ask()]);
  await ask();
  window.isSettled = true;
</script>
`;
}

const settled = (page: Page): Promise<unknown> => page.waitForFunction(() => window.isSettled);
const diaryOf = (page: Page): Promise<Diary> => page.evaluate(() => window.diary);
const typesOf = async (page: Page): Promise<string[]> =>
  (await diaryOf(page)).events.map(({ type }) => type).sort();

/** Begins a sign-in, and waits until the browser shows Cognito's page. */
async function goToLogin(page: Page, site: StaticServer, input: object = {}): Promise<void> {
  if (!page.url().startsWith(`${site.url}/app`)) await page.goto(`${site.url}/app`);
  await settled(page);
  await page.evaluate((given) => void window.client.signInWithRedirect(given), input);
  await page.waitForURL(/\/oauth2\/authorize/);
}

async function fillIn(page: Page, { username, password } = ada): Promise<void> {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function signInThere(page: Page, site: StaticServer, input: object = {}): Promise<void> {
  await goToLogin(page, site, input);
  await fillIn(page);
  await page.waitForURL(`${site.url}/app**`);
  await settled(page);
}

test('a sign-in there and back: no answer and no event says signed out, one code exchange, a clean URL', async ({
  page,
  site,
  cognito,
  oauthConfig,
}) => {
  await signInThere(page, site, { customState: 'cart=7&x=ü' });
  await expect.poll(() => typesOf(page)).toEqual(['customOAuthState', 'signInWithRedirect', 'signedIn']);
  const { events, sessions } = await diaryOf(page);
  expect(sessions.length).toBeGreaterThanOrEqual(3);
  for (const session of [...sessions, ...events.map((event) => event.session)]) {
    expect(session?.accessClaims).toMatchObject({ username: 'ada', client_id: oauthConfig.userPoolClientId });
  }
  expect(events.find(({ type }) => type === 'customOAuthState')?.data).toBe('cart=7&x=ü');
  expect(page.url()).toBe(`${site.url}/app`);
  expect(cognito.counts()).toMatchObject({ 'oauth2/token': 1 });
  expect(cognito.refreshTokens()).toHaveLength(1);
});

test('after a reload the session is there, and nothing is exchanged again', async ({
  page,
  site,
  cognito,
}) => {
  await signInThere(page, site);
  await page.reload();
  await settled(page);
  for (const session of (await diaryOf(page)).sessions) {
    expect(session?.accessClaims).toMatchObject({ username: 'ada' });
  }
  expect(await typesOf(page)).toEqual([]);
  expect(cognito.counts()).toMatchObject({ 'oauth2/token': 1 });
});

test('the tokens refresh as any others do', async ({ page, site, cognito }) => {
  await signInThere(page, site);
  await page.evaluate(() => window.client.fetchAuthSession({ forceRefresh: true }).then(() => undefined));
  expect(cognito.accepted()).toMatchObject({ GetTokensFromRefreshToken: 1, 'oauth2/token': 1 });
});

test('a user of another provider comes back signed in', async ({ page, site }) => {
  await goToLogin(page, site, { provider: 'Google' });
  await page.getByRole('button', { name: 'Continue as Google_1815' }).click();
  await page.waitForURL(`${site.url}/app**`);
  await settled(page);
  const [session] = (await diaryOf(page)).sessions;
  expect(session?.accessClaims).toMatchObject({ username: 'Google_1815' });
});

test('two tabs that come back at once with the same URL cost one exchange, and both are signed in', async ({
  page,
  context,
  site,
  cognito,
}) => {
  const held = cognito.hold('oauth2/token');
  await goToLogin(page, site);
  await fillIn(page);
  await page.waitForURL(/\/app\?code=/);
  await cognito.waitForRequest('oauth2/token');
  const second = await context.newPage();
  await second.goto(page.url());
  // It has asked the worker by now: its question stands before this one on the same port.
  await second.waitForFunction(() => window.client !== undefined);
  await second.evaluate(() => window.client.inspectSession());
  held.release();
  for (const tab of [page, second]) {
    await settled(tab);
    const { events, sessions } = await diaryOf(tab);
    for (const session of [...sessions, ...events.map((event) => event.session)]) {
      expect(session?.accessClaims).toMatchObject({ username: 'ada' });
    }
    expect(tab.url()).toBe(`${site.url}/app`);
  }
  expect(cognito.counts()).toMatchObject({ 'oauth2/token': 1 });
});

test('an abandoned redirect blocks nobody: here and in another tab, calls are answered and a sign-in works', async ({
  page,
  context,
  site,
}) => {
  await goToLogin(page, site);
  const other = await context.newPage();
  await other.goto(`${site.url}/app`);
  await settled(other);
  // It may come from the back/forward cache, which loads nothing.
  await page.goBack({ waitUntil: 'commit' });
  await page.waitForURL(`${site.url}/app`, { waitUntil: 'commit' });
  expect(await page.evaluate(() => window.attempt('fetchAuthSession'))).toMatchObject({ ok: true });
  const outcome = await other.evaluate((input) => window.attempt('signIn', input), ada);
  expect(outcome).toMatchObject({ ok: true });
  await expect.poll(() => typesOf(page)).toEqual(['signedIn']);
});

test('back to the login page and forth again: told as a failure, and the session stays', async ({
  page,
  site,
  cognito,
}) => {
  await signInThere(page, site);
  // Cognito's page knows the user by its cookie, and sends the browser back with another code for the same state.
  await page.goBack();
  await page.waitForURL(`${site.url}/app**`);
  await settled(page);
  await expect.poll(() => typesOf(page)).toEqual(['signInWithRedirect_failure']);
  const { sessions } = await diaryOf(page);
  expect(sessions.at(-1)?.accessClaims).toMatchObject({ username: 'ada' });
  expect(new URL(page.url()).search).toBe('');
  expect(cognito.accepted()).toMatchObject({ 'oauth2/token': 1 });
});

for (const [what, query, reason] of [
  ['a forged state', 'code=stolen&state=forged', 'state'],
  ['a forged error', 'error=access_denied&error_description=Pay+here&state=forged', 'state'],
] as const) {
  test(`${what} is told, costs no exchange, and leaves a clean URL and the session that is there`, async ({
    page,
    site,
    cognito,
  }) => {
    await signInThere(page, site);
    await page.goto(`${site.url}/app?tab=7&${query}#here`);
    await settled(page);
    await expect.poll(() => typesOf(page)).toEqual(['signInWithRedirect_failure']);
    const { events, sessions } = await diaryOf(page);
    expect(events[0]?.error).toMatchObject({ name: 'OAuthSignInException' });
    expect(events[0]?.error?.message).toContain(reason);
    expect(events[0]?.session?.accessClaims).toMatchObject({ username: 'ada' });
    expect(sessions.every((session) => session?.accessToken !== undefined)).toBe(true);
    expect(page.url()).toBe(`${site.url}/app?tab=7#here`);
    expect(cognito.counts()).toMatchObject({ 'oauth2/token': 1 });
  });
}

test('a user who cancels comes back signed out, and is told why', async ({ page, site, cognito }) => {
  await goToLogin(page, site);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.waitForURL(`${site.url}/app**`);
  await settled(page);
  await expect.poll(() => typesOf(page)).toEqual(['signInWithRedirect_failure']);
  const [event] = (await diaryOf(page)).events;
  expect(event?.error).toMatchObject({ name: 'OAuthSignInException' });
  expect(event?.error?.message).toContain('cancelled');
  expect(page.url()).toBe(`${site.url}/app`);
  expect(cognito.counts()).not.toHaveProperty('oauth2/token');
});

test('a code that Cognito refuses is told, and calls go on', async ({ page, site, cognito }) => {
  cognito.addFault({ operation: 'oauth2/token', kind: 'error', status: 400, type: 'invalid_grant' });
  await goToLogin(page, site);
  await fillIn(page);
  await page.waitForURL(`${site.url}/app**`);
  await settled(page);
  await expect.poll(() => typesOf(page)).toEqual(['signInWithRedirect_failure']);
  expect((await diaryOf(page)).sessions.at(-1)).toEqual({});
  expect(new URL(page.url()).search).toBe('');
});

test('a token endpoint that never answers lets the calls go on after its bound', async ({
  page,
  site,
  cognito,
}) => {
  const held = cognito.hold('oauth2/token');
  await goToLogin(page, site);
  await fillIn(page);
  await page.waitForURL(`${site.url}/app**`);
  await settled(page);
  await expect.poll(() => typesOf(page)).toEqual(['signInWithRedirect_failure']);
  expect((await diaryOf(page)).events[0]?.error?.name).toBe('NetworkError');
  held.release();
});

test('a sign-out goes to Cognito in the one tab that signs out; the others are only told', async ({
  page,
  context,
  site,
  cognito,
}) => {
  const other = await context.newPage();
  await signInThere(page, site);
  await other.goto(`${site.url}/app`);
  await settled(other);
  const logouts: string[] = [];
  context.on('request', (request) => {
    if (new URL(request.url()).pathname === '/logout') logouts.push(request.url());
  });
  await page.evaluate(() => void window.client.signOut());
  await page.waitForURL(`${site.url}/app?out=1`);
  await expect.poll(() => typesOf(other)).toContain('signedOut');
  expect(other.url()).toBe(`${site.url}/app`);
  expect(logouts).toHaveLength(1);
  expect(cognito.refreshTokens().some(({ isUsable }) => isUsable)).toBe(false);
  // The login page's cookie is gone, too: it asks for the password again.
  await goToLogin(page, site);
  await expect(page.getByLabel('Password')).toBeVisible();
});

test('a sign-out of a session by password goes nowhere', async ({ page, site }) => {
  await page.goto(`${site.url}/app`);
  await settled(page);
  await page.evaluate((input) => window.client.signIn(input), ada);
  await page.evaluate(() => window.client.signOut());
  expect(page.url()).toBe(`${site.url}/app`);
});

test('who is signed in does not go to the login page', async ({ page, site }) => {
  await signInThere(page, site);
  expect(await page.evaluate(() => window.attempt('signInWithRedirect'))).toMatchObject({
    ok: false,
    error: { name: 'UserAlreadyAuthenticatedException' },
  });
  expect(page.url()).toBe(`${site.url}/app`);
});
