/** Which Cognito the page talks to: the one on AWS that the environment names, or the local one. */
import type { OAuthConfig, SessionConfig } from '../client/index.js';

/** The configuration of the session, and the local Cognito where there is one. */
export interface Environment {
  config: SessionConfig;
  /** Base URL of the local Cognito; undefined against AWS. */
  localUrl: string | undefined;
  /** For people: which Cognito this is. */
  serverName: string;
}

/** What the dev server writes into the page, when it has started the local Cognito. */
interface LocalCognitoNote {
  url: string;
  config: Pick<SessionConfig, 'userPoolId' | 'userPoolClientId' | 'identityPoolId' | 'endpoints'>;
}

/** Reads `VITE_…` and what the dev server left in the page. */
export function readEnvironment(): Environment {
  const note = document.getElementById('local-cognito')?.textContent;
  if (note) {
    const { url, config } = JSON.parse(note) as LocalCognitoNote;
    return {
      config: { ...config, allowGuestAccess: true, oauth: oauthHere() },
      localUrl: url,
      serverName: `Local Cognito, ${new URL(url).host}`,
    };
  }
  const { VITE_USER_POOL_ID, VITE_USER_POOL_CLIENT_ID, VITE_IDENTITY_POOL_ID, VITE_ALLOW_GUEST_ACCESS } =
    import.meta.env;
  const { VITE_OAUTH_DOMAIN } = import.meta.env;
  return {
    config: {
      ...(VITE_USER_POOL_ID && { userPoolId: VITE_USER_POOL_ID }),
      ...(VITE_USER_POOL_CLIENT_ID && { userPoolClientId: VITE_USER_POOL_CLIENT_ID }),
      ...(VITE_IDENTITY_POOL_ID && { identityPoolId: VITE_IDENTITY_POOL_ID }),
      ...(VITE_OAUTH_DOMAIN && { oauth: { ...oauthHere(), domain: VITE_OAUTH_DOMAIN } }),
      allowGuestAccess: VITE_ALLOW_GUEST_ACCESS === 'true',
    },
    localUrl: undefined,
    serverName: `AWS, ${VITE_USER_POOL_ID ?? VITE_IDENTITY_POOL_ID ?? 'no pool named'}`,
  };
}

/** Managed login comes back to this page, and so does a sign-out from there. */
function oauthHere(): OAuthConfig {
  const url = `${location.origin}/`;
  return { redirectSignIn: [url], redirectSignOut: [url] };
}
