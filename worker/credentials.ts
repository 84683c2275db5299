/** Identity id and AWS credentials: had once for all tabs, and again by their own expiry. */
import { countAgeMs, startAge, type Age } from './age.js';
import { CREDENTIALS_LIFE_MS, CREDENTIALS_RETRY_MS, LOCK_WAIT_MS } from './bounds.js';
import type { Caller, Callers } from './callers.js';
import { scopeName } from './contract.js';
import type {
  CognitoFailure,
  CredentialsAnswer,
  Deps,
  SessionRecord,
  StoredCredentials,
  StoredIdentity,
} from './deps.js';
import { type ErrorFields } from './errors.js';
import { toFailure } from './failures.js';
import type { Knowledge } from './knowledge.js';
import { withIdentity } from './record.js';
import { marginMs, mustRefreshMs, serverNowMs } from './tokens.js';
import { fenceOf, type State } from './state.js';

export interface CredentialsRequest {
  /** The token sequence that the credentials must have been asked for with, at least. */
  minSequence: number;
  /** True: without a user pool, see who is logged in now, and get credentials anew. */
  isForced?: boolean;
  /** True: an ID token that is refused again is a failure like any other. */
  isLastTry?: boolean;
}

export interface CredentialsKeeper {
  /** Sees to it that credentials are there, if they can be had. Resolves with the refused ID token if a newer one is needed. */
  ensure(request: CredentialsRequest): Promise<{ refusedIdToken?: string }>;
  /** The identity of whoever is here, with its credentials if they are of the configured role. */
  identity(): StoredIdentity | undefined;
  /** Milliseconds until these expire; negative after that. */
  leftMs(credentials: StoredCredentials): number;
  /** Whether whoever is here, user or guest, is to have credentials. */
  isEntitled(): boolean;
  /** Why there are none, when tokens are good but credentials could not be had. */
  readonly failure: ErrorFields | undefined;
}

/** For whom credentials were asked for, and when by the device's clock and by Cognito's. */
interface Asked {
  askedAtMs: number;
  serverMs: number;
  signedIn: (State & { type: 'signed-in' }) | undefined;
}

