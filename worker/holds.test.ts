/** Unsaved work, for which a tab holds a lock. */
import { expect, test } from 'vitest';
import { END_WATCH_MS } from './bounds.js';
import { scopeName } from './contract.js';
import { createHolds } from './holds.js';
import { CONFIG, createSignedInWorld, createWorld, type World } from './testing/world.js';

const nameOf = (reason: string, id = 'id'): string => `${scopeName(CONFIG)}:hold:${id}:${reason}`;
const hold = ({ locks }: World, reason: string, id?: string): void => locks.freeze(nameOf(reason, id));
const letGo = ({ locks }: World, reason: string): void => locks.thaw(nameOf(reason));

test('the reasons of all holds are told, sorted, with what is in them, and no other lock', async () => {
  const world = createWorld();
  world.locks.freeze(`${scopeName(CONFIG)}:refresh`);
  world.locks.freeze(`${scopeName({ userPoolClientId: 'client2' })}:hold:id:of another app`);
  hold(world, 'form: b');
  hold(world, 'a', 'id-1');
  hold(world, 'a', 'id-2');
  hold(world, 'x'.repeat(201));
  hold(world, '');
  const { held } = createHolds({ config: CONFIG, locks: world.locks.locks });
  expect(await held()).toEqual(['a', 'a', 'form: b']);
  for (let index = 0; index < 60; index += 1) hold(world, 'many', `id-${index}`);
  expect(await held()).toHaveLength(50);
});

test('a sign-out that respects holds is refused while there is one, and ends nothing', async () => {
  const world = await createSignedInWorld();
  hold(world, 'a letter');
  const refused = world.time.run(world.session.signOut({ respectHolds: true }));
  await expect(refused).rejects.toMatchObject({
    name: 'UnsavedWorkException',
    message: expect.stringContaining('a letter'),
  });
  expect((await world.time.run(world.session.session({}))).status).toBe('signed-in');
  expect(world.news()).toEqual(['signedIn']);
  letGo(world, 'a letter');
  await world.time.run(world.session.signOut({ respectHolds: true }));
  expect((await world.time.run(world.session.session({}))).status).toBe('signed-out');
});

test('another sign-out does not ask for holds', async () => {
  const world = await createSignedInWorld();
  hold(world, 'a letter');
  await world.time.run(world.session.signOut({}));
  expect((await world.time.run(world.session.session({}))).status).toBe('signed-out');
});

test('a warning tells the holds of the moment in which it is made', async () => {
  const policy = { warnBeforeEndSeconds: [99_999] };
  const config = { ...CONFIG, refreshTokenValiditySeconds: 7_200, policy };
  const world = createWorld();
  hold(world, 'a letter');
  const runtime = world.start({ config });
  await runtime.connect();
  await runtime.signIn();
  await world.time.advance(END_WATCH_MS);
  const { ending } = await world.time.run(runtime.session.session({}));
  expect(ending?.holds).toEqual(['a letter']);
});
