/** A SharedWorker that is gone, and one that never was. */
import { different, equal, that } from '../expect.js';
import { CannotBeTried, type Client, type Kit, type Scenario } from '../kit.js';
import type { WorkerGlobal } from '../messages.js';
import { REFRESH } from '../runner/cognito.js';
import { ADA } from '../seed.js';
import { LADDER, NO_HANG } from './promises.js';
import { forceTogether } from './together.js';

/** A late call makes the page ask after 1 s, wait 1 s for an answer, and 3 s more where the name stays silent; and some for a busy machine. */
const BACK_WITHIN_MS = 9_000;

export const WORKER_GONE: Scenario[] = [
  {
    title: 'a worker that ended itself in the middle of a refresh is replaced for all tabs by one other',
    promise: NO_HANG,
    async run({ openSeveral, cognito, freshName, note }) {
      if (typeof SharedWorker !== 'function') throw new CannotBeTried('This browser has no SharedWorker.');
      await cognito.change({ rotation: { enabled: true, graceSeconds: 30 } });
      const clients = await openSeveral(3, { worker: { endsOn: freshName } });
      const [first] = clients;
      await first.call('signIn', ADA);
      const before = await first.fetch();
      for (const client of clients) await client.toldOf('signedIn');
      const { workerInstanceId } = await first.inspect();
      await cognito.hold(REFRESH);
      const startedAtMs = performance.now();
      const calls = Promise.all(clients.map((client) => client.fetch({ forceRefresh: true })));
      calls.catch(() => undefined);
      await cognito.waitFor(REFRESH, 'held');
      await Promise.all(clients.map((client) => client.callsHaveArrived()));

      end(freshName);
      await cognito.release();

      for (const session of await calls) {
        equal(session.userSub, before.userSub, 'Who is signed in');
        different(session.accessToken, before.accessToken, 'The token of the refresh');
      }
      const tookMs = Math.round(performance.now() - startedAtMs);
      note(`Answered by the next worker after ${(tookMs / 1_000).toFixed(1)} s.`);
      that(
        tookMs <= BACK_WITHIN_MS,
        `The calls were answered after ${tookMs} ms, expected ${BACK_WITHIN_MS} at most`,
      );
      const found = await Promise.all(clients.map((client) => client.inspect()));
      for (const { transport, transportReason } of found) {
        equal([transport, transportReason], ['shared-worker', null], 'How a tab reaches the session');
      }
      equal(new Set(found.map((inspection) => inspection.workerInstanceId)).size, 1, 'Workers for all tabs');
      different(found[0]?.workerInstanceId, workerInstanceId, 'The run of the worker');
      const after = await first.fetch();
      for (const client of clients) equal(await client.fetch(), after, `The session of ${client.name}`);
    },
  },
  withoutWorkers(
    'without SharedWorker, a worker in each tab: one session and one refresh',
    ['SharedWorker'],
    'worker',
  ),
  withoutWorkers(
    'without any worker, in each page: one session and one refresh',
    ['SharedWorker', 'Worker'],
    'page',
  ),
  {
    title: 'a tab of each rung of the ladder, side by side: one session and one refresh',
    promise: LADDER,
    async run(kit) {
      const clients = await Promise.all([
        kit.open(),
        kit.open({ without: ['SharedWorker'] }),
        kit.open({ without: ['SharedWorker', 'Worker'] }),
      ]);
      const found = await Promise.all(clients.map((client) => client.inspect()));
      const lower = found.slice(1).map(({ transport }) => transport);
      equal(lower, ['worker', 'page'], 'How the tabs reach the session');
      await shareOneSession(kit, clients);
    },
  },
];

function withoutWorkers(title: string, without: WorkerGlobal[], transport: string): Scenario {
  return {
    title,
    promise: LADDER,
    async run(kit) {
      const clients = await kit.openSeveral(3, { without });
      for (const client of clients) {
        equal((await client.inspect()).transport, transport, `How ${client.name} reaches the session`);
      }
      await shareOneSession(kit, clients);
    },
  };
}

async function shareOneSession(kit: Kit, clients: readonly [Client, ...Client[]]): Promise<void> {
  const { cognito } = kit;
  const [first] = clients;
  await first.call('signIn', ADA);
  const session = await first.fetch();
  for (const client of clients) {
    await client.toldOf('signedIn');
    equal(await client.fetch(), session, `The session of ${client.name}`);
  }
  const [fresh, ...others] = await forceTogether(kit, clients);
  for (const other of others) equal(other, fresh, 'The session of a tab after the refresh');
  const { InitiateAuth, [REFRESH]: refreshes } = await cognito.counts();
  equal([InitiateAuth, refreshes], [1, 1], 'Sign-ins and refreshes');
  for (const client of clients) await client.toldOf('signedIn', 'tokenRefresh');

  await (clients[1] ?? first).call('signOut');

  for (const client of clients) {
    equal((await client.fetch()).accessToken, undefined, `The token of ${client.name} after the sign-out`);
    await client.toldOf('signedIn', 'tokenRefresh', 'signedOut:user');
  }
}

function end(name: string): void {
  const channel = new BroadcastChannel(name);
  channel.postMessage(null);
  channel.close();
}
