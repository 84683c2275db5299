/** Whose session ended other than by a sign-out, and what the next sign-in says of it. */
import { describe, expect, test } from 'vitest';
import type { NewsEvent, RuntimeConfig } from './contract.js';
import { answered } from './testing/scripted-cognito.js';
import { CONFIG, createSignedInWorld, createWorld, type Runtime, type World } from './testing/world.js';

const remembering: RuntimeConfig = { ...CONFIG, rememberLastUser: true };
const ADA = { userId: 'sub-ada', username: 'ada' };

/** Cognito's verdict, upon a refresh that this runtime is made to ask for. */
async function reject({ time, cognito, session }: World & Runtime): Promise<void> {
  cognito.fail('refresh', answered('NotAuthorizedException'));
  const forced = time.run(session.session({ forceRefresh: true }));
  await expect(forced).rejects.toMatchObject({ fields: { name: 'NotAuthorizedException' } });
}

const lastSignIn = ({ hub }: World): NewsEvent | undefined =>
  hub.posted
    .flatMap((message) =>
      message.type === 'news' && message.event.type === 'signedIn' ? [message.event] : [],
    )
    .at(-1);

/** The user's name or id, and not a part of another word. */
const NAMED = /"ada"|sub-ada/;

const stored = ({ backing }: World): string => JSON.stringify(backing.record);

describe('a sign-in after Cognito ended the session', () => {
  test('of the same user resumes it, for every runtime', async () => {
    const world = await createSignedInWorld();
    const other = world.start();
    await other.connect('tab-2');
    await reject(world);
    await world.signIn();
    expect(lastSignIn(world)).toEqual({ type: 'signedIn', resumed: true });
    for (const { session } of [world, other])
      expect((await world.time.run(session.session({}))).origin).toEqual({ resumed: true });
  });

  test('of the same user in another tab resumes it', async () => {
    const world = await createSignedInWorld();
    const other = world.start();
    await other.connect('tab-2');
    await reject(world);
    await other.signIn('ada', 'tab-2');
    expect(lastSignIn(world)).toEqual({ type: 'signedIn', resumed: true });
  });

  test('of another user names the one before', async () => {
    const world = await createSignedInWorld();
    await reject(world);
    await world.signIn('bob');
    expect(lastSignIn(world)).toEqual({ type: 'signedIn', resumed: false, previousUser: ADA });
  });

  test('a sign-out by the user forgets it, also one after the verdict', async () => {
    const world = await createSignedInWorld({}, { config: remembering });
    await reject(world);
    await world.time.run(world.session.signOut({}));
    expect(stored(world)).not.toMatch(NAMED);
    await world.connect('tab-2');
    await world.signIn('bob', 'tab-2');
    expect(lastSignIn(world)).toEqual({ type: 'signedIn', resumed: false });
  });
});

test('the first sign-in and one after a sign-out resume nothing', async () => {
  const world = await createSignedInWorld();
  expect(lastSignIn(world)).toEqual({ type: 'signedIn', resumed: false });
  await world.time.run(world.session.signOut({}));
  await world.connect('tab-2');
  await world.signIn('ada', 'tab-2');
  expect(lastSignIn(world)).toEqual({ type: 'signedIn', resumed: false });
});

describe('the store', () => {
  test('holds no name after a session’s end, unless the app asks for it, and a restart forgets it', async () => {
    const world = await createSignedInWorld();
    await reject(world);
    expect(stored(world)).not.toMatch(NAMED);
    const next = world.start();
    await next.connect('tab-2');
    await next.signIn('ada', 'tab-2');
    expect(lastSignIn(world)).toEqual({ type: 'signedIn', resumed: false });
  });

  test('holds it over a restart where the app asks for it, without a token, until the next sign-in', async () => {
    const world = await createSignedInWorld({}, { config: remembering });
    await reject(world);
    expect(world.backing.record?.lastUser).toEqual(ADA);
    expect(stored(world)).not.toContain('refresh-sub-ada');
    const next = world.start({ config: remembering });
    await next.connect('tab-2');
    await next.signIn('bob', 'tab-2');
    expect(lastSignIn(world)).toEqual({ type: 'signedIn', resumed: false, previousUser: ADA });
    expect(world.backing.record).not.toHaveProperty('lastUser');
    expect(stored(world)).not.toMatch(NAMED);
  });

  test('of another one’s memory names nobody to an app that does not ask for it, and loses it at the next change', async () => {
    const world = createWorld();
    const first = world.start({ config: remembering });
    await first.connect();
    await first.signIn();
    await reject({ ...world, ...first });
    const next = world.start();
    await next.connect('tab-2');
    await next.signIn('bob', 'tab-2');
    expect(lastSignIn(world)).toEqual({ type: 'signedIn', resumed: false });
    expect(world.backing.record).not.toHaveProperty('lastUser');
  });
});
