/** AWS credentials of a fake session: those of the user, or of a guest where the config allows them. */
import { CREDENTIALS_LIFE_MS } from './bounds.js';
import type { AWSCredentials, RuntimeConfig, SessionView } from './contract.js';
import type { FakeUser } from './fake-tokens.js';

export interface FakeCredentials {
  /** Whoever asks gets credentials that live, if anybody of this kind gets any; a user's are made anew where they are forced. */
  ensure(user: FakeUser | undefined, isForced: boolean): void;
  /** What is there for this user, or for the guest. */
  of(user: FakeUser | undefined): Pick<SessionView, 'identityId' | 'credentials'>;
}

export function createFakeCredentials(config: RuntimeConfig, nowMs: () => number): FakeCredentials {
  let held: { username: string | undefined; value: AWSCredentials; endsAtMs: number } | undefined;
  let serial = 0;

  return {
    ensure(user, isForced) {
      if (config.identityPoolId === undefined || !(user ?? config.allowGuestAccess)) return;
      const isOwn = held?.username === user?.username;
      if (held && isOwn && !(isForced && user) && held.endsAtMs > nowMs()) return;
      serial += 1;
      const endsAtMs = nowMs() + CREDENTIALS_LIFE_MS;
      const value = {
        accessKeyId: `FAKEACCESSKEY${serial}`,
        secretAccessKey: `fake-secret-${serial}`,
        sessionToken: `fake-session-token-${serial}`,
        expiration: new Date(endsAtMs),
      };
      held = { username: user?.username, value, endsAtMs };
    },
    of(user) {
      if (!held || held.username !== user?.username) return {};
      const identityId = `${config.identityPoolId}:of-${user?.username ?? 'a-guest'}`;
      return { identityId, credentials: held.value };
    },
  };
}
