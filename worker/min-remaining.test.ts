/** A session with too little left ends before work begins in it, and never in the middle of that. */
import { expect, test } from 'vitest';
import { LAST_REFRESH_MS, UNKNOWN_STORE_REST_MS } from './bounds.js';
import { AWAY_SECONDS, type RuntimeConfig, type SessionPolicy } from './contract.js';
import { createKnowledge } from './knowledge.js';
import { createMinRemaining } from './min-remaining.js';
import { openSavingTab } from './testing/saving-tab.js';
import { CONFIG, createSignedInWorld, type Runtime, type World } from './testing/world.js';

const HOUR_SECONDS = 3_600;
const HOUR_MS = HOUR_SECONDS * 1_000;
const VALIDITY_SECONDS = 4 * HOUR_SECONDS;
const SHORT_SECONDS = 2 * HOUR_SECONDS;
/** Then less than that is left. */
const SHORT_AFTER_MS = 3.5 * HOUR_MS;
const AWAY_MS = AWAY_SECONDS * 1_000;
const POLICY = { status: 'signed-out', ended: { reason: 'policy' } };

const withPolicy = (minRemaining: SessionPolicy['minRemaining'], validity = VALIDITY_SECONDS) => {
  const config: RuntimeConfig = {
    ...CONFIG,
    ...(validity > 0 && { refreshTokenValiditySeconds: validity }),
    policy: { warnBeforeEndSeconds: [], ...(minRemaining && { minRemaining }) },
  };
  return { config, random: () => 0 };
};
const firstLoad = withPolicy({ atFirstLoadSeconds: SHORT_SECONDS });
const onReturn = withPolicy({ onReturnSeconds: SHORT_SECONDS });
const settings = { refreshTokenSeconds: VALIDITY_SECONDS };

async function open(world: World, runtime: Runtime, clientId: string) {
  runtime.session.join(runtime.deps.config);
  runtime.session.clients.seen(clientId);
  return world.time.run(runtime.session.session({ peek: true }));
}

test('the first tab ends a session with too little left before it gets anything of it', async () => {
  const world = await createSignedInWorld(settings, firstLoad);
  await world.time.advance(SHORT_AFTER_MS);
  world.session.clients.remove('tab-1');
  const view = await open(world, world.start(firstLoad), 'tab-2');
  expect(view).toMatchObject(POLICY);
  expect(view.tokens).toBeUndefined();
  expect(world.news().at(-1)).toBe('signedOut');
});

test('nor does it get anything of it when the store had been silent at first', async () => {
  const world = await createSignedInWorld(settings, firstLoad);
  await world.time.advance(SHORT_AFTER_MS);
  world.session.clients.remove('tab-1');
  const next = world.start(firstLoad);
  world.backing.gate = () => new Promise(() => undefined);
  await expect(open(world, next, 'tab-2')).rejects.toMatchObject({ name: 'TimeoutException' });
  world.backing.gate = () => Promise.resolve();
  await world.time.advance(UNKNOWN_STORE_REST_MS);
  const view = await world.time.run(next.session.session({}));
  expect(view).toMatchObject(POLICY);
  expect(view.tokens).toBeUndefined();
});

test('one with enough left goes on', async () => {
  const world = await createSignedInWorld(settings, firstLoad);
  await world.time.advance(HOUR_MS);
  world.session.clients.remove('tab-1');
  expect((await open(world, world.start(firstLoad), 'tab-2')).status).toBe('signed-in');
});

test('no further tab ends it, in this runtime or in another', async () => {
  const world = await createSignedInWorld(settings, firstLoad);
  await world.time.advance(SHORT_AFTER_MS);
  expect((await open(world, world, 'tab-2')).status).toBe('signed-in');
  expect((await open(world, world.start(firstLoad), 'tab-3')).status).toBe('signed-in');
});

test('a sign-in just made is not ended, however short', async () => {
  const world = await createSignedInWorld(
    { refreshTokenSeconds: HOUR_SECONDS },
    withPolicy({ atFirstLoadSeconds: 100 * HOUR_SECONDS }, HOUR_SECONDS),
  );
  await world.time.advance(60_000);
  expect((await world.time.run(world.session.session({}))).status).toBe('signed-in');
});

test.each([
  [true, 0],
  [false, 1],
])('a session that a tab holds is not ended: held %s', async (isHeld, times) => {
  const { config } = withPolicy({ atFirstLoadSeconds: SHORT_SECONDS, onReturnSeconds: SHORT_SECONDS });
  const world = await createSignedInWorld(settings, firstLoad);
  await world.time.advance(SHORT_AFTER_MS);
  const knowledge = createKnowledge({ ...world.deps, config }, nothing, nothing);
  await knowledge.read();
  const ended: string[] = [];
  const signOut = { endByPolicy: async (reason: string) => void ended.push(reason) };
  const deps = { ...world.deps, config };
  const least = createMinRemaining(
    deps,
    knowledge,
    signOut,
    { rollCall: async () => [] },
    { held: async () => (isHeld ? ['notes'] : []) },
    { run: async () => undefined },
  );
  await least.atFirstLoad();
  await least.onReturn();
  expect(ended).toEqual(Array.from({ length: 2 * times }, () => 'policy'));
});

test('who comes back has tabs save first, and what is held by then goes on', async () => {
  const world = await createSignedInWorld(settings, onReturn);
  const saves = openSavingTab(world, world, 'saves', 100);
  await use(world, SHORT_AFTER_MS);
  await world.time.advance(AWAY_MS);
  const back = world.session.active();
  await world.time.advance(50);
  world.locks.freeze('cognito-session-worker:client1:hold:id:a letter');
  await world.time.run(back);
  expect(saves.asked).toMatchObject([{ reason: 'policy' }]);
  expect((await world.time.run(world.session.session({}))).status).toBe('signed-in');
});

test('where the validity is not known nothing is ended', async () => {
  const unknown = withPolicy({ atFirstLoadSeconds: SHORT_SECONDS }, 0);
  const world = await createSignedInWorld(settings, unknown);
  await world.time.advance(SHORT_AFTER_MS);
  world.session.clients.remove('tab-1');
  expect((await open(world, world.start(unknown), 'tab-2')).status).toBe('signed-in');
});

test.each([
  [15, 'signed-out'],
  [14, 'signed-in'],
])('who comes back after %s minutes finds it %s', async (minutes, status) => {
  const world = await createSignedInWorld(settings, onReturn);
  await world.time.advance(SHORT_AFTER_MS - LAST_REFRESH_MS);
  await world.time.run(world.session.active());
  // That was a return as well.
  const back = await world.time.run(world.session.session({}));
  expect(back).toMatchObject(POLICY);

  await world.signIn();
  await use(world, SHORT_AFTER_MS);
  await world.time.advance(minutes * 60_000);
  await world.time.run(world.session.active());
  expect((await world.time.run(world.session.session({}))).status).toBe(status);
});

const nothing = (): void => undefined;

/** Never away for 15 minutes. */
async function use({ time, session }: World & Runtime, forMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < forMs; passedMs += AWAY_MS / 3) {
    await time.advance(AWAY_MS / 3);
    await time.run(session.active());
  }
}
