import { describe, expect, test } from 'vitest';
import { ACKNOWLEDGE_MS, REVOCATION_KEPT_MS } from './bounds.js';
import type { SignOutInput, SignOutOutput } from './contract.js';
import { EMPTY_RECORD, withoutSession } from './record.js';
import { answered, unanswered } from './testing/scripted-cognito.js';
import { settle, START_MS } from './testing/virtual-time.js';
import { CONFIG, createSignedInWorld, type Runtime, type World } from './testing/world.js';

type Both = World & Runtime;

const signOut = ({ time, session }: Both, input = {}): Promise<SignOutOutput> =>
  time.run(session.signOut(input));

const revoked = ({ cognito }: World): unknown[] =>
  cognito.requests.filter(({ operation }) => operation === 'revoke').map(({ input }) => input);

/** A tab that confirms each sign-out that it hears of. */
function confirmAll(world: World, { session }: Runtime, clientId = 'tab-1'): void {
  world.hub.join().listen((message) => {
    const { type, event, revision } = message as { type: string; event?: { type: string }; revision: number };
    if (type === 'news' && event?.type === 'signedOut') session.clients.acknowledge(clientId, revision);
  });
}

describe('signing out', () => {
  test('first erases the session in the store, then tells, then waits for the tabs, then revokes', async () => {
    const world = await createSignedInWorld();
    const steps: string[] = [];
    world.hub.join().listen((message) => {
      if ((message as { type: string }).type === 'news')
        steps.push(world.backing.record?.session ? 'news before the store' : 'news');
    });
    const done = world.session.signOut({}).then((output) => {
      steps.push('resolved');
      return output;
    });
    await settle();
    expect(steps).toEqual(['news']);
    expect(revoked(world)).toEqual([]);
    const revoking = world.cognito.hold('revoke');
    world.session.clients.acknowledge('tab-1', world.session.revision);
    await settle();
    expect(revoked(world)).toHaveLength(1);
    expect(steps).toEqual(['news']);
    revoking.release();
    expect(await world.time.run(done)).toEqual({ revoked: true, clients: 1 });
    expect(steps).toEqual(['news', 'resolved']);
  });

  test('is seen by calls while the store is still being told', async () => {
    const world = await createSignedInWorld();
    let open = (): void => undefined;
    let updates = 0;
    world.backing.gate = () => {
      updates += 1;
      if (updates === 1) return Promise.resolve();
      return new Promise((resolve) => {
        open = resolve;
      });
    };
    const done = world.session.signOut({});
    await settle();
    const view = await world.time.run(world.session.session({}));
    expect(world.backing.record?.session).toBeDefined();
    expect(view.status).toBe('signed-out');
    expect(view).not.toHaveProperty('tokens');
    world.backing.gate = () => Promise.resolve();
    open();
    await world.time.run(done);
  });

  test('raises the fence, leaves no token or identity in the store, and says how the session ended', async () => {
    const world = await createSignedInWorld();
    const { fence = 0 } = world.backing.record ?? {};
    await signOut(world);
    expect(world.backing.record).toMatchObject({ fence: fence + 1, ended: { reason: 'user' } });
    expect(JSON.stringify(world.backing.record)).not.toContain('refresh-');
    expect(world.backing.record).not.toHaveProperty('session');
  });

  test('revokes the present refresh token and the first one of the sign-in: a middle one alone leaves the family alive', async () => {
    const world = await createSignedInWorld();
    await world.time.run(world.session.session({ forceRefresh: true }));
    await signOut(world);
    expect(revoked(world).sort()).toEqual(['refresh-sub-ada-1.0', 'refresh-sub-ada-1.1']);
    expect(world.backing.record).not.toHaveProperty('revocations');
  });

  test('while nobody is signed in revokes nothing, and is told all the same: somebody may not have heard of the last one', async () => {
    const world = await createSignedInWorld();
    confirmAll(world, world);
    await signOut(world);
    const revocations = revoked(world).length;
    const { revision } = world.session;
    expect(await signOut(world)).toEqual({ revoked: false, clients: 1 });
    expect(revoked(world)).toHaveLength(revocations);
    expect(world.session.revision).toBe(revision + 1);
    expect(world.news()).toEqual(['signedIn', 'signedOut', 'signedOut']);
  });

  test('twice at once is done for both only when the tabs have followed', async () => {
    const world = await createSignedInWorld();
    let resolved = 0;
    const both = [world.session.signOut({}), world.session.signOut({})].map((done) =>
      done.then(() => (resolved += 1)),
    );
    await settle();
    expect(resolved).toBe(0);
    world.session.clients.acknowledge('tab-1', world.session.revision);
    await settle();
    expect(resolved).toBe(1);
    world.session.clients.acknowledge('tab-1', world.session.revision);
    await world.time.run(Promise.all(both));
  });

  test('erases the records that were set aside', async () => {
    const world = await createSignedInWorld();
    world.backing.keepAside('an old record', START_MS - 1);
    await signOut(world);
    expect(world.backing.setAside).toEqual([]);
  });

  test('with a store that fails is final in this runtime', async () => {
    const world = await createSignedInWorld();
    world.backing.isFailing = true;
    await signOut(world);
    expect((await world.time.run(world.session.session({}))).status).toBe('signed-out');
    world.backing.isFailing = false;
    await world.time.run(world.session.session({ minRevision: Infinity }));
    expect(world.backing.record).not.toHaveProperty('session');
  });
});

