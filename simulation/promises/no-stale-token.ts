/** No token is handed out as good that had expired when the call began. */
import type { AuthSession } from '../../client/types.js';
import type { KeptPromise } from './promise.js';

/** Cognito's times are whole seconds. */
const ROUNDING_MS = 1_000;

export const noStaleToken: KeptPromise = ({ users, troubles }, violate) => ({
  onCallEnded({ page, kind, beganAtTrueMs, outcome }) {
    if (kind !== 'fetch' || !outcome?.ok) return;
    const token = (outcome.value as AuthSession).tokens?.accessToken.toString();
    const issued = token === undefined ? undefined : users.issuedBy(token);
    if (!issued || issued.expiresAtMs + ROUNDING_MS > beganAtTrueMs) return;
    // A runtime that starts knows only what the device's clock says; set back since, it says less than the token's age.
    if (troubles.since(issued.expiresAtMs - 3_600_000, 'clock')) return;
    violate(
      `${page.realm.name} got a token that had expired ${beganAtTrueMs - issued.expiresAtMs} ms before.`,
    );
  },
});
