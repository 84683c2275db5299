/** One sign-in and one session for all tabs, for as long as nobody ends it. */
import { different, equal, present, that } from '../expect.js';
import { REFRESH } from '../runner/cognito.js';
import type { Scenario } from '../kit.js';
import { ADA } from '../seed.js';
import { EVENTS, ONE_SIGN_IN, SURVIVES } from './promises.js';

export const ONE_SESSION: Scenario[] = [
  {
    title: 'one sign-in for four tabs, and each is told of it once',
    promise: ONE_SIGN_IN,
    async run({ openSeveral, cognito }) {
      const clients = await openSeveral(4);
      const [first] = clients;
      equal((await first.fetch()).accessToken, undefined, 'The token before the sign-in');

      await first.call('signIn', ADA);

      const session = await first.fetch();
      equal(session.username, 'ada', 'Who is signed in');
      for (const client of clients) {
        await client.toldOf('signedIn');
        equal(await client.fetch(), session, `The session of ${client.name}`);
      }
      const { InitiateAuth, GetId, GetCredentialsForIdentity } = await cognito.accepted();
      equal({ InitiateAuth, GetId, GetCredentialsForIdentity }, ONE_OF_EACH, 'What Cognito was asked');
    },
  },
  {
    title: 'a tab opened later has the session, and Cognito is not asked',
    promise: ONE_SIGN_IN,
    async run({ open, cognito }) {
      const first = await open();
      await first.call('signIn', ADA);
      const session = await first.fetch();
      await cognito.clearLog();

      const later = await open();

      equal(await later.fetch(), session, 'The session of the new tab');
      equal((await later.call('getCurrentUser')).username, 'ada', 'Who is signed in');
      equal(await cognito.counts(), {}, 'What Cognito was asked');
      equal(later.events, [], 'What the new tab was told of');
    },
  },
  {
    title: 'five changes, made in different tabs, are told to each tab once and in order',
    promise: EVENTS,
    async run({ openSeveral }) {
      const clients = await openSeveral(3);
      const [first, second = first, third = first] = clients;
      await first.call('signIn', ADA);
      const tokens = [present((await first.fetch()).accessToken, 'The token of the sign-in')];
      for (const client of [second, third]) {
        tokens.push(present((await client.fetch({ forceRefresh: true })).accessToken, 'A refreshed token'));
      }
      await third.call('signOut');
      await second.call('signIn', ADA);
      tokens.push(present((await second.fetch()).accessToken, 'The token of the second sign-in'));

      for (const client of clients) {
        await client.toldOf('signedIn', 'tokenRefresh', 'tokenRefresh', 'signedOut:user', 'signedIn');
        const told = client.events.map(({ session }) => session && tokens.indexOf(session.accessToken ?? ''));
        const [one, two, three, none, last] = told;
        equal([none, last], [null, 3], `The sessions that ${client.name} was given at the end`);
        // With an event comes the session of that change, or of a later one.
        [one, two, three].forEach((given, at) => {
          if (given !== null && given !== undefined && given < at) {
            throw new Error(`${client.name} was given an older session with event ${at + 1}`);
          }
        });
      }
    },
  },
  {
    title: 'a reload keeps the session',
    promise: SURVIVES,
    async run({ openSeveral, cognito }) {
      const [first, second = first] = await openSeveral(2);
      await first.call('signIn', ADA);
      const session = await first.fetch();
      await second.toldOf('signedIn');
      await cognito.clearLog();

      await first.reload();
      await second.reload();

      equal(await first.fetch(), session, 'The session after the reload');
      equal(await second.fetch(), session, 'The session of the other tab after its reload');
      equal(await cognito.counts(), {}, 'What Cognito was asked');
      different(
        (await first.fetch({ forceRefresh: true })).accessToken,
        session.accessToken,
        'The token of a refresh after the reload',
      );
    },
  },
  {
    title: 'all tabs closed, and a new one: the session is still there',
    promise: SURVIVES,
    async run({ open, openSeveral, cognito, note }) {
      const clients = await openSeveral(2);
      const [first] = clients;
      await first.call('signIn', ADA);
      const session = await first.fetch();
      const { workerInstanceId } = await first.inspect();
      await cognito.clearLog();
      await Promise.all(clients.map((client) => client.close()));

      const later = await open();

      equal(await later.fetch(), session, 'The session of the new tab');
      equal(await cognito.counts(), {}, 'What Cognito was asked');
      const isSame = (await later.inspect()).workerInstanceId === workerInstanceId;
      note(isSame ? 'The worker had lived on without a tab.' : 'The worker had ended with the last tab.');
      different(
        (await later.fetch({ forceRefresh: true })).accessToken,
        session.accessToken,
        'The token of a refresh in the new tab',
      );
    },
  },
  {
    title: 'the last tab is closed in the middle of a refresh: the next one finishes it, and is signed in',
    promise: SURVIVES,
    async run({ open, cognito, note }) {
      await cognito.change({ rotation: { enabled: true, graceSeconds: 30 } });
      const last = await open();
      await last.call('signIn', ADA);
      const before = await last.fetch();
      const { workerInstanceId } = await last.inspect();
      await cognito.hold(REFRESH);
      // The tab is gone before there is an answer.
      last.fetch({ forceRefresh: true }).catch(() => undefined);
      await cognito.waitFor(REFRESH, 'held');
      await last.close();
      await cognito.release();

      const next = await open();

      const first = await next.fetch();
      equal(first.userSub, before.userSub, 'Who is signed in');
      // Where the worker ended with the tab, the old token is used again, without anybody asking for it.
      if (first.accessToken === before.accessToken) await next.toldOf('tokenRefresh');
      const isSame = (await next.inspect()).workerInstanceId === workerInstanceId;
      note(isSame ? 'The worker had lived on without a tab.' : 'The worker had ended with the last tab.');
      const asked = (await cognito.counts())[REFRESH] ?? 0;
      that(asked <= 2, `Expected one refresh, and one more where its answer was lost, saw ${asked}`);
      const after = await next.fetch();
      different(after.accessToken, before.accessToken, 'The token');
      // The refresh token in store is the live one.
      different((await next.fetch({ forceRefresh: true })).accessToken, after.accessToken, 'The next token');
    },
  },
];

const ONE_OF_EACH = { InitiateAuth: 1, GetId: 1, GetCredentialsForIdentity: 1 };