describe('a runtime that has not heard of a sign-out', () => {
  test('hears of it when it is asked for again: the one that began it may have died', async () => {
    const world = await createSignedInWorld();
    const other = world.start();
    await other.connect('tab-2');
    // Stored by a run of the worker that is gone before it could tell.
    const record = world.backing.record ?? EMPTY_RECORD;
    world.backing.raw = withoutSession(record, { reason: 'user' }, START_MS);
    const next = world.start();
    await next.connect('tab-3');
    await signOut({ ...world, ...next });
    expect((await world.time.run(other.session.session({ peek: true }))).status).toBe('signed-out');
  });

  /** A runtime that slept with its page through a sign-out elsewhere, and through its news. */
  async function createSleeper(): Promise<World & Runtime> {
    const world = await createSignedInWorld();
    const deaf = { post: () => undefined, listen: () => undefined };
    const asleep = world.start({ sleepsWithPage: true, channel: deaf });
    await asleep.connect('tab-2');
    await signOut(world);
    world.time.sleep(600_000);
    return { ...world, ...asleep };
  }

  test.each([{}, { peek: true }])(
    'because it slept with its page looks into the store before it answers %j',
    async (request) => {
      const { time, session } = await createSleeper();
      expect((await time.run(session.session(request))).status).toBe('signed-out');
    },
  );

  test('because it slept with its page looks into the store before it answers any of the calls that wait', async () => {
    const { time, session } = await createSleeper();
    const views = Promise.all([{}, {}, { peek: true }].map((request) => session.session(request)));
    expect((await time.run(views)).map(({ status }) => status)).toEqual(
      Array.from({ length: 3 }, () => 'signed-out'),
    );
  });
});

