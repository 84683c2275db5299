/** The entry for React: components in every tab show the session as it is, and render again when it changes in any of them. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import type { SignInInput } from '../worker/contract.js';
import { root } from '../scripts/root.js';
import { ada, expect, test as base } from './fixtures.js';
import type { PlainConfig } from './page/window.js';
import { bundledReactApp } from './react/bundled.js';

declare global {
  interface Window {
    /** What react/app.js puts there. */
    startReactApp(config: PlainConfig, user: SignInInput): void;
  }
}

interface ReactFixtures {
  /** Opens a tab with the app. It must complain of nothing until the test ends. */
  openApp: () => Promise<Page>;
}

const test = base.extend<ReactFixtures>({
  openApp: async ({ context, site, cognito }, use) => {
    site.serve('/react-app.js', { body: await bundledReactApp() });
    site.serve('/react.html', { body: await readFile(join(root, 'e2e/react/page.html'), 'utf8') });
    const complaints: string[] = [];
    await use(async () => {
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      await page.goto(`${site.url}/react.html`);
      await page.evaluate(([config, user]) => window.startReactApp(config, user), [
        cognito.config,
        ada,
      ] as const);
      return page;
    });
    expect(complaints).toEqual([]);
  },
});

const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name }).click();
const isShown = async (pages: readonly Page[], text: string): Promise<void> => {
  for (const page of pages) await expect(page.locator('p')).toHaveText(text);
};

test('two tabs show one session: a sign-in, a refresh and a sign-out in one are rendered in the other', async ({
  openApp,
  cognito,
}) => {
  const [first, second] = [await openApp(), await openApp()];
  const both = [first, second];
  await isShown(both, 'Signed out');

  await press(first, 'Sign in');
  await isShown(both, 'Hello ada');
  const token = await first.locator('output').textContent();
  await expect(second.locator('output')).toHaveText(token ?? '');

  await press(second, 'Refresh');
  for (const page of both) await expect(page.locator('output')).not.toHaveText(token ?? '');
  expect(await first.locator('output').textContent()).toBe(await second.locator('output').textContent());

  await press(second, 'Sign out');
  await isShown(both, 'Signed out');
  for (const page of both) await expect(page.locator('output')).toHaveText('none');
  expect(cognito.accepted()).toMatchObject({
    InitiateAuth: 1,
    GetTokensFromRefreshToken: 1,
  });
});

test('a tab that comes later shows who is signed in, and asks Cognito nothing', async ({
  openApp,
  cognito,
}) => {
  const first = await openApp();
  await press(first, 'Sign in');
  await isShown([first], 'Hello ada');
  // The hook has it fetch the credentials, too.
  await expect.poll(() => cognito.accepted()).toMatchObject({ GetCredentialsForIdentity: 1 });
  const asked = cognito.requests.length;
  await isShown([await openApp()], 'Hello ada');
  expect(cognito.requests).toHaveLength(asked);
});

test('a refresh that Cognito refuses for good signs every tab out, and says why', async ({
  openApp,
  cognito,
}) => {
  const both = [await openApp(), await openApp()] as const;
  await press(both[0], 'Sign in');
  await isShown(both, 'Hello ada');
  cognito.revokeUserSessions('ada');
  await press(both[1], 'Refresh');
  await isShown(both, 'Signed out: NotAuthorizedException');
});

/** Where there is no window. The package finds itself by its own name. */
const SERVER_SCRIPT = `
  import { createElement } from 'react';
  import { renderToString } from 'react-dom/server';
  import { useAuthSession } from 'cognito-session-worker/react';
  const App = () => createElement('p', null, JSON.stringify(useAuthSession()).replaceAll('"', ''));
  console.log(renderToString(createElement(App)));`;

test('on a server it renders as loading, without configure()', async () => {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', SERVER_SCRIPT],
    { cwd: root, timeout: 30_000 },
  );
  expect(stderr).toBe('');
  expect(stdout.trim()).toBe('<p>{session:null,loading:true,isAuthenticated:false,error:null}</p>');
});
