/** The demo: its one command starts it, and a person can do on it what the README says. */
import { expect, test, type Page } from '@playwright/test';
import {
  DESKTOP,
  examine,
  localCognitoUrl,
  openDemo,
  PHONE,
  resetDemo,
  sessionOf,
  signIn,
  signInButton,
} from './demo-page.js';
import { startDemo, type Demo } from './demo-server.js';
import { startDemoSite } from './demo-site.js';

let demo: Demo;

test.beforeAll(async () => {
  demo = await startDemoSite();
});

test.afterAll(async () => {
  await demo.stop();
});

test.beforeEach(({ request }) => resetDemo(request, demo.url));

test('one command starts it', async ({ page, request }) => {
  const started = await startDemo();
  try {
    await resetDemo(request, started.url);
    await openDemo(page, started.url);
    await signIn(page);
    await page.getByRole('button', { name: 'Force a refresh' }).click();
    await expect(counter(page)).toHaveText('1');
  } finally {
    await started.stop();
  }
});

test('a second tab has the session, one forced refresh gives both the same new token, and one sign-out ends both', async ({
  context,
}) => {
  const first = await openPage(await context.newPage());
  await signIn(first);
  const second = await openPage(await context.newPage());
  await expect(sessionOf(second)).toContainText('Ada Lovelace');
  await expect(first.getByRole('listitem').filter({ hasText: 'Tab 2' })).toBeVisible();
  const before = await mark(first);
  expect(await mark(second)).toBe(before);
  const refreshes = await refreshCount(first);

  await first.getByRole('button', { name: 'Force a refresh' }).click();

  await expect.poll(() => mark(first)).not.toBe(before);
  await expect.poll(() => mark(second)).toBe(await mark(first));
  expect(await expiry(second)).toBe(await expiry(first));
  await expect(counter(first)).toHaveText(String(refreshes + 1));
  await second.bringToFront();
  await expect(counter(second)).toHaveText(String(refreshes + 1));

  await second.getByRole('button', { name: 'Sign out', exact: true }).click();
  for (const page of [first, second]) {
    await expect(signInButton(page)).toBeVisible();
    await expect(page.getByText('No tokens: nobody is signed in.')).toBeVisible();
  }
});

test('five tabs opened from the page and a refresh forced in all six ask Cognito once', async ({
  context,
}) => {
  const page = await openPage(await context.newPage());
  await signIn(page);
  const refreshes = await refreshCount(page);

  await page.getByRole('button', { name: 'Open five tabs' }).click();
  const tabs = page.getByRole('region', { name: 'Tabs that share the session' }).getByRole('listitem');
  await expect(tabs).toHaveCount(6);
  await expect(tabs.filter({ hasText: await mark(page) })).toHaveCount(6);
  await page.bringToFront();
  await page.getByRole('button', { name: 'Refresh in all tabs' }).click();

  await expect(page.getByText('6 tabs asked for new tokens. Cognito was asked once.')).toBeVisible();
  await expect(counter(page)).toHaveText(String(refreshes + 1));
  await expect(tabs.filter({ hasText: await mark(page) })).toHaveCount(6);
});

test('a wrong password is told beside the form, and read out', async ({ page }) => {
  await openPage(page);
  await page.getByLabel('Password', { exact: true }).fill('Difference-Engine-1822');
  await signInButton(page).click();
  await expect(page.getByRole('alert').filter({ hasText: 'NotAuthorizedException' })).toBeVisible();
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused();
});

test('a wrong password leaves no mark on the fields once a right one was given', async ({ page }) => {
  await openPage(page);
  const password = page.getByLabel('Password', { exact: true });
  const username = page.getByRole('textbox', { name: 'User name' });
  await password.fill('Difference-Engine-1822');
  await signInButton(page).click();
  await expect(username).toHaveAttribute('aria-invalid', 'true');
  await password.fill('Analytical-Engine-1843');
  await signIn(page);
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(password).toBeVisible();
  await expect(username).not.toHaveAttribute('aria-invalid');
  await expect(password).not.toHaveAttribute('aria-invalid');
});

