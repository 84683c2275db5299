/** The session of a fake client, for an app's own tests: what the worker would answer and tell, without Cognito and without waits. */
import type { AccountRequest } from './account-contract.js';
import { createAccount } from './account.js';
import { readGiven } from './adopt.js';
import { checked } from './arguments.js';
import type { AccountAnswer } from './cognito-account.js';
import type {
  AuthUser,
  LastRefresh,
  RuntimeConfig,
  SessionApi,
  SessionRequest,
  SessionView,
  SignInOrigin,
  SignOutReason,
} from './contract.js';
import { describe } from './describe.js';
import { createDiagnostics } from './diagnostics.js';
import type { AuthError } from './errors.js';
import { filledIn, makeFakeTokens, type FakeUser } from './fake-tokens.js';
import { createFakeCredentials } from './fake-credentials.js';
import { createFakeSignIn, type FakeSignInAnswer } from './fake-sign-in.js';
import { alreadySignedIn } from './first-tokens.js';
import { unsavedWork } from './holds.js';
import { logoutUrl, managedLogin, providerName, redirectUriFor } from './oauth-urls.js';
import { pageView } from './page-view.js';
import { signInOrigin } from './state.js';
import { decoded, marginMs } from './tokens.js';
import { decodeBoth } from './view.js';

/** What happened, in the order in which it did. */
export type FakeNews =
  | ({ type: 'signedIn' } & SignInOrigin)
  | { type: 'tokenRefresh' | 'signInWithRedirect' }
  | { type: 'tokenRefresh_failure' | 'signInWithRedirect_failure'; error: AuthError }
  | { type: 'signedOut'; reason: SignOutReason; error?: AuthError }
  | { type: 'customOAuthState'; data: string };

type Value<K extends keyof SessionApi> = Extract<Awaited<ReturnType<SessionApi[K]>>, { ok: true }>['value'];

/** The worker's calls, but for those that are about the port, and the return from Cognito's pages, which a test tells of. */
export type FakeApi = {
  [
    K in Exclude<
      keyof SessionApi,
      'hello' | 'acknowledge' | 'wake' | 'ping' | 'answer' | 'bye' | 'completeRedirect'
    >
  ]: (argument: Parameters<SessionApi[K]>[0]) => Value<K> | Promise<Value<K>>;
};

export interface FakeSession {
  readonly api: FakeApi;
  readonly revision: number;
  view(): SessionView;
  signInElsewhere(user: FakeUser): void;
  endSession(reason: SignOutReason, error?: AuthError): void;
  returnFromRedirect(user: FakeUser | AuthError): void;
  answerSignInWith(answers: FakeSignInAnswer[]): void;
  refresh(): void;
  expireTokens(): void;
  failNextRefresh(error: AuthError, outcome: 'kept' | 'ended'): void;
}

export interface FakeSessionOptions {
  config: RuntimeConfig;
  users: readonly FakeUser[];
  tokenLifeSeconds: number;
  nowMs(): number;
  /** The reasons of the holds that there are. */
  holds(): string[];
  tell(news: FakeNews): void;
}

interface SignedIn {
  user: Required<FakeUser>;
  details: AuthUser['signInDetails'];
  origin: SignInOrigin;
  authTimeMs: number;
  issuedAtMs: number;
  tokens: { accessToken: string; idToken: string };
  serial: number;
  isByRedirect: boolean;
}

