/** Tabs in which aws-amplify runs beside this package. */
import type * as entry from '../client/amplify.js';
import type { PlainSession as AmplifySession } from './amplify/page.js';
import { loadAmplify } from './amplify-fixtures.js';
import type { PlainSession } from './page/window.js';
import type { Tab } from './tab.js';

/** Loads Amplify, and gives it this package's providers, as an app does. */
export async function withProviders<T extends Tab>(tab: T, allowGuestAccess = false): Promise<T> {
  await loadAmplify(tab);
  await tab.run(
    async ({ config, allowGuestAccess }) => {
      const amplify = '/dist/amplify.js';
      const { amplifyProviders } = (await import(amplify)) as typeof entry;
      const { userPoolId = '', userPoolClientId = '', identityPoolId = '', endpoints = {} } = config;
      const { userPool = '', identityPool = '' } = endpoints;
      const pools = { userPoolId, userPoolClientId, identityPoolId, allowGuestAccess };
      window.amplify.configure({ ...pools, endpoints: { userPool, identityPool } }, amplifyProviders());
    },
    { config: tab.config, allowGuestAccess },
  );
  return tab;
}

/** What Amplify's `fetchAuthSession()` says. */
export const ofAmplify = (tab: Tab, options?: { forceRefresh: boolean }): Promise<AmplifySession> =>
  tab.run((asked) => window.amplify.session(asked), options);

/** What Amplify must say where this package says that. */
export const asAmplifySays = (session: PlainSession): AmplifySession => ({
  accessToken: session.accessToken,
  idToken: session.idToken,
  accessKeyId: session.credentials?.accessKeyId,
  sessionToken: session.credentials?.sessionToken,
  expiresAtMs: session.credentials?.expiration?.getTime(),
  identityId: session.identityId,
  userSub: session.userSub,
});
