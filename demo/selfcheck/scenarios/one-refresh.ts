/** One refresh for all, whoever asks and however many. */
import { different, equal, present, that } from '../expect.js';
import type { Scenario } from '../kit.js';
import { REFRESH } from '../runner/cognito.js';
import { ADA } from '../seed.js';
import { ONE_REFRESH } from './promises.js';
import { forceTogether } from './together.js';

const ROUNDS = 3;
const LONG_LIFE = lifeOf(3_600);

export const ONE_REFRESH_FOR_ALL: Scenario[] = [
  {
    title: 'eight tabs force a refresh at once, three times: one refresh each time',
    promise: ONE_REFRESH,
    async run(kit) {
      const { cognito } = kit;
      const clients = await kit.openSeveral(8);
      const [first] = clients;
      await first.call('signIn', ADA);
      const seen = [(await first.fetch()).accessToken];
      await cognito.clearLog();

      for (let round = 1; round <= ROUNDS; round++) {
        const [session, ...others] = await forceTogether(kit, clients);
        that(!seen.includes(session?.accessToken), `Round ${round} gave an old token`);
        seen.push(session?.accessToken);
        for (const other of others) equal(other, session, `A tab's session after round ${round}`);
        const expected = { [REFRESH]: round, GetCredentialsForIdentity: round };
        equal(await cognito.counts(), expected, `What Cognito was asked after round ${round}`);
      }
      // A second use of a rotated token would have been refused.
      equal(await cognito.accepted(), await cognito.counts(), 'What Cognito accepted');
    },
  },
  {
    title: 'six tabs that ask without a pause while the token runs out cost one refresh',
    promise: ONE_REFRESH,
    async run({ openSeveral, cognito }) {
      const lifeSeconds = 4;
      await cognito.change(lifeOf(lifeSeconds));
      const clients = await openSeveral(6, { config: { refreshMarginSeconds: 0 } });
      await clients[0].call('signIn', ADA);
      const old = await clients[0].fetch();
      // By the clock of this device, which may be another than Cognito's.
      const isOldAtMs = Date.now() + lifeSeconds * 1_000;
      await cognito.change(LONG_LIFE);

      await Promise.all(clients.map((client) => client.startAsking()));
      for (const client of clients) await client.toldOf('signedIn', 'tokenRefresh');
      const asked = await Promise.all(clients.map((client) => client.stopAsking()));

      const fresh = (await clients[0].fetch()).accessToken;
      different(fresh, old.accessToken, 'The token after the expiry');
      for (const given of asked) {
        const tokens = given.map(({ session }) => session.accessToken);
        that(
          tokens.every((token) => token === old.accessToken || token === fresh),
          'A tab was given neither the old token nor the new one',
        );
        const lastOfOld = given.findLast(({ session }) => session.accessToken === old.accessToken);
        that(
          (lastOfOld?.lastStartedAtMs ?? 0) <= isOldAtMs,
          'A call that began after the expiry was given the expired token',
        );
      }
      equal((await cognito.counts())[REFRESH], 1, 'Refreshes');
    },
  },
  {
    title: 'four tabs opened at once with a token that ran out while none was open cost one refresh',
    promise: ONE_REFRESH,
    async run({ open, openSeveral, pass, cognito }) {
      // The tab may be closed in the middle of a refresh, whose answer is then lost: without a grace period that ends the session.
      await cognito.change({ ...lifeOf(1), rotation: { enabled: true, graceSeconds: 30 } });
      const first = await open();
      await first.call('signIn', ADA);
      const { accessToken } = await first.fetch();
      await first.close();
      // Whatever the tab refreshed by itself until it was closed has run out by then, too.
      await pass(2_000);
      await cognito.change(LONG_LIFE);
      await cognito.clearLog();

      const clients = await openSeveral(4);

      const sessions = await Promise.all(clients.map((client) => client.fetch()));
      for (const session of sessions) equal(session, sessions[0], 'The session of a new tab');
      different(sessions[0]?.accessToken, accessToken, 'The token of the new tabs');
      present(sessions[0]?.accessToken, 'The token of the new tabs');
      equal((await cognito.counts())[REFRESH], 1, 'Refreshes');
    },
  },
  {
    title: 'with nobody asking, a token is replaced before it runs out, once for four tabs',
    promise: 'A token refreshes itself before it expires.',
    async run({ openSeveral, cognito }) {
      const lifeSeconds = 10;
      await cognito.change(lifeOf(lifeSeconds));
      const clients = await openSeveral(4);
      const startedAtMs = performance.now();
      await clients[0].call('signIn', ADA);
      await cognito.change(LONG_LIFE);

      for (const client of clients) await client.toldOf('signedIn', 'tokenRefresh');
      const tookMs = Math.round(performance.now() - startedAtMs);

      const [signedIn, refreshed] = clients[0].events;
      different(
        refreshed?.session?.accessToken,
        present(signedIn?.session, 'The session of the sign-in').accessToken,
        'The token of the refresh',
      );
      // In whole seconds, as tokens count.
      that(tookMs < (lifeSeconds - 1) * 1_000, `The news came ${tookMs} ms after the sign-in`);
      for (const client of clients) {
        equal(client.events[1]?.session, refreshed?.session, `The session that ${client.name} was given`);
      }
      equal((await cognito.counts())[REFRESH], 1, 'Refreshes');
    },
  },
  {
    title: 'two versions of the app and a third worker file, side by side, share one refresh',
    promise: ONE_REFRESH,
    async run(kit) {
      const { cognito } = kit;
      const clients = await Promise.all([
        kit.open(),
        kit.open({ config: { refreshMarginSeconds: 60 } }),
        kit.open({ worker: 'of another deploy' }),
      ]);
      const [first] = clients;
      const workers = await Promise.all(
        clients.map(async (client) => (await client.inspect()).workerInstanceId),
      );
      equal(new Set(workers).size, 3, 'Different workers');
      await first.call('signIn', ADA);
      const before = await first.fetch();
      for (const client of clients) {
        await client.toldOf('signedIn');
        equal(await client.fetch(), before, `The session of ${client.name}`);
      }
      await cognito.clearLog();

      for (let round = 1; round <= ROUNDS; round++) {
        const [session, ...others] = await forceTogether(kit, clients);
        for (const other of others) equal(other, session, `A tab's session after round ${round}`);
        equal((await cognito.counts())[REFRESH], round, `Refreshes after round ${round}`);
      }
      equal((await cognito.accepted())[REFRESH], ROUNDS, 'Refreshes that Cognito accepted');
    },
  },
];

function lifeOf(seconds: number): { accessTokenSeconds: number; idTokenSeconds: number } {
  return { accessTokenSeconds: seconds, idTokenSeconds: seconds };
}