describe('the tabs', () => {
  test('that confirm end the wait, and are counted', async () => {
    const world = await createSignedInWorld();
    confirmAll(world, world);
    world.session.clients.seen('tab-2');
    confirmAll(world, world, 'tab-2');
    const startedAtMs = world.time.clock.monotonicMs();
    expect(await signOut(world)).toEqual({ revoked: true, clients: 2 });
    expect(world.time.clock.monotonicMs()).toBe(startedAtMs);
  });

  test('that are frozen are waited for until their lease is over, not longer', async () => {
    const world = await createSignedInWorld();
    confirmAll(world, world);
    world.session.clients.seen('frozen');
    const startedAtMs = world.time.clock.monotonicMs();
    expect(await signOut(world)).toEqual({ revoked: true, clients: 1 });
    expect(world.time.clock.monotonicMs() - startedAtMs).toBe(ACKNOWLEDGE_MS);
  });

  test('of other runtimes are waited for and counted too', async () => {
    const world = await createSignedInWorld();
    const other = world.start();
    await other.connect('tab-2');
    await settle();
    confirmAll(world, world);
    let isDone = false;
    const done = world.session.signOut({}).then((output) => {
      isDone = true;
      return output;
    });
    await settle();
    expect(isDone).toBe(false);
    other.session.clients.acknowledge('tab-2', world.session.revision);
    expect(await world.time.run(done)).toEqual({ revoked: true, clients: 2 });
  });

  test('of a runtime that was left by all and found again are waited for as well', async () => {
    const world = await createSignedInWorld();
    const other = world.start();
    await other.connect('tab-2');
    other.session.clients.remove('tab-2');
    other.session.clients.seen('tab-3');
    await settle();
    confirmAll(world, world);
    let isDone = false;
    const done = world.session.signOut({}).then(() => {
      isDone = true;
    });
    await settle();
    expect(isDone).toBe(false);
    await world.time.run(done);
  });

  test('of a runtime that was not done with its start when this one called the roll are waited for as well', async () => {
    const world = await createSignedInWorld();
    const slow = world.start();
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    world.backing.gate = () => opened;
    slow.session.join(CONFIG);
    slow.session.clients.seen('tab-2');
    const last = world.start();
    last.session.clients.seen('tab-3');
    await settle();
    open();
    await slow.connect('tab-2');
    await last.connect('tab-3');
    confirmAll(world, world);
    confirmAll(world, last, 'tab-3');
    let isDone = false;
    const done = last.session.signOut({}).then((output) => {
      isDone = true;
      return output;
    });
    await settle();
    expect(isDone).toBe(false);
    slow.session.clients.acknowledge('tab-2', last.session.revision);
    expect(await world.time.run(done)).toEqual({ revoked: true, clients: 3 });
  });

  test('of a runtime that is gone are not waited for twice', async () => {
    const world = await createSignedInWorld();
    world.hub.forge({ type: 'roll-call', instanceId: 'killed' });
    confirmAll(world, world);
    await settle();
    await signOut(world);
    await world.signIn();
    const startedAtMs = world.time.clock.monotonicMs();
    await signOut(world);
    expect(world.time.clock.monotonicMs()).toBe(startedAtMs);
  });
});

describe('a global sign-out', () => {
  test('ends all sessions of the user with the live access token', async () => {
    const world = await createSignedInWorld();
    const { tokens } = await world.time.run(world.session.session({}));
    await signOut(world, { global: true });
    expect(world.cognito.requests.find(({ operation }) => operation === 'globalSignOut')?.input).toBe(
      tokens?.accessToken,
    );
  });

  test('with an access token that has expired gets one more, and stores it nowhere', async () => {
    const world = await createSignedInWorld();
    const { tokens } = await world.time.run(world.session.session({}));
    world.time.sleep(3_600_000);
    await signOut(world, { global: true });
    const used = world.cognito.requests.find(({ operation }) => operation === 'globalSignOut')?.input;
    expect(used).toMatch(/\./);
    expect(used).not.toBe(tokens?.accessToken);
    expect(JSON.stringify(world.backing.written)).not.toContain(used);
  });

  test('that fails says so, though the tab is signed out and its own tokens are revoked', async () => {
    const world = await createSignedInWorld();
    world.cognito.fail('globalSignOut', unanswered());
    expect(await signOut(world, { global: true })).toMatchObject({ revoked: false });
    expect((await world.time.run(world.session.session({}))).status).toBe('signed-out');
    expect(revoked(world)).toEqual(['refresh-sub-ada-1.0']);
  });

  test('is asked for only when global is true', async () => {
    const world = await createSignedInWorld();
    await signOut(world);
    expect(world.cognito.count('globalSignOut')).toBe(0);
  });
});

