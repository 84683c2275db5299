import { describe, expect, test } from 'vitest';
import { claimSignature, startExchange, type SrpExchange } from '../demo/local-cognito/srp.js';
import { MOST_DEVICES } from './bounds.js';
import type { SignInProgress } from './contract.js';
import type { SignInAnswer } from './deps.js';
import { answered, unanswered } from './testing/scripted-cognito.js';
import { createWorld, type Runtime, type World } from './testing/world.js';

type Both = World & Runtime;
type Responses = Record<string, string>;

const DONE = { isSignedIn: true, nextStep: { signInStep: 'DONE' } };
const NEW_DEVICE = { deviceKey: 'eu-central-1_device', deviceGroupKey: '-group' };
const GONE = answered('ResourceNotFoundException', 400, 'Device does not exist.');

async function signedOut(): Promise<Both> {
  const world = createWorld();
  const runtime = world.start();
  await runtime.connect();
  return { ...world, ...runtime };
}

/** WebCrypto is at work, on real time. */
const signIn = ({ session }: Both, username = 'ada'): Promise<SignInProgress> => {
  const options = { authFlowType: 'USER_PASSWORD_AUTH', clientMetadata: { a: 'b' } } as const;
  return session.signIn({ username, password: 'right', options }, 'tab-1');
};

const signOut = ({ time, session }: Both): Promise<unknown> => time.run(session.signOut({}));

function givesNewDevice({ cognito }: World, newDevice = NEW_DEVICE): void {
  cognito.answerWith('initiateAuth', (answer: SignInAnswer) => ({ ...answer, newDevice }));
}

/** Ada has signed in from a device that is remembered now, and out. */
async function remembered(): Promise<Both> {
  const world = await signedOut();
  givesNewDevice(world);
  await signIn(world);
  await signOut(world);
  world.cognito.requests.length = 0;
  return world;
}

const inputs = (world: World, operation = ''): unknown[] =>
  world.cognito.requests.filter((request) => request.operation.includes(operation)).map(({ input }) => input);

function challenge({ cognito }: World, operation: 'initiateAuth' | 'respondToChallenge', name: string): void {
  const parameters = { USERNAME: 'ada-in-the-pool' };
  cognito.answerWith(operation, () => ({ type: 'challenge', name, session: `s-${name}`, parameters }));
}

