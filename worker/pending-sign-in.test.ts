import { describe, expect, test } from 'vitest';
import { CHALLENGE_KEPT_MS } from './bounds.js';
import type { Challenge } from './deps.js';
import { answered, unanswered } from './testing/scripted-cognito.js';
import { createWorld, type Runtime, type World } from './testing/world.js';

type Both = World & Runtime;

const DONE = { isSignedIn: true, nextStep: { signInStep: 'DONE' } };
const SMS: Challenge = { name: 'SMS_MFA', session: 'sms-session', parameters: {} };
const SMS_STEP = { isSignedIn: false, nextStep: { signInStep: 'CONFIRM_SIGN_IN_WITH_SMS_CODE' } };
const NOTHING = { name: 'SignInException', message: 'There is no sign-in that waits for an answer.' };

/** Ada has proven her password in the first tab, and is asked for more. */
async function challenged(challenge = SMS): Promise<Both> {
  const world = createWorld();
  const runtime = world.start();
  await runtime.connect();
  await begin({ ...world, ...runtime }, 'ada', 'tab-1', challenge);
  return { ...world, ...runtime };
}

async function begin(world: Both, username: string, clientId: string, challenge = SMS): Promise<void> {
  world.cognito.answerWith('initiateAuth', () => ({ type: 'challenge', ...challenge }));
  const options = { authFlowType: 'USER_PASSWORD_AUTH' } as const;
  const input = { username, password: 'Analytical-Engine', options };
  await world.time.run(world.session.signIn(input, clientId));
}

const confirm = ({ time, session }: Both, clientId: string, challengeResponse = '123456') =>
  time.run(session.confirmSignIn({ challengeResponse }, clientId));
const pendingIn = ({ time, session }: Both, clientId: string) => time.run(session.pendingSignIn(clientId));

/** The worker and its page are gone, and come again. */
async function reloaded(world: Both): Promise<Both> {
  const runtime = world.start();
  await runtime.connect('tab-2');
  return { ...world, ...runtime };
}

