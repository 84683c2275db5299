/** The demo: a session ends by itself, every tab is warned, and what somebody has typed is still there after signing in again. */
import { expect, test, type Locator, type Page } from '@playwright/test';
import {
  DESKTOP,
  examine,
  openDemo,
  PHONE,
  picture,
  resetDemo,
  sessionOf,
  signIn,
  signInButton,
} from './demo-page.js';
import type { Demo } from './demo-server.js';
import { startDemoSite } from './demo-site.js';

const SMALL_PHONE = { width: 360, height: 800 };
/** The idle time that the demo offers is 20 s; on a busy machine the dev server takes as long again to hand out another worker. */
const WARNED = { timeout: 40_000 };

/** Twice the idle time and more, on a busy machine. */
test.describe.configure({ timeout: 120_000 });

let demo: Demo;

test.beforeAll(async () => {
  demo = await startDemoSite();
});

test.afterAll(async () => {
  await demo.stop();
});

test.beforeEach(({ request }) => resetDemo(request, demo.url));

test('both tabs warn, one keeps the session for both, and past its end both texts are there to go on with', async ({
  context,
}) => {
  const first = await openDemo(await context.newPage(), demo.url);
  await signIn(first);
  const second = await openDemo(await context.newPage(), demo.url);
  await expect(sessionOf(second)).toContainText('Ada Lovelace');
  await notesOf(first).fill('The first tab writes this.');
  await notesOf(second).fill('The second tab writes that.');
  await endIdleSessions(second);
  await expect(first.getByRole('combobox', { name: 'End idle sessions after' })).toHaveValue('20');

  for (const page of [first, second]) {
    await expect(warningOf(page)).toBeVisible(WARNED);
    await expect(warningOf(page)).toContainText('Not saved yet: notes.');
    await expect(warningOf(page)).toHaveAccessibleDescription(/ends in every tab\. \d+ seconds left\. /);
    await expect(page.getByRole('button', { name: 'Stay signed in' })).toBeFocused();
  }
  await first.bringToFront();
  await first.getByRole('button', { name: 'Stay signed in' }).click();
  for (const page of [first, second]) await expect(warningOf(page)).toBeHidden();
  await expect(sessionOf(second)).toContainText('Ada Lovelace');

  for (const page of [first, second]) await expect(warningOf(page)).toBeVisible(WARNED);
  for (const page of [first, second]) {
    await expect(page.getByRole('heading', { name: 'Your session has ended' })).toBeVisible(WARNED);
    await expect(warningOf(page)).toBeHidden();
    await expect(sessionOf(page)).toContainText('Nobody has used this page for a while');
    await expect(page.getByText(/^Saved ahead of the session’s end \(idle\)/)).toBeVisible();
    await expect(page.getByRole('textbox', { name: 'User name' })).toHaveValue('ada');
    await expect(notesOf(page)).toHaveAttribute('readonly');
  }
  await expect(notesOf(first)).toHaveValue('The first tab writes this.');
  await expect(notesOf(second)).toHaveValue('The second tab writes that.');

  await first.bringToFront();
  await first.getByRole('button', { name: 'Sign in again', exact: true }).click();
  await expect(first.getByRole('heading', { name: 'Session', exact: true })).toBeFocused();
  await signInButton(first).click();
  for (const page of [first, second]) {
    await expect(page.getByText('Welcome back, your notes are as they were.')).toBeVisible();
    await expect(notesOf(page)).toBeEditable();
  }
  await expect(notesOf(first)).toHaveValue('The first tab writes this.');
  await expect(notesOf(second)).toHaveValue('The second tab writes that.');

  await second.reload();
  await expect(notesOf(second), 'it was saved, not only kept on the screen').toHaveValue(
    'The second tab writes that.',
  );
});

test('another user who signs in sees nothing of what the one before has typed', async ({ page }) => {
  await openDemo(page, demo.url);
  await signIn(page);
  await notesOf(page).fill('For Ada only.');
  await endIdleSessions(page);
  await expect(page.getByRole('heading', { name: 'Your session has ended' })).toBeVisible({
    timeout: 35_000,
  });
  await expect(notesOf(page)).toHaveValue('For Ada only.');

  await page.getByRole('combobox', { name: 'Sign in as' }).selectOption('joan');
  await page.getByRole('combobox', { name: 'How', exact: true }).selectOption('USER_SRP_AUTH');
  await signInButton(page).click();
  await expect(sessionOf(page)).toContainText('Joan Clarke');
  await expect(notesOf(page)).toHaveValue('');
});