describe('a device that Cognito has not seen before', () => {
  test('is confirmed after the tokens were stored and told, and kept for the names of its user', async () => {
    const world = await signedOut();
    givesNewDevice(world);
    const held = world.cognito.hold('confirmDevice');
    const done = signIn(world);
    await expect.poll(() => world.cognito.count('confirmDevice')).toBe(1);
    expect(world.backing.record?.session).toMatchObject({ loginId: 'ada' });
    expect(world.news()).toEqual(['signedIn']);
    held.release();
    expect(await done).toEqual(DONE);
    expect(inputs(world, 'confirmDevice')).toEqual([
      {
        accessToken: world.backing.record?.session?.accessToken,
        deviceKey: NEW_DEVICE.deviceKey,
        saltBase64: expect.any(String) as string,
        verifierBase64: expect.any(String) as string,
      },
    ]);
    const [device] = world.backing.record?.devices ?? [];
    expect(device).toMatchObject(NEW_DEVICE);
    expect(device?.usernames).toContain('ada');
    expect(JSON.stringify(world.cognito.requests)).not.toContain(device?.randomPassword);
  });

  test('is given up when Cognito refuses it; the sign-in is done, and refreshes go on with its key', async () => {
    const world = await signedOut();
    givesNewDevice(world);
    world.cognito.fail('confirmDevice', answered('InvalidParameterException'));
    expect(await signIn(world)).toEqual(DONE);
    expect(world.backing.record).not.toHaveProperty('devices');
    expect(world.backing.record?.session).not.toHaveProperty('unconfirmedDevice');
    await world.time.run(world.session.session({ forceRefresh: true }));
    expect(world.cognito.count('confirmDevice')).toBe(1);
    expect(inputs(world, 'refresh')).toMatchObject([{ deviceKey: NEW_DEVICE.deviceKey }]);
  });

  test('whose confirmation got lost is confirmed before the first refresh, which Cognito would else refuse', async () => {
    const world = await signedOut();
    givesNewDevice(world);
    world.cognito.fail('confirmDevice', unanswered());
    expect(await signIn(world)).toEqual(DONE);
    expect(world.backing.record?.session).toMatchObject({ unconfirmedDevice: NEW_DEVICE });
    await world.session.session({ forceRefresh: true });
    const order = world.cognito.requests.map(({ operation }) => operation);
    expect(order.slice(-2)).toEqual(['confirmDevice', 'refresh']);
    expect(inputs(world, 'refresh')).toMatchObject([{ deviceKey: NEW_DEVICE.deviceKey }]);
    expect(world.backing.record?.devices).toMatchObject([NEW_DEVICE]);
    expect(world.backing.record?.session).not.toHaveProperty('unconfirmedDevice');
  });

  test('that can not be confirmed now keeps the session: Cognito is not asked to refresh', async () => {
    const world = await signedOut();
    givesNewDevice(world);
    world.cognito.fail('confirmDevice', unanswered(), 2);
    await signIn(world);
    await expect(world.session.session({ forceRefresh: true })).rejects.toMatchObject({
      fields: { name: 'NetworkError' },
    });
    expect(world.cognito.count('refresh')).toBe(0);
    expect((await world.session.session({ peek: true })).status).toBe('signed-in');
  });

  test('takes the place of the one that its user had; of many users the one away for longest is forgotten', async () => {
    const world = await signedOut();
    const users = Array.from({ length: MOST_DEVICES + 1 }, (_, index) => `user-${index}`);
    for (const username of [...users, 'user-5']) {
      givesNewDevice(world, { ...NEW_DEVICE, deviceKey: `device of ${username}` });
      await signIn(world, username);
      await signOut(world);
    }
    const names = world.backing.record?.devices?.map(({ deviceKey }) => deviceKey) ?? [];
    expect(names).toHaveLength(MOST_DEVICES);
    expect(names[0]).toBe('device of user-5');
    expect(new Set(names).size).toBe(MOST_DEVICES);
    expect(names).not.toContain('device of user-0');
  });
});

