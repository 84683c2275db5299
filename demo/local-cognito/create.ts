/** Puts the local Cognito together. Whoever listens hands it the requests. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Accounts } from './account.js';
import { ChoiceAuth } from './choice-auth.js';
import { answerControl } from './control.js';
import { Codes } from './codes.js';
import { CustomAuth } from './custom-auth.js';
import { Devices } from './devices.js';
import { ServiceError } from './errors.js';
import { FaultQueue } from './faults.js';
import { Flows } from './flows.js';
import { Holds, type Hold } from './holds.js';
import { IdentityPool } from './identity-pool.js';
import { ManagedLogin, OAUTH_OPERATIONS } from './oauth.js';
import { Mfa } from './mfa.js';
import { RefreshTokens } from './refresh-tokens.js';
import { RequestLog } from './request-log.js';
import { ServiceRequests } from './service-requests.js';
import { Sessions } from './sessions.js';
import { DEFAULT_SETTINGS, mergeSettings, SettingsStore } from './settings.js';
import { SignIn } from './sign-in.js';
import { SrpInFlow } from './srp-in-flow.js';
import { signingKeys, TokenIssuer } from './tokens.js';
import type { LocalCognito, LocalCognitoOptions } from './types.js';
import { UserPool } from './user-pool.js';
import { DEFAULT_USERS, UserDirectory } from './users.js';
import { WebAuthn } from './web-authn.js';
import { errorAnswer, jsonAnswer, preflightAnswer, readBody, send, type HttpAnswer } from './wire.js';

const DEFAULT_REGION = 'eu-central-1';
const DEFAULT_CLIENT_ID = 'localcognitoclient00000001';
const DEFAULT_IDENTITY_POOL_UUID = '5e55a011-c0de-4a11-8a11-0ca1c0961200';

/** Who listens for it. */
export interface Listener {
  /** The Cognito's own URL, without a slash at the end. Asked for when it is needed: the port may be known late. */
  url(): string;
  /** Ends every connection, answered or not. */
  close(): Promise<void>;
}

/** @param path below the Cognito's own URL, at least a slash */
export type Handle = (request: IncomingMessage, response: ServerResponse, path: string) => void;

