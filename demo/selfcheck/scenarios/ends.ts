/** Sessions that end other than by a sign-out: the warning, the last chance to save, and going on afterwards. */
import { equal, present, that } from '../expect.js';
import { REFRESH } from '../runner/cognito.js';
import type { Scenario } from '../kit.js';
import { ADA, GRACE } from '../seed.js';
import { ENDS } from './promises.js';

/** The shortest that there is, with a warning soon, and some time to take it back before tabs save. */
const IDLE = { timeoutSeconds: 10, warnSeconds: 8 };
const IDLE_MS = IDLE.timeoutSeconds * 1_000;
const SAVE_SECONDS = 2;
/** The clocks of pages and worker are cut to milliseconds, and the time of a key is told in those of its page. */
const CLOCKS_DIFFER_MS = 50;

/** The shortest that there is (UserPoolClientType, RefreshTokenValidity). */
const VALIDITY_SECONDS = 3_600;
/**
 * A session lasts for as long as the access token, here of an hour, that its last refresh gives, two minutes before its refresh token
 * ends: 7080 s after the sign-in, of which Cognito's `auth_time` takes off up to one.
 */
const WARN_BEFORE_SECONDS = [7_077, 7_075];

export const ENDS_AHEAD: Scenario[] = [
  {
    title:
      'a session that nobody uses: all tabs are warned, a key in one takes it back in all, and then it ends, saved in all before',
    promise: ENDS,
    async run({ openSeveral, cognito }) {
      const policy = { idle: IDLE, saveDeadlineSeconds: SAVE_SECONDS };
      const clients = await openSeveral(3, { saves: true, config: { policy } });
      const [first, second = first, third = first] = clients;
      await first.call('signIn', ADA);
      const { accessToken } = await first.fetch();
      for (const client of clients) await client.toldOf('signedIn', 'sessionEnding:8');

      const usedAtMs = Date.now();
      await third.use();

      for (const client of clients) {
        await client.toldOf('signedIn', 'sessionEnding:8', 'sessionExtended', 'sessionEnding:8');
        equal((await client.fetch()).accessToken, accessToken, `The token of ${client.name}, warned again`);
      }
      for (const client of clients) {
        const ahead = ['signedIn', 'sessionEnding:8', 'sessionExtended', 'sessionEnding:8'];
        await client.toldOf(...ahead, 'beforeSignOut:idle', 'signedOut:idle');
        const saved = client.events.find(({ name }) => name === 'beforeSignOut:idle');
        equal(saved?.session?.accessToken, accessToken, `The token that ${client.name} could save with`);
      }
      const lastedMs = Date.now() - usedAtMs;
      that(lastedMs > IDLE_MS - CLOCKS_DIFFER_MS, `It ended ${lastedMs} ms after the last use`);
      equal((await cognito.accepted())['GetUser'], clients.length, 'Handlers whose token Cognito took');
      equal((await second.fetch()).accessToken, undefined, 'The token afterwards');
      // Told first: nobody waits for this end.
      await cognito.waitFor('RevokeToken', 'accepted');
      for (const { isUsable } of await cognito.refreshTokens()) {
        that(!isUsable, 'The refresh token can still be used');
      }
    },
  },
  {
    title:
      'a refresh token that ends: each tab is warned once at each of two times, and Cognito is not asked',
    promise: ENDS,
    async run({ open, openSeveral, cognito }) {
      const config = {
        refreshTokenValiditySeconds: VALIDITY_SECONDS,
        policy: { warnBeforeEndSeconds: WARN_BEFORE_SECONDS },
      };
      const clients = await openSeveral(3, { config });
      await clients[0].call('signIn', ADA);

      for (const client of clients) {
        await client.toldOf('signedIn', 'sessionEnding:7077', 'sessionEnding:7075');
      }
      const later = await open({ config });
      await later.toldOf('sessionEnding:7075');
      equal((await cognito.counts())[REFRESH], undefined, 'Refreshes that were asked for');
      for (const client of clients) {
        await client.toldOf('signedIn', 'sessionEnding:7077', 'sessionEnding:7075');
      }
    },
  },
  {
    title:
      'a session that Cognito ended: who signs in again in place resumes it in all tabs, and a call that waited is answered; another user does not',
    promise: ENDS,
    async run({ openSeveral, cognito }) {
      const clients = await openSeveral(3);
      const [first, second = first, third = first] = clients;
      await first.call('signIn', ADA);
      const { userSub } = await first.fetch();
      for (const client of clients) await client.toldOf('signedIn');
      await endByCognito();
      for (const client of clients) await client.toldOf('signedIn', 'signedOut:rejected');
      const waiting = third.fetch({ waitForSignIn: true });
      await third.callsHaveArrived();

      await second.call('signIn', ADA);

      for (const client of clients) {
        await client.toldOf('signedIn', 'signedOut:rejected', 'signedIn');
        const { resumed, session } = present(client.events.at(-1), 'What it was told of last');
        equal([resumed, session?.userSub], [true, userSub], `What ${client.name} was told of last`);
      }
      equal(await waiting, await first.fetch(), 'The session that was waited for');

      await endByCognito();
      for (const client of clients) {
        await client.toldOf('signedIn', 'signedOut:rejected', 'signedIn', 'signedOut:rejected');
      }
      await third.call('signIn', GRACE);
      for (const client of clients) {
        const before = ['signedIn', 'signedOut:rejected', 'signedIn', 'signedOut:rejected'];
        await client.toldOf(...before, 'signedIn');
        const { resumed, previousUsername } = present(client.events.at(-1), 'What it was told of last');
        equal([resumed, previousUsername], [false, 'ada'], `What ${client.name} was told of last`);
      }

      async function endByCognito(): Promise<void> {
        await cognito.revokeSessions('ada');
        const outcome = await first.attempt('fetchAuthSession', { forceRefresh: true });
        equal(outcome.ok ? 'tokens' : outcome.error.name, 'NotAuthorizedException', 'What the refresh gave');
      }
    },
  },
];
