/**
 * Promise: who is signed in with aws-amplify when an app changes over stays signed in. The session moves from Amplify's store into
 * this package, whole and once; what can't be moved stays where it is. With other tabs at work: migration-interrupted.spec.ts.
 */
import { decodeJwt } from 'jose';
import { startLocalCognito } from '../demo/local-cognito/server.js';
import { asAmplifySays, ofAmplify, withProviders } from './amplify-tab.js';
import { ada, expect, grace } from './fixtures.js';
import {
  amplifyKeys,
  goesOn,
  migrate,
  refreshWithAmplify,
  signInAlone,
  signInWithAmplify,
  startAmplify,
  test,
} from './migrating.js';
import { REFRESH } from './refreshing.js';

for (const storage of ['localStorage', 'cookies'] as const) {
  test(`a session of Amplify's in ${storage} goes on in every tab, and nothing of it stays there`, async ({
    amplifyTab,
    openTab,
    cognito,
  }) => {
    const tab = await amplifyTab(storage);
    const before = await signInWithAmplify(tab);
    const other = await openTab();
    await tab.reload();
    cognito.clearLog();

    expect(await migrate(tab, storage)).toEqual({
      outcome: 'migrated',
      user: {
        userId: before.userSub,
        username: 'ada',
        signInDetails: { loginId: 'ada', authFlowType: 'USER_SRP_AUTH' },
      },
      isCleared: true,
    });
    expect(await amplifyKeys(tab)).toEqual({});
    expect(cognito.requests).toEqual([]);

    await other.toldOf('signedIn');
    const { accessToken, idToken, identityId } = await other.fetch();
    expect({ accessToken, idToken, identityId }).toEqual({
      accessToken: before.accessToken,
      idToken: before.idToken,
      identityId: before.identityId,
    });
    expect(await tab.getCurrentUser()).toEqual(before.user);
    await goesOn(tab, cognito);
    await tab.reload();
    expect((await tab.getCurrentUser()).userId).toBe(before.userSub);

    // Amplify, asked by itself, has nobody. With this package's providers it has the same session.
    await startAmplify(tab, cognito, storage);
    expect((await ofAmplify(tab)).accessToken).toBeUndefined();
    await withProviders(other);
    expect(await ofAmplify(other)).toEqual(asAmplifySays(await tab.fetch()));
    expect(await migrate(tab, storage)).toEqual({ outcome: 'nothing-found' });
    await tab.signOut();
    // The refresh token that it had last, and the one that it was adopted with.
    expect(cognito.accepted()).toMatchObject({ RevokeToken: 2 });
  });
}

test('half a store is told, and neither stored here nor removed there', async ({ amplifyTab, cognito }) => {
  const tab = await amplifyTab();
  await signInWithAmplify(tab);
  const whole = await amplifyKeys(tab);
  const stem = `CognitoIdentityServiceProvider.${cognito.config.userPoolClientId}`;
  const halves: [key: string, value: string | undefined, message: string][] = [
    [`${stem}.ada.refreshToken`, undefined, 'refresh token'],
    [`${stem}.ada.accessToken`, undefined, 'access token'],
    [`${stem}.ada.accessToken`, 'no.token.atall', 'accessToken'],
    [`${stem}.LastAuthUser`, 'hopper', 'last user'],
    [`${stem}.ada.signInDetails`, '{"loginId":', 'signInDetails'],
  ];
  for (const [key, value, message] of halves) {
    await tab.run(
      ([changed, to]) =>
        to === undefined ? localStorage.removeItem(changed) : localStorage.setItem(changed, to),
      [key, value] as const,
    );
    const half = await amplifyKeys(tab);
    const migration = await migrate(tab);
    expect(migration, key).toMatchObject({ outcome: 'unusable', error: { isAuthError: true } });
    expect(migration.error?.message, key).toContain(message);
    expect(migration.error?.recoverySuggestion, key).toBeTruthy();
    expect(JSON.stringify(migration), key).not.toContain(whole[`${stem}.ada.refreshToken`]);
    expect(await amplifyKeys(tab), key).toEqual(half);
    expect((await tab.fetch()).accessToken, key).toBeUndefined();
    await tab.run(
      (keys) => Object.entries(keys).forEach(([name, to]) => localStorage.setItem(name, to)),
      whole,
    );
  }
  expect(await tab.eventNames()).toEqual([]);
  // Whole again, it is as good as before.
  expect(await migrate(tab)).toMatchObject({ outcome: 'migrated' });
});

