/** Lets the local Cognito listen on a port of its own. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLocalCognito } from './create.js';
import type { LocalCognito, LocalCognitoOptions } from './types.js';

export type { SentCode } from './codes.js';
export type { Passkey, SeedFactors } from './factors.js';
export type { Fault } from './faults.js';
export type { Hold } from './holds.js';
export type { RequestEntry } from './request-log.js';
export type { Settings } from './settings.js';
export type { IdentitySummary, IssuedCredentials, LocalCognito, LocalCognitoOptions } from './types.js';
export type { SeedUser, UserStatus } from './users.js';

/** Starts a Cognito on 127.0.0.1. Rejects when the port is taken; throws RangeError for a setting out of its bounds. */
export async function startLocalCognito(options: LocalCognitoOptions = {}): Promise<LocalCognito> {
  const http = createServer((request, response) => {
    handle(request, response, new URL(request.url ?? '/', 'http://localhost').pathname);
  });
  const { cognito, handle } = await createLocalCognito(options, {
    url: () => `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    close() {
      const ended = new Promise<void>((resolve) => http.close(() => resolve()));
      http.closeAllConnections();
      return ended;
    },
  });
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return cognito;
}