describe('a device that Cognito remembers', () => {
  test('outlives the sign-out, and is named in the next sign-in of its user alone', async () => {
    const world = await remembered();
    await signIn(world, 'grace');
    await signOut(world);
    await signIn(world, 'ada');
    expect(inputs(world, 'initiateAuth')).toMatchObject([
      { parameters: { USERNAME: 'grace' } },
      { parameters: { USERNAME: 'ada', DEVICE_KEY: NEW_DEVICE.deviceKey } },
    ]);
    expect(JSON.stringify(inputs(world, 'initiateAuth')[0])).not.toContain('DEVICE_KEY');
  });

  test.each(['its first sign-in', 'a later sign-in'])('is named in each refresh after %s', async (which) => {
    const world = which === 'a later sign-in' ? await remembered() : await signedOut();
    if (which === 'its first sign-in') givesNewDevice(world);
    await signIn(world);
    for (let round = 0; round < 2; round += 1)
      await world.time.run(world.session.session({ forceRefresh: true }));
    expect(inputs(world, 'refresh')).toMatchObject([
      { deviceKey: NEW_DEVICE.deviceKey },
      { deviceKey: NEW_DEVICE.deviceKey },
    ]);
  });

  test('is named when a token is renewed for a global sign-out', async () => {
    const world = await remembered();
    await signIn(world);
    world.time.sleep(2 * 3_600_000);
    await world.time.run(world.session.signOut({ global: true }));
    expect(inputs(world, 'refresh').length).toBeGreaterThan(0);
    for (const input of inputs(world, 'refresh'))
      expect(input).toMatchObject({ deviceKey: NEW_DEVICE.deviceKey });
  });

  test.each([
    ['USER_SRP_AUTH', true],
    ['USER_AUTH', false],
  ] as const)(
    'is named with the proof of a password in %s; in its first request: %s',
    async (flow, isNamed) => {
      const world = await remembered();
      const parameters = {
        USER_ID_FOR_SRP: 'ada-in-the-pool',
        SALT: 'abcd',
        SRP_B: '1234567890abcdef',
        SECRET_BLOCK: btoa('block'),
      };
      world.cognito.answerWith('initiateAuth', () => ({
        type: 'challenge',
        name: 'PASSWORD_VERIFIER',
        parameters,
      }));
      const options = { authFlowType: flow, preferredChallenge: 'PASSWORD_SRP' } as const;
      await world.session.signIn({ username: 'ada', password: 'right', options }, 'tab-1');
      const [first, second] = inputs(world);
      expect(JSON.stringify(first).includes('DEVICE_KEY')).toBe(isNamed);
      expect(second).toMatchObject({
        name: 'PASSWORD_VERIFIER',
        responses: { DEVICE_KEY: NEW_DEVICE.deviceKey },
      });
    },
  );

  test('is named with the code of a second factor', async () => {
    const world = await remembered();
    challenge(world, 'initiateAuth', 'SMS_MFA');
    await signIn(world);
    await world.session.confirmSignIn({ challengeResponse: '123456' }, 'tab-1');
    expect(world.cognito.requests.at(-1)?.input).toMatchObject({
      responses: { SMS_MFA_CODE: '123456', DEVICE_KEY: NEW_DEVICE.deviceKey },
    });
    expect(world.backing.record?.session?.deviceKey).toBe(NEW_DEVICE.deviceKey);
  });

  test('proves itself with the secret that its verifier was made of', async () => {
    const world = await signedOut();
    givesNewDevice(world);
    await signIn(world);
    const [confirmed] = inputs(world, 'confirmDevice') as [{ saltBase64: string; verifierBase64: string }];
    await signOut(world);
    world.cognito.requests.length = 0;
    const toNumber = (base64: string): bigint => BigInt(`0x${Buffer.from(base64, 'base64').toString('hex')}`);
    const verifier = {
      salt: toNumber(confirmed.saltBase64),
      verifier: toNumber(confirmed.verifierBase64),
    };
    let exchange: SrpExchange | undefined;
    const block = btoa('block');
    challenge(world, 'initiateAuth', 'DEVICE_SRP_AUTH');
    world.cognito.answerWith('respondToChallenge', () => {
      const { responses } = world.cognito.requests.at(-1)?.input as { responses: Responses };
      exchange = startExchange(BigInt(`0x${responses['SRP_A']}`), verifier);
      const parameters = {
        SALT: verifier.salt.toString(16),
        SRP_B: exchange?.serverPublic.toString(16) ?? '',
        SECRET_BLOCK: block,
      };
      return { type: 'challenge', name: 'DEVICE_PASSWORD_VERIFIER', session: 's2', parameters };
    });
    expect(await signIn(world)).toEqual(DONE);
    const [, first, second] = inputs(world) as { responses: Responses }[];
    const common = { USERNAME: 'ada-in-the-pool', DEVICE_KEY: NEW_DEVICE.deviceKey };
    const clientMetadata = { a: 'b' };
    expect(first).toMatchObject({
      name: 'DEVICE_SRP_AUTH',
      session: 's-DEVICE_SRP_AUTH',
      responses: common,
      clientMetadata,
    });
    expect(second).toMatchObject({
      name: 'DEVICE_PASSWORD_VERIFIER',
      session: 's2',
      responses: { ...common, PASSWORD_CLAIM_SECRET_BLOCK: block },
      clientMetadata,
    });
    const { deviceGroupKey, deviceKey } = NEW_DEVICE;
    const timestamp = second?.responses['TIMESTAMP'] ?? '';
    expect(second?.responses['PASSWORD_CLAIM_SIGNATURE']).toBe(
      claimSignature(exchange!.key!, deviceGroupKey, deviceKey, block, timestamp),
    );
  });

  test('whose challenge can not be read signs nobody in', async () => {
    const world = await remembered();
    challenge(world, 'initiateAuth', 'DEVICE_SRP_AUTH');
    challenge(world, 'respondToChallenge', 'DEVICE_PASSWORD_VERIFIER');
    await expect(signIn(world)).rejects.toMatchObject({ fields: { name: 'NetworkError' } });
  });
});

