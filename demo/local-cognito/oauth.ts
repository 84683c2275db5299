/** Managed login and the OAuth 2.0 endpoints of the user pool's domain. */
import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ServiceError } from './errors.js';
import { InputReader } from './input.js';
import { providerPage, redirectAnswer, refusalPage, signInPage } from './oauth-pages.js';
import type { RefreshTokens } from './refresh-tokens.js';
import type { SettingsStore } from './settings.js';
import type { SignIn } from './sign-in.js';
import type { TokenIssuer } from './tokens.js';
import type { User, UserDirectory } from './users.js';
import { jsonAnswer, type HttpAnswer } from './wire.js';

/** "The code is valid for five minutes" (Guide, authorize endpoint). */
const CODE_LIFE_MS = 5 * 60_000;
/** "The cookie is valid for one hour" (Guide, managed login session). */
const COOKIE_LIFE_MS = 3_600_000;

const COOKIE = 'cognito';

const SCOPES = ['phone', 'email', 'openid', 'profile', 'aws.cognito.signin.user.admin'];

/** Endpoints that a program asks, and not a person: they are logged, and meet faults and holds, under these names. */
export const OAUTH_OPERATIONS = ['oauth2/token', 'oauth2/revoke', 'oauth2/userInfo'] as const;
export type OAuthOperation = (typeof OAUTH_OPERATIONS)[number];

export interface ManagedLoginParts {
  clientId: string;
  users: UserDirectory;
  signIn: SignIn;
  refreshTokens: RefreshTokens;
  issuer: TokenIssuer;
  settings: SettingsStore;
  /** Undefined: every URL of this machine. */
  callbackUrls: readonly string[] | undefined;
  logoutUrls: readonly string[] | undefined;
}

interface Code {
  username: string;
  redirectUri: string;
  challenge: string;
  scopes: readonly string[];
  nonce: string | undefined;
  expiresAtMs: number;
}

/** What the authorize endpoint was asked for, checked. */
interface AuthorizeRequest {
  redirectUri: string;
  state: string | null;
  challenge: string;
  scopes: readonly string[];
  nonce: string | undefined;
  provider: string;
}

/** An error as RFC 6749 sections 4.1.2.1 and 5.2 have it. */
class OAuthError extends Error {
  constructor(
    readonly code: string,
    readonly description?: string,
  ) {
    super(code);
  }
}

export class ManagedLogin {
  private readonly codes = new Map<string, Code>();
  private readonly logins = new Map<string, { username: string; expiresAtMs: number }>();

  constructor(private readonly parts: ManagedLoginParts) {}

  clear(): void {
    this.codes.clear();
    this.logins.clear();
  }

  /** The pages. @returns undefined for a path that isn't one of them. */
  page(request: IncomingMessage, path: string, body: string): HttpAnswer | undefined {
    const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (path === '/oauth2/authorize') return this.authorize(request, searchParams, new URLSearchParams(body));
    return path === '/logout' ? this.logout(request, searchParams) : undefined;
  }

  async answer(operation: OAuthOperation, request: IncomingMessage, body: string): Promise<HttpAnswer> {
    try {
      if (operation === 'oauth2/userInfo') return await this.userInfo(request);
      const form = this.formOf(request, body);
      return operation === 'oauth2/token' ? await this.token(form) : this.revoke(form);
    } catch (error) {
      if (error instanceof ServiceError) return jsonAnswer({ error: 'invalid_grant' }, 400);
      if (!(error instanceof OAuthError)) throw error;
      const { code, description } = error;
      const status = code === 'invalid_token' ? 401 : 400;
      return jsonAnswer({ error: code, ...(description && { error_description: description }) }, status);
    }
  }

  private authorize(request: IncomingMessage, query: URLSearchParams, form: URLSearchParams): HttpAnswer {
    const redirectUri = query.get('redirect_uri') ?? '';
    if (query.get('client_id') !== this.parts.clientId) return refusalPage('Invalid client_id');
    if (!isAllowed(redirectUri, this.parts.callbackUrls)) return refusalPage('redirect_mismatch');
    try {
      const asked = this.checkAuthorize(redirectUri, query);
      if (request.method === 'POST') return this.takeForm(asked, form);
      const login = this.loginOf(request);
      if (login) return this.giveCode(asked, login.username);
      return asked.provider === 'COGNITO'
        ? signInPage()
        : providerPage(asked.provider, this.federatedUser(asked.provider).username);
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      return redirectAnswer(back(redirectUri, query.get('state'), error.code, error.description));
    }
  }

