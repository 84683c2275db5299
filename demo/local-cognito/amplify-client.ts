/** aws-amplify, pointed at a local Cognito: its own client says whether the server is right. */
import { Amplify } from 'aws-amplify';
import type { LocalCognito } from './server.js';

/** What Amplify keeps; the same for each test of a file, so that tests can look into it. */
export function configureAmplify({ config }: Pick<LocalCognito, 'config'>): void {
  const { userPoolId, userPoolClientId, endpoints } = config;
  Amplify.configure({
    Auth: { Cognito: { userPoolId, userPoolClientId, userPoolEndpoint: endpoints.userPool } },
  });
}
