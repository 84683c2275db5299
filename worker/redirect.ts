/**
 * Signing in on Cognito's own pages (managed login): the request that goes there, and what comes back. OAuth 2.0 code grant
 * (RFC 6749 section 4.1) with PKCE (RFC 7636).
 */
import { MOST_REDIRECTS, REDIRECT_KEPT_MS } from './bounds.js';
import type {
  BeginRedirectInput,
  CompletedRedirect,
  CompleteRedirectInput,
  RedirectEvent,
} from './contract.js';
import {
  CognitoFailure,
  type Deps,
  type SessionRecord,
  type StoredRedirect,
  type TokenAnswer,
} from './deps.js';
import { AuthError, ownError, type ErrorFields } from './errors.js';
import { alreadySignedIn, type CommitFirstTokens } from './first-tokens.js';
import type { Knowledge } from './knowledge.js';
import {
  isAnswer,
  isReturnTo,
  managedLogin,
  oauthBase,
  providerName,
  redirectUriFor,
  tidySearch,
} from './oauth-urls.js';
import { challengeOf, randomText } from './pkce.js';
import { areTokensFor, nonceOf } from './tokens.js';

export interface Redirect {
  /** @returns the URL to go to. */
  beginRedirect(input: BeginRedirectInput): Promise<string>;
  /** Takes the URL that the browser came back to. The same one again, while this is under way: the same outcome. */
  completeRedirect(input: CompleteRedirectInput): Promise<CompletedRedirect>;
}

/** What the store said when a state came back. */
interface Taken {
  /** Undefined: there is none of this state, or somebody else has it. */
  redirect?: StoredRedirect;
  fence: number;
  isSignedIn: boolean;
}

/** Of a foreign text in an error. */
const LONGEST_REASON = 200;

