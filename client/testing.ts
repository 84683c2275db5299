/** The entry `cognito-session-worker/testing`: a client without worker and network, for an app's own tests. */
import { createFakeClient, type FakeClient, type FakeClientOptions } from './fake-client.js';
import { standInForDefaultClient } from './index.js';

export { createFakeClient } from './fake-client.js';
export type {
  FakeCall,
  FakeCallName,
  FakeClient,
  FakeClientOptions,
  FakeControls,
  FakeError,
} from './fake-client.js';
export type { FakeSignInAnswer } from '../worker/fake-sign-in.js';
export type { FakeUser } from '../worker/fake-tokens.js';

let installed: FakeClient | undefined;

/**
 * Makes a fake client that stands in the place of the default one: `fetchAuthSession()` and all other functions of the package
 * use it, and `configure()` gives it, whatever the config. One that was installed before is closed.
 * @throws AuthError as `createFakeClient()`.
 */
export function installFakeClient(options?: FakeClientOptions): FakeClient {
  uninstallFakeClient();
  installed = createFakeClient(options);
  standInForDefaultClient(installed);
  return installed;
}

/** Closes the fake client that is installed, and takes it out. */
export function uninstallFakeClient(): void {
  installed?.close();
  installed = undefined;
  standInForDefaultClient(undefined);
}
