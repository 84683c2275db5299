/** A Cognito in memory for the unit tests: rotation with reuse detection, identities, and faults as a test scripts them. */
import {
  CognitoFailure,
  type Clock,
  type Cognito,
  type CredentialsAnswer,
  type SignInAnswer,
  type TokenAnswer,
} from '../deps.js';
import { makeTokenPair } from './tokens.js';

export type Operation = keyof Cognito;

export interface CognitoRequest {
  operation: Operation;
  input: unknown;
  atMs: number;
}

export interface Hold {
  release(): void;
}

export interface ScriptedCognito extends Cognito {
  readonly requests: CognitoRequest[];
  count(operation: Operation): number;
  /** The next requests of this kind reject so, before anything is done. */
  fail(operation: Operation, failure: unknown, times?: number): void;
  /** The next request is carried out, and its answer lost. */
  loseAnswer(operation: Operation, times?: number): void;
  /** The next request is carried out, and answered with this instead. */
  answerWith(operation: Operation, change: (answer: never) => unknown): void;
  /** Requests of this kind are carried out and their answers kept until the release. */
  hold(operation: Operation): Hold;
  /** Whether Cognito would take this refresh token now. */
  isAlive(refreshToken: string): boolean;
  readonly settings: {
    tokenSeconds: number;
    /** Of the first refresh token of a sign-in, and all that come after it. */
    refreshTokenSeconds: number;
    credentialsSeconds: number;
    rotation: boolean;
    graceSeconds: number;
    /** Cognito's clock less the device's. */
    clockOffsetMs: number;
  };
  readonly deletedIdentities: Set<string>;
}

interface Family {
  userId: string;
  signedInAtMs: number;
  original: string;
  current: string;
  /** Those that were rotated away, and when. */
  used: Map<string, number>;
  revoked: Set<string>;
}

interface Fault {
  before?: unknown;
  isLost?: boolean;
  change?: (answer: never) => unknown;
}

export function answered(name: string, status = 400, message = name, retryAfterMs?: number): CognitoFailure {
  return new CognitoFailure({ name, message, metadata: { httpStatusCode: status } }, true, retryAfterMs);
}

export function unanswered(message = 'Cognito could not be reached.'): CognitoFailure {
  return new CognitoFailure({ name: 'NetworkError', message }, false);
}

