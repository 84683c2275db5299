/** Sign-out is final and everywhere, and users never mix. */
import { equal, present, that } from '../expect.js';
import type { Scenario } from '../kit.js';
import type { PlainSession } from '../messages.js';
import { REFRESH, type Cognito } from '../runner/cognito.js';
import { ADA, GRACE } from '../seed.js';
import { SIGN_OUT, USERS } from './promises.js';

/** The clocks of two pages are cut to milliseconds, in Firefox with some chance. */
const CLOCKS_DIFFER_MS = 2;

export const SIGN_OUT_IS_FINAL: Scenario[] = [
  {
    title: 'signed out in one of five tabs: no call begun afterwards gets the session, in any of them',
    promise: SIGN_OUT,
    async run({ open, openSeveral, cognito }) {
      const others = await openSeveral(3);
      // As after a deploy.
      others.push(await open({ config: { refreshMarginSeconds: 60 } }));
      const first = await open();
      await first.call('signIn', ADA);
      await first.fetch();
      for (const client of others) await client.toldOf('signedIn');
      await Promise.all(others.map((client) => client.startAsking()));

      const signedOut = await first.attempt('signOut');

      that(signedOut.ok, 'signOut() rejected');
      for (const client of [...others, first]) {
        equal((await client.fetch()).accessToken, undefined, `The token of ${client.name} afterwards`);
        await client.toldOf('signedIn', 'signedOut:user');
      }
      const asked = await Promise.all(others.map((client) => client.stopAsking()));
      for (const given of asked) {
        const withTokens = given.filter(({ session }) => session.accessToken !== undefined);
        that(withTokens.length > 0, 'A tab that should have been in the middle of asking had no session');
        const late = withTokens.filter(
          ({ lastStartedAtMs }) => lastStartedAtMs > signedOut.atMs + CLOCKS_DIFFER_MS,
        );
        equal(late.length, 0, 'Sessions given to calls that began after signOut() had resolved');
      }
      for (const { isUsable } of await cognito.refreshTokens()) {
        that(!isUsable, 'The refresh token can still be used');
      }
    },
  },
  {
    title: 'signed out during a refresh: everybody stays signed out, and the late tokens are revoked',
    promise: SIGN_OUT,
    async run({ openSeveral, cognito }) {
      const clients = await openSeveral(3);
      const [first, second = first] = clients;
      await first.call('signIn', ADA);
      for (const client of clients) await client.toldOf('signedIn');
      await cognito.hold(REFRESH);
      const refreshing = first.attempt('fetchAuthSession', { forceRefresh: true });
      await cognito.waitFor(REFRESH, 'held');

      await second.call('signOut');
      await cognito.release();

      const outcome = await refreshing;
      equal(outcome.ok ? outcome.value.accessToken : undefined, undefined, 'The token of the refresh');
      await lateTokensAreDead(cognito);
      for (const client of clients) {
        equal((await client.fetch()).accessToken, undefined, `The token of ${client.name}`);
        await client.toldOf('signedIn', 'signedOut:user');
      }
      await first.reload();
      equal((await first.fetch()).accessToken, undefined, 'The token after a reload');
    },
  },
  {
    title:
      'another user signs in in another tab while tokens of the first are on their way: all switch, none mix',
    promise: USERS,
    async run({ openSeveral, cognito }) {
      const clients = await openSeveral(4);
      const [first, second = first] = clients;
      await first.call('signIn', ADA);
      const adas = await first.fetch();
      for (const client of clients) await client.toldOf('signedIn');
      await Promise.all(clients.slice(2).map((client) => client.startAsking()));
      await cognito.hold(REFRESH);
      const refreshing = first.attempt('fetchAuthSession', { forceRefresh: true });
      await cognito.waitFor(REFRESH, 'held');

      await second.call('signOut');
      await second.call('signIn', GRACE);
      const graces = await second.fetch();
      await cognito.release();
      await refreshing;
      await lateTokensAreDead(cognito, 'ada');

      for (const client of clients) {
        await client.toldOf('signedIn', 'signedOut:user', 'signedIn');
        equal(await client.fetch(), graces, `The session of ${client.name}`);
      }
      equal(graces.username, 'grace', 'Who is signed in');
      const asked = await Promise.all(clients.slice(2).map((client) => client.stopAsking()));
      for (const { session } of asked.flat()) expectOneUser(session, adas, graces);
      // Her own refresh token is the one in store.
      equal((await first.fetch({ forceRefresh: true })).userSub, graces.userSub, 'Who is refreshed');
    },
  },
];

/** The server had done the work, so there is a token that nobody but the worker knows. */
async function lateTokensAreDead(cognito: Cognito, username = 'ada'): Promise<void> {
  const theirs = async () => (await cognito.refreshTokens()).filter((token) => token.username === username);
  equal((await theirs()).length, 2, 'Refresh tokens that were given out');
  // At the sign-out those that were known, and then the late one.
  await cognito.waitFor('RevokeToken', 'accepted', 2);
  for (const { isUsable } of await theirs()) that(!isUsable, 'A refresh token can still be used');
}

function expectOneUser(session: PlainSession, ...users: PlainSession[]): void {
  if (session.accessToken === undefined) {
    equal(
      [session.identityId, session.accessKeyId, session.idToken],
      [undefined, undefined, undefined],
      'What is held signed out',
    );
    return;
  }
  const user = present(
    users.find(({ userSub }) => userSub === session.userSub),
    'The user of a session',
  );
  equal(session.idSub, user.userSub, 'Whose ID token comes with the access token');
  if (session.identityId !== undefined) equal(session.identityId, user.identityId, 'Whose identity it is');
}
