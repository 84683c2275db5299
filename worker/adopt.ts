/** Taking over a session that began elsewhere: its tokens are stored as those of a sign-in are, or nothing is changed. */
import { CLOCK_DRIFT_TRUSTED_MS } from './bounds.js';
import type { AdoptSessionInput, AuthUser } from './contract.js';
import type { Change, Clock, Deps, SessionRecord, StoredSession } from './deps.js';
import { ownError, type AuthError } from './errors.js';
import { alreadySignedIn, noUserPool, signedOutMeanwhile, type CommitFirstTokens } from './first-tokens.js';
import type { Knowledge } from './knowledge.js';
import { withDevice, withRefresh } from './record.js';
import { userOf } from './state.js';
import { areTokensFor, areTokensOf, claimsOf, decoded, isIssuedAfter, signInIdOf } from './tokens.js';

export interface Adoption {
  adoptSession(input: AdoptSessionInput): Promise<AuthUser>;
}

/** Tokens that have been looked at, and what is known of their age. */
export interface Given {
  tokens: { accessToken: string; idToken?: string; refreshToken: string };
  userId: string;
  age: Pick<StoredSession, 'askedAtMs' | 'isAgeUnknown'>;
}

/** What the store holds: nobody; or nobody since this very sign-in; that, as new as this or older; or another one. */
type Found = { type: 'nobody' | 'revoked' | 'same' | 'renewed' | 'other'; fence: number };

export function createAdoption(
  deps: Pick<Deps, 'clock' | 'config'>,
  knowledge: Knowledge,
  commitFirstTokens: CommitFirstTokens,
): Adoption {
  const look = (given: Given): Promise<Found> => knowledge.update((record) => meet(record, given));

  /** @returns what was found; where that was nobody, they are stored. */
  async function takeOver(given: Given, input: AdoptSessionInput): Promise<Found['type']> {
    const { type, fence } = await look(given);
    if (type !== 'nobody') return type;
    try {
      await commitFirstTokens(given.tokens, {
        fence,
        at: { ...given.age, ...detailsIn(input) },
        isKeptElsewhere: true,
        tidy: (record) => withAdoptedDevice(record, input),
      });
      return type;
    } catch (error) {
      if ((error as AuthError).name !== 'UserAlreadyAuthenticatedException') throw error;
      // Another tab was faster, and it may be with other tokens of this very sign-in.
      return (await look(given)).type;
    }
  }

  return {
    async adoptSession(input) {
      const given = readGiven(input, deps);
      const type = await takeOver(given, input);
      if (type === 'other') throw alreadySignedIn();
      if (type === 'revoked') throw revokedHere();
      if (type === 'renewed') knowledge.publish({ type: 'tokenRefresh' });
      // Of what a run that died meanwhile, or a store that lost its connection, had taken over already.
      if (type === 'same') knowledge.makeUp();
      const { state } = knowledge;
      if (state.type !== 'signed-in') throw signedOutMeanwhile();
      return userOf(state);
    },
  };
}

/** @throws AuthError `InvalidTokenException`, or `AuthUserPoolException`. */
export function readGiven(
  input: AdoptSessionInput,
  { clock, config }: { clock: Pick<Clock, 'wallMs'> } & Pick<Deps, 'config'>,
): Given {
  if (config.userPoolClientId === undefined) throw noUserPool();
  const { accessToken, idToken, refreshToken } = input;
  refuseAllBut('access', accessToken);
  if (idToken) refuseAllBut('id', idToken);
  const tokens = { accessToken, ...(idToken && { idToken }), refreshToken };
  if (!areTokensOf(tokens)) {
    throw invalid('accessToken and idToken are of different users.', 'Give those of one sign-in.');
  }
  if (!areTokensFor(tokens, config)) {
    throw invalid(
      'The tokens are of another user pool or app client.',
      'Configure the userPoolId and the userPoolClientId that they were issued for.',
    );
  }
  const { userId = '', issuedAtMs = 0 } = claimsOf(accessToken) ?? {};
  return { tokens, userId, age: ageOf(issuedAtMs, input.clockDrift ?? undefined, clock) };
}

