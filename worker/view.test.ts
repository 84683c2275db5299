import { describe, expect, test } from 'vitest';
import { LEASE_MS, type SessionView } from './contract.js';
import type { CredentialsAnswer, TokenAnswer } from './deps.js';
import { unanswered } from './testing/scripted-cognito.js';
import { settle } from './testing/virtual-time.js';
import {
  createSignedInWorld,
  createWorld,
  IDENTITY_CONFIG,
  type Runtime,
  type World,
} from './testing/world.js';

const HOUR_MS = 3_600_000;

type Both = World & Runtime;

const fetchSession = ({ time, session }: Pick<Both, 'time' | 'session'>): Promise<SessionView> =>
  time.run(session.session({}));
const peek = ({ time, session }: Pick<Both, 'time' | 'session'>): Promise<SessionView> =>
  time.run(session.session({ peek: true }));

describe('the lease of a view', () => {
  test('is one second, while all is good for longer', async () => {
    expect(LEASE_MS).toBe(1_000);
    expect((await fetchSession(await createSignedInWorld())).leaseMs).toBe(1_000);
    const world = await createSignedInWorld({}, { config: IDENTITY_CONFIG });
    expect((await fetchSession(world)).leaseMs).toBe(1_000);
  });

  test('is one second signed out as well', async () => {
    const world = createWorld();
    const runtime = world.start();
    await runtime.connect();
    expect((await fetchSession({ ...world, ...runtime })).leaseMs).toBe(1_000);
  });

  test('ends when the worker would wait for a refresh: 10 s before the tokens expire', async () => {
    const world = await createSignedInWorld();
    world.cognito.fail('refresh', unanswered(), 100);
    world.time.sleep(HOUR_MS - 10_400);
    expect((await peek(world)).leaseMs).toBe(400);
    world.time.sleep(400);
    expect((await peek(world)).leaseMs).toBe(0);
    world.time.sleep(HOUR_MS);
    expect((await peek(world)).leaseMs).toBe(0);
  });

  test('ends when the worker would wait for new credentials', async () => {
    const world = await createSignedInWorld({ tokenSeconds: 86_400 }, { config: IDENTITY_CONFIG });
    await fetchSession(world);
    world.time.sleep(HOUR_MS - 10_400);
    expect((await peek(world)).leaseMs).toBe(400);
    world.time.sleep(400);
    expect((await peek(world)).leaseMs).toBe(0);
  });

  test('is none after a restart on a device whose clock is off: the worker would refresh first', async () => {
    const world = await createSignedInWorld({ clockOffsetMs: 2 * HOUR_MS });
    world.cognito.fail('refresh', unanswered(), 100);
    const next = world.start();
    await next.connect('tab-2');
    expect(await peek({ ...world, ...next })).toMatchObject({ status: 'signed-in', leaseMs: 0 });
  });

  test('is none while credentials are yet to be had: a page must ask', async () => {
    const world = await createSignedInWorld({}, { config: IDENTITY_CONFIG });
    expect(await peek(world)).toMatchObject({ status: 'signed-in', leaseMs: 0 });
  });

  test('is one second when credentials could not be had: not every call asks', async () => {
    const world = await createSignedInWorld({}, { config: IDENTITY_CONFIG });
    world.cognito.fail('identityId', unanswered());
    expect((await fetchSession(world)).leaseMs).toBe(1_000);
  });
});

describe('a view', () => {
  test('never holds the refresh token', async () => {
    const world = await createSignedInWorld({}, { config: IDENTITY_CONFIG });
    expect(JSON.stringify(await fetchSession(world))).not.toContain('refresh-');
  });

  test('of a session that ended says how, and holds nothing of it', async () => {
    const world = await createSignedInWorld({}, { config: IDENTITY_CONFIG });
    await fetchSession(world);
    await world.time.run(world.session.signOut({}));
    expect(await fetchSession(world)).toEqual({
      status: 'signed-out',
      revision: world.session.revision,
      ended: { reason: 'user' },
      leaseMs: 1_000,
    });
  });

  test('holds no credentials that have run out', async () => {
    const world = await createSignedInWorld({ tokenSeconds: 86_400 }, { config: IDENTITY_CONFIG });
    await fetchSession(world);
    world.time.sleep(HOUR_MS);
    expect(await peek(world)).not.toHaveProperty('credentials');
  });

  test('holds no credentials of another identity pool', async () => {
    const world = await createSignedInWorld({}, { config: IDENTITY_CONFIG });
    await fetchSession(world);
    world.backing.raw = {
      ...world.backing.record,
      revision: 99,
      identity: { ...world.backing.record?.identity, identityPoolId: 'eu-central-1:another' },
    };
    const view = await world.time.run(world.session.session({ peek: true, minRevision: 99 }));
    expect(view).not.toHaveProperty('credentials');
    expect(view).not.toHaveProperty('identityId');
    await settle();
  });

  test('of a session that goes on, or that never was, tells of no end', async () => {
    expect(await fetchSession(await createSignedInWorld())).not.toHaveProperty('ended');
    const world = createWorld();
    const runtime = world.start();
    await runtime.connect();
    expect(await fetchSession({ ...world, ...runtime })).not.toHaveProperty('ended');
  });

  test('holds an ID token only when Cognito gave one', async () => {
    const world = await createSignedInWorld();
    expect((await fetchSession(world)).tokens).toHaveProperty('idToken');
    world.cognito.answerWith('refresh', ({ idToken: _idToken, ...answer }: TokenAnswer) => answer);
    const view = await world.time.run(world.session.session({ forceRefresh: true }));
    expect(view.tokens).toStrictEqual({ accessToken: view.tokens?.accessToken });
  });

  test('holds the session token of credentials only when Cognito gave one', async () => {
    const world = await createSignedInWorld({}, { config: IDENTITY_CONFIG });
    expect((await fetchSession(world)).credentials?.sessionToken).toMatch(/^session-token-/);
    world.cognito.answerWith(
      'credentials',
      ({ sessionToken: _sessionToken, ...answer }: CredentialsAnswer) => answer,
    );
    const view = await world.time.run(world.session.session({ forceRefresh: true }));
    expect(view.credentials).toHaveProperty('accessKeyId');
    expect(view.credentials).not.toHaveProperty('sessionToken');
  });
});
