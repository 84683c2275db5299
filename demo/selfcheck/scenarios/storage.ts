/** The database goes, the session stays; and what must never be in a page is not. */
import { scopeName } from '../../../worker/contract.js';
import { different, equal, that } from '../expect.js';
import type { Scenario } from '../kit.js';
import { REFRESH } from '../runner/cognito.js';
import { ADA, GRACE } from '../seed.js';
import { NO_HANG, SECRET, SURVIVES } from './promises.js';
import { forceTogether } from './together.js';

/** A part that is long enough to be no accident. */
const FRAGMENT_LENGTH = 24;

export const STORAGE: Scenario[] = [
  {
    title:
      'the site’s database is deleted while three tabs are open: the session lives on, and is stored again',
    promise: SURVIVES,
    async run(kit) {
      const { cognito } = kit;
      const clients = await kit.openSeveral(3);
      const [first] = clients;
      await first.call('signIn', ADA);
      const before = await first.fetch();
      for (const client of clients) await client.toldOf('signedIn');

      await kit.eraseDatabase();

      for (const client of clients) equal(await client.fetch(), before, `The session of ${client.name}`);
      const [session, ...others] = await forceTogether(kit, clients);
      for (const other of others) equal(other, session, 'The session of a tab after a refresh');
      different(session?.accessToken, before.accessToken, 'The token of the refresh');
      equal((await cognito.counts())[REFRESH], 1, 'Refreshes');
      for (const client of clients) await client.toldOf('signedIn', 'tokenRefresh');

      await Promise.all(clients.map((client) => client.close()));
      const later = await kit.open();
      equal(
        (await later.fetch()).accessToken,
        session?.accessToken,
        'The token of a tab opened when all were closed',
      );
    },
  },
  {
    title:
      'another page keeps the site’s database locked: calls are answered from memory, and nobody is signed out',
    promise: NO_HANG,
    async run(kit) {
      const clients = await kit.openSeveral(3);
      const [first] = clients;
      await first.call('signIn', ADA);
      const before = await first.fetch();
      for (const client of clients) await client.toldOf('signedIn');

      const letGo = await kit.holdDatabase();
      try {
        const forced = Promise.all(clients.map((client) => client.fetch({ forceRefresh: true })));
        forced.catch(() => undefined);
        for (const client of clients) {
          equal((await client.fetch()).userSub, before.userSub, `Whom ${client.name} has signed in`);
        }
        const [session, ...others] = await forced;
        different(session?.accessToken, before.accessToken, 'The token of the refresh');
        for (const other of others) equal(other, session, 'The session of a tab after the refresh');
        const { storage } = await first.inspect();
        equal(storage, 'memory', 'Where the session is meanwhile');
      } finally {
        await letGo();
      }

      const after = await first.fetch();
      for (const client of clients) {
        equal(await client.fetch(), after, `The session of ${client.name} afterwards`);
        await client.toldOf('signedIn', 'tokenRefresh');
      }
    },
  },
  {
    title: 'through a whole life of a session, no refresh token is handed to a page',
    promise: SECRET,
    async run({ openSeveral, cognito, broadcasts }) {
      const clients = await openSeveral(2, { isTapped: true });
      const [first, second = first] = clients;
      await first.attempt('signIn', { ...ADA, password: 'Wrong-Password-1' });
      await first.call('signIn', ADA);
      await first.attempt('signIn', GRACE);
      await Promise.all(clients.map((client) => client.fetch({ forceRefresh: true })));
      await second.call('getCurrentUser');
      await cognito.addFault({
        kind: 'error',
        status: 400,
        type: 'InvalidParameterException',
        operation: REFRESH,
      });
      await first.attempt('fetchAuthSession', { forceRefresh: true });
      await cognito.hold(REFRESH);
      const refreshing = second.fetch({ forceRefresh: true });
      refreshing.catch(() => undefined);
      await cognito.waitFor(REFRESH, 'held');
      const whileOut = await first.everything();
      await cognito.release();
      const { accessToken = 'none', idToken = 'none' } = await refreshing;
      await first.fetch();
      await first.call('peekSession');
      await second.call('signOut');
      await first.call('signIn', GRACE);
      await cognito.revokeSessions('grace');
      await first.attempt('fetchAuthSession', { forceRefresh: true });
      for (const client of clients) await client.inspect();

      const inPages = await Promise.all(clients.map((client) => client.everything()));
      const all = [whileOut, ...inPages, JSON.stringify(broadcasts)].join('\n');

      // The taps hear: what may be there is there.
      for (const text of [accessToken, idToken, scopeName(cognito.config), 'signedOut', '"tokenRefresh"']) {
        that(
          all.includes(text),
          `What a page can reach should hold …${text.slice(-12)}, so the check is deaf`,
        );
      }
      const secrets = await cognito.refreshTokens();
      that(secrets.length >= 4, `Expected four refresh tokens or more, saw ${secrets.length}`);
      for (const { token } of secrets) {
        for (const fragment of fragmentsOf(token)) {
          that(!all.includes(fragment), 'A refresh token is within reach of a page');
        }
      }
    },
  },
];

function fragmentsOf(token: string): string[] {
  const middle = Math.floor((token.length - FRAGMENT_LENGTH) / 2);
  return [token.slice(-FRAGMENT_LENGTH), token.slice(middle, middle + FRAGMENT_LENGTH)];
}