/** Throws RangeError for a setting out of its bounds. */
export async function createLocalCognito(
  options: LocalCognitoOptions,
  listener: Listener,
): Promise<{ cognito: LocalCognito; handle: Handle }> {
  const region = options.region ?? DEFAULT_REGION;
  const userPoolId = options.userPoolId ?? `${region}_LocalPool`;
  const clientId = options.clientId ?? DEFAULT_CLIENT_ID;
  const identityPoolId = options.identityPoolId ?? `${region}:${DEFAULT_IDENTITY_POOL_UUID}`;

  const settings = new SettingsStore(mergeSettings(DEFAULT_SETTINGS, options.settings ?? {}));
  const users = new UserDirectory(userPoolId, options.users ?? DEFAULT_USERS);
  const refreshTokens = new RefreshTokens(() => settings.nowMs());
  const signIn = new SignIn(users, settings, options.requiredAttributes ?? []);
  const sessions = new Sessions(settings);
  const codes = new Codes(settings);
  const mfa = new Mfa(sessions, codes, settings);
  const srp = new SrpInFlow(signIn, sessions, users);
  const custom = new CustomAuth(sessions, srp);
  const webAuthn = new WebAuthn(sessions, options.relyingPartyId ?? 'localhost');
  const choice = new ChoiceAuth({ sessions, signIn, srp, mfa, webAuthn });
  const devices = new Devices(region, sessions, users);
  const flows = new Flows({ users, settings, sessions, mfa, srp, custom, choice, webAuthn, devices });
  const issuer = new TokenIssuer(
    `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`,
    clientId,
    await signingKeys(),
    settings,
  );
  const managedLogin = new ManagedLogin({
    clientId,
    users,
    signIn,
    refreshTokens,
    issuer,
    settings,
    callbackUrls: options.callbackUrls,
    logoutUrls: options.logoutUrls,
  });
  const userPool = new UserPool({
    clientId,
    users,
    signIn,
    flows,
    mfa,
    devices,
    refreshTokens,
    issuer,
    settings,
  });
  const accounts = new Accounts({
    ...{ clientId, users, codes, settings },
    requiredAttributes: options.requiredAttributes ?? [],
    userOfAccessToken: (input) => userPool.userOfAccessToken(input),
  });
  const identityPool = new IdentityPool({
    region,
    identityPoolId,
    issuer,
    settings,
    loginProviders: options.loginProviders ?? [],
    roles: options.roles ?? [],
    onCredentials: options.onCredentials,
    isInactive: (originJti, username) =>
      refreshTokens.isRevoked(originJti) || typeof username !== 'string' || !users.byUsername(username),
  });

  const log = new RequestLog();
  const faults = new FaultQueue();
  const holds = new Holds();
  const controlHolds = new Map<string, Hold>();
  const closed = new AbortController();
  const serviceRequests = new ServiceRequests({
    services: {
      AWSCognitoIdentityProviderService: { ...userPool.operations, ...accounts.operations },
      AWSCognitoIdentityService: identityPool.operations,
    },
    log,
    faults,
    holds,
    settings,
    onRequest: options.onRequest,
    closed: closed.signal,
  });

  const operations = { ...userPool.operations, ...accounts.operations, ...identityPool.operations };

  /** A misspelt operation would make a fault that never happens. */
  function known(operation: string): string {
    const isOAuth = OAUTH_OPERATIONS.some((name) => name === operation);
    if (!isOAuth && !Object.hasOwn(operations, operation))
      throw new RangeError(`${operation} is no operation here`);
    return operation;
  }

  const handle: Handle = (request, response, path) => {
    route(request, response, path).catch((error: unknown) => {
      const answerable = !response.headersSent && !response.destroyed;
      if (answerable && error instanceof ServiceError) {
        send(response, errorAnswer(error), settings.nowMs());
        return;
      }
      response.destroy();
      if (answerable && !closed.signal.aborted) console.error('local Cognito:', error);
    });
  };

  async function route(...[request, response, path]: Parameters<Handle>): Promise<void> {
    if (request.method === 'POST' && path === '/') return serviceRequests.handle(request, response);
    const oauth = OAUTH_OPERATIONS.find((name) => path === `/${name}`);
    if (oauth && request.method !== 'OPTIONS') {
      return serviceRequests.serve(oauth, request, response, (_entry, body) =>
        managedLogin.answer(oauth, request, body),
      );
    }
    send(response, await plainAnswer(request, path), settings.nowMs());
  }

  async function plainAnswer(request: IncomingMessage, path: string): Promise<HttpAnswer> {
    if (request.method === 'OPTIONS') return preflightAnswer(request);
    if (path === '/oauth2/authorize' || path === '/logout') {
      const page = managedLogin.page(request, path, await readBody(request));
      if (page) return page;
    }
    if (path.startsWith('/_local/')) {
      return answerControl(request, path, {
        server: cognito,
        settings: () => settings.current,
        pendingFaults: () => faults.pending(),
        holds: controlHolds,
      });
    }
    if (request.method === 'GET' && path === `/${userPoolId}/.well-known/jwks.json`)
      return jsonAnswer(issuer.jwks());
    if (request.method === 'GET' && path === `/${userPoolId}/.well-known/openid-configuration`) {
      return jsonAnswer({
        id_token_signing_alg_values_supported: ['RS256'],
        issuer: issuer.issuer,
        jwks_uri: `${listener.url()}/${userPoolId}/.well-known/jwks.json`,
        response_types_supported: ['code', 'token'],
        scopes_supported: ['openid', 'email', 'phone', 'profile'],
        subject_types_supported: ['public'],
      });
    }
    return jsonAnswer({ message: 'Not found' }, 404);
  }

  const cognito: LocalCognito = {
    get url() {
      return listener.url();
    },
    get config() {
      const url = listener.url();
      return {
        userPoolId,
        userPoolClientId: clientId,
        identityPoolId,
        endpoints: { userPool: url, identityPool: url, oauth: url },
      };
    },
    get requests() {
      return log.entries;
    },
    counts: () => log.counts(),
    accepted: () => log.accepted(),
    clearLog: () => log.clear(),
    change: (change) => settings.change(change),
    addFault(fault) {
      if (fault.operation !== undefined) known(fault.operation);
      faults.add(fault);
    },
    clearFaults: () => faults.clear(),
    hold: (operation) => holds.add(known(operation)),
    waitForRequest: (operation, count = 1) => log.waitFor(known(operation), count),
    reset() {
      settings.reset();
      users.reset();
      signIn.clear();
      managedLogin.clear();
      flows.clear();
      mfa.clear();
      codes.clear();
      accounts.clear();
      refreshTokens.clear();
      identityPool.clear();
      faults.clear();
      log.clear();
      holds.releaseAll();
    },
    async close() {
      closed.abort();
      const reason = new Error('The local Cognito was closed');
      log.abandonWaiters(reason);
      const ended = listener.close();
      holds.abandonAll(reason);
      await ended;
    },
    revokeUserSessions: (username) => refreshTokens.revokeAllOf(username),
    deleteUser: (username) => users.delete(username),
    deleteIdentity: (identityId) => identityPool.delete(identityId),
    expireRefreshTokens: () => refreshTokens.expireAll(),
    addPasskey(username, passkey) {
      const user = users.byUsername(username);
      if (!user) throw new RangeError(`There is no user ${username}`);
      user.factors.passkeys.push(passkey);
    },
    codes: (username) => codes.sent.filter((sent) => username === undefined || sent.username === username),
    authenticators: () => mfa.authenticators(users.all()),
    identities: () => identityPool.identities(),
    refreshTokens: () => refreshTokens.list(settings.current.rotation.graceSeconds),
  };
  return { cognito, handle };
}
