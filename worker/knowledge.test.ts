import { describe, expect, test, vi } from 'vitest';
import { createKnowledge } from './knowledge.js';
import { createSignedInWorld, createWorld } from './testing/world.js';

describe('what a runtime knows', () => {
  test('tells of each change, and of none when nothing changed', async () => {
    const world = createWorld();
    let changes = 0;
    const knowledge = createKnowledge(
      world.start().deps,
      () => (changes += 1),
      () => undefined,
    );
    await world.time.run(knowledge.read());
    expect([knowledge.state.type, changes]).toEqual(['signed-out', 1]);
    // Nobody is signed in, so nobody can be signed out.
    knowledge.startSignOut();
    expect(changes).toBe(1);
  });

  test('is read without keeping others out of the store, and changed with', async () => {
    const { deps, time } = await createSignedInWorld();
    const asked = vi.spyOn(deps.store, 'update');
    const knowledge = createKnowledge(
      deps,
      () => undefined,
      () => undefined,
    );
    await time.run(knowledge.read());
    await time.run(knowledge.look());
    await time.run(knowledge.update((record) => ({ record, result: undefined })));
    expect(asked.mock.calls.map(([, isLook]) => isLook)).toEqual([true, true, false]);
  });

  test('is told to the log in words, with the reason where there is one', async () => {
    const world = await createSignedInWorld();
    await world.time.run(world.session.signOut({}));
    const told = world.log.filter(({ message }) => /^Signed/.test(message));
    expect(told).toEqual([
      { level: 'info', message: 'Signed in.' },
      { level: 'info', message: 'Signed out.', details: { reason: 'user' } },
    ]);
  });
});
