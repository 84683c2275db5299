import type { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { describe, expect, test } from 'vitest';
import type { AccountRequest } from './account-contract.js';
import { createCognitoAccount } from './cognito-account.js';

interface Sent {
  command: string;
  input: unknown;
  secrets: readonly string[];
}

/** What a request becomes, what of it is kept out of errors, and what is made of the answer. */
async function ask(
  request: AccountRequest,
  { accessToken = '', answer = {} } = {},
): Promise<{ sent: Sent; read: unknown }> {
  let command = '';
  let input: unknown;
  let kept: readonly string[] = [];
  const userPool = {
    send: (given: { constructor: { name: string }; input: unknown }) => {
      command = given.constructor.name;
      ({ input } = given);
      return Promise.resolve(answer);
    },
  } as unknown as CognitoIdentityProviderClient;
  const account = createCognitoAccount(userPool, 'client1', (send, { secrets }) => {
    kept = secrets;
    return send({ abortSignal: new AbortController().signal });
  });
  const read = await account(request, accessToken);
  return { sent: { command, input, secrets: kept }, read };
}

const clientMetadata = { tenant: 'a' };
const ClientMetadata = clientMetadata;
const ClientId = 'client1';
const Username = 'grace';
const username = 'grace';

describe('exactly this is sent, and nothing of what it proves stands in an error', () => {
  test.each<[AccountRequest, string, object, string[]]>([
    [
      {
        operation: 'signUp',
        input: {
          username,
          password: 'secret-1',
          options: { userAttributes: { email: 'g@e' }, validationData: { captcha: 'c1' }, clientMetadata },
        },
      },
      'SignUpCommand',
      {
        ...{ ClientId, Username, Password: 'secret-1', ClientMetadata },
        UserAttributes: [{ Name: 'email', Value: 'g@e' }],
        ValidationData: [{ Name: 'captcha', Value: 'c1' }],
      },
      ['secret-1', 'c1'],
    ],
    [{ operation: 'signUp', input: { username } }, 'SignUpCommand', { ClientId, Username }, []],
    [
      {
        operation: 'confirmSignUp',
        input: {
          username,
          confirmationCode: '123456',
          options: { forceAliasCreation: false, clientMetadata },
        },
      },
      'ConfirmSignUpCommand',
      { ClientId, Username, ConfirmationCode: '123456', ForceAliasCreation: false, ClientMetadata },
      ['123456'],
    ],
    [
      { operation: 'resendSignUpCode', input: { username, options: { clientMetadata } } },
      'ResendConfirmationCodeCommand',
      { ClientId, Username, ClientMetadata },
      [],
    ],
    [
      { operation: 'resetPassword', input: { username, options: { clientMetadata } } },
      'ForgotPasswordCommand',
      { ClientId, Username, ClientMetadata },
      [],
    ],
    [
      {
        operation: 'confirmResetPassword',
        input: {
          username,
          confirmationCode: '123456',
          newPassword: 'secret-2',
          options: { clientMetadata },
        },
      },
      'ConfirmForgotPasswordCommand',
      { ClientId, Username, ConfirmationCode: '123456', Password: 'secret-2', ClientMetadata },
      ['123456', 'secret-2'],
    ],
    [
      { operation: 'updatePassword', input: { oldPassword: 'secret-1', newPassword: 'secret-2' } },
      'ChangePasswordCommand',
      { AccessToken: 'token-1', PreviousPassword: 'secret-1', ProposedPassword: 'secret-2' },
      ['secret-1', 'secret-2', 'token-1'],
    ],
    [
      { operation: 'fetchUserAttributes', input: undefined },
      'GetUserCommand',
      { AccessToken: 'token-1' },
      ['token-1'],
    ],
  ])('%j', async (request, command, input, secrets) => {
    const accessToken = secrets.includes('token-1') ? 'token-1' : '';
    expect((await ask(request, { accessToken })).sent).toEqual({ command, input, secrets });
  });
});

describe('an answer is read', () => {
  const CodeDeliveryDetails = { Destination: 'g***', DeliveryMedium: 'SMS', AttributeName: 'phone_number' };
  const delivery = { destination: 'g***', deliveryMedium: 'SMS', attributeName: 'phone_number' };

  test.each<[AccountRequest, object, object]>([
    [
      { operation: 'signUp', input: { username } },
      { UserConfirmed: false, UserSub: 'sub-1', CodeDeliveryDetails },
      { isConfirmed: false, userId: 'sub-1', delivery },
    ],
    [
      { operation: 'signUp', input: { username } },
      { UserConfirmed: true, UserSub: 'sub-1' },
      { isConfirmed: true, userId: 'sub-1', delivery: {} },
    ],
    [{ operation: 'resendSignUpCode', input: { username } }, { CodeDeliveryDetails }, { delivery }],
    [{ operation: 'resetPassword', input: { username } }, { CodeDeliveryDetails }, { delivery }],
    [
      { operation: 'fetchUserAttributes', input: undefined },
      { Username, UserAttributes: [{ Name: 'email', Value: 'g@e' }, { Name: 'custom:empty' }] },
      { attributes: { email: 'g@e', 'custom:empty': '' } },
    ],
  ])('of %j: %j', async (request, answer, read) => {
    expect((await ask(request, { answer })).read).toEqual(read);
  });
});
