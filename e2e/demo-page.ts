/** The demo's page, as its tests meet it. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type APIRequestContext, type Locator, type Page, type TestInfo } from '@playwright/test';

export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1280, height: 900 };

/** Its local Cognito as at the start, with tokens long enough that none renews itself in the middle of a test. */
export async function resetDemo(request: APIRequestContext, demoUrl: string): Promise<void> {
  const cognito = localCognitoUrl(await (await request.get(demoUrl)).text());
  await request.post(`${cognito}/_local/reset`);
  await request.post(`${cognito}/_local/settings`, {
    data: { accessTokenSeconds: 3_600, idTokenSeconds: 3_600 },
  });
}

/** Opens the demo, and waits until the worker has said who is signed in. */
export async function openDemo(page: Page, demoUrl: string): Promise<Page> {
  await page.goto(demoUrl);
  await expect(page.getByText('Asking the worker for the session')).toBeHidden();
  await expect(page.getByRole('listitem').filter({ hasText: /^SharedWorker \w+/ })).toBeVisible();
  return page;
}

/** Chooses one of the users, and submits the first form. */
export async function beginSignIn(page: Page, username: string): Promise<void> {
  await page.getByRole('combobox', { name: 'Sign in as' }).selectOption(username);
  await signInButton(page).click();
}

/** Signs in as the user who is filled in. */
export async function signIn(page: Page): Promise<void> {
  await signInButton(page).click();
  await expect(sessionOf(page)).toContainText('Ada Lovelace');
}

export function signInButton(page: Page): Locator {
  return page.getByRole('button', { name: 'Sign in', exact: true });
}

export function sessionOf(page: Page): Locator {
  return page.getByRole('region', { name: 'Session', exact: true });
}

export function localCognitoUrl(html: string): string {
  const url = /"url":"(http:[^"]+)"/.exec(html)?.[1];
  expect(url, 'the page says where the local Cognito is').toBeDefined();
  return url ?? '';
}

/** A picture for people, axe for the rules, and the width. */
export async function examine(page: Page, testInfo: TestInfo, name: string): Promise<void> {
  await picture(page, testInfo, name, { fullPage: true });
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => ({ id, targets: nodes.map(({ target }) => target) }))).toEqual([]);
  const tooWide = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
  expect(tooWide).toBe(0);
}

/** Kept with the test's output, and attached to its report. */
export async function picture(
  page: Page,
  testInfo: TestInfo,
  name: string,
  { fullPage }: { fullPage: boolean },
): Promise<void> {
  const path = testInfo.outputPath(`${name}.png`);
  await page.screenshot({ path, fullPage });
  await testInfo.attach(name, { path, contentType: 'image/png' });
}
