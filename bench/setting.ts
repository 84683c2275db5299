/** What every measurement gets: the browser, the served pages and the local Cognito that both sides ask. */
import type { Browser, BrowserContext, Page } from '@playwright/test';
import type { LocalCognito } from '../demo/local-cognito/server.js';
import type {} from './pages/side.js';
import type { Site } from './site.js';

export interface Setting {
  browser: Browser;
  site: Site;
  cognito: LocalCognito;
}

export type SideName = 'ours' | 'amplify';
export const SIDES = ['ours', 'amplify'] as const satisfies readonly SideName[];

/** The user that the local Cognito is seeded with. */
export const USER = { username: 'ada', password: 'Analytical-Engine-1843' };

/** Answers of the local Cognito take this long, as a near AWS region's do. */
export const LATENCY_MS = 20;

export interface PageOptions {
  /** The page asks for a session at once and times it. */
  auto?: boolean;
  /** Base URL of the local Cognito, where it is not the usual one. */
  endpoint?: string;
}

/** Opens a page of one side. */
export async function openPage(
  context: BrowserContext,
  { site, cognito }: Setting,
  page: SideName | 'lease',
  { auto, endpoint = cognito.url }: PageOptions = {},
): Promise<Page> {
  const opened = await context.newPage();
  const query = new URLSearchParams({
    config: JSON.stringify({ ...cognito.config, endpoints: { userPool: endpoint, identityPool: endpoint } }),
  });
  if (auto) query.set('auto', '');
  await opened.goto(`${site.origin}/${page}.html?${query.toString()}`);
  return opened;
}

/** Opens a page of one side and signs in there. */
export async function openSignedInPage(
  context: BrowserContext,
  setting: Setting,
  side: SideName,
): Promise<Page> {
  const page = await openPage(context, setting, side);
  await signIn(page);
  await fetchSession(page);
  return page;
}

export function signIn(page: Page): Promise<void> {
  return page.evaluate(({ username, password }) => window.bench.signIn(username, password), USER);
}

export function fetchSession(page: Page): Promise<void> {
  return page.evaluate(() => window.bench.fetchSession());
}

/** Runs `measure` for both sides in turn, and changes who goes first each time, so that no side has the quieter machine. */
export async function interleave(rounds: number, measure: (side: SideName) => Promise<void>): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? SIDES : SIDES.toReversed();
    for (const side of order) await measure(side);
  }
}
