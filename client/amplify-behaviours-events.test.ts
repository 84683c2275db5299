/**
 * B47 to B56 of Amplify's session behaviours: sign-out, the user, events and errors. See amplify-behaviours.test.ts.
 * B52, the sign-out of managed login, is held where there is a browser: e2e/managed-login.spec.ts, worker/oauth-urls.test.ts.
 */
import { expect, vi } from 'vitest';
import type { Side } from '../simulation/beside-amplify.js';
import {
  answerWith,
  here,
  inAmplify,
  onBothSides,
  refuse,
  REFRESH,
  rejection,
  tokensOnly,
} from '../simulation/on-both-sides.js';
import { makeTokenPair } from '../worker/testing/tokens.js';
import { AuthError } from '../worker/errors.js';

const hasToldOf = (side: Side, ...names: string[]): Promise<boolean> =>
  vi.waitUntil(() => side.told().join() === names.join(), { interval: 5 });

onBothSides(
  'B47, B50 a sign-out revokes the refresh token, at the configured endpoint',
  tokensOnly,
  async (side) => {
    await side.signIn();
    await side.signOut();
    expect(side.cognito.accepted()).toEqual({ InitiateAuth: 1, RevokeToken: 1 });
    expect(side.cognito.refreshTokens()).toMatchObject([{ isUsable: false }]);
    expect((await side.fetch()).accessToken).toBeUndefined();
    await hasToldOf(side, 'signedIn', 'signedOut');
  },
);

/** Signs in with tokens that Cognito does not say the origin of, as of an app client without revocation. */
async function signInWithoutOrigin(side: Side): Promise<void> {
  const { accessToken, idToken } = makeTokenPair('sub-ada', Date.now(), 3_600);
  answerWith(side, 'InitiateAuth', {
    AuthenticationResult: {
      ...{ AccessToken: accessToken, IdToken: idToken, RefreshToken: 'of-no-origin' },
      ...{ ExpiresIn: 3_600, TokenType: 'Bearer' },
    },
    ChallengeParameters: {},
  });
  await side.signIn();
}

here(
  'B48 differs: every sign-out asks Cognito to revoke, whatever the token says of its origin',
  tokensOnly,
  async (side) => {
    await signInWithoutOrigin(side);
    await side.signOut();
    expect(side.cognito.counts()['RevokeToken']).toBeGreaterThan(0);
    expect((await side.fetch()).accessToken).toBeUndefined();
  },
);

inAmplify('B48 differs: tokens without origin_jti are not revoked', tokensOnly, async (side) => {
  await signInWithoutOrigin(side);
  await side.signOut();
  expect(side.cognito.counts()).toEqual({ InitiateAuth: 1 });
});

onBothSides(
  'B49, B50 a global sign-out asks for GlobalSignOut and revokes nothing besides',
  tokensOnly,
  async (side) => {
    await side.signIn();
    await side.signOut({ global: true });
    expect(side.cognito.accepted()).toEqual({ InitiateAuth: 1, GlobalSignOut: 1 });
    expect(side.cognito.refreshTokens()).toMatchObject([{ isUsable: false }]);
  },
);

for (const [operation, input] of [
  ['RevokeToken', { global: false }],
  ['GlobalSignOut', { global: true }],
] as const) {
  onBothSides(
    `B51 when ${operation} fails, the user is signed out all the same, and told`,
    tokensOnly,
    async (side) => {
      await side.signIn();
      refuse(side, operation, { type: 'InternalErrorException', status: 500, times: 3 });
      await side.signOut(input);
      expect((await side.fetch()).accessToken).toBeUndefined();
      expect((await rejection(side.user())).name).toBe('UserUnAuthenticatedException');
      await hasToldOf(side, 'signedIn', 'signedOut');
    },
  );
}

onBothSides(
  'B53 getCurrentUser tells name and id, and rejects when nobody is signed in',
  tokensOnly,
  async (side) => {
    expect(await rejection(side.user())).toMatchObject({
      name: 'UserUnAuthenticatedException',
      recoverySuggestion: expect.any(String) as string,
    });
    await side.signIn();
    const { userSub } = await side.fetch();
    expect(await side.user()).toMatchObject({ username: 'ada', userId: userSub });
  },
);

onBothSides('B54 a refresh is told as tokenRefresh', tokensOnly, async (side) => {
  await side.signIn();
  await side.fetch({ forceRefresh: true });
  await hasToldOf(side, 'signedIn', 'tokenRefresh');
});

onBothSides('B54 one that failed is told as tokenRefresh_failure', tokensOnly, async (side) => {
  await side.signIn();
  refuse(side, REFRESH, { type: 'InvalidParameterException' });
  await rejection(side.fetch({ forceRefresh: true }));
  await hasToldOf(side, 'signedIn', 'tokenRefresh_failure');
});

/** What stands between here and Cognito answers, three times, with a page of its own. */
async function answeredByAnother(side: Side): Promise<Error> {
  await side.signIn();
  side.cognito.addFault({ kind: 'garbage', operation: REFRESH, times: 3 });
  return rejection(side.fetch({ forceRefresh: true }));
}

here(
  "B55 differs: an answer that is not Cognito's is a NetworkError, and the session is kept",
  tokensOnly,
  async (side) => {
    const error = await answeredByAnother(side);
    expect(error).toBeInstanceOf(AuthError);
    expect(error.name).toBe('NetworkError');
    expect((await side.fetch()).payload).toMatchObject({ username: 'ada' });
  },
);

inAmplify(
  "B55 differs: an answer that is not Cognito's rejects with the error of the parser, which is no AuthError",
  tokensOnly,
  async (side) => {
    expect((await answeredByAnother(side)).name).toBe('SyntaxError');
  },
);

here(
  'B56 signedIn comes with the session, of the user whom getCurrentUser tells of',
  tokensOnly,
  async (side) => {
    const heard: (string | undefined)[] = [];
    side.client.onSessionChange((session, { type }) => heard.push(type, session?.userSub));
    await side.signIn();
    await vi.waitUntil(() => heard.length > 0, { interval: 5 });
    expect(heard).toEqual(['signedIn', (await side.user()).userId]);
  },
);

here(
  'B56 differs: a store that fails keeps nobody from signing in; inspectSession tells of it',
  tokensOnly,
  async (side) => {
    side.backing.isFailing = true;
    await side.signIn();
    await hasToldOf(side, 'signedIn');
    expect((await side.user()).username).toBe('ada');
    expect(await side.client.inspectSession()).toMatchObject({ storage: 'memory' });
  },
);