export function createScriptedCognito(clock: Clock): ScriptedCognito {
  const requests: CognitoRequest[] = [];
  const faults = new Map<Operation, Fault[]>();
  const held = new Map<Operation, Promise<void>>();
  const families: Family[] = [];
  /** Identity id to the user that it is linked to. */
  const identities = new Map<string, string | undefined>();
  const deletedIdentities = new Set<string>();
  const settings = {
    tokenSeconds: 3_600,
    refreshTokenSeconds: 30 * 24 * 3_600,
    credentialsSeconds: 3_600,
    rotation: true,
    graceSeconds: 0,
    clockOffsetMs: 0,
  };
  const serverMs = (): number => clock.wallMs() + settings.clockOffsetMs;
  const findFamily = (token: string): Family | undefined =>
    families.find(
      ({ original, current, used }) => original === token || current === token || used.has(token),
    );

  function addFault(operation: Operation, fault: Fault, times = 1): void {
    const queue = faults.get(operation) ?? [];
    for (let index = 0; index < times; index += 1) queue.push(fault);
    faults.set(operation, queue);
  }

  async function perform<T>(operation: Operation, input: unknown, work: () => T): Promise<T> {
    requests.push({ operation, input, atMs: clock.wallMs() });
    const { before, isLost, change } = faults.get(operation)?.shift() ?? {};
    if (before !== undefined) throw before as Error;
    let answer: { value: T } | { error: unknown };
    try {
      answer = { value: work() };
    } catch (error) {
      answer = { error };
    }
    await held.get(operation);
    if (isLost) throw unanswered('The answer was lost.');
    if ('error' in answer) throw answer.error as Error;
    return change ? (change(answer.value as never) as T) : answer.value;
  }

  function issue(userId: string): TokenAnswer & { refreshToken: string } {
    const refreshToken = `refresh-${userId}-${families.length + 1}.0`;
    const signedInAtMs = serverMs();
    families.push({
      userId,
      signedInAtMs,
      original: refreshToken,
      current: refreshToken,
      used: new Map(),
      revoked: new Set(),
    });
    return { ...makeTokenPair(userId, signedInAtMs, settings.tokenSeconds), refreshToken };
  }

  function refuse(token: string, family: Family | undefined): asserts family is Family {
    if (!family) throw answered('NotAuthorizedException', 400, 'Invalid Refresh Token');
    if (family.revoked.has(token) || family.revoked.has(family.original))
      throw answered('NotAuthorizedException', 400, 'Refresh Token has been revoked');
    if (serverMs() >= family.signedInAtMs + settings.refreshTokenSeconds * 1_000)
      throw answered('NotAuthorizedException', 400, 'Refresh Token has expired');
    const usedAtMs = family.used.get(token);
    if (usedAtMs === undefined || clock.wallMs() - usedAtMs < settings.graceSeconds * 1_000) return;
    // The newest token goes on working.
    throw answered('RefreshTokenReuseException', 400, 'Refresh token reuse detected');
  }

  function refresh(token: string): TokenAnswer {
    const family = findFamily(token);
    refuse(token, family);
    const { userId, signedInAtMs } = family;
    const pair = makeTokenPair(userId, serverMs(), settings.tokenSeconds, signedInAtMs);
    if (!settings.rotation) return pair;
    if (!family.used.has(token)) family.used.set(token, clock.wallMs());
    family.used.set(family.current, family.used.get(family.current) ?? clock.wallMs());
    family.current = `${family.original.split('.')[0] ?? ''}.${family.used.size}`;
    return { ...pair, refreshToken: family.current };
  }

  function signIn(parameters: Record<string, string>): SignInAnswer {
    const { USERNAME = '', PASSWORD } = parameters;
    if (PASSWORD === 'wrong')
      throw answered('NotAuthorizedException', 400, 'Incorrect username or password.');
    if (PASSWORD === 'temporary') {
      return {
        type: 'challenge',
        name: 'NEW_PASSWORD_REQUIRED',
        session: 'challenge-session',
        parameters: { USER_ID_FOR_SRP: USERNAME, requiredAttributes: '["userAttributes.email"]' },
      };
    }
    return { type: 'tokens', tokens: issue(`sub-${USERNAME}`) };
  }

  function credentials(identityId: string, userId: string | undefined): CredentialsAnswer {
    if (deletedIdentities.has(identityId) || !identities.has(identityId))
      throw answered('ResourceNotFoundException', 400, `Identity '${identityId}' not found.`);
    const owner = identities.get(identityId);
    if (owner !== undefined && owner !== userId)
      throw answered(
        'NotAuthorizedException',
        400,
        "Logins don't match. Please include at least one valid login.",
      );
    identities.set(identityId, userId);
    const serial = requests.length;
    return {
      identityId,
      accessKeyId: `AKID${serial}`,
      secretAccessKey: `secret-${serial}`,
      sessionToken: `session-token-${serial}`,
      expirationMs: serverMs() + settings.credentialsSeconds * 1_000,
    };
  }

  function ownIdentity(userId: string | undefined): string {
    const own = [...identities].find(
      ([id, owner]) => userId !== undefined && owner === userId && !deletedIdentities.has(id),
    );
    if (own) return own[0];
    const identityId = `eu-central-1:identity-${identities.size + 1}`;
    identities.set(identityId, userId);
    return identityId;
  }

  return {
    requests,
    settings,
    deletedIdentities,
    count: (operation) => requests.filter((request) => request.operation === operation).length,
    fail: (operation, before, times) => addFault(operation, { before }, times),
    loseAnswer: (operation, times) => addFault(operation, { isLost: true }, times),
    answerWith: (operation, change) => addFault(operation, { change }),
    hold(operation) {
      let release = (): void => undefined;
      held.set(
        operation,
        new Promise((resolve) => {
          release = () => {
            held.delete(operation);
            resolve();
          };
        }),
      );
      return { release: () => release() };
    },
    isAlive(token) {
      const family = findFamily(token);
      return (
        !!family &&
        !family.revoked.has(token) &&
        !family.revoked.has(family.original) &&
        !family.used.has(token)
      );
    },
    initiateAuth: (input) => perform('initiateAuth', input, () => signIn(input.parameters)),
    respondToChallenge: (input) =>
      perform('respondToChallenge', input, () => signIn({ USERNAME: input.responses['USERNAME'] ?? '' })),
    associateSoftwareToken: (session) =>
      perform('associateSoftwareToken', session, () => ({
        secret: 'JBSWY3DPEHPK3PXP',
        session: 'associated-session',
      })),
    verifySoftwareToken: (input) =>
      perform('verifySoftwareToken', input, () => ({ session: 'verified-session' })),
    confirmDevice: (input) => perform('confirmDevice', input, () => undefined),
    refresh: (input) => perform('refresh', input, () => refresh(input.refreshToken)),
    revoke: (token) =>
      perform('revoke', token, () => {
        // Revoking the sign-in's own token ends the family; a middle one only itself.
        findFamily(token)?.revoked.add(token);
      }),
    globalSignOut: (token) => perform('globalSignOut', token, () => undefined),
    exchangeCode: (input) => perform('exchangeCode', input, () => issue('sub-ada')),
    account: (request, accessToken) => perform('account', { ...request, accessToken }, () => ({})),
    identityId: (logins) => perform('identityId', logins, () => ownIdentity(userOf(logins))),
    credentials: (identityId, logins, customRoleArn) =>
      perform(
        'credentials',
        { identityId, logins, ...(customRoleArn !== undefined && { customRoleArn }) },
        () => credentials(identityId, userOf(logins)),
      ),
  };
}

function userOf(logins: Record<string, string> | undefined): string | undefined {
  const [idToken] = Object.values(logins ?? {});
  if (idToken === undefined) return undefined;
  return (
    JSON.parse(atob((idToken.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/'))) as { sub: string }
  ).sub;
}
