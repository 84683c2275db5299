/**
 * B14 to B35 of Amplify's session behaviours: refreshing, its errors, and what is stored. See amplify-behaviours.test.ts.
 * B34, what a sign-in by managed login leaves behind, is held by worker/redirect.test.ts and e2e/managed-login.spec.ts.
 */
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, describe, expect, vi } from 'vitest';
import { GRACE, type Side } from '../simulation/beside-amplify.js';
import {
  answerWith,
  GET_CREDENTIALS,
  here,
  inAmplify,
  onBothSides,
  refuse,
  REFRESH,
  rejection,
  tokensOnly,
} from '../simulation/on-both-sides.js';
import { makeTokenPair } from '../worker/testing/tokens.js';

// Amplify names a device after the browser, and confirms none that has no name.
beforeEach(() => vi.stubGlobal('navigator', { userAgent: 'Node.js', platform: 'test' }));
afterEach(() => vi.unstubAllGlobals());

/** What decides nothing is asked for again, up to twice. */
const TRIES = 3;

onBothSides(
  'B14 a refresh stores the new tokens and keeps how the user signed in',
  tokensOnly,
  async (side) => {
    await side.signIn();
    const before = await side.user();
    expect(before.signInDetails).toMatchObject({ loginId: 'ada', authFlowType: 'USER_PASSWORD_AUTH' });
    const { accessToken } = await side.fetch({ forceRefresh: true });
    expect((await side.fetch()).accessToken).toBe(accessToken);
    expect(await side.user()).toEqual(before);
  },
);

describe('a failure that decides nothing keeps the session, and the call rejects with it', () => {
  onBothSides('B15 NetworkError', tokensOnly, async (side) => {
    await side.signIn();
    const { accessToken } = await side.fetch();
    side.cognito.addFault({ kind: 'drop', operation: REFRESH, times: 6 });
    expect((await rejection(side.fetch({ forceRefresh: true }))).name).toBe('NetworkError');
    expect((await side.fetch()).accessToken).toBe(accessToken);
    side.cognito.clearFaults();
    expect((await side.fetch({ forceRefresh: true })).accessToken).not.toBe(accessToken);
  });

  const passing = [
    ['B20', 'InternalErrorException', 500],
    ['B21', 'TooManyRequestsException', 429],
    ['B22', 'ThrottlingException', 400],
    ['B23', 'ServiceUnavailable', 503],
  ] as const;
  for (const [number, name, status] of passing) {
    onBothSides(`${number} ${name}`, tokensOnly, async (side) => {
      await side.signIn();
      const { accessToken } = await side.fetch();
      refuse(side, REFRESH, { type: name, status, times: TRIES });
      expect((await rejection(side.fetch({ forceRefresh: true }))).name).toBe(name);
      expect((await side.fetch()).accessToken).toBe(accessToken);
      expect((await side.user()).username).toBe('ada');
    });
  }
});

describe("Cognito's definite word ends the session", () => {
  const verdicts = [
    ['B17', 'TokenRevokedException'],
    ['B18', 'RefreshTokenReuseException'],
    ['B19', 'UserNotFoundException'],
  ] as const;
  for (const [number, name] of verdicts) {
    onBothSides(
      `${number} ${name}: the call rejects with it, the next finds nobody`,
      tokensOnly,
      async (side) => {
        await side.signIn();
        await side.fetch();
        refuse(side, REFRESH, { type: name });
        expect((await rejection(side.fetch({ forceRefresh: true }))).name).toBe(name);
        expect((await side.fetch()).accessToken).toBeUndefined();
      },
    );
  }

  here(
    'B16 differs: NotAuthorizedException ends it too, and the call that met it rejects; one event says why',
    tokensOnly,
    async (side) => {
      await side.signIn();
      await side.fetch();
      refuse(side, REFRESH, { type: 'NotAuthorizedException' });
      expect((await rejection(side.fetch({ forceRefresh: true }))).name).toBe('NotAuthorizedException');
      expect((await side.fetch()).accessToken).toBeUndefined();
      await vi.waitUntil(() => side.told().length > 1, { interval: 5 });
      expect(side.told()).toEqual(['signedIn', 'signedOut']);
    },
  );

  inAmplify(
    'B16 differs: NotAuthorizedException is swallowed: the call resolves signed out, with no signedOut event',
    tokensOnly,
    async (side) => {
      await side.signIn();
      refuse(side, REFRESH, { type: 'NotAuthorizedException' });
      expect((await side.fetch({ forceRefresh: true })).accessToken).toBeUndefined();
      expect(side.told()).toEqual(['signedIn', 'tokenRefresh_failure']);
    },
  );
});

