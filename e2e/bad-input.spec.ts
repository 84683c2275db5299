/** What bad input to a call gets: an AuthError with the name that says what is wrong. */
import { ada, expect, test } from './fixtures.js';

test.describe("with users in every state of a user's life", () => {
  test.use({
    cognitoOptions: {
      users: [
        ada,
        { username: 'unconfirmed', password: 'Right-Password-1', status: 'UNCONFIRMED' },
        { username: 'to-be-reset', password: 'Right-Password-1', status: 'RESET_REQUIRED' },
      ],
    },
  });

  const REFUSED = [
    {
      title: 'a wrong password',
      username: 'ada',
      password: 'Wrong-Password-1',
      name: 'NotAuthorizedException',
    },
    {
      title: 'an unknown user',
      username: 'nobody',
      password: 'Right-Password-1',
      name: 'UserNotFoundException',
    },
    {
      title: 'an unconfirmed user',
      username: 'unconfirmed',
      password: 'Right-Password-1',
      name: 'UserNotConfirmedException',
    },
    {
      title: 'a password to be reset',
      username: 'to-be-reset',
      password: 'Right-Password-1',
      name: 'PasswordResetRequiredException',
    },
  ];
  for (const authFlowType of ['USER_SRP_AUTH', 'USER_PASSWORD_AUTH'] as const) {
    test(`a sign-in by ${authFlowType} that Cognito refuses gets its own error, and nobody is signed in`, async ({
      openTab,
    }) => {
      const tab = await openTab();
      for (const { title, username, password, name } of REFUSED) {
        const outcome = await tab.attempt('signIn', { username, password, options: { authFlowType } });

        const error = { name, isAuthError: true, metadata: { httpStatusCode: 400 } };
        expect(outcome, title).toMatchObject({ ok: false, error });
        expect(JSON.stringify(outcome), title).not.toContain(password);
        expect((await tab.fetch()).accessToken).toBeUndefined();
      }
      // The next attempt starts afresh.
      await tab.signIn(ada);
      await tab.toldOf('signedIn');
    });
  }

  test('signIn and confirmSignIn without their arguments say which one is missing', async ({ openTab }) => {
    const tab = await openTab();
    const cases = [
      [{ username: '', password: 'Right-Password-1' }, /username/],
      [{ username: 'ada', password: '' }, /password/],
      [{ username: 'ada' }, /password/],
      [
        {
          username: 'ada',
          password: 'Right-Password-1',
          options: { authFlowType: 'MAGIC' as 'USER_SRP_AUTH' },
        },
        /authFlowType/,
      ],
    ] as const;
    for (const [input, field] of cases) {
      const outcome = await tab.attempt('signIn', input);
      expect(outcome).toMatchObject({
        ok: false,
        error: { name: 'InvalidInputException', isAuthError: true },
      });
      expect(outcome.ok ? '' : outcome.error.message).toMatch(field);
    }
  });
});

test('decodeJWT of anything that is no JWT throws an AuthError', async ({ openTab }) => {
  const tab = await openTab();
  await tab.signIn(ada);
  const { accessToken = '', accessClaims } = await tab.fetch();
  const encode = (text: string): string => Buffer.from(text).toString('base64url');
  const header = encode('{"alg":"RS256"}');
  const junk: unknown[] = [
    ...['', 'x', 'a.b', 'a.b.c', 'a.b.c.d', '...', '\u0000.\u0000.\u0000', 'é.é.é'],
    `${header}.${encode('not json')}.sig`,
    `${header}.${encode('null')}.sig`,
    `${header}.${encode('[]')}.sig`,
    `${header}.${encode('"text"')}.sig`,
    `${header}.${encode('42')}.sig`,
    `${encode('null')}.${encode('{}')}.sig`,
    `${header}.${Buffer.from([0xff, 0xfe, 0x7b]).toString('base64url')}.sig`,
    `${header}.{}.sig`,
    accessToken.slice(0, -1).replace(/\./g, ''),
    undefined,
    null,
    42,
    {},
    [],
    'x'.repeat(1_000_000),
  ];

  const outcomes = await tab.page.evaluate(
    (values) =>
      values.map((value) => {
        try {
          return { decoded: JSON.stringify(window.csw.decodeJWT(value as string)) };
        } catch (error) {
          return window.plainError(error);
        }
      }),
    junk,
  );

  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ name: 'InvalidTokenException', isAuthError: true });
  // And of one that is a JWT: its parts.
  const decoded = await tab.page.evaluate((token) => {
    const jwt = window.csw.decodeJWT(token);
    return { payload: jwt.payload, alg: jwt.header.alg, text: jwt.toString(), signature: jwt.signature };
  }, accessToken);
  expect(decoded).toEqual({
    payload: accessClaims,
    alg: 'RS256',
    text: accessToken,
    signature: accessToken.split('.')[2],
  });
});
