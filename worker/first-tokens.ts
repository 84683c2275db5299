/** The first tokens of a session, however it began: stored if nobody signed in or out since it began, else revoked. */
import type { Deps, SessionRecord, TokenAnswer } from './deps.js';
import { ownError, type AuthError } from './errors.js';
import { unreadableAnswer } from './failures.js';
import type { Knowledge } from './knowledge.js';
import { withRevocations, withSignIn } from './record.js';
import { areTokensOf } from './tokens.js';

/** How the session began, and under which fence. */
export interface Beginning {
  fence: number;
  at: Parameters<typeof withSignIn>[2];
  /** For the user: what the tokens are not to be stored for. */
  problem?: AuthError | undefined;
  /** Somebody else has the refresh token as well: it is not revoked where it is not stored. */
  isKeptElsewhere?: true;
  /** What else is to change in the record with it. */
  tidy?(record: SessionRecord): SessionRecord;
}

/**
 * Stores them, and tells.
 * @throws AuthError the problem; `UserAlreadyAuthenticatedException`; `SignInException` when somebody signed out meanwhile.
 */
export type CommitFirstTokens = (tokens: TokenAnswer, beginning: Beginning) => Promise<void>;

/** @param revoke Called when there are refresh tokens to be revoked. */
export function createFirstTokens(
  { clock }: Pick<Deps, 'clock'>,
  knowledge: Knowledge,
  revoke: () => void,
): CommitFirstTokens {
  return async (tokens, { fence, at, problem, isKeptElsewhere, tidy = (record) => record }) => {
    const { refreshToken } = tokens;
    if (refreshToken === undefined || !areTokensOf(tokens)) throw unreadableAnswer('The sign-in');
    const nowMs = clock.wallMs();
    const outcome = await knowledge.update((record) => {
      if (!problem && record.fence === fence && !record.session) {
        return {
          record: withSignIn(tidy(record), { ...tokens, refreshToken }, { ...at, activeAtMs: nowMs }),
          result: 'committed' as const,
        };
      }
      // A store that lost its connection while it confirmed this may be given it once more.
      if (record.session?.originalRefreshToken === refreshToken) return { result: 'committed' as const };
      const refused = record.session ? ('second' as const) : ('ended' as const);
      if (isKeptElsewhere) return { result: refused };
      return { record: withRevocations(record, [refreshToken], nowMs), result: refused };
    });
    const { state } = knowledge;
    const origin = state.type === 'signed-in' ? state.origin : { resumed: false };
    if (outcome === 'committed') return knowledge.publish({ type: 'signedIn', ...origin });
    if (!isKeptElsewhere) revoke();
    throw problem ?? (outcome === 'second' ? alreadySignedIn() : signedOutMeanwhile());
  };
}

export function noUserPool(): AuthError {
  return ownError(
    'AuthUserPoolException',
    'No user pool is configured.',
    'Give configure() a userPoolId and a userPoolClientId.',
  );
}

export function alreadySignedIn(): AuthError {
  return ownError(
    'UserAlreadyAuthenticatedException',
    'There is already a signed in user.',
    'Call signOut() before signing in again.',
  );
}

export function signedOutMeanwhile(): AuthError {
  return ownError(
    'SignInException',
    'Somebody signed out while this sign-in was under way.',
    'Sign in again.',
  );
}
