import { describe, expect, test } from 'vitest';
import type { AccountRequest } from './account-contract.js';
import type { AuthError } from './errors.js';
import { answered, unanswered } from './testing/scripted-cognito.js';
import { CONFIG, createSignedInWorld, createWorld, type Runtime, type World } from './testing/world.js';

type Both = World & Runtime;

const delivery = { destination: 'a***@e***', deliveryMedium: 'EMAIL', attributeName: 'email' } as const;

async function createSignedOutWorld(): Promise<Both> {
  const world = createWorld();
  const runtime = world.start();
  await runtime.connect();
  return { ...world, ...runtime };
}

const run = ({ time, session }: Both, request: unknown): Promise<unknown> =>
  time.run(session.account(request));
const refusal = (world: Both, request: unknown): Promise<AuthError> =>
  run(world, request).then(
    () => expect.unreachable(),
    (error: unknown) => error as AuthError,
  );
/** What Cognito was asked about the account. */
const asked = ({ cognito }: World): unknown[] =>
  cognito.requests.filter(({ operation }) => operation === 'account').map(({ input }) => input);

const REQUESTS: Record<AccountRequest['operation'], AccountRequest> = {
  signUp: {
    operation: 'signUp',
    input: {
      username: 'grace',
      password: 'Right-1',
      options: { userAttributes: { email: 'g@e' }, validationData: { a: 'b' }, clientMetadata: { c: 'd' } },
    },
  },
  confirmSignUp: {
    operation: 'confirmSignUp',
    input: { username: 'grace', confirmationCode: '123456', options: { forceAliasCreation: true } },
  },
  resendSignUpCode: { operation: 'resendSignUpCode', input: { username: 'grace' } },
  resetPassword: { operation: 'resetPassword', input: { username: 'grace' } },
  confirmResetPassword: {
    operation: 'confirmResetPassword',
    input: { username: 'grace', newPassword: 'Right-2', confirmationCode: '123456' },
  },
  updatePassword: { operation: 'updatePassword', input: { oldPassword: 'Right-1', newPassword: 'Right-2' } },
  fetchUserAttributes: { operation: 'fetchUserAttributes', input: undefined },
};
const { updatePassword, fetchUserAttributes, ...withoutSession } = REQUESTS;

describe("the outputs are Amplify's", () => {
  test.each([
    [
      'a sign-up that waits for its code',
      REQUESTS.signUp,
      { userId: 'sub-1', isConfirmed: false, delivery },
      {
        isSignUpComplete: false,
        userId: 'sub-1',
        nextStep: { signUpStep: 'CONFIRM_SIGN_UP', codeDeliveryDetails: delivery },
      },
    ],
    [
      'a sign-up that is confirmed at once',
      REQUESTS.signUp,
      { userId: 'sub-1', isConfirmed: true, delivery: {} },
      { isSignUpComplete: true, userId: 'sub-1', nextStep: { signUpStep: 'DONE' } },
    ],
    [
      'a confirmed sign-up',
      REQUESTS.confirmSignUp,
      {},
      { isSignUpComplete: true, nextStep: { signUpStep: 'DONE' } },
    ],
    ['a code that was sent again', REQUESTS.resendSignUpCode, { delivery }, delivery],
    [
      'a password to be reset',
      REQUESTS.resetPassword,
      { delivery },
      {
        isPasswordReset: false,
        nextStep: { resetPasswordStep: 'CONFIRM_RESET_PASSWORD_WITH_CODE', codeDeliveryDetails: delivery },
      },
    ],
    ['a password that was reset', REQUESTS.confirmResetPassword, {}, undefined],
    ['a password that was changed', updatePassword, {}, undefined],
    ['attributes', fetchUserAttributes, { attributes: { email: 'a@e' } }, { email: 'a@e' }],
  ])('%s', async (_what, request, answer, output) => {
    const world = await createSignedInWorld();
    world.cognito.answerWith('account', () => answer);
    expect(await run(world, request)).toEqual(output);
  });
});