export function createRedirect(
  deps: Deps,
  knowledge: Knowledge,
  commitFirstTokens: CommitFirstTokens,
): Redirect {
  const { clock, cognito, config, crypto } = deps;
  /** By state: two tabs may come back with the same URL. */
  const underWay = new Map<string, Promise<RedirectEvent[]>>();

  async function beginRedirect({ provider, customState, pageUrl }: BeginRedirectInput): Promise<string> {
    const { base, ...oauth } = managedLogin(config);
    const redirectUri = redirectUriFor(oauth, pageUrl);
    await knowledge.read();
    if (knowledge.state.type === 'signed-in') throw alreadySignedIn();
    const redirect: StoredRedirect = {
      state: randomText(crypto),
      nonce: randomText(crypto),
      verifier: randomText(crypto),
      redirectUri,
      sinceMs: clock.wallMs(),
      ...(customState !== undefined && { customState }),
    };
    const challenge = await challengeOf(redirect.verifier, crypto);
    await knowledge.update((record) => ({ record: withRedirect(record, redirect), result: undefined }));
    const query = new URLSearchParams({
      redirect_uri: redirectUri,
      response_type: 'code',
      client_id: config.userPoolClientId ?? '',
      identity_provider: providerName(provider),
      ...(oauth.scopes && { scope: oauth.scopes.join(' ') }),
      state: redirect.state,
      nonce: redirect.nonce,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    return `${base}/oauth2/authorize?${query}`;
  }

  async function completeRedirect({ url }: CompleteRedirectInput): Promise<CompletedRedirect> {
    if (!isAnswer(config, url)) return { search: ['', ''], events: [] };
    const state = new URL(url).searchParams.get('state') ?? '';
    const known = underWay.get(state) ?? complete(url, state).finally(() => underWay.delete(state));
    underWay.set(state, known);
    return { search: tidySearch(url), events: await known.catch(toFailed) };
  }

  async function complete(url: string, state: string): Promise<RedirectEvent[]> {
    managedLogin(config);
    const { redirect, fence, isSignedIn } = await take(state);
    if (!redirect || !isReturnTo(redirect.redirectUri, url)) throw unknownState();
    const { searchParams } = new URL(url);
    const error = searchParams.get('error');
    if (error !== null) throw refused(searchParams.get('error_description') || error);
    const code = searchParams.get('code');
    if (!code) throw refused('no code came back');
    if (isSignedIn) throw alreadySignedIn();
    const askedAtMs = clock.wallMs();
    const { verifier, redirectUri, customState } = redirect;
    const tokens = await cognito.exchangeCode({ code, verifier, redirectUri });
    await commit(tokens, { askedAtMs, fence, redirect });
    return [
      ...(customState === undefined ? [] : [{ type: 'customOAuthState' as const, data: customState }]),
      { type: 'signInWithRedirect' },
    ];
  }

  /** Whoever marks it first in the store has it: two tabs, and two runs of the worker, may come with the same state. */
  function take(state: string): Promise<Taken> {
    const takenBy = randomText(crypto);
    return knowledge.update<Taken>((record) => {
      const living = livingRedirects(record, clock.wallMs());
      const found = living.find((entry) => entry.state === state);
      // A store that lost its connection while it confirmed this may be given it once more.
      const isFree = found && (found.takenBy === undefined || found.takenBy === takenBy);
      const rest = { fence: record.fence, isSignedIn: record.session !== undefined };
      if (!isFree) return { result: rest };
      const redirects = living.map((entry) => (entry === found ? { ...entry, takenBy } : entry));
      return { record: { ...record, redirects }, result: { redirect: found, ...rest } };
    });
  }

  async function commit(
    tokens: TokenAnswer,
    { askedAtMs, fence, redirect }: { askedAtMs: number; fence: number; redirect: StoredRedirect },
  ): Promise<void> {
    const reason = problemWith(tokens, redirect.nonce);
    await commitFirstTokens(tokens, {
      fence,
      at: { askedAtMs, signedInByRedirect: true },
      problem: reason === undefined ? undefined : refused(reason),
      tidy: (record) => withoutRedirect(record, redirect),
    });
  }

  /** Cognito puts the nonce that it was given into the ID token. Emulators on plain http may leave it out. */
  function problemWith(tokens: TokenAnswer, nonce: string): string | undefined {
    if (!areTokensFor(tokens, config)) return 'the tokens are of another pool or app client';
    if (tokens.idToken === undefined) return undefined;
    const given = nonceOf(tokens.idToken);
    const isLeftOut = given === undefined && oauthBase(config)?.startsWith('http:');
    return given === nonce || isLeftOut ? undefined : 'the ID token has another nonce';
  }

  return { beginRedirect, completeRedirect };
}

/** The newest stay; one that was abandoned goes with its time, or with the next ones. */
function withRedirect(record: SessionRecord, redirect: StoredRedirect): SessionRecord {
  const redirects = [...livingRedirects(record, redirect.sinceMs), redirect].slice(-MOST_REDIRECTS);
  return { ...record, redirects };
}

/** Its verifier is of no more use. */
function withoutRedirect(record: SessionRecord, { state }: StoredRedirect): SessionRecord {
  const { redirects = [], ...rest } = record;
  const others = redirects.filter((entry) => entry.state !== state);
  return others.length > 0 ? { ...rest, redirects: others } : rest;
}

/** A clock that was set back makes none of them live for ever. */
function livingRedirects({ redirects = [] }: SessionRecord, nowMs: number): StoredRedirect[] {
  return redirects.filter(({ sinceMs }) => Math.abs(nowMs - sinceMs) < REDIRECT_KEPT_MS);
}

/** @throws what is a bug, ours or the platform's. */
function toFailed(error: unknown): RedirectEvent[] {
  if (error instanceof CognitoFailure) return failed(error.fields);
  if (!(error instanceof AuthError)) throw error;
  const { name, message, recoverySuggestion } = error;
  return failed({ name, message, ...(recoverySuggestion !== undefined && { recoverySuggestion }) });
}

function failed(error: ErrorFields): RedirectEvent[] {
  return [{ type: 'signInWithRedirect_failure', error }];
}

function refused(reason: string): AuthError {
  return ownError(
    'OAuthSignInException',
    `The sign-in by redirect failed: ${printable(reason)}.`,
    'Sign in again.',
  );
}

/** What stands in a URL, anybody can have written. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, LONGEST_REASON);
}

function unknownState(): AuthError {
  return refused('its state is unknown, used, or too old');
}
