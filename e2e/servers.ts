/** The servers that every end-to-end test starts from, whatever drives its browser: an origin and a Cognito of its own. */
import { writeFile } from 'node:fs/promises';
import { test as base } from '@playwright/test';
import type { TestInfo } from '@playwright/test';
import { startLocalCognito } from '../demo/local-cognito/server.js';
import type { LocalCognito, LocalCognitoOptions } from '../demo/local-cognito/server.js';
import type { SignInInput } from '../worker/contract.js';
import { startStaticServer } from './static-server.js';
import type { StaticServer } from './static-server.js';
import { startWiretap } from './wiretap.js';
import type { Wiretap } from './wiretap.js';

/** The user that most tests sign in. */
export const ada = { username: 'ada', password: 'Analytical-Engine-1843' } satisfies SignInInput;

/** Another user of the same pool. */
export const grace = { username: 'grace', password: 'Nanosecond-Wire-1906' } satisfies SignInInput;

const USERS = [
  {
    ...ada,
    attributes: { email: 'ada@example.com', email_verified: 'true', 'custom:team': 'engine' },
    groups: ['admins'],
  },
  { ...grace, attributes: { email: 'grace@example.com', email_verified: 'true' } },
];

/** What {@link withServers} adds to Playwright's fixtures. */
export interface Servers {
  /** Laid over the defaults of the local Cognito, with `test.use`. */
  cognitoOptions: LocalCognitoOptions;
  site: StaticServer;
  cognito: LocalCognito;
  wiretap: Wiretap;
}

/** Playwright's `test` with the servers. */
export const withServers = base.extend<Servers>({
  cognitoOptions: [{}, { option: true }],

  site: async ({}, use) => {
    const site = await startStaticServer();
    await use(site);
    await site.close();
  },

  cognito: async ({ cognitoOptions }, use, testInfo) => {
    const cognito = await startLocalCognito({
      users: USERS,
      ...cognitoOptions,
      settings: { rotation: { enabled: true, graceSeconds: 0 }, ...cognitoOptions.settings },
    });
    await use(cognito);
    await keepOnFailure(testInfo, 'requests', () => cognito.requests);
    await cognito.close();
  },

  wiretap: async ({ cognito }, use) => {
    const wiretap = await startWiretap(cognito);
    await use(wiretap);
    await wiretap.close();
  },
});

/** For reading a failure: a JSON file beside the trace. */
export async function keepOnFailure(testInfo: TestInfo, name: string, diary: () => unknown): Promise<void> {
  if (testInfo.status === testInfo.expectedStatus) return;
  const text = await Promise.resolve(diary()).then(
    (value) => JSON.stringify(value, null, 2),
    (error: unknown) => String(error),
  );
  await writeFile(testInfo.outputPath(`${name}.json`), text);
}