  private checkAuthorize(redirectUri: string, query: URLSearchParams): AuthorizeRequest {
    if (query.get('response_type') !== 'code') throw new OAuthError('unauthorized_client');
    const challenge = query.get('code_challenge') ?? '';
    if (query.get('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(challenge)) {
      throw new OAuthError('invalid_request', 'code_challenge and code_challenge_method S256 are required');
    }
    const scopes = query.get('scope')?.split(' ').filter(Boolean) ?? SCOPES;
    if (!scopes.every((scope) => SCOPES.includes(scope))) throw new OAuthError('invalid_scope');
    return {
      redirectUri,
      state: query.get('state'),
      challenge,
      scopes,
      nonce: query.get('nonce') ?? undefined,
      provider: query.get('identity_provider') ?? 'COGNITO',
    };
  }

  private takeForm(asked: AuthorizeRequest, form: URLSearchParams): HttpAnswer {
    const action = form.get('action');
    if (action === 'cancel') throw new OAuthError('access_denied', 'The user cancelled the sign-in.');
    if (action === 'federate' && asked.provider !== 'COGNITO') {
      return this.giveCode(asked, this.federatedUser(asked.provider).username, true);
    }
    const AuthParameters = { USERNAME: form.get('username') ?? '', PASSWORD: form.get('password') ?? '' };
    try {
      const input = new InputReader({ AuthParameters }, 'InvalidParameterException');
      const result = this.parts.signIn.withPassword(input);
      if ('signedIn' in result) return this.giveCode(asked, result.signedIn.username, true);
      return signInPage(`There is no page for ${result.challenge.ChallengeName}.`);
    } catch (error) {
      if (error instanceof ServiceError) return signInPage(error.message);
      throw error;
    }
  }

  private giveCode(asked: AuthorizeRequest, username: string, isFresh = false): HttpAnswer {
    const code = randomUUID();
    const nowMs = this.parts.settings.nowMs();
    const { redirectUri, challenge, scopes, nonce } = asked;
    this.codes.set(code, {
      username,
      redirectUri,
      challenge,
      scopes,
      nonce,
      expiresAtMs: nowMs + CODE_LIFE_MS,
    });
    const location = new URL(redirectUri);
    location.searchParams.set('code', code);
    if (asked.state !== null) location.searchParams.set('state', asked.state);
    if (!isFresh) return redirectAnswer(location.href);
    const id = randomUUID();
    this.logins.set(id, { username, expiresAtMs: nowMs + COOKIE_LIFE_MS });
    return redirectAnswer(location.href, cookie(id, COOKIE_LIFE_MS / 1_000));
  }

  private logout(request: IncomingMessage, query: URLSearchParams): HttpAnswer {
    const logoutUri = query.get('logout_uri') ?? '';
    if (query.get('client_id') !== this.parts.clientId) return refusalPage('Invalid client_id');
    if (!isAllowed(logoutUri, this.parts.logoutUrls)) return refusalPage('Invalid logout_uri');
    this.logins.delete(cookieOf(request));
    return redirectAnswer(logoutUri, cookie('', 0));
  }

  private async token(form: URLSearchParams): Promise<HttpAnswer> {
    switch (form.get('grant_type')) {
      case 'authorization_code':
        return this.exchange(form);
      case 'refresh_token':
        return this.refresh(form);
      case null:
        throw new OAuthError('invalid_request');
      default:
        throw new OAuthError('unsupported_grant_type');
    }
  }

  private async exchange(form: URLSearchParams): Promise<HttpAnswer> {
    const given = form.get('code') ?? '';
    const code = this.codes.get(given);
    // Spent by whoever shows it, rightly or not (RFC 6749 section 4.1.2).
    this.codes.delete(given);
    const { refreshTokens, settings, users } = this.parts;
    const verifier = form.get('code_verifier') ?? '';
    const isRight =
      code &&
      settings.nowMs() < code.expiresAtMs &&
      form.get('redirect_uri') === code.redirectUri &&
      createHash('sha256').update(verifier).digest('base64url') === code.challenge;
    const user = code && users.byUsername(code.username);
    if (!isRight || !user) throw new OAuthError('invalid_grant');
    const scope = code.scopes.join(' ');
    const family = refreshTokens.begin(user.username, settings.current.refreshTokenSeconds, scope);
    return this.tokens(user, family, family.original, code.nonce);
  }

  private async refresh(form: URLSearchParams): Promise<HttpAnswer> {
    const { refreshTokens, settings, users } = this.parts;
    const { enabled, graceSeconds } = settings.current.rotation;
    const token = form.get('refresh_token') ?? '';
    const family = refreshTokens.check(token, graceSeconds);
    const user = users.byUsername(family.username);
    if (!user) throw new OAuthError('invalid_grant');
    return this.tokens(user, family, enabled ? refreshTokens.rotate(token, graceSeconds) : undefined);
  }

  private async tokens(
    user: User,
    family: ReturnType<RefreshTokens['begin']>,
    refreshToken: string | undefined,
    nonce?: string,
  ): Promise<HttpAnswer> {
    const { accessToken, idToken } = await this.parts.issuer.issue(user, family, nonce);
    return jsonAnswer({
      access_token: accessToken,
      ...(family.scope?.split(' ').includes('openid') && { id_token: idToken }),
      ...(refreshToken !== undefined && { refresh_token: refreshToken }),
      token_type: 'Bearer',
      expires_in: this.parts.settings.current.accessTokenSeconds,
    });
  }

  private revoke(form: URLSearchParams): HttpAnswer {
    this.parts.refreshTokens.revoke(form.get('token') ?? '');
    return { ...jsonAnswer({}), body: '' };
  }

  private async userInfo(request: IncomingMessage): Promise<HttpAnswer> {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const verdict = await this.parts.issuer.verify(token, 'access');
    const { username, scope, origin_jti: originJti } = verdict.status === 'valid' ? verdict.claims : {};
    const user = this.parts.users.byUsername(String(username));
    const isOpen = String(scope).split(' ').includes('openid');
    if (!user || !isOpen || this.parts.refreshTokens.isRevoked(originJti)) {
      throw new OAuthError('invalid_token', 'Access token is expired, disabled, or deleted');
    }
    return jsonAnswer({ ...user.attributes, username: user.username });
  }

  private formOf(request: IncomingMessage, body: string): URLSearchParams {
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
    if (!isForm) throw new OAuthError('invalid_request');
    const form = new URLSearchParams(body);
    if (form.get('client_id') !== this.parts.clientId) throw new OAuthError('invalid_client');
    return form;
  }

  private loginOf(request: IncomingMessage): { username: string } | undefined {
    const login = this.logins.get(cookieOf(request));
    return login && this.parts.settings.nowMs() < login.expiresAtMs ? login : undefined;
  }

  /** Cognito names the users of a provider `<provider>_<id there>`. */
  private federatedUser(provider: string): User {
    const user = this.parts.users.firstNamed(`${provider}_`);
    if (!user) throw new OAuthError('invalid_request', `Identity provider ${provider} does not exist`);
    return user;
  }
}

/** With no list, every URL of this machine is one: a test's page has another port each time. */
function isAllowed(url: string, allowed: readonly string[] | undefined): boolean {
  if (allowed) return allowed.includes(url);
  return URL.canParse(url) && /^https?:\/\/(127\.0\.0\.1|localhost)[:/]/.test(new URL(url).href);
}

function back(redirectUri: string, state: string | null, error: string, description?: string): string {
  const location = new URL(redirectUri);
  if (state !== null) location.searchParams.set('state', state);
  location.searchParams.set('error', error);
  if (description !== undefined) location.searchParams.set('error_description', description);
  return location.href;
}

function cookie(value: string, lifeSeconds: number): string {
  return `${COOKIE}=${value}; Path=/; Max-Age=${lifeSeconds}; HttpOnly; SameSite=Lax`;
}

function cookieOf(request: IncomingMessage): string {
  return new RegExp(`(?:^|; )${COOKIE}=([^;]*)`).exec(request.headers.cookie ?? '')?.[1] ?? '';
}
