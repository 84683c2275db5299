/** A page that comes back from the back/forward cache asks before it trusts what it has. */
import { equal } from '../expect.js';
import { CannotBeTried, type Client, type Scenario, type ShownAgain } from '../kit.js';
import type { PlainSession } from '../messages.js';
import { ADA, GRACE } from '../seed.js';
import { CACHE } from './promises.js';

export const BACK_FORWARD_CACHE: Scenario[] = [
  {
    title: 'signed out while a tab was on another page: back, it shows no session, and is told once',
    promise: CACHE,
    async run({ openSeveral }) {
      const [first, away = first] = await openSeveral(2);
      await first.call('signIn', ADA);
      await away.toldOf('signedIn');
      await away.leave();
      const { clients } = await first.call('signOut');
      equal(clients, 1, 'Tabs that the sign-out waited for');

      const { held, first: firstCall } = await comeBack(away, {});

      equal(held, null, 'What the page held when it was shown again');
      equal(firstCall.ok && firstCall.value, {}, 'What its first call gave');
      await away.toldOf('signedIn', 'signedOut:user');
      equal(away.events[1]?.session, null, 'The session that came with the news');
    },
  },
  {
    title:
      'another user signed in while a tab was on another page: back, it has that user, and goes on hearing news',
    promise: CACHE,
    async run({ open }) {
      // With a worker of its own: Firefox drops a page from the cache whose SharedWorker takes a Web Lock, which a sign-in does.
      const first = await open({ without: ['SharedWorker'] });
      const away = await open();
      await first.call('signIn', ADA);
      await away.toldOf('signedIn');
      await away.leave();
      await first.call('signOut');
      await first.call('signIn', GRACE);
      const graces = await first.fetch();

      const { held, first: firstCall } = await comeBack(away, graces);

      equal(held, null, 'What the page held when it was shown again');
      equal(firstCall.ok && firstCall.value, graces, 'What its first call gave');
      await away.toldOf('signedIn', 'signedIn');
      // It follows as before.
      await first.call('signOut');
      await away.toldOf('signedIn', 'signedIn', 'signedOut:user');
    },
  },
];

/** @param session what the page has to have now, also where the browser did not keep it */
async function comeBack(client: Client, session: PlainSession): Promise<ShownAgain> {
  const shownAgain = await client.comeBack();
  if (shownAgain) return shownAgain;
  equal(await client.fetch(), session, 'The session of the page that was loaded anew');
  throw new CannotBeTried(
    client.kind === 'frame'
      ? 'It takes a real tab: a frame’s page is not kept by itself.'
      : 'This browser loaded the page anew instead of keeping it.',
  );
}