describe('a revocation that fails', () => {
  test('does not make the sign-out reject; it says so, and the token is kept on the list', async () => {
    const world = await createSignedInWorld();
    world.cognito.fail('revoke', unanswered());
    expect(await signOut(world)).toMatchObject({ revoked: false });
    expect(world.backing.record?.revocations).toMatchObject([{ refreshToken: 'refresh-sub-ada-1.0' }]);
  });

  test('is tried again at the next start, and then forgotten', async () => {
    const world = await createSignedInWorld();
    world.cognito.fail('revoke', unanswered());
    await signOut(world);
    await world.start().connect();
    await settle();
    expect(world.cognito.isAlive('refresh-sub-ada-1.0')).toBe(false);
    expect(world.backing.record).not.toHaveProperty('revocations');
  });

  test('is tried again when the network is back', async () => {
    const world = await createSignedInWorld();
    world.cognito.fail('revoke', unanswered());
    await signOut(world);
    world.session.wake();
    await settle();
    expect(world.cognito.isAlive('refresh-sub-ada-1.0')).toBe(false);
  });

  test('by a definite refusal is not tried again', async () => {
    const world = await createSignedInWorld();
    world.cognito.fail('revoke', answered('UnsupportedTokenTypeException'));
    expect(await signOut(world)).toMatchObject({ revoked: false });
    expect(world.backing.record).not.toHaveProperty('revocations');
  });

  test('is tried for 24 h, not longer', async () => {
    const world = await createSignedInWorld();
    world.cognito.fail('revoke', unanswered(), 3);
    await signOut(world);
    world.time.sleep(REVOCATION_KEPT_MS - ACKNOWLEDGE_MS);
    world.session.wake();
    await settle();
    expect(world.backing.record?.revocations).toHaveLength(1);
    world.time.sleep(2 * ACKNOWLEDGE_MS);
    world.session.wake();
    await settle();
    expect(world.backing.record).not.toHaveProperty('revocations');
  });

  test('shows no refresh token in the log', async () => {
    const world = await createSignedInWorld();
    world.cognito.fail('revoke', unanswered());
    await signOut(world);
    expect(world.log.some(({ message }) => message.includes('could not be revoked'))).toBe(true);
    expect(JSON.stringify(world.log)).not.toContain('refresh-');
  });
});

describe('what a sign-out comes to', () => {
  test('is told with its reason', async () => {
    const world = await createSignedInWorld();
    await signOut(world);
    expect(world.hub.posted).toContainEqual(
      expect.objectContaining({ type: 'news', event: { type: 'signedOut', reason: 'user' } }),
    );
  });

  test.each([undefined, null])('is the same for an input of %s', async (input) => {
    const world = await createSignedInWorld();
    const done = world.session.signOut(input as unknown as SignOutInput);
    expect(await world.time.run(done)).toMatchObject({ revoked: true });
  });

  test('is not revoked while one of its two refresh tokens is not', async () => {
    const world = await createSignedInWorld();
    await world.time.run(world.session.session({ forceRefresh: true }));
    world.cognito.fail('revoke', unanswered());
    expect(await signOut(world)).toMatchObject({ revoked: false });
    expect(world.backing.record?.revocations).toHaveLength(1);
  });

  test('is written to the log when a revocation fails', async () => {
    const world = await createSignedInWorld();
    world.cognito.fail('revoke', answered('UnsupportedTokenTypeException'));
    await signOut(world);
    expect(world.log).toContainEqual({
      level: 'warn',
      message: 'A refresh token could not be revoked.',
      details: { error: 'UnsupportedTokenTypeException' },
    });
  });
});

describe('what a global sign-out comes to', () => {
  test('is revoked, and leaves nothing to be revoked one by one', async () => {
    const world = await createSignedInWorld();
    expect(await signOut(world, { global: true })).toMatchObject({ revoked: true });
    expect(world.backing.record).not.toHaveProperty('revocations');
    expect(revoked(world)).toEqual([]);
  });

  test('is one more access token at the very moment that the old one expires', async () => {
    const world = await createSignedInWorld();
    confirmAll(world, world);
    world.time.sleep(3_600_000);
    await signOut(world, { global: true });
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('is left to Cognito when no live access token can be had', async () => {
    const world = await createSignedInWorld();
    world.time.sleep(3_600_000);
    world.cognito.fail('refresh', unanswered());
    world.cognito.fail('globalSignOut', answered('NotAuthorizedException'));
    expect(await signOut(world, { global: true })).toMatchObject({ revoked: false });
    expect(world.cognito.requests.find(({ operation }) => operation === 'globalSignOut')?.input).toBe('');
    expect(revoked(world)).toEqual(['refresh-sub-ada-1.0']);
  });

  test('is written to the log when it fails', async () => {
    const world = await createSignedInWorld();
    world.cognito.fail('globalSignOut', answered('TooManyRequestsException'));
    await signOut(world, { global: true });
    expect(world.log).toContainEqual({
      level: 'warn',
      message: 'The global sign-out failed.',
      details: { error: 'TooManyRequestsException' },
    });
  });
});