describe('a sign-in that waits for an answer', () => {
  test.each(['after a reload', 'in another tab'])('is known and answered %s', async (where) => {
    const before = await challenged();
    const world = where === 'in another tab' ? before : await reloaded(before);
    expect(await pendingIn(world, 'tab-2')).toEqual(SMS_STEP);
    expect(await confirm(world, 'tab-2')).toEqual(DONE);
    expect(world.cognito.requests.at(-1)?.input).toEqual({
      name: 'SMS_MFA',
      session: 'sms-session',
      responses: { USERNAME: 'ada', SMS_MFA_CODE: '123456' },
    });
    expect(world.backing.record?.session).toMatchObject({
      loginId: 'ada',
      authFlowType: 'USER_PASSWORD_AUTH',
    });
  });

  test('is stored without the password, and changes no revision', async () => {
    const world = createWorld();
    const runtime = world.start();
    await runtime.connect();
    const revision = world.backing.record?.revision;
    await begin({ ...world, ...runtime }, 'ada', 'tab-1');
    expect(world.backing.record?.pendingSignIn).toMatchObject({ challenge: SMS, loginId: 'ada' });
    expect(JSON.stringify(world.backing.record)).not.toContain('Analytical');
    expect(world.backing.record?.revision).toBe(revision);
    expect(world.news()).toEqual([]);
  });

  test('is answered by its own tab before that which another tab began later', async () => {
    const world = await challenged();
    await begin(world, 'grace', 'tab-2', { ...SMS, session: 'session-of-grace' });
    await confirm(world, 'tab-1');
    expect(world.cognito.requests.at(-1)?.input).toMatchObject({
      session: 'sms-session',
      responses: { USERNAME: 'ada' },
    });
  });

  test('is of all tabs the latest for a tab that has none', async () => {
    const world = await challenged();
    await begin(world, 'grace', 'tab-2', { ...SMS, session: 'session-of-grace' });
    await confirm(world, 'tab-3');
    expect(world.cognito.requests.at(-1)?.input).toMatchObject({ session: 'session-of-grace' });
  });

  test.each([
    ['a wrong code', answered('CodeMismatchException')],
    ['a code that has expired', answered('ExpiredCodeException')],
    ['an answer that did not come', unanswered()],
  ])('waits on after %s, whose name is told', async (_what, failure) => {
    const world = await challenged();
    world.cognito.fail('respondToChallenge', failure, 2);
    for (const tab of ['tab-1', 'tab-2']) {
      await expect(confirm(world, tab, '000000')).rejects.toMatchObject({
        fields: { name: failure.fields.name },
      });
    }
    expect(world.backing.record).not.toHaveProperty('session');
    expect(await confirm(world, 'tab-1')).toEqual(DONE);
  });

  test.each(['tab-1', 'tab-2'])(
    'is over in %s, and erased, once Cognito knows its session no more',
    async (tab) => {
      const world = await challenged();
      world.cognito.fail(
        'respondToChallenge',
        answered('NotAuthorizedException', 400, 'Invalid session for the user, session is expired.'),
      );
      await expect(confirm(world, tab)).rejects.toMatchObject({ fields: { name: 'NotAuthorizedException' } });
      expect(world.backing.record).not.toHaveProperty('pendingSignIn');
      await expect(confirm(world, tab)).rejects.toMatchObject(NOTHING);
    },
  );

  test('of another tab is not erased with one that is over', async () => {
    const world = await challenged();
    await begin(world, 'grace', 'tab-2', { ...SMS, session: 'session-of-grace' });
    world.cognito.fail('respondToChallenge', answered('NotAuthorizedException', 400, 'Invalid session.'));
    await expect(confirm(world, 'tab-1')).rejects.toThrow();
    expect(world.backing.record?.pendingSignIn?.loginId).toBe('grace');
  });

  const SELECT: Challenge = {
    name: 'SELECT_MFA_TYPE',
    session: 'select-session',
    parameters: { MFAS_CAN_CHOOSE: '["SMS_MFA","EMAIL_OTP"]' },
  };
  const OF_GRACE = { ...SMS, session: 'session-of-grace' };
  const SESSION_OVER = answered(
    'NotAuthorizedException',
    400,
    'Invalid session for the user, session can only be used once.',
  );

  test('goes on after an answer that was given twice at once', async () => {
    const world = await challenged(SELECT);
    await begin(world, 'grace', 'tab-2', OF_GRACE);
    world.cognito.answerWith('respondToChallenge', () => ({ type: 'challenge', ...SMS }));
    world.cognito.answerWith('respondToChallenge', () => {
      throw SESSION_OVER;
    });
    const held = world.cognito.hold('respondToChallenge');
    const choice = { challengeResponse: 'SMS' };
    const both = [world.session.confirmSignIn(choice, 'tab-1'), world.session.confirmSignIn(choice, 'tab-1')];
    await world.time.until(() => world.cognito.count('respondToChallenge') === 2);
    held.release();
    const [first, second] = await world.time.run(Promise.allSettled(both));
    expect(first).toMatchObject({ value: SMS_STEP });
    expect(second).toMatchObject({ reason: { fields: { name: 'NotAuthorizedException' } } });
    await confirm(world, 'tab-1');
    expect(world.cognito.requests.at(-1)?.input).toMatchObject({
      session: 'sms-session',
      responses: { USERNAME: 'ada' },
    });
  });

  test.each<[string, (world: Both) => Promise<unknown>]>([
    ['has expired', async ({ time }) => time.sleep(2 * 60_000)],
    [
      'Cognito knows no more',
      async (world) => {
        world.cognito.fail('respondToChallenge', SESSION_OVER);
        await confirm(world, 'tab-1').catch(() => undefined);
      },
    ],
    [
      'was given up for one that failed',
      async ({ cognito, session, time }) => {
        cognito.fail('initiateAuth', answered('NotAuthorizedException'));
        const options = { authFlowType: 'USER_PASSWORD_AUTH' } as const;
        const input = { username: 'ada', password: 'x', options };
        await time.run(session.signIn(input, 'tab-1')).catch(() => undefined);
      },
    ],
  ])(
    'of another tab gets no answer of a user whose own %s, until that tab asks for it',
    async (_what, end) => {
      const world = await challenged();
      world.time.sleep(CHALLENGE_KEPT_MS - 60_000);
      await begin(world, 'grace', 'tab-2', OF_GRACE);
      await end(world);
      const before = world.cognito.count('respondToChallenge');
      for (let time = 0; time < 2; time += 1) {
        await expect(confirm(world, 'tab-1')).rejects.toMatchObject(NOTHING);
      }
      expect(world.cognito.count('respondToChallenge')).toBe(before);
      expect(await pendingIn(world, 'tab-1')).toEqual(SMS_STEP);
      await confirm(world, 'tab-1');
      expect(world.cognito.requests.at(-1)?.input).toMatchObject({ session: 'session-of-grace' });
    },
  );

  test('is shown in a tab whose own was ended by a sign-out', async () => {
    const world = await challenged();
    await world.time.run(world.session.signOut({}));
    await begin(world, 'grace', 'tab-2', OF_GRACE);
    expect(await pendingIn(world, 'tab-1')).toEqual(SMS_STEP);
    await confirm(world, 'tab-1');
    expect(world.cognito.requests.at(-1)?.input).toMatchObject({ session: 'session-of-grace' });
  });

  test('is erased when it was answered', async () => {
    const world = await challenged();
    await confirm(world, 'tab-1');
    expect(world.backing.record).not.toHaveProperty('pendingSignIn');
    expect(await pendingIn(world, 'tab-2')).toBeNull();
  });

  test('is erased by a sign-out', async () => {
    const world = await challenged();
    await world.time.run(world.session.signOut({}));
    expect(world.backing.record).not.toHaveProperty('pendingSignIn');
    await expect(confirm(world, 'tab-2')).rejects.toMatchObject(NOTHING);
    expect(await pendingIn(world, 'tab-1')).toBeNull();
  });

  test('lasts a quarter of an hour, not longer, and is then erased', async () => {
    const world = await challenged();
    world.time.sleep(CHALLENGE_KEPT_MS);
    expect(await pendingIn(world, 'tab-2')).toEqual(SMS_STEP);
    world.time.sleep(1);
    expect(await pendingIn(world, 'tab-2')).toBeNull();
    expect(await pendingIn(world, 'tab-1')).toBeNull();
    await expect(confirm(world, 'tab-2')).rejects.toMatchObject(NOTHING);
    expect(world.backing.record).not.toHaveProperty('pendingSignIn');
  });

  test('is given up by its tab when that begins another one', async () => {
    const world = await challenged();
    world.cognito.fail('initiateAuth', answered('NotAuthorizedException'));
    const input = {
      username: 'ada',
      password: 'x',
      options: { authFlowType: 'USER_PASSWORD_AUTH' },
    } as const;
    await expect(world.time.run(world.session.signIn(input, 'tab-1'))).rejects.toThrow();
    expect(world.backing.record).not.toHaveProperty('pendingSignIn');
    await expect(confirm(world, 'tab-1')).rejects.toMatchObject(NOTHING);
  });

  test('never comes over a session: neither when its challenge is late, nor from a store that kept it', async () => {
    const world = await challenged();
    const { pendingSignIn } = world.backing.record!;
    world.cognito.answerWith('initiateAuth', () => ({ type: 'challenge', ...SMS }));
    const held = world.cognito.hold('initiateAuth');
    const options = { authFlowType: 'USER_PASSWORD_AUTH' } as const;
    const late = world.session.signIn({ username: 'grace', password: 'x', options }, 'tab-3');
    await world.time.until(() => world.cognito.count('initiateAuth') === 2);
    await confirm(world, 'tab-1');
    held.release();
    await world.time.run(late);
    expect(world.backing.record).not.toHaveProperty('pendingSignIn');
    expect(world.backing.record?.session?.loginId).toBe('ada');
    // A version of the app that doesn't know the field kept it.
    world.backing.raw = { ...world.backing.record!, pendingSignIn };
    expect(await pendingIn(world, 'tab-2')).toBeNull();
    await expect(confirm(world, 'tab-2')).rejects.toMatchObject(NOTHING);
    await expect(confirm(world, 'tab-3')).rejects.toMatchObject({
      name: 'UserAlreadyAuthenticatedException',
    });
    expect(world.cognito.count('respondToChallenge')).toBe(1);
  });
});

