/** Nobody signed in still is somebody. */
import { different, equal, present } from '../expect.js';
import type { Scenario } from '../kit.js';
import { ADA, GRACE } from '../seed.js';
import { GUESTS } from './promises.js';

export const GUESTS_SHARE: Scenario[] = [
  {
    title: 'four tabs of a guest share one identity; signing in links it, and the next user gets another',
    promise: GUESTS,
    async run({ openSeveral, cognito }) {
      const clients = await openSeveral(4, { config: { allowGuestAccess: true } });
      const [first, second = first] = clients;
      const guest = await first.fetch();
      present(guest.identityId, 'The identity of the guest');
      for (const client of clients) equal(await client.fetch(), guest, `The guest of ${client.name}`);
      equal(await cognito.counts(), { GetId: 1, GetCredentialsForIdentity: 1 }, 'What Cognito was asked');

      await first.call('signIn', ADA);
      const adas = await first.fetch();
      equal(adas.identityId, guest.identityId, 'The identity after the sign-in');
      different(adas.accessKeyId, guest.accessKeyId, 'The credentials after the sign-in');
      for (const client of clients) {
        await client.toldOf('signedIn');
        equal(await client.fetch(), adas, `The session of ${client.name}`);
      }

      await second.call('signOut');
      await second.call('signIn', GRACE);
      const graces = await second.fetch();
      present(graces.identityId, 'The identity of the next user');
      different(graces.identityId, adas.identityId, 'The identity of the next user');
      for (const client of clients) {
        await client.toldOf('signedIn', 'signedOut:user', 'signedIn');
        equal(await client.fetch(), graces, `The session of ${client.name}`);
      }
    },
  },
];
