/** The demo lets a visitor try every way to sign in, with the codes at hand, and goes on after a reload. */
import { expect, test, type Page } from '@playwright/test';
import {
  beginSignIn,
  DESKTOP,
  examine,
  localCognitoUrl,
  openDemo,
  PHONE,
  resetDemo,
  sessionOf,
  signInButton,
} from './demo-page.js';
import type { Demo } from './demo-server.js';
import { startDemoSite } from './demo-site.js';
import { addVirtualAuthenticator } from './virtual-authenticator.js';

let demo: Demo;

test.beforeAll(async () => {
  demo = await startDemoSite();
});

test.afterAll(async () => {
  await demo.stop();
});

test.beforeEach(async ({ request, page }) => {
  await resetDemo(request, demo.url);
  await openDemo(page, demo.url);
});

test('a code by e-mail: a wrong one is told and can be mended, the right one signs in', async ({ page }) => {
  await beginSignIn(page, 'katherine');
  await expect(heading(page, 'Look into your e-mail')).toBeFocused();
  await expect(sessionOf(page)).toContainText('A code was sent to k***@e***.');
  const code = page.getByRole('textbox', { name: 'Code' });
  await code.fill('no code');
  await signInButton(page).click();
  await expect(page.getByRole('alert').filter({ hasText: 'The code is wrong. Try again.' })).toBeVisible();
  await expect(code).toBeFocused();
  await fillInWhatTheUserSees(page, 'E-mail to katherine@example.com');
  await expect(code).toHaveValue(/^\d{8}$/);
  await signInButton(page).click();
  await expect(sessionOf(page)).toContainText('Katherine Johnson');
  await expect(page.getByRole('heading', { name: 'Session', exact: true })).toBeFocused();
});

test('the code that an authenticator app shows stands at the step and in the card of the server', async ({
  page,
}) => {
  await beginSignIn(page, 'hedy');
  await expect(heading(page, 'Open your authenticator app')).toBeVisible();
  await fillInWhatTheUserSees(page, 'hedy’s app, next in');
  const shown = page.getByRole('listitem').filter({ hasText: 'hedy’s app' }).locator('code');
  // At the step and in the card; both change at once.
  await expect.poll(async () => new Set(await shown.allTextContents()).size).toBe(1);
  await expect(shown).toHaveCount(2);
  await signInButton(page).click();
  await expect(sessionOf(page)).toContainText('Hedy Lamarr');
});

test('of two second factors the text message is chosen', async ({ page }) => {
  await beginSignIn(page, 'margaret');
  await expect(heading(page, 'How do you want to confirm?')).toBeFocused();
  await expect(page.getByRole('button', { name: 'Authenticator app' })).toBeVisible();
  await page.getByRole('button', { name: 'Text message' }).click();
  await fillInWhatTheUserSees(page, 'Text message to +12025550143');
  await signInButton(page).click();
  await expect(sessionOf(page)).toContainText('Margaret Hamilton');
});

test('an authenticator app is set up, by its address or its key', async ({ page }) => {
  await beginSignIn(page, 'radia');
  await page.getByRole('button', { name: 'Authenticator app' }).click();
  await expect(heading(page, 'Set up an authenticator app')).toBeFocused();
  const link = page.getByRole('link', { name: 'Open it in an app on this device' });
  const uri = new URL((await link.getAttribute('href')) ?? '');
  expect(uri.href).toMatch(/^otpauth:\/\/totp\/One%20session:radia\?secret=[A-Z2-7]+&issuer=One%20session$/);
  const key = (await page.locator('.setup-key').textContent())?.replaceAll(' ', '');
  expect(key).toBe(uri.searchParams.get('secret'));
  await fillInWhatTheUserSees(page, 'radia’s app, next in');
  await page.getByRole('button', { name: 'Finish and sign in' }).click();
  await expect(sessionOf(page)).toContainText('Radia Perlman');
});

test('e-mail is set up as the second factor', async ({ page }) => {
  await beginSignIn(page, 'radia');
  await page.getByRole('button', { name: 'E-mail' }).click();
  await page.getByRole('textbox', { name: 'E-mail address' }).fill('radia@example.org');
  await page.getByRole('button', { name: 'Send a code' }).click();
  await fillInWhatTheUserSees(page, 'E-mail to radia@example.org');
  await signInButton(page).click();
  await expect(sessionOf(page)).toContainText('Radia Perlman');
});

test('who must choose a new password can, and gives the name that is missing', async ({ page }) => {
  await beginSignIn(page, 'grace');
  await expect(heading(page, 'Choose a new password')).toBeFocused();
  await page.getByRole('textbox', { name: 'New password' }).fill('Nanosecond-Wire-1906');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Grace Hopper');
  await page.getByRole('button', { name: 'Set it and sign in' }).click();
  await expect(sessionOf(page)).toContainText('Grace Hopper');
});

test('of the first factors a password is chosen; a wrong one is told and can be mended', async ({ page }) => {
  await beginSignIn(page, 'joan');
  await expect(heading(page, 'How do you want to sign in?')).toBeFocused();
  await page.getByRole('button', { name: 'Password It is sent to Cognito.' }).click();
  const password = page.getByRole('textbox', { name: 'Password' });
  await password.fill('Wrong-Password-1941');
  await signInButton(page).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Cognito did not accept this.' })).toBeVisible();
  await password.fill('Banburismus-1941');
  await signInButton(page).click();
  await expect(sessionOf(page)).toContainText('Joan Clarke');
});

