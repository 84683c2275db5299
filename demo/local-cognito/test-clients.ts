/** The AWS SDK's own clients, pointed at a local Cognito. */
import { CognitoIdentityClient } from '@aws-sdk/client-cognito-identity';
import {
  CognitoIdentityProviderClient,
  GetTokensFromRefreshTokenCommand,
  InitiateAuthCommand,
  type AuthenticationResultType,
} from '@aws-sdk/client-cognito-identity-provider';
import type { LocalCognito } from './server.js';

/** No retries, so that each call is one request. */
const OPTIONS = {
  region: 'eu-central-1',
  maxAttempts: 1,
  credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
};

/** What a complete sign-in gives. */
export interface SignedInTokens {
  AccessToken: string;
  IdToken: string;
  RefreshToken: string;
}

export function clientsOf({ url, config }: Pick<LocalCognito, 'url' | 'config'>): {
  users: CognitoIdentityProviderClient;
  identities: CognitoIdentityClient;
  signIn: (username?: string, password?: string) => Promise<SignedInTokens>;
  refresh: (token: string) => Promise<AuthenticationResultType>;
} {
  const ClientId = config.userPoolClientId;
  const users = new CognitoIdentityProviderClient({ ...OPTIONS, endpoint: url });
  const identities = new CognitoIdentityClient({ ...OPTIONS, endpoint: url });
  return {
    users,
    identities,
    async signIn(username = 'ada', password = 'Analytical-Engine-1843') {
      const answer = await users.send(
        new InitiateAuthCommand({
          ClientId,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: username, PASSWORD: password },
        }),
      );
      const { AccessToken, IdToken, RefreshToken } = answer.AuthenticationResult ?? {};
      if (!AccessToken || !IdToken || !RefreshToken) throw new Error(`No tokens but ${answer.ChallengeName}`);
      return { AccessToken, IdToken, RefreshToken };
    },
    async refresh(token) {
      const answer = await users.send(
        new GetTokensFromRefreshTokenCommand({ ClientId, RefreshToken: token }),
      );
      if (!answer.AuthenticationResult) throw new Error('No tokens');
      return answer.AuthenticationResult;
    },
  };
}
