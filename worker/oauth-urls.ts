/** The URLs of managed login: where its pages are, and which of the app's own it may send the browser back to. */
import type { OAuthConfig, RedirectProvider, RuntimeConfig } from './contract.js';
import { ownError } from './errors.js';

/** What Cognito calls the providers that Amplify names (authorize endpoint, `identity_provider`). */
const PROVIDERS: Readonly<Record<string, string>> = {
  Amazon: 'LoginWithAmazon',
  Apple: 'SignInWithApple',
  Facebook: 'Facebook',
  Google: 'Google',
};

/** The base URL of the user pool's domain, without a slash at the end. Undefined: none is configured. */
export function oauthBase({ endpoints, oauth }: RuntimeConfig): string | undefined {
  const base = endpoints.oauth ?? (oauth?.domain === undefined ? undefined : `https://${oauth.domain}`);
  return base?.replace(/\/+$/, '');
}

/** Where the pages are, and what is configured for them. @throws AuthError `OAuthNotConfigureException`. */
export function managedLogin(config: RuntimeConfig): { base: string } & OAuthConfig {
  const base = oauthBase(config);
  if (config.oauth && base !== undefined && config.userPoolClientId !== undefined) {
    return { base, ...config.oauth };
  }
  throw ownError(
    'OAuthNotConfigureException',
    'No managed login is configured.',
    'Give configure() a user pool and oauth, with a domain or endpoints.oauth.',
  );
}

/** The configured URL that the page is to be sent back to. @throws AuthError `InvalidOriginException`. */
export function redirectUriFor({ redirectSignIn }: OAuthConfig, pageUrl: string): string {
  const redirectUri = ownRedirect(redirectSignIn, pageUrl);
  if (redirectUri !== undefined) return redirectUri;
  throw ownError(
    'InvalidOriginException',
    "None of oauth.redirectSignIn is of this page's origin.",
    'Configure one, and for the app client.',
  );
}

/** As in Amplify: Cognito's own users unless another provider is named. */
export function providerName(provider: RedirectProvider | undefined): string {
  if (provider === undefined) return 'COGNITO';
  return typeof provider === 'string' ? (PROVIDERS[provider] ?? provider) : provider.custom;
}

/**
 * The configured URL to come back to: the page's own, else the first of the page's origin.
 * Never another one than those that are configured.
 */
export function ownRedirect(configured: readonly string[], pageUrl: string): string | undefined {
  const page = new URL(pageUrl);
  const ofThisOrigin = configured.filter((url) => new URL(url).origin === page.origin);
  return ofThisOrigin.find((url) => new URL(url).pathname === page.pathname) ?? ofThisOrigin[0];
}

/** Whether the browser came back to this configured URL, whatever parameters stand behind it. */
export function isReturnTo(redirectUri: string, url: string): boolean {
  const [expected, actual] = [new URL(redirectUri), new URL(url)];
  return expected.origin === actual.origin && expected.pathname === actual.pathname;
}

/** Whether this can be an answer of Cognito's pages (RFC 6749 sections 4.1.2 and 4.1.2.1). */
export function isAnswer(config: RuntimeConfig, url: string): boolean {
  const { searchParams } = new URL(url);
  const isAnswered = searchParams.has('state') && (searchParams.has('code') || searchParams.has('error'));
  return isAnswered && !!config.oauth?.redirectSignIn.some((redirectUri) => isReturnTo(redirectUri, url));
}

/** The query as it is, and without what Cognito put into it; what else is there stays. */
export function tidySearch(url: string): [found: string, left: string] {
  const tidied = new URL(url);
  for (const name of ['code', 'state', 'error', 'error_description', 'iss']) tidied.searchParams.delete(name);
  return [new URL(url).search, tidied.search];
}

/**
 * Where the tab that signs out goes, so that the login page's cookie ends, too. Undefined: nowhere.
 * @throws AuthError `InvalidPreferredRedirectUrlException` for a URL that is not configured.
 */
export function logoutUrl(
  config: RuntimeConfig,
  { pageUrl, preferred }: { pageUrl?: string | undefined; preferred?: string | undefined },
): string | undefined {
  const configured = config.oauth?.redirectSignOut ?? [];
  if (preferred !== undefined && !configured.includes(preferred)) {
    throw ownError(
      'InvalidPreferredRedirectUrlException',
      'The redirectUrl is none of those in oauth.redirectSignOut.',
      'Configure it there, and for the app client.',
    );
  }
  const base = oauthBase(config);
  const target = preferred ?? (pageUrl === undefined ? undefined : ownRedirect(configured, pageUrl));
  if (base === undefined || target === undefined) return undefined;
  const query = new URLSearchParams({ client_id: config.userPoolClientId ?? '', logout_uri: target });
  return `${base}/logout?${query}`;
}

const MOST_URLS = 100;
const LONGEST_URL = 2_048;

/**
 * Whether this can be the config's `oauth`. Plain http is for this machine alone, as Cognito has it for callback URLs; a scheme
 * that runs script would be an open door.
 */
export function isOAuthConfig(value: unknown): value is OAuthConfig | undefined {
  if (value === undefined) return true;
  if (typeof value !== 'object' || value === null) return false;
  const { domain, redirectSignIn, redirectSignOut = [], scopes = [] } = value as Record<string, unknown>;
  return (
    (domain === undefined || (isShortText(domain) && /^[\w-]+(\.[\w-]+)+$/.test(domain))) &&
    isListOf(redirectSignIn, isRedirect) &&
    redirectSignIn.length > 0 &&
    isListOf(redirectSignOut, isRedirect) &&
    isListOf(scopes, (scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))
  );
}

function isRedirect(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, hash, username, password } = new URL(url);
  const isHere = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
  return (protocol === 'https:' || (protocol === 'http:' && isHere)) && hash + username + password === '';
}

function isListOf(value: unknown, isRight: (text: string) => boolean): value is string[] {
  return (
    Array.isArray(value) &&
    value.length <= MOST_URLS &&
    value.every((item) => isShortText(item) && isRight(item))
  );
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_URL;
}