test('a passkey is made on the page, and signs in', async ({ page }) => {
  await beginSignIn(page, 'joan');
  await expect(page.getByRole('button', { name: 'Make a passkey here' })).toBeHidden();
  await addVirtualAuthenticator(page);
  // An address can't have passkeys: the page says where it can.
  await page.getByRole('link', { name: 'open this page there' }).click();
  await expect(page).toHaveURL(/^http:\/\/localhost:/);
  await beginSignIn(page, 'joan');
  await page.getByRole('button', { name: /^Passkey/ }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Cognito can not use this answer.' })).toBeVisible();
  await page.getByRole('button', { name: 'Make a passkey here' }).click();
  await expect(page.getByText('It is made. Choose it above.')).toBeVisible();
  await page.getByRole('button', { name: /^Passkey/ }).click();
  await expect(sessionOf(page)).toContainText('Joan Clarke');
});

test("a question of the app's own is asked again after a wrong answer", async ({ page }) => {
  await beginSignIn(page, 'edith');
  await expect(sessionOf(page)).toContainText('What is six times seven?');
  const answer = page.getByRole('textbox', { name: 'Answer' });
  await answer.fill('41');
  await page.getByRole('button', { name: 'Answer', exact: true }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Cognito asks again.' })).toBeVisible();
  await expect(answer).toHaveValue('');
  await answer.fill('42');
  await page.getByRole('button', { name: 'Answer', exact: true }).click();
  await expect(sessionOf(page)).toContainText('Edith Clarke');
});

test('a step that waits comes back after a reload, in a new tab too, and one can start over', async ({
  page,
  context,
}) => {
  await beginSignIn(page, 'katherine');
  await expect(heading(page, 'Look into your e-mail')).toBeVisible();
  await page.reload();
  await expect(heading(page, 'Look into your e-mail')).toBeVisible();
  const second = await openDemo(await context.newPage(), demo.url);
  await fillInWhatTheUserSees(second, 'E-mail to katherine@example.com');
  await page.getByRole('button', { name: 'Start over' }).click();
  await expect(page.getByRole('textbox', { name: 'User name' })).toBeFocused();
  await expect(page.getByRole('group', { name: 'What the user sees' })).toBeHidden();
  await signInButton(second).click();
  for (const tab of [page, second]) await expect(sessionOf(tab)).toContainText('Katherine Johnson');
});

test('a sign-in that Cognito has given up is told, and the first form is there again', async ({
  page,
  request,
}) => {
  await beginSignIn(page, 'katherine');
  await expect(heading(page, 'Look into your e-mail')).toBeVisible();
  await request.post(`${localCognitoUrl(await page.content())}/_local/reset`);
  await page.getByRole('textbox', { name: 'Code' }).fill('12345678');
  await signInButton(page).click();
  await expect(
    page.getByRole('alert').filter({ hasText: 'This sign-in is over: begin again.' }),
  ).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'User name' })).toBeVisible();
});

test("on Cognito's page: back signed in, without being shown as signed out meanwhile, and out again", async ({
  page,
  request,
}) => {
  const cognito = localCognitoUrl(await page.content());
  await page.getByRole('button', { name: "Sign in on Cognito's page" }).click();
  await page.getByLabel('Username').fill('ada');
  await page.getByLabel('Password').fill('Analytical-Engine-1843');
  await request.post(`${cognito}/_local/hold`, { data: { operation: 'oauth2/token' } });
  await signInButton(page).click();
  await request.post(`${cognito}/_local/wait`, {
    data: { operation: 'oauth2/token', stage: 'held' },
  });
  await expect(page.getByText('Asking the worker for the session')).toBeVisible();
  await expect(signInButton(page)).toBeHidden();
  await request.post(`${cognito}/_local/release`);
  await expect(sessionOf(page)).toContainText('Ada Lovelace');
  expect(page.url()).not.toContain('code=');

  const isBack = page.waitForEvent('load');
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await isBack;
  await expect(page.getByRole('textbox', { name: 'User name' })).toBeVisible();
  // Cognito's page has forgotten her, too.
  await page.getByRole('button', { name: "Sign in on Cognito's page" }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(sessionOf(page)).toContainText("Cognito's page did not sign you in.");
});

for (const [name, viewport, colorScheme, usernames] of [
  ['phone', PHONE, 'dark', ['katherine', 'margaret', 'radia', 'grace', 'joan']],
  ['desktop', DESKTOP, 'light', ['radia']],
] as const) {
  for (const username of usernames) {
    test(`a ${name} shows what ${username} is asked without barriers and without scrolling sideways`, async ({
      page,
    }, testInfo) => {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await beginSignIn(page, username);
      await expect(page.locator('#step-heading')).toBeFocused();
      if (username === 'radia') {
        await page.getByRole('button', { name: 'Authenticator app' }).click();
        await expect(page.locator('.setup')).toBeVisible();
      }
      await examine(page, testInfo, `${name}-${username}`);
    });
  }
}

function heading(page: Page, name: string) {
  return page.getByRole('heading', { name, exact: true });
}

/** Takes the code from where the page shows what reached the user. */
async function fillInWhatTheUserSees(page: Page, where: string): Promise<void> {
  const shown = page.getByRole('group', { name: 'What the user sees' }).getByRole('listitem');
  await shown.filter({ hasText: where }).getByRole('button', { name: 'Fill in' }).click();
}
