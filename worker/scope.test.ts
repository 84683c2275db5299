import { describe, expect, test } from 'vitest';
import type { RuntimeConfig } from './contract.js';
import type { Scope } from './deps.js';
import { mismatches, scopeOf } from './scope.js';
import { START_MS } from './testing/virtual-time.js';
import { CONFIG, createSignedInWorld, IDENTITY_CONFIG } from './testing/world.js';

const OTHER_POOL: RuntimeConfig = { ...CONFIG, userPoolId: 'eu-central-1_Other' };
const OTHER_ENDPOINT: RuntimeConfig = { ...CONFIG, endpoints: { userPool: 'https://proxy.example.com' } };

describe('two configs for one app client', () => {
  const full: Scope = {
    userPoolId: 'p1',
    userPoolEndpoint: 'https://a.example.com',
    identityPoolId: 'i1',
    identityPoolEndpoint: 'https://b.example.com',
  };
  test.each<[string, Scope, string[]]>([
    ['the same', full, []],
    ['another user pool', { ...full, userPoolId: 'p2' }, ['userPoolId']],
    ['another endpoint', { ...full, userPoolEndpoint: 'https://c.example.com' }, ['endpoints.userPool']],
    ['another identity pool', { ...full, identityPoolId: 'i2' }, ['identityPoolId']],
    [
      'another endpoint of the identity pool',
      { ...full, identityPoolEndpoint: 'https://c.example.com' },
      ['endpoints.identityPool'],
    ],
    ['no identity pool', { userPoolId: 'p1', userPoolEndpoint: 'https://a.example.com' }, []],
    ['another pool and endpoint', { userPoolId: 'p2' }, ['userPoolId', 'endpoints.userPool']],
  ])('with %s contradict each other in %3$j', (_what, theirs, fields) => {
    expect(mismatches(full, theirs)).toEqual(fields);
    expect(mismatches(theirs, full)).toEqual(fields);
  });

  test('are compared by pools and endpoints, by nothing else', () => {
    expect(scopeOf({ ...IDENTITY_CONFIG, refreshMarginSeconds: 5, allowGuestAccess: true })).toEqual({
      userPoolId: CONFIG.userPoolId,
      identityPoolId: IDENTITY_CONFIG.identityPoolId,
    });
  });
});

describe('the scope of a config', () => {
  test('holds the endpoints of both pools', () => {
    const endpoints = { userPool: 'https://a.example.com', identityPool: 'https://b.example.com' };
    expect(scopeOf({ ...IDENTITY_CONFIG, endpoints })).toStrictEqual({
      userPoolId: CONFIG.userPoolId,
      identityPoolId: IDENTITY_CONFIG.identityPoolId,
      userPoolEndpoint: 'https://a.example.com',
      identityPoolEndpoint: 'https://b.example.com',
    });
  });

  test('has no field for what the config does not name', () => {
    const { userPoolId: _pool, userPoolClientId: _client, ...guests } = IDENTITY_CONFIG;
    expect(scopeOf(guests)).toStrictEqual({ identityPoolId: IDENTITY_CONFIG.identityPoolId });
    expect(scopeOf(CONFIG)).toStrictEqual({ userPoolId: CONFIG.userPoolId });
  });
});

describe('a tab with the same pools', () => {
  test('of another runtime waits for no roll call, and writes nothing', async () => {
    const world = await createSignedInWorld();
    const [atMs, writes] = [world.time.clock.monotonicMs(), world.backing.written.length];
    const other = world.start();
    await other.connect('tab-2');
    expect(world.time.clock.monotonicMs()).toBe(atMs);
    expect(world.backing.written).toHaveLength(writes);
  });
});

describe('a tab with another pool under an app client in use', () => {
  test('of this runtime is refused with the fields named, and the session is untouched', async () => {
    const world = await createSignedInWorld();
    const stranger = { ...OTHER_POOL, endpoints: OTHER_ENDPOINT.endpoints };
    expect(() => world.session.join(stranger)).toThrow(
      expect.objectContaining({
        name: 'ConfigurationMismatchException',
        message: expect.stringContaining('userPoolId, endpoints.userPool') as string,
        recoverySuggestion: expect.stringContaining('the same pools and endpoints') as string,
      }),
    );
    expect((await world.time.run(world.session.session({}))).status).toBe('signed-in');
  });

  test.each([
    ['pool', OTHER_POOL, 'userPoolId'],
    ['endpoint', OTHER_ENDPOINT, 'endpoints.userPool'],
  ])(
    '(another %s) of another runtime is refused too, and the session is untouched',
    async (_what, config, field) => {
      const world = await createSignedInWorld();
      const stranger = world.start({ config });
      await expect(stranger.connect('tab-2')).rejects.toMatchObject({
        name: 'ConfigurationMismatchException',
        message: expect.stringContaining(field) as string,
      });
      await expect(world.time.run(stranger.session.session({}))).rejects.toMatchObject({
        name: 'ConfigurationMismatchException',
      });
      expect((await world.time.run(world.session.session({}))).status).toBe('signed-in');
      expect(world.backing.record?.scope).toEqual({ userPoolId: CONFIG.userPoolId });
    },
  );

  test('learns at its roll call which tokens the runtime in use has', async () => {
    const world = await createSignedInWorld();
    const stranger = world.start({ config: OTHER_POOL });
    await stranger.connect('tab-2').catch(() => undefined);
    expect(world.hub.posted).toContainEqual({
      type: 'claim',
      instanceId: world.deps.instanceId,
      scope: { userPoolId: CONFIG.userPoolId },
      session: { fence: 1, sequence: 1, issuedAtMs: START_MS },
    });
  });

  test('is let in once the other tabs are gone; tokens of another pool are not shown to it', async () => {
    const world = await createSignedInWorld();
    const stranger = world.start({ config: OTHER_POOL });
    await stranger.connect('tab-2').catch(() => undefined);
    world.session.clients.remove('tab-1');
    await stranger.connect('tab-2');
    expect(await world.time.run(stranger.session.session({}))).toMatchObject({
      status: 'signed-out',
      ended: { reason: 'policy' },
    });
    expect(world.backing.record?.scope).toEqual({ userPoolId: OTHER_POOL.userPoolId });
  });

  test('another endpoint leads to the same pool: once the other tabs are gone the session goes on', async () => {
    const world = await createSignedInWorld();
    world.session.clients.remove('tab-1');
    const moved = world.start({ config: OTHER_ENDPOINT });
    await moved.connect('tab-2');
    expect((await world.time.run(moved.session.session({}))).status).toBe('signed-in');
  });
});

describe('a tab that knows an identity pool', () => {
  test('shares the session with one that knows none, and its pool is remembered', async () => {
    const world = await createSignedInWorld();
    const other = world.start({ config: IDENTITY_CONFIG });
    await other.connect('tab-2');
    const view = await world.time.run(other.session.session({}));
    expect(view.user?.userId).toBe('sub-ada');
    expect(view.credentials).toBeDefined();
    expect(world.backing.record?.scope).toEqual(scopeOf(IDENTITY_CONFIG));
    expect((await world.time.run(world.session.session({}))).status).toBe('signed-in');
  });

  test('stays remembered when a tab that knows none comes', async () => {
    const world = await createSignedInWorld({}, { config: IDENTITY_CONFIG });
    const other = world.start();
    await other.connect('tab-2');
    expect(world.backing.record?.scope).toEqual(scopeOf(IDENTITY_CONFIG));
  });
});