test('a request that is under way is not shown as failed', async ({ page, request }) => {
  await openPage(page);
  await signIn(page);
  await request.post(`${localCognitoUrl(await page.content())}/_local/settings`, {
    data: { latencyMs: 3_000 },
  });
  const card = page.getByRole('region', { name: 'Asked of Cognito' });
  await page.getByRole('button', { name: 'Force a refresh' }).click();
  const newest = card.getByRole('listitem').first();
  await expect(newest).toContainText(/GetTokensFromRefreshToken…$/);
  // Read once: an assertion that waits would wait until the answer is there.
  expect(await newest.locator('.bad').count()).toBe(0);
  expect(await card.textContent()).not.toContain('failed');
  await expect(card.getByRole('listitem').filter({ hasText: /GetTokensFromRefreshToken200$/ })).toBeVisible();
});

test('a fault of the server leaves the session standing', async ({ page }) => {
  await openPage(page);
  await signIn(page);
  const before = await mark(page);
  await page.getByRole('button', { name: '500', exact: true }).click();
  await expect(page.getByText('Refresh, once: answered with 500.')).toBeVisible();
  await page.getByRole('button', { name: 'Force a refresh' }).click();
  await expect.poll(() => mark(page)).not.toBe(before);
  await expect(sessionOf(page)).toContainText('Ada Lovelace');
  await expect(page.getByRole('region', { name: 'Asked of Cognito' })).toContainText('1 failed');
});

test('all of it can be done with the keyboard', async ({ page }) => {
  await openPage(page);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the session' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('combobox', { name: 'Sign in as' })).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('textbox', { name: 'User name' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(sessionOf(page)).toContainText('Ada Lovelace');
  await expect(page.getByRole('heading', { name: 'Session', exact: true })).toBeFocused();
  const before = await mark(page);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Force a refresh' })).toBeFocused();
  await page.keyboard.press('Space');
  await expect.poll(() => mark(page)).not.toBe(before);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(signInButton(page)).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Session', exact: true })).toBeFocused();
});

for (const [name, viewport] of Object.entries({ phone: PHONE, desktop: DESKTOP })) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`a ${name} shows it in ${colorScheme} colours without barriers and without scrolling sideways`, async ({
      page,
    }, testInfo) => {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await openPage(page);
      await examine(page, testInfo, `${name}-${colorScheme}-signed-out`);
      await signIn(page);
      await page
        .getByText(/^\d+ claims$/)
        .first()
        .click();
      await examine(page, testInfo, `${name}-${colorScheme}-signed-in`);
    });
  }
}

test('with a pool on AWS named in the environment there are no switches and no local Cognito', async ({
  page,
}) => {
  const onAws = await startDemo({
    VITE_USER_POOL_ID: 'eu-central-1_AbCdEf123',
    VITE_USER_POOL_CLIENT_ID: 'abcdefghijklmnopqrstuvwxyz',
  });
  try {
    await page.goto(onAws.url);
    await expect(signInButton(page)).toBeVisible();
    await expect(page.getByRole('textbox', { name: 'User name' })).toHaveValue('');
    await expect(page.getByRole('combobox', { name: 'Sign in as' })).toBeHidden();
    await expect(page.getByRole('button', { name: "Sign in on Cognito's page" })).toBeHidden();
    await expect(page.getByRole('heading', { name: 'Runs against AWS' })).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Make Cognito misbehave' })).toBeHidden();
    expect(await page.content()).not.toContain('id="local-cognito"');
  } finally {
    await onAws.stop();
  }
});

function openPage(page: Page): Promise<Page> {
  return openDemo(page, demo.url);
}

/** The mark of the access token that the page shows. */
async function mark(page: Page): Promise<string> {
  return (await page.getByRole('group', { name: 'Access token' }).locator('.mark').textContent()) ?? '';
}

async function expiry(page: Page): Promise<string> {
  return (
    (await page
      .getByRole('group', { name: 'Access token' })
      .getByText(/expires/)
      .textContent()) ?? ''
  );
}

function counter(page: Page) {
  return page.locator('.counter-main dd');
}

async function refreshCount(page: Page): Promise<number> {
  await expect(counter(page)).toHaveText(/^\d+$/);
  return Number(await counter(page).textContent());
}
