/** What goes wrong on the way to Cognito, and what Cognito says. */
import type { Fault } from '../../local-cognito/faults.js';
import { different, equal, present, that } from '../expect.js';
import type { Scenario } from '../kit.js';
import { REFRESH } from '../runner/cognito.js';
import { ADA } from '../seed.js';
import { NO_HANG, SURVIVES, VERDICT } from './promises.js';
import { forceTogether } from './together.js';

const WITH_GRACE = { rotation: { enabled: true, graceSeconds: 30 } };

const PASSING_FAILURES: { what: string; fault: Fault; name: string }[] = [
  {
    what: 'a 500',
    fault: { kind: 'error', status: 500, type: 'InternalErrorException' },
    name: 'InternalErrorException',
  },
  {
    what: 'a 429',
    fault: { kind: 'error', status: 429, type: 'TooManyRequestsException' },
    name: 'TooManyRequestsException',
  },
  { what: 'a web page instead of an answer', fault: { kind: 'garbage' }, name: 'NetworkError' },
  { what: 'a connection that breaks', fault: { kind: 'drop' }, name: 'NetworkError' },
];

export const FAULTS: Scenario[] = [
  {
    title:
      'the tab that started the worker is closed in the middle of a refresh: the others get their tokens',
    promise: NO_HANG,
    async run({ open, openSeveral, cognito, note }) {
      await cognito.change(WITH_GRACE);
      const starter = await open();
      const others = await openSeveral(3);
      const [first] = others;
      await first.call('signIn', ADA);
      const before = await first.fetch();
      for (const client of others) await client.toldOf('signedIn');
      const { workerInstanceId } = await first.inspect();
      await cognito.clearLog();
      await cognito.hold(REFRESH);
      const calls = Promise.all(others.map((client) => client.fetch({ forceRefresh: true })));
      calls.catch(() => undefined);
      await cognito.waitFor(REFRESH, 'held');
      await Promise.all(others.map((client) => client.callsHaveArrived()));

      await starter.close();
      await cognito.release();

      const sessions = await calls;
      for (const session of sessions) {
        equal(session.userSub, before.userSub, 'Who is signed in');
        different(session.accessToken, before.accessToken, 'The token of the refresh');
      }
      const isSame = (await first.inspect()).workerInstanceId === workerInstanceId;
      note(isSame ? 'The worker lived on.' : 'The browser ran the worker again.');
      const asked = (await cognito.counts())[REFRESH] ?? 0;
      that(
        asked <= (isSame ? 1 : 2),
        `Expected one refresh, and one more for another run of the worker, saw ${asked}`,
      );
      const after = await first.fetch();
      for (const client of others) {
        equal((await client.fetch()).accessToken, after.accessToken, `The token of ${client.name}`);
      }
      // The refresh token in store is the live one.
      different((await first.fetch({ forceRefresh: true })).accessToken, after.accessToken, 'The next token');
    },
  },
  {
    title: 'the answer to a refresh is lost on the wire, within the grace period: all get the next',
    promise: SURVIVES,
    async run(kit) {
      const { cognito } = kit;
      await cognito.change(WITH_GRACE);
      const clients = await kit.openSeveral(3);
      await clients[0].call('signIn', ADA);
      const before = await clients[0].fetch();
      for (const client of clients) await client.toldOf('signedIn');
      await cognito.addFault({ kind: 'lose-answer', operation: REFRESH });

      const sessions = await Promise.all(clients.map((client) => client.fetch({ forceRefresh: true })));

      for (const session of sessions) equal(session, sessions[0], 'The session of a tab');
      different(sessions[0]?.accessToken, before.accessToken, 'The token');
      for (const client of clients) await client.toldOf('signedIn', 'tokenRefresh');
      equal((await cognito.counts())[REFRESH], 2, 'Refreshes that were asked for');
      await forceTogether(kit, clients);
    },
  },
  {
    title:
      'a 500, a 429, a web page for an answer and a broken connection keep the session in every tab, and it recovers',
    promise: SURVIVES,
    async run({ openSeveral, cognito }) {
      const clients = await openSeveral(2);
      const [first, second = first] = clients;
      await first.call('signIn', ADA);
      for (const client of clients) await client.toldOf('signedIn');
      for (const { what, fault, name } of PASSING_FAILURES) {
        const { accessToken } = await first.fetch();
        await cognito.addFault({ ...fault, operation: REFRESH, times: 1_000 });

        const outcome = await first.attempt('fetchAuthSession', { forceRefresh: true });

        equal(outcome.ok ? 'tokens' : outcome.error.name, name, `What a forced refresh gave with ${what}`);
        for (const client of clients) {
          equal(
            (await client.fetch()).accessToken,
            accessToken,
            `The token of ${client.name} during ${what}`,
          );
        }
        await cognito.clearFaults();
        const { accessToken: next } = await second.fetch({ forceRefresh: true });
        different(next, accessToken, `The token after ${what}`);
        for (const client of clients) {
          equal((await client.fetch()).accessToken, next, `The token of ${client.name} after ${what}`);
          const ends = client.events.filter((event) => event.name.startsWith('signedOut'));
          equal(ends, [], `Ends of the session that ${client.name} was told of`);
        }
      }
    },
  },
  {
    title:
      'the session is revoked elsewhere: it ends in every tab, and each is told of it once, with the reason',
    promise: VERDICT,
    async run({ openSeveral, cognito }) {
      const clients = await openSeveral(4);
      const [first] = clients;
      await first.call('signIn', ADA);
      for (const client of clients) await client.toldOf('signedIn');
      await cognito.revokeSessions('ada');
      await cognito.clearLog();

      const outcome = await first.attempt('fetchAuthSession', { forceRefresh: true });

      equal(outcome.ok ? 'tokens' : outcome.error.name, 'NotAuthorizedException', 'What the refresh gave');
      for (const client of clients) {
        await client.toldOf('signedIn', 'signedOut:rejected');
        equal(client.events[1]?.error, 'NotAuthorizedException', `The reason that ${client.name} was told`);
        equal(client.events[1]?.session, null, `The session that ${client.name} was given with it`);
        equal(
          (await client.fetch({ forceRefresh: true })).accessToken,
          undefined,
          `The token of ${client.name}`,
        );
      }
      equal((await cognito.counts())[REFRESH], 1, 'Refreshes that were asked for');
      // The next sign-in is a new beginning.
      await present(clients[1], 'A tab').call('signIn', ADA);
      for (const client of clients) await client.toldOf('signedIn', 'signedOut:rejected', 'signedIn');
    },
  },
];
