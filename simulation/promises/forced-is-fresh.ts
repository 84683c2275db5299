/** A forced call gets tokens of a request that ended after the call began. */
import type { AuthSession } from '../../client/types.js';
import { TOKEN_LIFE_SECONDS } from '../user-directory.js';
import type { KeptPromise } from './promise.js';

/** Cognito's `iat` is a whole second. */
const ROUNDING_MS = 1_000;

export const forcedIsFresh: KeptPromise = ({ users }, violate) => ({
  onCallEnded({ page, options, beganAtTrueMs, outcome }) {
    if (!options.forceRefresh || !outcome?.ok) return;
    const token = (outcome.value as AuthSession).tokens?.accessToken.toString();
    const issued = token === undefined ? undefined : users.issuedBy(token);
    if (!issued) return;
    const issuedAtMs = issued.expiresAtMs - TOKEN_LIFE_SECONDS * 1_000;
    if (issuedAtMs + ROUNDING_MS > beganAtTrueMs) return;
    violate(
      `${page.realm.name} forced a refresh, and got tokens ${beganAtTrueMs - issuedAtMs} ms older than that.`,
    );
  },
});
