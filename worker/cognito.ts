/** Cognito through the AWS SDK. The SDK's own retries are off: they would bypass the rotation journal. */
import {
  CognitoIdentityClient,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
} from '@aws-sdk/client-cognito-identity';
import {
  AssociateSoftwareTokenCommand,
  CognitoIdentityProviderClient,
  ConfirmDeviceCommand,
  GetTokensFromRefreshTokenCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  RevokeTokenCommand,
  VerifySoftwareTokenCommand,
  type AuthenticationResultType,
  type AuthFlowType,
  type ChallengeNameType,
} from '@aws-sdk/client-cognito-identity-provider';
import { CONFIRM_DEVICE_TIMEOUT_MS, REQUEST_TIMEOUT_MS, REVOKE_TIMEOUT_MS } from './bounds.js';
import { createCognitoAccount } from './cognito-account.js';
import type { RuntimeConfig } from './contract.js';
import {
  CognitoFailure,
  type Clock,
  type Cognito,
  type SignInAnswer,
  type Timers,
  type TokenAnswer,
} from './deps.js';
import { toFailure, unreadableAnswer } from './failures.js';
import { createCodeExchange, type Request } from './oauth-endpoint.js';
import { withTimeout } from './patience.js';

/** The two AWS SDK clients, and the token endpoint, behind the narrow interface of the worker's core. */
export function createCognito(
  config: RuntimeConfig,
  time: { clock: Clock; timers: Timers },
  request: Request,
): Cognito {
  const { userPoolClientId: ClientId = '', userPoolId = '', identityPoolId: IdentityPoolId = '' } = config;
  const userPool = new CognitoIdentityProviderClient({
    region: userPoolId.split('_')[0] || 'us-east-1',
    maxAttempts: 1,
    ...(config.endpoints.userPool !== undefined && { endpoint: config.endpoints.userPool }),
  });
  const identityPool = new CognitoIdentityClient({
    region: IdentityPoolId.split(':')[0] || 'us-east-1',
    maxAttempts: 1,
    ...(config.endpoints.identityPool !== undefined && { endpoint: config.endpoints.identityPool }),
  });

  async function bounded<T>(
    send: (options: { abortSignal: AbortSignal }) => Promise<T>,
    { timeoutMs = REQUEST_TIMEOUT_MS, secrets = [] }: RequestOptions = {},
  ): Promise<T> {
    let isTimedOut = false;
    try {
      return await withTimeout(timeoutMs, time, (abortSignal) => {
        abortSignal.addEventListener('abort', () => (isTimedOut = true));
        return send({ abortSignal });
      });
    } catch (error) {
      const { fields, answered, retryAfterMs } = toFailure(error, isTimedOut);
      const message = secrets.reduce((text, secret) => text.replaceAll(secret, '…'), fields.message);
      throw new CognitoFailure({ ...fields, message }, answered, retryAfterMs);
    }
  }

  return {
    async initiateAuth({ flow, parameters, clientMetadata }) {
      const answer = await bounded(
        (options) =>
          userPool.send(
            new InitiateAuthCommand({
              ClientId,
              AuthFlow: flow as AuthFlowType,
              AuthParameters: parameters,
              ...(clientMetadata && { ClientMetadata: clientMetadata }),
            }),
            options,
          ),
        { secrets: secretsIn(parameters) },
      );
      return toSignInAnswer(answer);
    },

    async respondToChallenge({ name, session, responses, clientMetadata }) {
      const answer = await bounded(
        (options) =>
          userPool.send(
            new RespondToAuthChallengeCommand({
              ClientId,
              ChallengeName: name as ChallengeNameType,
              ChallengeResponses: responses,
              ...(session !== undefined && { Session: session }),
              ...(clientMetadata && { ClientMetadata: clientMetadata }),
            }),
            options,
          ),
        { secrets: [...secretsIn(responses), ...(session ? [session] : [])] },
      );
      return toSignInAnswer(answer);
    },

    async associateSoftwareToken(session) {
      const answer = await bounded(
        (options) =>
          userPool.send(
            new AssociateSoftwareTokenCommand({ ...(session !== undefined && { Session: session }) }),
            options,
          ),
        { secrets: session ? [session] : [] },
      );
      if (!answer.SecretCode) throw unreadableAnswer('AssociateSoftwareToken');
      return { secret: answer.SecretCode, ...(answer.Session !== undefined && { session: answer.Session }) };
    },

    async verifySoftwareToken({ session, code, friendlyDeviceName }) {
      const answer = await bounded(
        (options) =>
          userPool.send(
            new VerifySoftwareTokenCommand({
              UserCode: code,
              ...(session !== undefined && { Session: session }),
              ...(friendlyDeviceName !== undefined && { FriendlyDeviceName: friendlyDeviceName }),
            }),
            options,
          ),
        { secrets: [code, ...(session ? [session] : [])] },
      );
      return answer.Session === undefined ? {} : { session: answer.Session };
    },

    async confirmDevice({ accessToken, deviceKey, saltBase64, verifierBase64 }) {
      await bounded(
        (options) =>
          userPool.send(
            new ConfirmDeviceCommand({
              AccessToken: accessToken,
              DeviceKey: deviceKey,
              DeviceSecretVerifierConfig: { Salt: saltBase64, PasswordVerifier: verifierBase64 },
            }),
            options,
          ),
        { timeoutMs: CONFIRM_DEVICE_TIMEOUT_MS, secrets: [accessToken, verifierBase64] },
      );
    },

    async refresh({ refreshToken, deviceKey, clientMetadata, timeoutMs }) {
      const answer = await bounded(
        (options) =>
          userPool.send(
            new GetTokensFromRefreshTokenCommand({
              ClientId,
              RefreshToken: refreshToken,
              ...(deviceKey !== undefined && { DeviceKey: deviceKey }),
              ...(clientMetadata && { ClientMetadata: clientMetadata }),
            }),
            options,
          ),
        { timeoutMs, secrets: [refreshToken] },
      );
      return toTokens(answer.AuthenticationResult);
    },

    async revoke(refreshToken) {
      await bounded(
        (options) => userPool.send(new RevokeTokenCommand({ ClientId, Token: refreshToken }), options),
        { timeoutMs: REVOKE_TIMEOUT_MS, secrets: [refreshToken] },
      );
    },

    async globalSignOut(accessToken) {
      await bounded(
        (options) => userPool.send(new GlobalSignOutCommand({ AccessToken: accessToken }), options),
        { timeoutMs: REVOKE_TIMEOUT_MS, secrets: [accessToken] },
      );
    },

    exchangeCode: createCodeExchange(config, time, request),

    async identityId(logins) {
      const { IdentityId } = await bounded(
        (options) =>
          identityPool.send(new GetIdCommand({ IdentityPoolId, ...(logins && { Logins: logins }) }), options),
        { secrets: Object.values(logins ?? {}) },
      );
      if (IdentityId === undefined) throw unreadableAnswer('GetId');
      return IdentityId;
    },

    async credentials(identityId, logins, customRoleArn) {
      const answer = await bounded(
        (options) =>
          identityPool.send(
            new GetCredentialsForIdentityCommand({
              IdentityId: identityId,
              ...(logins && { Logins: logins }),
              ...(customRoleArn !== undefined && { CustomRoleArn: customRoleArn }),
            }),
            options,
          ),
        { secrets: Object.values(logins ?? {}) },
      );
      const { AccessKeyId, SecretKey, SessionToken, Expiration } = answer.Credentials ?? {};
      if (AccessKeyId === undefined || SecretKey === undefined || Expiration === undefined) {
        throw unreadableAnswer('GetCredentialsForIdentity');
      }
      return {
        identityId: answer.IdentityId ?? identityId,
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretKey,
        ...(SessionToken !== undefined && { sessionToken: SessionToken }),
        expirationMs: Expiration.getTime(),
      };
    },

    account: createCognitoAccount(userPool, ClientId, bounded),
  };
}