onBothSides(
  'B24 without rotation the refresh token is kept, and goes with each refresh',
  { ...tokensOnly, cognito: { settings: { rotation: { enabled: false, graceSeconds: 0 } } } },
  async (side) => {
    await side.signIn();
    side.cognito.clearLog();
    await side.fetch({ forceRefresh: true });
    await side.fetch({ forceRefresh: true });
    expect(side.cognito.accepted()).toEqual({ [REFRESH]: 2 });
    expect(side.cognito.refreshTokens()).toHaveLength(1);
    expect(new Set(side.cognito.requests.map(({ summary }) => summary)).size).toBe(1);
  },
);

onBothSides('B24 with rotation each refresh sends the newest token', tokensOnly, async (side) => {
  await side.signIn();
  side.cognito.clearLog();
  for (let round = 0; round < 3; round += 1) await side.fetch({ forceRefresh: true });
  expect(side.cognito.accepted()).toEqual({ [REFRESH]: 3 });
  expect(new Set(side.cognito.requests.map(({ summary }) => summary)).size).toBe(3);
});

onBothSides('B25 the user pool is asked at the endpoint of the configuration', tokensOnly, async (side) => {
  await side.signIn();
  await side.fetch({ forceRefresh: true });
  expect(side.cognito.accepted()).toEqual({ InitiateAuth: 1, [REFRESH]: 1 });
});

/** Cognito signs in, and gives no refresh token. */
function withoutRefreshToken(side: Side): void {
  const { accessToken, idToken } = makeTokenPair('sub-ada', Date.now(), 3_600);
  const result = { AccessToken: accessToken, IdToken: idToken, ExpiresIn: 3_600, TokenType: 'Bearer' };
  answerWith(side, 'InitiateAuth', { AuthenticationResult: result, ChallengeParameters: {} });
}

here(
  'B26 differs: there is no session without a refresh token: the sign-in rejects',
  tokensOnly,
  async (side) => {
    withoutRefreshToken(side);
    expect((await rejection(side.signIn())).name).toBe('NetworkError');
    expect((await side.fetch()).accessToken).toBeUndefined();
  },
);

inAmplify(
  'B26 differs: a session without a refresh token lasts until its first refresh, which rejects with TokenRefreshException',
  tokensOnly,
  async (side) => {
    withoutRefreshToken(side);
    await side.signIn();
    expect((await rejection(side.fetch({ forceRefresh: true }))).name).toBe('TokenRefreshException');
  },
);

onBothSides('B27 signed out, there is no user, and a forced refresh asks nobody', {}, async (side) => {
  expect(await rejection(side.user())).toMatchObject({ name: 'UserUnAuthenticatedException' });
  expect((await side.fetch({ forceRefresh: true })).accessToken).toBeUndefined();
  expect(side.cognito.counts()).toEqual({});
});

onBothSides(
  "B28 what Cognito refuses comes with its name, its message and the answer's status",
  tokensOnly,
  async (side) => {
    await side.signIn();
    refuse(side, REFRESH, { type: 'InvalidParameterException', message: 'Not like this.' });
    expect(await rejection(side.fetch({ forceRefresh: true }))).toMatchObject({
      name: 'InvalidParameterException',
      message: 'Not like this.',
      metadata: { httpStatusCode: 400 },
    });
  },
);

