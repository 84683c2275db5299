/** B36 to B46 of Amplify's session behaviours: identities and AWS credentials. See amplify-behaviours.test.ts. */
import { expect } from 'vitest';
import { AuthError } from '../worker/errors.js';
import {
  answerWith,
  GET_CREDENTIALS,
  GET_ID,
  guests,
  here,
  inAmplify,
  onBothSides,
  refuse,
  REFRESH,
  rejection,
} from '../simulation/on-both-sides.js';
import type { Side } from '../simulation/beside-amplify.js';

const NOT_NOW = { type: 'ResourceConflictException', message: 'Not now.' };

/** What the server noted of each of these requests. */
function summaries({ cognito }: Side, operation: string): string[] {
  return cognito.requests.filter((entry) => entry.operation === operation).map(({ summary }) => summary);
}

onBothSides("B36 a guest's requests carry no login", guests, async (side) => {
  await side.fetch();
  expect(summaries(side, GET_ID)).toEqual(['as a guest']);
  expect(summaries(side, GET_CREDENTIALS)).toEqual([expect.stringMatching(/ as a guest$/)]);
});

onBothSides("B37 a guest's credentials are asked for once", guests, async (side) => {
  const first = await side.fetch();
  expect(await side.fetch()).toEqual(first);
  expect(side.cognito.counts()).toEqual({ [GET_ID]: 1, [GET_CREDENTIALS]: 1 });
});

onBothSides(
  'B38 without guest access the signed-out have no credentials, and that is no error',
  {},
  async (side) => {
    expect(await side.fetch()).toMatchObject({
      accessToken: undefined,
      accessKeyId: undefined,
      identityId: undefined,
      credentialsError: undefined,
    });
    expect(side.cognito.counts()).toEqual({});
  },
);

here(
  "B40 differs: a guest's credentials that Cognito refuses are told in credentialsError, as an AuthError",
  guests,
  async (side) => {
    refuse(side, GET_CREDENTIALS, NOT_NOW);
    const { credentialsError, accessKeyId } = await side.fetch();
    expect(accessKeyId).toBeUndefined();
    expect(credentialsError).toBeInstanceOf(AuthError);
    expect(credentialsError).toMatchObject({
      name: 'ResourceConflictException',
      message: 'Not now.',
      metadata: { httpStatusCode: 400 },
    });
  },
);

inAmplify("B40 differs: a guest's credentials that Cognito refuses reject the call", guests, async (side) => {
  refuse(side, GET_CREDENTIALS, NOT_NOW);
  const { name, message } = await rejection(side.fetch());
  expect({ name, message }).toEqual({ name: 'ResourceConflictException', message: 'Not now.' });
});

onBothSides("B41 a user's requests carry the user pool's login", {}, async (side) => {
  await side.signIn();
  await side.fetch();
  const { userPoolId } = side.cognito.config;
  const login = `with a login of cognito-idp.eu-central-1.amazonaws.com/${userPoolId}`;
  expect(summaries(side, GET_ID)).toEqual([login]);
  expect(summaries(side, GET_CREDENTIALS)).toEqual([expect.stringContaining(login)]);
});

onBothSides("B42 a user's credentials are asked for once", {}, async (side) => {
  await side.signIn();
  const first = await side.fetch();
  expect(await side.fetch()).toEqual(first);
  expect(side.cognito.counts()).toMatchObject({ [GET_ID]: 1, [GET_CREDENTIALS]: 1 });
});

onBothSides('B43 new tokens bring new credentials', {}, async (side) => {
  await side.signIn();
  const before = await side.fetch();
  const after = await side.fetch({ forceRefresh: true });
  expect(after.accessKeyId).not.toBe(before.accessKeyId);
  expect(after.identityId).toBe(before.identityId);
  expect(side.cognito.accepted()).toMatchObject({ [REFRESH]: 1, [GET_CREDENTIALS]: 2 });
});

const incomplete = {
  'no Credentials': {},
  'no AccessKeyId': { Credentials: { SecretKey: 's', SessionToken: 't', Expiration: 2_000_000_000 } },
  'no SecretKey': { Credentials: { AccessKeyId: 'a', SessionToken: 't', Expiration: 2_000_000_000 } },
};

for (const [what, answer] of Object.entries(incomplete)) {
  here(
    `B44 differs: an answer with ${what} leaves the tokens good, with credentialsError beside them`,
    {},
    async (side) => {
      await side.signIn();
      answerWith(side, GET_CREDENTIALS, { IdentityId: 'eu-central-1:none', ...answer });
      const { payload, accessKeyId, credentialsError } = await side.fetch();
      expect(payload).toMatchObject({ token_use: 'access', username: 'ada' });
      expect(accessKeyId).toBeUndefined();
      expect(credentialsError).toBeInstanceOf(AuthError);
    },
  );

  inAmplify(`B44 differs: an answer with ${what} rejects the call, tokens or not`, {}, async (side) => {
    await side.signIn();
    answerWith(side, GET_CREDENTIALS, { IdentityId: 'eu-central-1:none', ...answer });
    expect((await rejection(side.fetch())).name).toBe('CredentialsException');
  });
}

onBothSides('B45 an identity that is known is not asked for again', guests, async (side) => {
  const guest = await side.fetch();
  const forced = await side.fetch({ forceRefresh: true });
  expect(forced.identityId).toBe(guest.identityId);
  await side.signIn();
  const user = await side.fetch();
  expect((await side.fetch({ forceRefresh: true })).identityId).toBe(user.identityId);
  expect(side.cognito.counts()).toMatchObject({ [GET_ID]: 1 });
});

here('B45 differs: a GetId that Cognito refuses is told in credentialsError', {}, async (side) => {
  await side.signIn();
  refuse(side, GET_ID, NOT_NOW);
  const { payload, credentialsError } = await side.fetch();
  expect(payload).toMatchObject({ token_use: 'access', username: 'ada' });
  expect(credentialsError).toMatchObject({ name: 'ResourceConflictException' });
});

inAmplify('B45 differs: a GetId that Cognito refuses rejects the call', {}, async (side) => {
  await side.signIn();
  refuse(side, GET_ID, NOT_NOW);
  expect((await rejection(side.fetch())).name).toBe('ResourceConflictException');
});

onBothSides(
  "B46 a guest's identity becomes the user's, and is no guest's any more after the sign-out",
  guests,
  async (side) => {
    const guest = await side.fetch();
    await side.signIn();
    expect((await side.fetch()).identityId).toBe(guest.identityId);
    await side.signOut();
    const next = await side.fetch();
    expect(next.identityId).toMatch(/^eu-central-1:/);
    expect(next.identityId).not.toBe(guest.identityId);
  },
);

here("B46 differs: a user's identity outlives the page too, not only a guest's", guests, async (side) => {
  await side.fetch();
  side.reopen();
  const guest = await side.fetch();
  await side.signIn();
  const user = await side.fetch();
  side.reopen();
  expect(await side.fetch()).toEqual(user);
  expect(user.identityId).toBe(guest.identityId);
  expect(side.cognito.counts()).toMatchObject({ [GET_ID]: 1, [GET_CREDENTIALS]: 2 });
});

here('B46 differs: a store that fails costs neither identity nor credentials', guests, async (side) => {
  side.backing.isFailing = true;
  const guest = await side.fetch();
  expect(guest.accessKeyId).toMatch(/^ASIA/);
  expect(await side.fetch({ forceRefresh: true })).toMatchObject({ identityId: guest.identityId });
  expect(side.cognito.counts()).toMatchObject({ [GET_ID]: 1 });
});
