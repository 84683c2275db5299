/** Puts the local Cognito together and lets it listen. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerControl } from './control.js';
import { ServiceError } from './errors.js';
import { FaultQueue } from './faults.js';
import { Holds } from './holds.js';
import { IdentityPool } from './identity-pool.js';
import { RefreshTokens } from './refresh-tokens.js';
import { RequestLog } from './request-log.js';
import { ServiceRequests } from './service-requests.js';
import { DEFAULT_SETTINGS, mergeSettings, SettingsStore } from './settings.js';
import { SignIn } from './sign-in.js';
import { signingKeys, TokenIssuer } from './tokens.js';
import type { LocalCognito, LocalCognitoOptions } from './types.js';
import { UserPool } from './user-pool.js';
import { DEFAULT_USERS, UserDirectory } from './users.js';
import { errorAnswer, jsonAnswer, preflightAnswer, send, type HttpAnswer } from './wire.js';

export type { Fault } from './faults.js';
export type { Hold } from './holds.js';
export type { RequestEntry } from './request-log.js';
export type { Settings } from './settings.js';
export type { IdentitySummary, LocalCognito, LocalCognitoOptions } from './types.js';
export type { SeedUser, UserStatus } from './users.js';

const DEFAULT_REGION = 'eu-central-1';
const DEFAULT_CLIENT_ID = 'localcognitoclient00000001';
const DEFAULT_IDENTITY_POOL_UUID = '5e55a011-c0de-4a11-8a11-0ca1c0961200';

/** Starts a Cognito on 127.0.0.1. Rejects when the port is taken; throws RangeError for a setting out of its bounds. */
export async function startLocalCognito(options: LocalCognitoOptions = {}): Promise<LocalCognito> {
  const region = options.region ?? DEFAULT_REGION;
  const userPoolId = options.userPoolId ?? `${region}_LocalPool`;
  const clientId = options.clientId ?? DEFAULT_CLIENT_ID;
  const identityPoolId = options.identityPoolId ?? `${region}:${DEFAULT_IDENTITY_POOL_UUID}`;

  const settings = new SettingsStore(mergeSettings(DEFAULT_SETTINGS, options.settings ?? {}));
  const users = new UserDirectory(userPoolId, options.users ?? DEFAULT_USERS);
  const refreshTokens = new RefreshTokens(() => settings.nowMs());
  const signIn = new SignIn(users, settings, options.requiredAttributes ?? []);
  const issuer = new TokenIssuer(
    `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`,
    clientId,
    await signingKeys(),
    settings,
  );
  const userPool = new UserPool({ clientId, users, signIn, refreshTokens, issuer, settings });
  const identityPool = new IdentityPool({
    region,
    identityPoolId,
    issuer,
    settings,
    isInactive: (originJti, username) =>
      refreshTokens.isRevoked(originJti) || typeof username !== 'string' || !users.byUsername(username),
  });

  const log = new RequestLog();
  const faults = new FaultQueue();
  const holds = new Holds();
  const closed = new AbortController();
  const serviceRequests = new ServiceRequests({
    services: {
      AWSCognitoIdentityProviderService: userPool.operations,
      AWSCognitoIdentityService: identityPool.operations,
    },
    log,
    faults,
    holds,
    settings,
    onRequest: options.onRequest,
    closed: closed.signal,
  });

  const operations = { ...userPool.operations, ...identityPool.operations };

  /** A misspelt operation would make a fault that never happens. */
  function known(operation: string): string {
    if (!Object.hasOwn(operations, operation)) throw new RangeError(`${operation} is no operation here`);
    return operation;
  }

  const http = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      const answerable = !response.headersSent && !response.destroyed;
      if (answerable && error instanceof ServiceError) {
        send(response, errorAnswer(error), settings.nowMs());
        return;
      }
      response.destroy();
      if (answerable && !closed.signal.aborted) console.error('local Cognito:', error);
    });
  });

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (request.method === 'POST' && path === '/') return serviceRequests.handle(request, response);
    send(response, await plainAnswer(request, path), settings.nowMs());
  }

  async function plainAnswer(request: IncomingMessage, path: string): Promise<HttpAnswer> {
    if (request.method === 'OPTIONS') return preflightAnswer(request);
    if (path.startsWith('/_local/')) {
      return answerControl(request, path, {
        server,
        settings: () => settings.current,
        pendingFaults: () => faults.pending(),
      });
    }
    if (request.method === 'GET' && path === `/${userPoolId}/.well-known/jwks.json`)
      return jsonAnswer(issuer.jwks());
    if (request.method === 'GET' && path === `/${userPoolId}/.well-known/openid-configuration`) {
      return jsonAnswer({
        id_token_signing_alg_values_supported: ['RS256'],
        issuer: issuer.issuer,
        jwks_uri: `${url}/${userPoolId}/.well-known/jwks.json`,
        response_types_supported: ['code', 'token'],
        scopes_supported: ['openid', 'email', 'phone', 'profile'],
        subject_types_supported: ['public'],
      });
    }
    return jsonAnswer({ message: 'Not found' }, 404);
  }

  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;

  const server: LocalCognito = {
    url,
    config: {
      userPoolId,
      userPoolClientId: clientId,
      identityPoolId,
      endpoints: { userPool: url, identityPool: url },
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
      const ended = new Promise<void>((resolve) => http.close(() => resolve()));
      http.closeAllConnections();
      holds.abandonAll(reason);
      await ended;
    },
    revokeUserSessions: (username) => refreshTokens.revokeAllOf(username),
    deleteUser: (username) => users.delete(username),
    deleteIdentity: (identityId) => identityPool.delete(identityId),
    expireRefreshTokens: () => refreshTokens.expireAll(),
    identities: () => identityPool.identities(),
  };
  return server;
}