test('a sign-out leaves no notes on the screen, and the user finds them again', async ({ page }) => {
  await openDemo(page, demo.url);
  await signIn(page);
  await notesOf(page).fill('Where was I?');
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(notesOf(page)).toHaveValue('');
  await signIn(page);
  await expect(notesOf(page)).toHaveValue('Where was I?');
});

test('the warning is a dialog that says all it shows; Escape puts it away, and the session goes on to its end', async ({
  page,
}) => {
  await openDemo(page, demo.url);
  await signIn(page);
  await warnAtOnce(page);
  const warning = warningOf(page);
  await expect(warning).toHaveAccessibleName('This sign-in ends soon');
  await expect(warning).toHaveAccessibleDescription(
    /nothing can prolong it\..* 1\d\d minutes left\. Nothing is unsaved\.$/,
  );
  expect(await warning.evaluate((dialog) => dialog.matches(':modal'))).toBe(true);
  await expect(page.getByRole('button', { name: 'Sign in again now' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(warning).toBeHidden();
  await expect(page.getByRole('switch', { name: 'Refresh tokens last one hour' })).toBeFocused();
  await expect(sessionOf(page)).toContainText('Ada Lovelace');
});

test('warned of an end that nothing prolongs, the user signs in again and finds the notes', async ({
  page,
}) => {
  await openDemo(page, demo.url);
  await signIn(page);
  await notesOf(page).fill('Not yet finished.');
  await warnAtOnce(page);
  await page.getByRole('button', { name: 'Sign in again now' }).click();
  await expect(signInButton(page)).toBeVisible();
  await expect(warningOf(page)).toBeHidden();
  await expect(page.getByRole('textbox', { name: 'User name' })).toHaveValue('ada');
  await signInButton(page).click();
  await expect(notesOf(page)).toHaveValue('Not yet finished.');
});

for (const [name, viewport, colorScheme] of [
  ['phone', PHONE, 'light'],
  ['small phone', SMALL_PHONE, 'dark'],
  ['desktop', DESKTOP, 'light'],
  ['desktop', DESKTOP, 'dark'],
] as const) {
  test(`a ${name} shows the warning in ${colorScheme} colours without barriers, and what follows it`, async ({
    page,
  }, testInfo) => {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await openDemo(page, demo.url);
    await signIn(page);
    await notesOf(page).fill('Dear diary,\nthe engine weaves algebraic patterns.');
    await endIdleSessions(page);
    await expect(warningOf(page)).toBeVisible(WARNED);
    await picture(page, testInfo, `${colorScheme}-window`, { fullPage: false });
    await examine(page, testInfo, `${colorScheme}-warned`);
    await expect(page.getByRole('heading', { name: 'Your session has ended' })).toBeVisible(WARNED);
    await expect(page.getByRole('button', { name: 'Sign in again', exact: true })).toBeVisible();
    await picture(page, testInfo, `${colorScheme}-ended-window`, { fullPage: false });
    await examine(page, testInfo, `${colorScheme}-ended`);
    await signInButton(page).click();
    await expect(page.getByText('Welcome back, your notes are as they were.')).toBeVisible();
    await examine(page, testInfo, `${colorScheme}-back`);
  });
}

function notesOf(page: Page): Locator {
  return page.getByRole('textbox', { name: 'Your notes' });
}

function warningOf(page: Page): Locator {
  return page.getByRole('dialog');
}

async function endIdleSessions(page: Page): Promise<void> {
  await page.getByRole('combobox', { name: 'End idle sessions after' }).selectOption('20 s');
}

async function warnAtOnce(page: Page): Promise<void> {
  await page.getByRole('switch', { name: 'Refresh tokens last one hour' }).click();
  // Another policy is another worker, which the dev server hands out file by file.
  await expect(warningOf(page)).toBeVisible(WARNED);
}