export function createCredentialsKeeper(
  deps: Deps,
  knowledge: Knowledge,
  callers: Callers,
): CredentialsKeeper {
  const { clock, config } = deps;
  const { identityPoolId } = config;
  const endpoint = config.endpoints.identityPool ?? '';
  const lockName = `${scopeName(config)}:credentials`;
  let flight:
    | { fence: number; minSequence: number; isForced: boolean; done: Promise<{ refusedIdToken?: string }> }
    | undefined;
  let counted: { accessKeyId: string; age: Age } | undefined;
  let failed: { fields: ErrorFields; fence: number; retryAtMs: number; count: number } | undefined;

  async function ensure(request: CredentialsRequest): Promise<{ refusedIdToken?: string }> {
    const { state } = knowledge;
    if (!isEntitled(state)) return {};
    const identity = identityOf(state);
    const remainingMs = identity?.credentials
      ? credentialsLeftMs(identity.credentials, request.minSequence)
      : 0;
    const lifeMs = identity?.credentials?.lifeMs ?? 0;
    const isForced = request.isForced === true && callers.areByLogins(state);
    if (isForced) return joinOrFly({ ...request, isForced });
    if (remainingMs > marginMs(lifeMs, config.refreshMarginSeconds)) return {};
    if (isWaitingAfterFailure(state)) return {};
    const done = joinOrFly({ ...request, isForced });
    return remainingMs > mustRefreshMs(lifeMs) ? {} : done;
  }

  function joinOrFly(
    request: CredentialsRequest & { isForced: boolean },
  ): Promise<{ refusedIdToken?: string }> {
    const fence = fenceOf(knowledge.state);
    const { minSequence, isForced } = request;
    if (flight?.fence === fence && flight.minSequence >= minSequence && (flight.isForced || !isForced))
      return flight.done;
    const before = flight?.done;
    const done = (async () => {
      await before;
      return fly(request);
    })().finally(() => {
      if (flight?.done === done) flight = undefined;
    });
    flight = { fence, minSequence, isForced, done };
    return done;
  }

  async function fly(request: CredentialsRequest): Promise<{ refusedIdToken?: string }> {
    const turn = await deps.locks.withLock(lockName, LOCK_WAIT_MS, () => attempt(request));
    // Without the lock this may ask once too often, which costs a request and no session.
    return turn.held ? turn.value : attempt(request);
  }

  async function attempt({
    minSequence,
    isForced,
    isLastTry,
  }: CredentialsRequest): Promise<{ refusedIdToken?: string }> {
    const record = await knowledge.read();
    const { state } = knowledge;
    if (!isEntitled(state)) return {};
    // Without a user pool nobody knows who is there before a page has told.
    const told = callers.areByLogins(state) ? await callers.loggedIn(record, isForced === true) : undefined;
    if (told && (fenceOf(knowledge.state) !== record.fence || isNobody(told))) return {};
    const identity = identityOf(state);
    const held = identity?.credentials;
    const isToBeNew = isForced === true && told?.userId !== undefined;
    if (
      held &&
      !isToBeNew &&
      credentialsLeftMs(held, minSequence) > marginMs(held.lifeMs, config.refreshMarginSeconds)
    )
      return {};

    const idToken = state.type === 'signed-in' ? state.tokens.idToken : undefined;
    if (state.type === 'signed-in' && idToken === undefined) {
      remember(record.fence, NO_ID_TOKEN);
      return {};
    }
    if (callers.areByLogins(state) && !told) {
      remember(record.fence, NO_LOGINS);
      return {};
    }
    try {
      const caller = told ?? (await callers.userOrGuest(state));
      // A guest's identity is offered for linking; that of another user never is: see `withSignIn`.
      const known = identity ?? linkable(record);
      const asked = askedNow(state);
      const answer = await askAs(caller, known?.identityId, record);
      await commit(answer, asked, record.fence, known, caller.userId);
      failed = undefined;
      return {};
    } catch (error) {
      const failure = toFailure(error, false);
      if (!isLastTry && idToken !== undefined && isExpired(failure)) return { refusedIdToken: idToken };
      deps.log('warn', 'Credentials could not be had.', { error: failure.fields.name });
      remember(record.fence, failure.fields);
      return {};
    }
  }

  /** Nobody has logged in, and guests get nothing. */
  function isNobody({ userId }: Caller): boolean {
    if (userId !== undefined || config.allowGuestAccess) return false;
    failed = undefined;
    return true;
  }

  /** Once more with other providers' tokens that were told just now, if those from before have expired. */
  async function askAs(
    caller: Caller,
    identityId: string | undefined,
    record: SessionRecord,
  ): Promise<CredentialsAnswer> {
    const { userId } = caller;
    try {
      return await ask(identityId, caller.logins, roleOf(userId));
    } catch (error) {
      if (caller.isFresh || !isExpired(toFailure(error, false))) throw error;
      const { state } = knowledge;
      const again = callers.areByLogins(state)
        ? await callers.loggedIn(record, true)
        : await callers.userOrGuest(state, true);
      // Whoever is there now has no claim to what the one before has.
      if (again?.userId === undefined || again.userId !== userId) throw error;
      return ask(identityId, again.logins, roleOf(userId));
    }
  }

  /** With an identity that is known, and once with a new one if Cognito refuses it. */
  async function ask(
    identityId: string | undefined,
    proof: Record<string, string> | undefined,
    customRoleArn: string | undefined,
  ): Promise<CredentialsAnswer> {
    if (identityId !== undefined) {
      try {
        return await deps.cognito.credentials(identityId, proof, customRoleArn);
      } catch (error) {
        if (!isIdentityRefused(toFailure(error, false))) throw error;
        deps.log('info', 'The known identity was refused; asking for a new one.');
      }
    }
    return deps.cognito.credentials(await deps.cognito.identityId(proof), proof, customRoleArn);
  }

  /** Before the request: the device may sleep before its answer comes. */
  function askedNow(state: State): Asked {
    const askedAtMs = clock.wallMs();
    const signedIn = state.type === 'signed-in' ? state : undefined;
    return { askedAtMs, signedIn, serverMs: signedIn ? serverNowMs(signedIn.tokens, clock) : askedAtMs };
  }

  async function commit(
    answer: CredentialsAnswer,
    { askedAtMs, signedIn, serverMs }: Asked,
    fence: number,
    known: StoredIdentity | undefined,
    userId: string | undefined,
  ): Promise<void> {
    const { identityId, ...credentials } = answer;
    const lifeMs = answer.expirationMs - serverMs;
    const role = roleOf(userId);
    const identity: StoredIdentity = {
      identityPoolId: identityPoolId ?? '',
      endpoint,
      ...(userId !== undefined && { userId }),
      identityId,
      credentials: {
        ...credentials,
        ...(role !== undefined && { customRoleArn: role }),
        askedAtMs,
        // Past one hour, or none, the device's clock is wrong: credentials of this flow live one hour.
        lifeMs: lifeMs > 0 && lifeMs <= CREDENTIALS_LIFE_MS ? lifeMs : CREDENTIALS_LIFE_MS,
        sequence: signedIn?.sequence ?? 0,
      },
    };
    const stored = await knowledge.update((record) =>
      record.fence === fence ? { record: withIdentity(record, identity), result: true } : { result: false },
    );
    if (!stored) return;
    if (known && known.identityId !== identityId) deps.log('info', 'The identity changed.');
    deps.log('info', 'New AWS credentials.');
    knowledge.publish({ type: 'changed' });
  }

  function isEntitled(state: State): boolean {
    if (identityPoolId === undefined) return false;
    if (state.type === 'signed-in') return true;
    return state.type === 'signed-out' && (config.allowGuestAccess || callers.areByLogins(state));
  }

  /** The identity of whoever is signed in, or of the guest, in the configured pool. */
  function identityOf(state: State): StoredIdentity | undefined {
    const identity = callers.identityOf(state);
    if (!identity || !isOfThisPool(identity)) return undefined;
    const { credentials, ...bare } = identity;
    // What one role may do is not what was asked for with another.
    return credentials?.customRoleArn === roleOf(identity.userId) ? identity : bare;
  }

  /** Guests have the identity pool's own role (GetCredentialsForIdentity, CustomRoleArn). */
  function roleOf(userId: string | undefined): string | undefined {
    return userId === undefined ? undefined : config.customRoleArn;
  }

  function linkable({ identity }: SessionRecord): StoredIdentity | undefined {
    return identity && identity.userId === undefined && isOfThisPool(identity) ? identity : undefined;
  }

  function isOfThisPool(identity: StoredIdentity): boolean {
    return identity.identityPoolId === identityPoolId && identity.endpoint === endpoint;
  }

  function credentialsLeftMs(credentials: StoredCredentials, minSequence: number): number {
    return credentials.sequence < minSequence ? 0 : leftMs(credentials);
  }

  function leftMs({ accessKeyId, askedAtMs, lifeMs }: StoredCredentials): number {
    if (counted?.accessKeyId !== accessKeyId) {
      // The clock was set back before this runtime saw them: nobody knows how old they are.
      if (askedAtMs > clock.wallMs()) return 0;
      counted = { accessKeyId, age: startAge(askedAtMs, clock) };
    }
    return lifeMs - countAgeMs(counted.age, clock);
  }

  function remember(fence: number, fields: ErrorFields): void {
    const count = failed?.fence === fence ? failed.count + 1 : 0;
    const waitMs = CREDENTIALS_RETRY_MS[Math.min(count, CREDENTIALS_RETRY_MS.length - 1)] ?? 0;
    failed = { fields, fence, count, retryAtMs: clock.monotonicMs() + waitMs };
  }

  function isWaitingAfterFailure(state: State): boolean {
    return failed !== undefined && clock.monotonicMs() < failed.retryAtMs && failed.fence === fenceOf(state);
  }

  return {
    ensure,
    identity: () => (isEntitled(knowledge.state) ? identityOf(knowledge.state) : undefined),
    leftMs,
    isEntitled: () => isEntitled(knowledge.state),
    get failure() {
      return failed?.fence === fenceOf(knowledge.state) ? failed.fields : undefined;
    },
  };
}

const NO_ID_TOKEN: ErrorFields = {
  name: 'CredentialsException',
  message: 'AWS credentials need an ID token, and the session has none.',
  recoverySuggestion: 'Let the app client issue ID tokens: add the openid scope.',
};

const NO_LOGINS: ErrorFields = {
  name: 'CredentialsException',
  message: "The app's logins() has told no tokens.",
  recoverySuggestion: 'Let it resolve within 2 s with an object of tokens, or an empty one.',
};

function isExpired({ fields }: CognitoFailure): boolean {
  return /token expired/i.test(fields.message);
}

/** The identity is another user's, or deleted; not: the login itself is bad. */
function isIdentityRefused(failure: CognitoFailure): boolean {
  const { fields } = failure;
  if (isExpired(failure)) return false;
  return fields.name === 'NotAuthorizedException' || fields.name === 'ResourceNotFoundException';
}