interface RequestOptions {
  timeoutMs?: number;
  /** What must not stand in an error, even if the service repeats it. */
  secrets?: readonly string[];
}

/** All that goes with a sign-in but the user's name, which errors may tell. */
function secretsIn({ USERNAME: _name, ...others }: Record<string, string>): string[] {
  return Object.values(others).filter((value) => value !== '');
}

function toTokens(result: AuthenticationResultType | undefined): TokenAnswer {
  // A rotated refresh token is to be stored even if nothing else came; an empty access token can't be read.
  if (!result?.AccessToken && !result?.RefreshToken) throw unreadableAnswer('The token endpoint');
  return {
    accessToken: result.AccessToken ?? '',
    ...(result.IdToken !== undefined && { idToken: result.IdToken }),
    ...(result.RefreshToken !== undefined && { refreshToken: result.RefreshToken }),
  };
}

function toSignInAnswer(answer: {
  AuthenticationResult?: AuthenticationResultType | undefined;
  ChallengeName?: string | undefined;
  Session?: string | undefined;
  ChallengeParameters?: Record<string, string> | undefined;
  AvailableChallenges?: string[] | undefined;
}): SignInAnswer {
  if (answer.ChallengeName !== undefined) {
    return {
      type: 'challenge',
      name: answer.ChallengeName,
      ...(answer.Session !== undefined && { session: answer.Session }),
      parameters: answer.ChallengeParameters ?? {},
      ...(answer.AvailableChallenges && { availableChallenges: answer.AvailableChallenges }),
    };
  }
  const { DeviceKey: deviceKey, DeviceGroupKey: deviceGroupKey } =
    answer.AuthenticationResult?.NewDeviceMetadata ?? {};
  return {
    type: 'tokens',
    tokens: toTokens(answer.AuthenticationResult),
    ...(deviceKey && deviceGroupKey && { newDevice: { deviceKey, deviceGroupKey } }),
  };
}