test('tokens of another pool are told, and stay where they are; who is signed in here stays, too', async ({
  amplifyTab,
  cognito,
}) => {
  // The same app client id, as after a pool that was made anew.
  const elsewhere = await startLocalCognito({ userPoolId: 'eu-central-1_Another', users: [ada] });
  try {
    const tab = await amplifyTab('localStorage', elsewhere);
    await signInWithAmplify(tab);
    const before = await amplifyKeys(tab);
    expect(await migrate(tab)).toMatchObject({
      outcome: 'unusable',
      error: { name: 'InvalidTokenException', isAuthError: true },
    });
    await tab.signIn(grace);
    expect(await migrate(tab)).toMatchObject({ outcome: 'unusable' });
    expect(await amplifyKeys(tab)).toEqual(before);
    expect((await tab.getCurrentUser()).username).toBe('grace');
    await goesOn(tab, cognito);
  } finally {
    await elsewhere.close();
  }
});

test('who is signed in here stays, and so does the session in Amplify', async ({ amplifyTab, cognito }) => {
  const tab = await amplifyTab();
  await signInWithAmplify(tab);
  const before = await amplifyKeys(tab);
  await tab.signIn(grace);
  expect(await migrate(tab)).toEqual({ outcome: 'already-signed-in' });
  expect(await amplifyKeys(tab)).toEqual(before);
  expect((await tab.getCurrentUser()).username).toBe('grace');
  await goesOn(tab, cognito);
  await refreshWithAmplify(tab);
});

test('a remembered device moves along: refreshes name it, and it proves itself at the next sign-in', async ({
  amplifyTab,
  cognito,
}) => {
  cognito.change({ rememberDevices: true });
  const tab = await amplifyTab();
  await signInWithAmplify(tab);
  expect(cognito.accepted()).toMatchObject({ ConfirmDevice: 1 });
  expect(await migrate(tab)).toMatchObject({ outcome: 'migrated', isCleared: true });
  expect(await amplifyKeys(tab)).toEqual({});
  await goesOn(tab, cognito);

  await tab.signOut();
  cognito.clearLog();
  await tab.signIn(ada);
  // Password, device, device's secret; and no new device.
  expect(cognito.counts()).toMatchObject({ RespondToAuthChallenge: 3 });
  expect(cognito.counts()).not.toHaveProperty('ConfirmDevice');
});

test("a guest's identity here becomes that of the user who is migrated", async ({
  amplifyTab,
  openTab,
  cognito,
}) => {
  cognito.change({ guestsAllowed: true });
  const guests = await openTab({ config: { ...cognito.config, allowGuestAccess: true } });
  const { identityId } = await guests.fetch();
  const old = await amplifyTab();
  await signInAlone(old);
  expect(await migrate(guests)).toMatchObject({ outcome: 'migrated' });
  const user = await guests.fetch();
  expect(user.accessToken).toBeDefined();
  expect(user.identityId).toBe(identityId);
});

test('tokens that ran out while the app was away are refreshed before they are given out', async ({
  amplifyTab,
  cognito,
}) => {
  cognito.change({ accessTokenSeconds: 1, idTokenSeconds: 1 });
  const tab = await amplifyTab();
  await signInAlone(tab);
  const keys = await amplifyKeys(tab);
  const old = keys[`CognitoIdentityServiceProvider.${cognito.config.userPoolClientId}.ada.accessToken`] ?? '';
  const { exp = 0 } = decodeJwt(old);
  // Cognito counts whole seconds, so it may have been issued almost one later than it says.
  await expect.poll(() => Date.now()).toBeGreaterThan((exp + 1) * 1_000);
  cognito.change({ accessTokenSeconds: 3_600, idTokenSeconds: 3_600 });

  expect(await migrate(tab)).toMatchObject({ outcome: 'migrated' });
  const { accessToken, accessClaims } = await tab.fetch();
  expect(accessToken).not.toBe(old);
  expect((accessClaims?.exp ?? 0) - (accessClaims?.iat ?? 0)).toBe(3_600);
});

test('a session is adopted from anywhere, and a store is needed for nothing', async ({
  openTab,
  amplifyTab,
  cognito,
}) => {
  const old = await amplifyTab();
  await signInWithAmplify(old);
  const keys = await amplifyKeys(old);
  const stem = `CognitoIdentityServiceProvider.${cognito.config.userPoolClientId}.ada`;
  const tab = await openTab();
  const given = {
    accessToken: keys[`${stem}.accessToken`] ?? '',
    idToken: keys[`${stem}.idToken`] ?? '',
    refreshToken: keys[`${stem}.refreshToken`] ?? '',
  };
  expect(await tab.run((input) => window.csw.adoptSession(input), given)).toMatchObject({ username: 'ada' });
  // Their age is not known here, so they are refreshed.
  expect((await tab.fetch()).accessToken).not.toBe(given.accessToken);
  expect(cognito.accepted()[REFRESH]).toBe(1);
});
