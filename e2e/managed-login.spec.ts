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
  oauthConfig: async ({ cognito, site }, use) => {
    const { config } = cognito;
    site.serve('/app', { headers: { 'content-type': 'text/html' }, body: appPage(configOf(cognito, site)) });
    await use({ ...config, ...configOf(cognito, site) });
  },
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
