/** Promise: the move of a session from Amplify comes to its end, once, whatever goes away or refreshes in the midst of it. */
import { expect } from './fixtures.js';
import {
  amplifyKeys,
  goesOn,
  migrate,
  migrateHalf,
  refreshWithAmplify,
  signInWithAmplify,
  test,
} from './migrating.js';
import { REFRESH } from './refreshing.js';

test('two tabs that migrate at once take turns: one session, told once, and nothing is spent twice', async ({
  amplifyTab,
  openTab,
  cognito,
}) => {
  const tab = await amplifyTab();
  await signInWithAmplify(tab);
  const other = await openTab();
  cognito.clearLog();

  const outcomes = await Promise.all([migrate(tab), migrate(other)]);
  // Tabs in two processes see a removal from the web storage a little later: the second may move once more what is here.
  expect(outcomes).toContainEqual(expect.objectContaining({ outcome: 'migrated' }));
  for (const { outcome } of outcomes) expect(['migrated', 'nothing-found']).toContain(outcome);
  expect(await amplifyKeys(tab)).toEqual({});
  await tab.toldOf('signedIn');
  await other.toldOf('signedIn');
  expect(cognito.requests).toEqual([]);
  const [one, two] = [await tab.fetch(), await other.fetch()];
  expect(one.accessToken).toBe(two.accessToken);
  await goesOn(other, cognito);
});

for (const died of ['the page', 'the page and the worker'] as const) {
  test(`after ${died} went away between adoption and removal, the next migration ends it, and the session stays`, async ({
    amplifyTab,
    openTab,
    killWorkers,
    cognito,
  }) => {
    const tab = await amplifyTab();
    const { user } = await signInWithAmplify(tab);
    const other = await openTab();
    await migrateHalf(tab);
    await other.toldOf('signedIn');
    expect(Object.keys(await amplifyKeys(other))).not.toEqual([]);
    await tab.page.close();
    if (died === 'the page and the worker') await killWorkers();
    // What is in Amplify's store is spent from here on.
    await goesOn(other, cognito);

    expect(await migrate(other)).toEqual({ outcome: 'migrated', user, isCleared: true });
    expect(await amplifyKeys(other)).toEqual({});
    await goesOn(other, cognito);
    expect(await other.eventNames()).not.toContain('signedOut:rejected');
  });
}

test('who signs out after a migration that went away in the midst of it stays signed out', async ({
  amplifyTab,
  openTab,
}) => {
  const tab = await amplifyTab();
  await signInWithAmplify(tab);
  const other = await openTab();
  await migrateHalf(tab);
  await other.toldOf('signedIn');
  await tab.page.close();
  await other.signOut();
  expect(Object.keys(await amplifyKeys(other))).not.toEqual([]);

  expect(await migrate(other)).toEqual({ outcome: 'signed-out' });
  expect(await amplifyKeys(other)).toEqual({});
  expect((await other.fetch()).accessToken).toBeUndefined();
});

test('an old tab of Amplify’s that refreshes between adoption and removal does not end the session', async ({
  amplifyTab,
  openTab,
  cognito,
}) => {
  const old = await amplifyTab();
  await signInWithAmplify(old);
  const tab = await openTab();
  await migrateHalf(tab);
  await refreshWithAmplify(old);
  const rotated = await amplifyKeys(old);

  const migration = await tab.run(() => {
    window.goOn();
    return window.migration;
  }, undefined);
  expect(migration).toMatchObject({ outcome: 'migrated', isCleared: true });
  expect(await amplifyKeys(tab)).toEqual({});
  const { accessToken } = await tab.fetch();
  expect(Object.values(rotated)).toContain(accessToken);
  await goesOn(tab, cognito);
  expect(await tab.eventNames()).not.toContain('signedOut:rejected');
});

for (const asked of [false, true]) {
  const what = asked ? ', and that was asked for in vain here meanwhile,' : '';
  test(`a refresh that an old tab had under way during the move${what} is taken over by the next migration`, async ({
    amplifyTab,
    openTab,
    cognito,
  }) => {
    const old = await amplifyTab();
    const { user } = await signInWithAmplify(old);
    const tab = await openTab();
    const hold = cognito.hold(REFRESH);
    const refreshed = refreshWithAmplify(old);
    await hold.waitForArrived(1);
    expect(await migrate(tab)).toMatchObject({ outcome: 'migrated', isCleared: true });
    // Cognito has rotated, and nobody has the new refresh token yet.
    hold.release();
    await refreshed;
    // Web storage tells other processes of what was written a little later.
    const written = await amplifyKeys(old);
    await expect.poll(() => amplifyKeys(tab)).toEqual(written);
    if (asked) {
      expect(await tab.rejection('fetchAuthSession', { forceRefresh: true })).toBe(
        'RefreshTokenReuseException',
      );
    }

    expect(await migrate(tab)).toEqual({ outcome: 'migrated', user, isCleared: true });
    expect(await amplifyKeys(tab)).toEqual({});
    await goesOn(tab, cognito);
  });
}