/** Only of what was asked for here the age is certain. What is given of it is believed as after a restart. */
function ageOf(issuedAtMs: number, driftMs: number | undefined, clock: Pick<Clock, 'wallMs'>): Given['age'] {
  const nowMs = clock.wallMs();
  const askedAtMs = issuedAtMs - (driftMs ?? 0);
  const isKnown = driftMs !== undefined && Math.abs(driftMs) <= CLOCK_DRIFT_TRUSTED_MS && askedAtMs <= nowMs;
  return { askedAtMs: Math.min(askedAtMs, nowMs), ...(!isKnown && { isAgeUnknown: true }) };
}

function refuseAllBut(use: 'access' | 'id', token: string): void {
  const isReadable = areTokensOf({ accessToken: token });
  if (isReadable && decoded(token)?.['token_use'] === use) return;
  throw invalid(
    `${use}Token is not ${use === 'id' ? 'an ID' : 'an access'} token of Cognito.`,
    'Give it as Cognito issued it.',
  );
}

function meet(record: SessionRecord, { tokens, userId, age }: Given): Change<Found> {
  const { fence, session } = record;
  if (!session) {
    const isRevoked = record.revokedSignIn !== undefined && record.revokedSignIn === signInIdOf(tokens);
    return { result: { type: isRevoked ? 'revoked' : 'nobody', fence } };
  }
  if (!areTokensOf(session, userId) || !isSameSignIn(session, tokens))
    return { result: { type: 'other', fence } };
  if (!isLater(tokens, session)) return { result: { type: 'same', fence } };
  const renewed = withRefresh(record, session, tokens, age.askedAtMs, userId);
  return {
    record: { ...renewed, ...(renewed.session && { session: { ...renewed.session, ...age } }) },
    result: { type: 'renewed', fence },
  };
}

function isSameSignIn(session: StoredSession, tokens: Given['tokens']): boolean {
  if ([session.refreshToken, session.originalRefreshToken].includes(tokens.refreshToken)) return true;
  const held = signInIdOf(session);
  return held !== undefined && held === signInIdOf(tokens);
}

/** A rotation that forks leaves only its newest child alive. To the second, whoever gives them has refreshed, if nobody here has. */
function isLater(tokens: Given['tokens'], session: StoredSession): boolean {
  const { refreshToken, originalRefreshToken } = session;
  const isRotatedHere = refreshToken !== originalRefreshToken;
  if (isRotatedHere && tokens.refreshToken === originalRefreshToken) return false;
  if (isIssuedAfter(tokens, session)) return true;
  const isOther = tokens.refreshToken !== refreshToken;
  return isOther && !isRotatedHere && !isIssuedAfter(session, tokens);
}

function detailsIn({
  signInDetails,
  deviceMetadata,
  oauthSignIn,
}: AdoptSessionInput): Pick<StoredSession, 'loginId' | 'authFlowType' | 'signedInByRedirect' | 'deviceKey'> {
  const { loginId, authFlowType } = signInDetails ?? {};
  return {
    ...(loginId && { loginId }),
    ...(authFlowType && { authFlowType }),
    ...(oauthSignIn && { signedInByRedirect: true }),
    ...(deviceMetadata && { deviceKey: deviceMetadata.deviceKey }),
  };
}

/** The next sign-in of this user on this device needs no second factor either. */
function withAdoptedDevice(record: SessionRecord, input: AdoptSessionInput): SessionRecord {
  const { deviceKey, deviceGroupKey, randomPassword } = input.deviceMetadata ?? {};
  if (!deviceKey || !deviceGroupKey || !randomPassword) return record;
  const names = [
    input.signInDetails?.loginId,
    decoded(input.idToken ?? '')?.['cognito:username'],
    decoded(input.accessToken)?.['username'],
  ];
  const usernames = [...new Set(names.filter((name) => typeof name === 'string'))];
  return withDevice(record, { deviceKey, deviceGroupKey, randomPassword, usernames });
}

function revokedHere(): AuthError {
  return ownError(
    'TokenRevokedException',
    'Somebody signed out of this session here, and its tokens were revoked.',
    'Sign in again.',
  );
}

function invalid(message: string, recoverySuggestion: string): AuthError {
  return ownError('InvalidTokenException', message, recoverySuggestion);
}
