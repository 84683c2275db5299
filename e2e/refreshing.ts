/** How tests bring a refresh about. */
import type { LocalCognito } from '../demo/local-cognito/server.js';
import type { PlainSession } from './page/window.js';
import type { SessionTab } from './tab.js';

/** What Cognito calls it. */
export const REFRESH = 'GetTokensFromRefreshToken';

/** All tabs force a refresh, and all of their calls wait for the same one before it is answered. */
export async function forceAtOnce(
  tabs: readonly SessionTab[],
  cognito: LocalCognito,
): Promise<PlainSession[]> {
  const hold = cognito.hold(REFRESH);
  const calls = Promise.all(tabs.map((tab) => tab.fetch({ forceRefresh: true })));
  await hold.waitForArrived(1);
  await Promise.all(tabs.map((tab) => tab.callsWaitForRefresh()));
  hold.release();
  return calls;
}
