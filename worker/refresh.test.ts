import { describe, expect, test } from 'vitest';
import type { SessionView } from './contract.js';
import { settle } from './testing/virtual-time.js';
import { createSignedInWorld, IDENTITY_CONFIG, type Runtime, type World } from './testing/world.js';

const HOUR_MS = 3_600_000;

const accessToken = (view: SessionView): string => view.tokens?.accessToken ?? 'none';

async function force({ time, session }: Pick<World & Runtime, 'time' | 'session'>): Promise<string> {
  return accessToken(await time.run(session.session({ forceRefresh: true })));
}

describe('a forced refresh', () => {
  test('calls at once share one request', async () => {
    const world = await createSignedInWorld();
    const tokens = await Promise.all(Array.from({ length: 8 }, () => force(world)));
    expect(world.cognito.count('refresh')).toBe(1);
    expect(new Set(tokens).size).toBe(1);
  });

  test('joins a request that is out', async () => {
    const world = await createSignedInWorld();
    const answer = world.cognito.hold('refresh');
    const first = world.session.session({ forceRefresh: true });
    await world.time.until(() => world.cognito.count('refresh') === 1);
    const second = world.session.session({ forceRefresh: true });
    await settle();
    answer.release();
    expect(accessToken(await world.time.run(second))).toBe(accessToken(await world.time.run(first)));
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('is not content with one whose tokens have come and are on their way into the store', async () => {
    const world = await createSignedInWorld();
    const answer = world.cognito.hold('refresh');
    const first = world.session.session({ forceRefresh: true });
    await world.time.until(() => world.cognito.count('refresh') === 1);
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    world.backing.gate = () => gate;
    answer.release();
    await settle();
    const second = world.session.session({ forceRefresh: true });
    await settle();
    open();
    const [before, after] = [await world.time.run(first), await world.time.run(second)].map(accessToken);
    expect(after).not.toBe(before);
    expect(world.cognito.count('refresh')).toBe(2);
  });

  test('is not content with one that has ended: one after the other, each refreshes', async () => {
    const world = await createSignedInWorld();
    const tokens = new Set([await force(world), await force(world), await force(world)]);
    expect(world.cognito.count('refresh')).toBe(3);
    expect(tokens.size).toBe(3);
  });

  test('refreshes however fresh the tokens are', async () => {
    const world = await createSignedInWorld();
    const before = accessToken(await world.time.run(world.session.session({})));
    expect(await force(world)).not.toBe(before);
  });

  test('does nothing for nobody: signed out it resolves signed out', async () => {
    const world = await createSignedInWorld();
    await world.time.run(world.session.signOut({}));
    expect((await world.time.run(world.session.session({ forceRefresh: true }))).status).toBe('signed-out');
    expect(world.cognito.count('refresh')).toBe(0);
  });
});

describe('a call whose token has run out', () => {
  test('waits for the refresh, and shares it with all others', async () => {
    const world = await createSignedInWorld();
    const before = accessToken(await world.time.run(world.session.session({})));
    world.time.sleep(HOUR_MS);
    const views = await world.time.run(
      Promise.all([{}, { forceRefresh: true }, {}].map((request) => world.session.session(request))),
    );
    expect(world.cognito.count('refresh')).toBe(1);
    expect(views.map(accessToken)).not.toContain(before);
  });
});

describe('client metadata', () => {
  test('of two kinds go in two requests, one after the other, each with its own', async () => {
    const world = await createSignedInWorld();
    const answer = world.cognito.hold('refresh');
    const calls = ['a', 'b'].map((tenant) =>
      world.session.session({ forceRefresh: true, clientMetadata: { tenant } }),
    );
    await settle();
    expect(world.cognito.count('refresh')).toBe(1);
    answer.release();
    await world.time.run(Promise.all(calls));
    const metadata = world.cognito.requests
      .filter(({ operation }) => operation === 'refresh')
      .map(({ input }) => (input as { clientMetadata: unknown }).clientMetadata);
    expect(metadata).toEqual([{ tenant: 'a' }, { tenant: 'b' }]);
  });

  test('that are equal share a request, in whatever order they are written', async () => {
    const world = await createSignedInWorld();
    const request = (clientMetadata: Record<string, string>): Promise<SessionView> =>
      world.session.session({ forceRefresh: true, clientMetadata });
    await world.time.run(Promise.all([request({ a: '1', b: '2' }), request({ b: '2', a: '1' })]));
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('of one call are not passed on for another: a plain forced call has its own request', async () => {
    const world = await createSignedInWorld();
    await world.time.run(
      Promise.all([
        world.session.session({ forceRefresh: true, clientMetadata: { tenant: 'a' } }),
        world.session.session({ forceRefresh: true }),
      ]),
    );
    expect(world.cognito.count('refresh')).toBe(2);
  });
});

describe('a token that a server rejected', () => {
  test.each(['accessToken', 'idToken'] as const)('is replaced if it is the current %s', async (kind) => {
    const world = await createSignedInWorld();
    const { tokens } = await world.time.run(world.session.session({}));
    const view = await world.time.run(world.session.session({ rejectedToken: tokens?.[kind] ?? '' }));
    expect(world.cognito.count('refresh')).toBe(1);
    expect(view.tokens?.[kind]).not.toBe(tokens?.[kind]);
  });

  test('that is no longer the current one is answered with the newer, without a request', async () => {
    const world = await createSignedInWorld();
    const rejectedToken = accessToken(await world.time.run(world.session.session({})));
    const newer = await force(world);
    expect(accessToken(await world.time.run(world.session.session({ rejectedToken })))).toBe(newer);
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('is replaced once for all that report it at once', async () => {
    const world = await createSignedInWorld();
    const rejectedToken = accessToken(await world.time.run(world.session.session({})));
    const calls = Array.from({ length: 5 }, () => world.session.session({ rejectedToken }));
    const views = await world.time.run(Promise.all(calls));
    expect(world.cognito.count('refresh')).toBe(1);
    expect(views.map(accessToken)).not.toContain(rejectedToken);
  });

  test('in two runtimes is replaced once: the second finds the newer one under the lock', async () => {
    const world = await createSignedInWorld();
    const other = world.start();
    await other.connect('tab-2');
    const rejectedToken = accessToken(await world.time.run(world.session.session({})));
    const views = await world.time.run(
      Promise.all([world.session.session({ rejectedToken }), other.session.session({ rejectedToken })]),
    );
    expect(world.cognito.count('refresh')).toBe(1);
    expect(accessToken(views[0])).toBe(accessToken(views[1]));
  });
});

describe('the journal', () => {
  test('the intent is stored before the request goes out', async () => {
    const world = await createSignedInWorld();
    const answer = world.cognito.hold('refresh');
    const call = world.session.session({ forceRefresh: true });
    await world.time.until(() => world.cognito.count('refresh') === 1);
    expect(world.backing.record?.intent).toEqual({
      instanceId: 'run-1',
      startedAtMs: world.time.clock.wallMs(),
    });
    answer.release();
    await world.time.run(call);
    expect(world.backing.record).not.toHaveProperty('intent');
  });

  test('without its intent stored no request goes out', async () => {
    const world = await createSignedInWorld();
    let open = (): void => undefined;
    world.backing.gate = () =>
      new Promise((resolve) => {
        open = resolve;
      });
    const call = world.session.session({ forceRefresh: true });
    await settle();
    expect(world.cognito.count('refresh')).toBe(0);
    world.backing.gate = () => Promise.resolve();
    open();
    await world.time.run(call);
    expect(world.cognito.count('refresh')).toBe(1);
  });

  test('the rotated tokens are stored before news, credentials or an answer to the page', async () => {
    const world = await createSignedInWorld({}, { config: IDENTITY_CONFIG });
    const answer = world.cognito.hold('refresh');
    let isAnswered = false;
    const call = world.session.session({ forceRefresh: true }).then(() => {
      isAnswered = true;
    });
    await world.time.until(() => world.cognito.count('refresh') === 1);
    let open = (): void => undefined;
    world.backing.gate = () =>
      new Promise((resolve) => {
        open = resolve;
      });
    answer.release();
    await settle();
    expect([world.news(), world.cognito.count('credentials'), isAnswered]).toEqual([['signedIn'], 0, false]);
    world.backing.gate = () => Promise.resolve();
    open();
    await world.time.run(call);
    expect(world.backing.record?.session?.refreshToken).toBe('refresh-sub-ada-1.1');
    expect(world.news()).toEqual(['signedIn', 'tokenRefresh', 'changed']);
  });

  test('the first refresh token of the sign-in is kept through all rotations', async () => {
    const world = await createSignedInWorld();
    await force(world);
    await force(world);
    expect(world.backing.record?.session).toMatchObject({
      originalRefreshToken: 'refresh-sub-ada-1.0',
      refreshToken: 'refresh-sub-ada-1.2',
    });
  });
});

describe('two runtimes on one store', () => {
  test('an expiry costs one request, in twenty rounds with rotation and no grace', async () => {
    const world = await createSignedInWorld({ rotation: true, graceSeconds: 0 });
    const other = world.start();
    await other.connect('tab-2');
    for (let round = 1; round <= 20; round += 1) {
      world.time.sleep(HOUR_MS);
      const views = await world.time.run(Promise.all([world.session.session({}), other.session.session({})]));
      expect(accessToken(views[0])).toBe(accessToken(views[1]));
      expect(world.cognito.count('refresh')).toBe(round);
    }
  });

  test('forced at once cost one request: the one that comes second adopts the tokens of the first', async () => {
    const world = await createSignedInWorld();
    const other = world.start();
    await other.connect('tab-2');
    const calls = [world, other].map(({ session }) => session.session({ forceRefresh: true }));
    const views = await world.time.run(Promise.all(calls));
    expect(world.cognito.count('refresh')).toBe(1);
    expect(new Set(views.map(accessToken)).size).toBe(1);
  });

  test('one that has not heard of the other does not take its earlier refresh for what a forced call asks', async () => {
    const world = await createSignedInWorld();
    const deaf = world.start({ channel: { post: () => undefined, listen: () => undefined } });
    await deaf.connect('tab-2');
    const earlier = await force(world);
    expect(await force({ ...world, ...deaf })).not.toBe(earlier);
    expect(world.cognito.count('refresh')).toBe(2);
  });

  test('one learns of the tokens of the other by its news, without a request', async () => {
    const world = await createSignedInWorld();
    const other = world.start();
    await other.connect('tab-2');
    const token = await force(world);
    await settle();
    expect(accessToken(await world.time.run(other.session.session({ peek: true })))).toBe(token);
  });

  test('no lock is held while nothing is done', async () => {
    const world = await createSignedInWorld({}, { config: IDENTITY_CONFIG });
    await force(world);
    expect([...world.locks.held]).toEqual([]);
  });
});

describe('client metadata of a provider', () => {
  const metadata = ({ cognito }: World) =>
    cognito.requests.flatMap(({ operation, input }) =>
      operation === 'refresh' ? [(input as { clientMetadata?: object }).clientMetadata] : [],
    );

  /** A page that answers with this; undefined: it is silent. */
  function answering(world: World & Runtime, value: unknown, page = 'tab-1'): { asked(): number } {
    let asked = 0;
    const { questions } = world.session;
    questions.join(page, ['clientMetadataProvider'], ({ id }) => {
      asked += 1;
      // The store has no intent yet: what dies now has asked Cognito nothing.
      expect(world.backing.record?.intent).toBeUndefined();
      expect([...world.locks.held]).toEqual([]);
      if (value !== undefined) questions.answer(page, { id, value });
    });
    return { asked: () => asked };
  }

  test('goes with a refresh that nobody forced, too, and is asked for before the lock and the intent', async () => {
    const world = await createSignedInWorld();
    const page = answering(world, { tenant: 'a' });
    await world.time.advance(HOUR_MS);
    expect(metadata(world)).toEqual([{ tenant: 'a' }]);
    expect(page.asked()).toBe(1);
  });

  test('is asked for once for all calls that force a refresh at once', async () => {
    const world = await createSignedInWorld();
    const page = answering(world, { tenant: 'a' });
    await Promise.all([force(world), force(world)]);
    expect(metadata(world)).toEqual([{ tenant: 'a' }]);
    expect(page.asked()).toBe(1);
  });

  test.each([
    ['fails', null, 0],
    ['gives no texts', { tenant: 1 }, 0],
    ['is silent', undefined, 2_000],
  ])('that %s costs its bound, and fails no refresh', async (_how, value, costMs) => {
    const world = await createSignedInWorld();
    answering(world, value);
    const startMs = world.time.clock.monotonicMs();
    await force(world);
    expect(world.time.clock.monotonicMs() - startMs).toBe(costMs);
    expect(metadata(world)).toEqual([undefined]);
  });

  test('is not asked for where the refresh has its own', async () => {
    const world = await createSignedInWorld();
    const page = answering(world, { tenant: 'a' });
    const request = { forceRefresh: true, clientMetadata: { own: 'b' } };
    await world.time.run(world.session.session(request));
    expect(metadata(world)).toEqual([{ own: 'b' }]);
    expect(page.asked()).toBe(0);
  });
});
