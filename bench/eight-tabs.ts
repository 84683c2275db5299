/** 8 tabs force a refresh, and all of them have asked before the server lets an answer go. */
import type { BrowserContext, Page } from '@playwright/test';
import type { Row } from './report.js';
import { openPage, openSignedInPage, type Setting, type SideName } from './setting.js';

const TABS = 8;
const REFRESH = 'GetTokensFromRefreshToken';
const OPERATIONS = [REFRESH, 'GetCredentialsForIdentity', 'GetId'] as const;
const TARGETS = [1, 1, 0];

export async function measureEightTabs(setting: Setting): Promise<Row[]> {
  const context = await setting.browser.newContext();
  try {
    const ours = await forceInAllTabs(context, setting, 'ours');
    const amplify = await forceInAllTabs(context, setting, 'amplify');
    return OPERATIONS.map((operation, index) => ({
      what: `${TABS} tabs force a refresh at once: \`${operation}\``,
      ours: String(ours[index]),
      beside: `Amplify ${amplify[index]}`,
      target: String(TARGETS[index]),
      met: ours[index] === TARGETS[index],
    }));
  } finally {
    await context.close();
  }
}

/** How often Cognito was asked for each of {@link OPERATIONS}. */
async function forceInAllTabs(context: BrowserContext, setting: Setting, side: SideName): Promise<number[]> {
  const tabs: Page[] = [await openSignedInPage(context, setting, side)];
  while (tabs.length < TABS) {
    const options = side === 'ours' ? {} : { endpoint: ownHostName(setting, tabs.length) };
    tabs.push(await openPage(context, setting, side, options));
  }

  setting.cognito.clearLog();
  const hold = setting.cognito.hold(REFRESH);
  const sent = tabs.map((tab) => tab.evaluate(() => window.bench.forceRefresh()));
  await Promise.all(sent);
  await hold.waitForArrived(side === 'ours' ? 1 : TABS);
  hold.release();
  await Promise.all(tabs.map((tab) => tab.evaluate(() => window.bench.forced)));

  const counts = setting.cognito.counts();
  await Promise.all(tabs.map((tab) => tab.close()));
  return OPERATIONS.map((operation) => counts[operation] ?? 0);
}

/**
 * Chromium opens at most 6 connections to one host over HTTP/1.1, for all tabs together, so the last two of 8 held
 * refreshes would never arrive. With a name of its own for the same server, each tab has connections of its own.
 */
function ownHostName({ cognito }: Setting, tab: number): string {
  const { port } = new URL(cognito.url);
  return `http://tab-${tab}.localhost:${port}`;
}
