/** Cognito's operations on an account: what the worker's core needs of them, and the AWS SDK's commands behind it. */
import {
  ChangePasswordCommand,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  ForgotPasswordCommand,
  GetUserCommand,
  ResendConfirmationCodeCommand,
  SignUpCommand,
  type AttributeType,
  type CodeDeliveryDetailsType,
  type CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import type { AccountRequest, CodeDeliveryDetails } from './account-contract.js';

/** What Cognito says to any of these requests. */
export interface AccountAnswer {
  userId?: string;
  isConfirmed?: boolean;
  delivery?: CodeDeliveryDetails;
  attributes?: Record<string, string>;
}

/** @param accessToken For those of a user who is signed in; else empty. */
export type CognitoAccount = (request: AccountRequest, accessToken: string) => Promise<AccountAnswer>;

/** Sends one request within its bound. */
type Send = <T>(
  send: (options: { abortSignal: AbortSignal }) => Promise<T>,
  options: { secrets: readonly string[] },
) => Promise<T>;

export function createCognitoAccount(
  userPool: CognitoIdentityProviderClient,
  ClientId: string,
  bounded: Send,
): CognitoAccount {
  return async (request, AccessToken) => {
    const secrets = [...secretsIn(request), AccessToken].filter((secret) => secret !== '');
    return bounded((options) => send(request, AccessToken, options), { secrets });
  };

  async function send(
    request: AccountRequest,
    AccessToken: string,
    options: { abortSignal: AbortSignal },
  ): Promise<AccountAnswer> {
    switch (request.operation) {
      case 'signUp': {
        const { username: Username, password, options: given = {} } = request.input;
        const { userAttributes, validationData } = given;
        const command = new SignUpCommand({
          ...{ ClientId, Username, ...metadata(given) },
          ...(password !== undefined && { Password: password }),
          ...(userAttributes && { UserAttributes: toList(userAttributes) }),
          ...(validationData && { ValidationData: toList(validationData) }),
        });
        const { UserSub, UserConfirmed, CodeDeliveryDetails } = await userPool.send(command, options);
        return {
          ...(UserSub !== undefined && { userId: UserSub }),
          isConfirmed: UserConfirmed === true,
          delivery: toDelivery(CodeDeliveryDetails),
        };
      }
      case 'confirmSignUp': {
        const { username: Username, confirmationCode: ConfirmationCode, options: given = {} } = request.input;
        const { forceAliasCreation } = given;
        const command = new ConfirmSignUpCommand({
          ...{ ClientId, Username, ConfirmationCode, ...metadata(given) },
          ...(forceAliasCreation !== undefined && { ForceAliasCreation: forceAliasCreation }),
        });
        await userPool.send(command, options);
        return {};
      }
      case 'resendSignUpCode': {
        const { username: Username, options: given } = request.input;
        const command = new ResendConfirmationCodeCommand({ ClientId, Username, ...metadata(given) });
        return { delivery: toDelivery((await userPool.send(command, options)).CodeDeliveryDetails) };
      }
      case 'resetPassword': {
        const { username: Username, options: given } = request.input;
        const command = new ForgotPasswordCommand({ ClientId, Username, ...metadata(given) });
        return { delivery: toDelivery((await userPool.send(command, options)).CodeDeliveryDetails) };
      }
      case 'confirmResetPassword': {
        const {
          username: Username,
          confirmationCode: ConfirmationCode,
          newPassword: Password,
        } = request.input;
        const command = new ConfirmForgotPasswordCommand({
          ...{ ClientId, Username, ConfirmationCode, Password, ...metadata(request.input.options) },
        });
        await userPool.send(command, options);
        return {};
      }
      case 'updatePassword': {
        const { oldPassword: PreviousPassword, newPassword: ProposedPassword } = request.input;
        const command = new ChangePasswordCommand({ AccessToken, PreviousPassword, ProposedPassword });
        await userPool.send(command, options);
        return {};
      }
      case 'fetchUserAttributes': {
        const { UserAttributes } = await userPool.send(new GetUserCommand({ AccessToken }), options);
        return { attributes: toRecord(UserAttributes) };
      }
    }
  }
}

function secretsIn({ operation, input }: AccountRequest): string[] {
  switch (operation) {
    case 'signUp':
      return [input.password ?? '', ...Object.values(input.options?.validationData ?? {})];
    case 'confirmSignUp':
      return [input.confirmationCode];
    case 'confirmResetPassword':
      return [input.confirmationCode, input.newPassword];
    case 'updatePassword':
      return [input.oldPassword, input.newPassword];
    default:
      return [];
  }
}

function metadata(options: { clientMetadata?: Record<string, string> } | undefined): {
  ClientMetadata?: Record<string, string>;
} {
  return options?.clientMetadata ? { ClientMetadata: options.clientMetadata } : {};
}

function toList(attributes: Record<string, string>): AttributeType[] {
  return Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
}

function toRecord(attributes: readonly AttributeType[] | undefined): Record<string, string> {
  const entries = (attributes ?? []).map(({ Name = '', Value = '' }) => [Name, Value] as const);
  return Object.fromEntries(entries.filter(([name]) => name !== ''));
}

/** The service model calls it a text; only these two can be verified. */
type Attribute = NonNullable<CodeDeliveryDetails['attributeName']>;

function toDelivery({
  Destination,
  DeliveryMedium,
  AttributeName,
}: CodeDeliveryDetailsType = {}): CodeDeliveryDetails {
  return {
    ...(Destination !== undefined && { destination: Destination }),
    ...(DeliveryMedium !== undefined && { deliveryMedium: DeliveryMedium }),
    ...(AttributeName !== undefined && { attributeName: AttributeName as Attribute }),
  };
}
