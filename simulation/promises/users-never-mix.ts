/** Users never mix: tokens, identity and credentials given out together are one user's. */
import type { AuthSession } from '../../client/types.js';
import type { SessionRecord } from '../../worker/deps.js';
import type { KeptPromise } from './promise.js';

export const usersNeverMix: KeptPromise = ({ users, troubles }, violate) => {
  function check(where: string, session: AuthSession): void {
    const { tokens, credentials, identityId, userSub } = session;
    const owners = [
      tokens && users.issuedBy(tokens.accessToken.toString())?.userId,
      tokens?.idToken && users.issuedBy(tokens.idToken.toString())?.userId,
      userSub,
    ].filter((owner) => owner !== undefined);
    if (new Set(owners).size > 1) violate(`${where} got tokens of ${owners.join(' and ')}.`);
    if (credentials && users.ownerOfAccessKey(credentials.accessKeyId) !== userSub) {
      violate(`${where} got another's credentials with the tokens of ${String(userSub)}.`);
    }
    // A guest's identity, which a sign-in elsewhere has made a user's: a runtime hears of it by the store.
    const isUnheardOf = userSub === undefined && troubles.since(0, 'storage');
    if (identityId === undefined || !credentials || isUnheardOf) return;
    if (users.ownerOfIdentity(identityId) !== userSub) {
      violate(`${where} got another's identity with the tokens of ${String(userSub)}.`);
    }
  }

  function checkRecord({ session, identity }: SessionRecord): void {
    const userId = session && users.issuedBy(session.accessToken)?.userId;
    if (identity?.userId !== undefined && identity.userId !== userId) {
      violate(`The store holds the identity of ${identity.userId} with the session of ${String(userId)}.`);
    }
  }

  return {
    onCommitted: (_realm, _before, after) => checkRecord(after),
    onCallEnded({ page, kind, outcome }) {
      if (kind === 'fetch' && outcome?.ok) check(page.realm.name, outcome.value as AuthSession);
    },
    onEvent(page, _event, session) {
      if (session) check(page.realm.name, session);
    },
  };
};