export function createFakeSession(options: FakeSessionOptions): FakeSession {
  const { config, users, tokenLifeSeconds, tell } = options;
  const { counters, count } = createDiagnostics();
  const refreshFailures: { error: AuthError; outcome: 'kept' | 'ended' }[] = [];
  let revision = 0;
  let serial = 0;
  /** How far tests have put this clock on. */
  let aheadMs = 0;
  let signedIn: SignedIn | undefined;
  let ended: SessionView['ended'];
  /** Whose session ended other than by a sign-out. */
  let previousUser: AuthUser | undefined;
  let customState: string | undefined;
  let lastRefresh: LastRefresh | undefined;

  const nowMs = (): number => options.nowMs() + aheadMs;
  const credentials = createFakeCredentials(config, nowMs);
  const lifeMs = tokenLifeSeconds * 1_000;
  const leftMs = ({ issuedAtMs }: SignedIn): number => issuedAtMs + lifeMs - nowMs();

  function issued(
    who: Pick<SignedIn, 'user' | 'details' | 'origin' | 'authTimeMs' | 'isByRedirect'>,
  ): SignedIn {
    serial += 1;
    const issuedAtMs = nowMs();
    const { user, authTimeMs } = who;
    const issue = { user, authTimeMs, issuedAtMs, serial, lifeSeconds: tokenLifeSeconds };
    return { ...who, issuedAtMs, serial, tokens: makeFakeTokens(config, issue) };
  }

  function begin(user: FakeUser, details?: AuthUser['signInDetails'], isByRedirect = false): void {
    const whole = filledIn(user);
    const origin = signInOrigin(whole.userId, previousUser);
    previousUser = undefined;
    signedIn = issued({ user: whole, details, origin, authTimeMs: nowMs(), isByRedirect });
    signIn.drop();
    ended = undefined;
    revision += 1;
    tell({ type: 'signedIn', ...origin });
  }

  function endSession(reason: SignOutReason, error?: AuthError): void {
    const wasSignedIn = signedIn !== undefined;
    const why = { reason, ...(error && { error }) };
    const { userId, username } = signedIn?.user ?? {};
    if (reason === 'user') previousUser = undefined;
    else if (userId !== undefined && username !== undefined) previousUser = { userId, username };
    signedIn = undefined;
    signIn.drop();
    ended = why;
    revision += 1;
    if (wasSignedIn) tell({ type: 'signedOut', ...why });
  }

  /** @returns what it failed with; the session is kept, or is over. */
  function refreshed(known: SignedIn): AuthError | undefined {
    count('refreshRequests');
    const { error, outcome } = refreshFailures.shift() ?? {};
    const name = error && { error: error.name };
    const came = error ? (outcome === 'ended' ? 'ended' : 'failed') : 'refreshed';
    lastRefresh = { outcome: came, atMs: nowMs(), ...name };
    if (!error) {
      count('refreshes');
      signedIn = issued(known);
      revision += 1;
      tell({ type: 'tokenRefresh' });
    } else if (outcome === 'ended') {
      endSession('rejected', error);
    } else {
      count('refreshFailures');
      tell({ type: 'tokenRefresh_failure', error });
    }
    return error;
  }

  /** As the worker does it: a refresh that is forced or without which nothing good is left must succeed. */
  function ensureTokens({ forceRefresh = false, rejectedToken }: SessionRequest): void {
    if (!signedIn) return;
    const { accessToken, idToken } = signedIn.tokens;
    const isWanted = forceRefresh || rejectedToken === accessToken || rejectedToken === idToken;
    if (!isWanted && leftMs(signedIn) > marginMs(lifeMs, config.refreshMarginSeconds)) return;
    const isNeeded = isWanted || leftMs(signedIn) <= 0;
    const failure = refreshed(signedIn);
    if (failure && (isNeeded || !signedIn)) throw failure;
  }

  function refreshTokenExpiry({ authTimeMs }: SignedIn): { refreshTokenExpiresAt?: Date } {
    const { refreshTokenValiditySeconds: validity } = config;
    if (validity === undefined) return {};
    return { refreshTokenExpiresAt: new Date(Math.floor(authTimeMs / 1_000) * 1_000 + validity * 1_000) };
  }

  function view(): SessionView {
    return {
      revision,
      status: signedIn ? 'signed-in' : 'signed-out',
      ...(signedIn && userPart(signedIn)),
      ...(!signedIn && ended && { ended }),
      ...credentials.of(signedIn?.user),
      leaseMs: 0,
    };
  }

  function userPart(known: SignedIn): Partial<SessionView> {
    const { user, details, origin, tokens } = known;
    const refreshToken = `fake-refresh-token-${known.serial}`;
    return {
      tokens: { ...tokens, ...(config.exposeRefreshToken && { refreshToken }) },
      decoded: decodeBoth(tokens),
      ...refreshTokenExpiry(known),
      user: { userId: user.userId, username: user.username, ...(details && { signInDetails: details }) },
      origin,
    };
  }

  const signIn = createFakeSignIn({
    config,
    isSignedIn: () => signedIn !== undefined,
    begin(username, authFlowType) {
      const user = users.find((known) => known.username === username) ?? { username };
      begin(user, { loginId: username, authFlowType });
    },
  });

  const account = createAccount({ config, cognito: { account: accountAnswer } }, async () => {
    ensureTokens({});
    return signedIn?.tokens.accessToken;
  });

  async function accountAnswer(request: AccountRequest): Promise<AccountAnswer> {
    const { username = '' } = { username: undefined, ...request.input };
    const userId = filledIn({ username }).userId;
    const delivery = { destination: 'f***@e***', deliveryMedium: 'EMAIL', attributeName: 'email' } as const;
    return {
      userId,
      delivery,
      ...(signedIn && { attributes: { sub: signedIn.user.userId, ...signedIn.user.attributes } }),
    };
  }

  const api: FakeApi = {
    session(given) {
      const request = checked('session', given);
      if (!request.peek) {
        ensureTokens(request);
        credentials.ensure(signedIn?.user, request.forceRefresh === true);
      }
      return pageView(view());
    },
    ...signIn.api,
    adoptSession(given) {
      const input = checked('adoptSession', given);
      const { tokens, userId } = readGiven(input, { clock: { wallMs: nowMs }, config });
      const { username } = decoded(tokens.accessToken) ?? {};
      const user = {
        userId,
        username: String(username),
        ...(input.signInDetails && { signInDetails: input.signInDetails }),
      };
      if (signedIn && signedIn.user.userId !== userId) throw alreadySignedIn();
      if (!signedIn) begin({ userId, username: user.username }, input.signInDetails);
      return user;
    },
    signOut(given) {
      const { revoke = true, pageUrl, oauth, respectHolds } = checked('signOut', given);
      const redirectUrl = logoutUrl(config, { pageUrl, preferred: oauth?.redirectUrl });
      const held = respectHolds ? options.holds() : [];
      if (held.length > 0) throw unsavedWork(held);
      const goesThere = redirectUrl !== undefined && signedIn?.isByRedirect;
      const revoked = revoke && signedIn !== undefined;
      endSession('user');
      return { revoked, clients: 1, ...(goesThere && { redirectUrl }) };
    },
    describe() {
      ensureTokens({});
      if (!signedIn) return {};
      const { refreshTokenExpiresAt: expiresAt } = refreshTokenExpiry(signedIn);
      return describe(signedIn.tokens, { isHeld: true, ...(expiresAt && { expiresAt }) });
    },
    beginRedirect(given) {
      const { pageUrl, provider, customState: state } = checked('beginRedirect', given);
      const { base, ...oauth } = managedLogin(config);
      const redirectUri = redirectUriFor(oauth, pageUrl);
      if (signedIn) throw alreadySignedIn();
      customState = state;
      const query = { redirect_uri: redirectUri, identity_provider: providerName(provider) };
      return `${base}/oauth2/authorize?${new URLSearchParams(query)}`;
    },
    account,
    active: () => null,
    inspect: () => ({
      clients: 1,
      storage: 'memory',
      ...(lastRefresh && { lastRefresh }),
      counters: { ...counters },
    }),
  };

  return {
    api,
    get revision() {
      return revision;
    },
    view,
    signInElsewhere: (user) => begin(user),
    endSession,
    returnFromRedirect(user) {
      const data = customState;
      customState = undefined;
      if (user instanceof Error) return tell({ type: 'signInWithRedirect_failure', error: user });
      begin(user, undefined, true);
      if (data !== undefined) tell({ type: 'customOAuthState', data });
      tell({ type: 'signInWithRedirect' });
    },
    answerSignInWith: signIn.answerWith,
    refresh() {
      if (signedIn) refreshed(signedIn);
    },
    expireTokens() {
      if (signedIn) aheadMs += Math.max(0, leftMs(signedIn));
    },
    failNextRefresh: (error, outcome) => void refreshFailures.push({ error, outcome }),
  };
}