describe('the input', () => {
  test.each(Object.values(withoutSession))('of $operation is handed on as it came', async (request) => {
    const world = await createSignedOutWorld();
    await run(world, request);
    expect(asked(world)).toEqual([{ ...request, accessToken: '' }]);
  });

  test.each<[field: string, AccountRequest['operation'], wrong: unknown[]]>([
    ['username', 'signUp', [undefined, null, {}, { username: '' }, { username: 7, password: 'p' }]],
    [
      'password',
      'signUp',
      [
        { username: 'grace', password: '' },
        { username: 'grace', password: 7 },
      ],
    ],
    ['options.userAttributes', 'signUp', [{ username: 'grace', options: { userAttributes: { email: 1 } } }]],
    ['options.validationData', 'signUp', [{ username: 'grace', options: { validationData: [] } }]],
    ['options', 'signUp', [{ username: 'grace', options: 'none' }]],
    ['The input', 'signUp', ['grace', [], 7]],
    [
      'confirmationCode',
      'confirmSignUp',
      [{ username: 'grace' }, { username: 'grace', confirmationCode: 1 }],
    ],
    [
      'options.forceAliasCreation',
      'confirmSignUp',
      [{ username: 'grace', confirmationCode: '1', options: { forceAliasCreation: 'yes' } }],
    ],
    ['username', 'resendSignUpCode', [undefined]],
    [
      'options.clientMetadata',
      'resendSignUpCode',
      [{ username: 'g', options: { clientMetadata: { a: 1 } } }],
    ],
    ['username', 'resetPassword', [undefined]],
    ['options.clientMetadata', 'resetPassword', [{ username: 'g', options: { clientMetadata: 'a' } }]],
    ['newPassword', 'confirmResetPassword', [{ username: 'grace', confirmationCode: '1' }]],
    ['confirmationCode', 'confirmResetPassword', [{ username: 'grace', newPassword: 'p' }]],
    ['oldPassword', 'updatePassword', [{ newPassword: 'p' }]],
    ['newPassword', 'updatePassword', [{ oldPassword: 'p', newPassword: '' }]],
  ])('%s of %s is checked, and nothing is asked', async (field, operation, wrong) => {
    const world = await createSignedInWorld();
    const before = world.cognito.requests.length;
    for (const input of wrong) {
      const { name, message } = await refusal(world, { operation, input });
      expect({ name, message }).toEqual({
        name: 'InvalidInputException',
        message: `${field} is missing or wrong.`,
      });
    }
    expect(world.cognito.requests).toHaveLength(before);
  });

  test.each([undefined, null, 'signUp', {}, { operation: 'constructor' }, { operation: 'deleteUser' }])(
    'a request for no operation is refused: %j',
    async (request) => {
      const world = await createSignedInWorld();
      expect((await refusal(world, request)).name).toBe('InvalidInputException');
    },
  );
});

describe('the access token', () => {
  test.each([updatePassword, fetchUserAttributes])(
    'goes with $operation as it is while it is good',
    async (request) => {
      const world = await createSignedInWorld();
      const { tokens } = await world.time.run(world.session.session({}));
      await run(world, request);
      expect(asked(world)).toEqual([
        { ...request, input: request.input ?? {}, accessToken: tokens?.accessToken },
      ]);
      expect(world.cognito.count('refresh')).toBe(0);
    },
  );

  test.each([updatePassword, fetchUserAttributes])(
    'is refreshed before $operation when it is old',
    async (request) => {
      const world = await createSignedInWorld();
      const { tokens: old } = await world.time.run(world.session.session({}));
      world.time.sleep(3_600_000);
      await run(world, request);
      const { tokens } = await world.time.run(world.session.session({ peek: true }));
      expect(tokens?.accessToken).not.toBe(old?.accessToken);
      expect(asked(world)).toMatchObject([{ accessToken: tokens?.accessToken }]);
      expect(world.cognito.count('refresh')).toBe(1);
    },
  );

  test.each([updatePassword, fetchUserAttributes])(
    'is missed by $operation when nobody is signed in',
    async (request) => {
      const world = await createSignedOutWorld();
      expect(await refusal(world, request)).toMatchObject({
        name: 'UserUnAuthenticatedException',
        recoverySuggestion: 'Sign in first.',
      });
      expect(asked(world)).toEqual([]);
    },
  );

  test('that can no longer be refreshed is not sent: the call rejects as a fetch would', async () => {
    const world = await createSignedInWorld();
    world.time.sleep(3_600_000);
    world.cognito.fail('refresh', answered('NotAuthorizedException', 400, 'Refresh Token has been revoked'));
    await expect(run(world, updatePassword)).rejects.toMatchObject({
      fields: { name: 'NotAuthorizedException', message: 'Refresh Token has been revoked' },
    });
    expect(asked(world)).toEqual([]);
  });
});

describe('the session stays as it is', () => {
  test.each(Object.values(REQUESTS))('whatever $operation does', async (request) => {
    const world = await createSignedInWorld();
    const [record, news] = [world.backing.record, world.news()];
    await run(world, request);
    for (const failure of [
      answered('NotAuthorizedException'),
      answered('UserNotFoundException'),
      unanswered(),
    ]) {
      world.cognito.fail('account', failure);
      await expect(run(world, request)).rejects.toBe(failure);
    }
    expect(world.backing.record).toEqual(record);
    expect(world.news()).toEqual(news);
  });
});

test('without a user pool there is no account', async () => {
  const world = createWorld();
  const {
    userPoolId: _pool,
    userPoolClientId: _client,
    ...config
  } = { ...CONFIG, identityPoolId: 'eu-central-1:p' };
  const runtime = world.start({ config });
  await expect(run({ ...world, ...runtime }, REQUESTS.signUp)).rejects.toMatchObject({
    name: 'AuthUserPoolException',
  });
});
