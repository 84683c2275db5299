/** aws-amplify on a page that signs in by redirect, as an app uses it. */
import 'aws-amplify/auth/enable-oauth-listener';
import { Amplify } from 'aws-amplify';
import { fetchAuthSession, signInWithRedirect, signOut } from 'aws-amplify/auth';
import { Hub } from 'aws-amplify/utils';

/** Put into the page before its script. */
export interface AmplifyRedirectSetting {
  userPoolId: string;
  userPoolClientId: string;
  userPoolEndpoint: string;
  domain: string;
  pageUrl: string;
}

declare global {
  interface Window {
    redirectSetting: AmplifyRedirectSetting;
    amplifyRedirect: {
      events: string[];
      signIn(customState: string): Promise<void>;
      signOut(): Promise<void>;
      /** Claims of the access token, and the ID token's nonce. */
      claims(): Promise<Record<string, unknown> | undefined>;
      refresh(): Promise<void>;
    };
  }
}

const { userPoolId, userPoolClientId, userPoolEndpoint, domain, pageUrl } = window.redirectSetting;
const events: string[] = [];
Hub.listen('auth', ({ payload: { event, ...rest } }) => {
  events.push('data' in rest && typeof rest.data === 'string' ? `${event} ${rest.data}` : event);
});

window.amplifyRedirect = {
  events,
  signIn: (customState) => signInWithRedirect({ customState, options: { nonce: 'of-amplify' } }),
  signOut: () => signOut(),
  async claims() {
    const { tokens } = await fetchAuthSession();
    return tokens && { ...tokens.accessToken.payload, nonce: tokens.idToken?.payload['nonce'] };
  },
  async refresh() {
    await fetchAuthSession({ forceRefresh: true });
  },
};

Amplify.configure({
  Auth: {
    Cognito: {
      userPoolId,
      userPoolClientId,
      userPoolEndpoint,
      loginWith: {
        oauth: {
          domain,
          scopes: ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'],
          redirectSignIn: [pageUrl],
          redirectSignOut: [pageUrl],
          responseType: 'code',
        },
      },
    },
  },
});