describe('an authenticator app that is being set up', () => {
  const SETUP: Challenge = {
    name: 'MFA_SETUP',
    session: 's1',
    parameters: { MFAS_CAN_SETUP: '["SOFTWARE_TOKEN_MFA"]' },
  };
  const step = { nextStep: { totpSetupDetails: { sharedSecret: 'JBSWY3DPEHPK3PXP', accountName: 'ada' } } };

  test('has the same secret in another tab', async () => {
    const world = await challenged(SETUP);
    expect(await pendingIn(world, 'tab-2')).toMatchObject(step);
    expect(world.cognito.count('associateSoftwareToken')).toBe(1);
  });

  test('gets another secret from another run of the worker, and is verified in its session', async () => {
    const world = await reloaded(await challenged(SETUP));
    expect(await pendingIn(world, 'tab-2')).toMatchObject(step);
    expect(world.cognito.requests.at(-1)).toMatchObject({
      operation: 'associateSoftwareToken',
      input: 'associated-session',
    });
    expect(await confirm(world, 'tab-2')).toEqual(DONE);
  });

  test('is over, and erased, where another run of the worker finds that Cognito knows its session no more', async () => {
    const world = await reloaded(await challenged(SETUP));
    world.cognito.fail(
      'associateSoftwareToken',
      answered('NotAuthorizedException', 400, 'Invalid session for the user, session is expired.'),
    );
    expect(await pendingIn(world, 'tab-2')).toBeNull();
    expect(world.backing.record).not.toHaveProperty('pendingSignIn');
  });

  test('is shown with one secret where another run of the worker is asked twice at once', async () => {
    const world = await reloaded(await challenged(SETUP));
    world.cognito.answerWith('associateSoftwareToken', (answer: object) => ({ ...answer, session: 's3' }));
    world.cognito.answerWith('associateSoftwareToken', () => {
      throw answered('NotAuthorizedException', 400, 'Invalid session for the user.');
    });
    const held = world.cognito.hold('associateSoftwareToken');
    const both = [world.session.pendingSignIn('tab-2'), world.session.pendingSignIn('tab-2')];
    await world.time.until(() => world.cognito.count('associateSoftwareToken') === 3);
    held.release();
    expect(await world.time.run(Promise.all(both))).toMatchObject([step, step]);
    expect(await confirm(world, 'tab-2')).toEqual(DONE);
  });

  test('waits on where Cognito can not be reached for another secret', async () => {
    const world = await reloaded(await challenged(SETUP));
    world.cognito.fail('associateSoftwareToken', unanswered());
    await expect(pendingIn(world, 'tab-2')).rejects.toMatchObject({ fields: { name: 'NetworkError' } });
    expect(await pendingIn(world, 'tab-2')).toMatchObject(step);
  });
});