here('B29 a page and a worker that begin anew find the whole session', {}, async (side) => {
  await side.signIn();
  const [session, user] = [await side.fetch(), await side.user()];
  side.cognito.clearLog();
  side.reopen();
  expect(await side.fetch()).toEqual(session);
  expect(await side.user()).toEqual(user);
  expect(side.cognito.counts()).toEqual({});
  await side.fetch({ forceRefresh: true });
  expect(side.cognito.accepted()).toMatchObject({ [REFRESH]: 1 });
});

onBothSides('B30 the next user takes the place of the last one', tokensOnly, async (side) => {
  await side.signIn();
  const ada = await side.fetch();
  await side.signOut();
  await side.signIn(GRACE);
  expect((await side.user()).username).toBe('grace');
  const grace = await side.fetch({ forceRefresh: true });
  expect(grace.userSub).not.toBe(ada.userSub);
  expect(grace.payload).toMatchObject({ username: 'grace' });
});

here(
  'B31 differs: there is one record for the app client, whatever the user is called, and no name to look up first',
  tokensOnly,
  async (side) => {
    await side.signIn();
    expect(side.backing.record?.session).toMatchObject({ loginId: 'ada' });
    await side.signOut();
    expect(side.backing.record?.session).toBeUndefined();
    await side.signIn(GRACE);
    expect(side.backing.record?.session).toMatchObject({ loginId: 'grace' });
  },
);

onBothSides('B32 a refresh that brings no ID token leaves none of the old', tokensOnly, async (side) => {
  await side.signIn();
  const { payload, idToken } = await side.fetch();
  expect(decodeJwt(idToken ?? '')).toMatchObject({ token_use: 'id', sub: payload?.['sub'] });
  const { accessToken } = makeTokenPair(String(payload?.['sub']), Date.now(), 3_600);
  const result = { AccessToken: accessToken, ExpiresIn: 3_600, TokenType: 'Bearer' };
  answerWith(side, REFRESH, { AuthenticationResult: result });
  expect(await side.fetch({ forceRefresh: true })).toMatchObject({ accessToken, idToken: undefined });
  expect(await side.fetch()).toMatchObject({ accessToken, idToken: undefined });
});

onBothSides(
  'B33 a device that Cognito remembers goes with each refresh and with the next sign-in, and belongs to its user',
  { ...tokensOnly, cognito: { settings: { rememberDevices: true } } },
  async (side) => {
    const deviceOf = (token: string | undefined): unknown => decodeJwt(token ?? '')['device_key'];
    await side.signIn(undefined, 'USER_SRP_AUTH');
    expect(side.cognito.accepted()).toMatchObject({ ConfirmDevice: 1 });
    const device = deviceOf((await side.fetch({ forceRefresh: true })).accessToken);
    expect(device).toMatch(/^eu-central-1_[\da-f-]{36}$/);
    await side.signOut();
    await side.signIn(GRACE, 'USER_SRP_AUTH');
    expect(deviceOf((await side.fetch()).accessToken)).not.toBe(device);
    await side.signOut();
    await side.signIn(undefined, 'USER_SRP_AUTH');
    expect(deviceOf((await side.fetch()).accessToken)).toBe(device);
    expect(side.cognito.accepted()).toMatchObject({ ConfirmDevice: 2 });
  },
);

onBothSides('B35 storing and reading at once disturb each other in nothing', {}, async (side) => {
  await side.signIn();
  const [forced, plain, user] = await Promise.all([
    side.fetch({ forceRefresh: true }),
    side.fetch(),
    side.user(),
  ]);
  expect(forced.userSub).toBe(plain.userSub);
  expect(user.userId).toBe(plain.userSub);
  expect(side.cognito.accepted()).toMatchObject({ [REFRESH]: 1 });
  expect(side.cognito.accepted()[GET_CREDENTIALS]).toBeGreaterThan(0);
});