describe('a device that Cognito remembers no more', () => {
  test('is forgotten, and the sign-in tried once more without it', async () => {
    const world = await remembered();
    world.cognito.fail('initiateAuth', GONE);
    expect(await signIn(world)).toEqual(DONE);
    expect(inputs(world, 'initiateAuth')).toMatchObject([
      { parameters: { DEVICE_KEY: 'eu-central-1_device' } },
      {},
    ]);
    expect(JSON.stringify(inputs(world, 'initiateAuth')[1])).not.toContain('DEVICE_KEY');
    expect(world.backing.record).not.toHaveProperty('devices');
    expect(world.backing.record?.session).not.toHaveProperty('deviceKey');
  });

  test('is forgotten, too, when its own challenge is refused', async () => {
    const world = await remembered();
    challenge(world, 'initiateAuth', 'DEVICE_SRP_AUTH');
    world.cognito.fail('respondToChallenge', answered('NotAuthorizedException'));
    expect(await signIn(world)).toEqual(DONE);
    expect(world.cognito.count('initiateAuth')).toBe(2);
    expect(world.backing.record).not.toHaveProperty('devices');
  });

  test('costs no code: the answer is given again without it', async () => {
    const world = await remembered();
    challenge(world, 'initiateAuth', 'SMS_MFA');
    await signIn(world);
    world.cognito.fail('respondToChallenge', GONE);
    expect(await world.session.confirmSignIn({ challengeResponse: '123456' }, 'tab-1')).toEqual(DONE);
    expect(world.cognito.requests.at(-1)?.input).toMatchObject({
      responses: { USERNAME: 'ada-in-the-pool', SMS_MFA_CODE: '123456' },
    });
    expect(JSON.stringify(world.cognito.requests.at(-1))).not.toContain('DEVICE_KEY');
  });

  test('after a code that was taken is told: that code is not sent twice', async () => {
    const world = await remembered();
    challenge(world, 'initiateAuth', 'SMS_MFA');
    await signIn(world);
    challenge(world, 'respondToChallenge', 'DEVICE_SRP_AUTH');
    const failure = answered('NotAuthorizedException');
    world.cognito.answerWith('respondToChallenge', () => {
      throw failure;
    });
    await expect(world.session.confirmSignIn({ challengeResponse: '123456' }, 'tab-1')).rejects.toMatchObject(
      { fields: { name: 'NotAuthorizedException' } },
    );
    expect(JSON.stringify(inputs(world, 'respond')).split('123456')).toHaveLength(2);
    expect(world.backing.record).not.toHaveProperty('devices');
  });

  test.each([
    ['the network fails', unanswered()],
    ['the password is wrong', answered('NotAuthorizedException')],
    [
      'the app client is gone',
      answered('ResourceNotFoundException', 400, 'User pool client does not exist.'),
    ],
  ])('is not what it means when %s', async (_what, failure) => {
    const world = await remembered();
    world.cognito.fail('initiateAuth', failure);
    await expect(signIn(world)).rejects.toMatchObject({ fields: { name: failure.fields.name } });
    expect(world.cognito.count('initiateAuth')).toBe(1);
    expect(world.backing.record?.devices).toHaveLength(1);
  });
});

test('tokens that a sign-out overtook bring no device', async () => {
  const world = await signedOut();
  givesNewDevice(world);
  const held = world.cognito.hold('initiateAuth');
  const late = expect(signIn(world)).rejects.toMatchObject({ name: 'SignInException' });
  await world.time.until(() => world.cognito.count('initiateAuth') === 1);
  await signOut(world);
  held.release();
  await late;
  expect(world.cognito.count('confirmDevice')).toBe(0);
});
