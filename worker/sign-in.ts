/** Signing in: the flows, the pending challenge, and the commit of the first tokens. */
import { CHALLENGE_KEPT_MS } from './bounds.js';
import type { AuthFlowType, ConfirmSignInInput, SignInInput, SignInOutput } from './contract.js';
import type { Deps, SignInAnswer, TokenAnswer } from './deps.js';
import { AuthError } from './errors.js';
import { unreadableAnswer } from './failures.js';
import type { Knowledge } from './knowledge.js';
import { withRevocations, withSignIn } from './record.js';
import { startSrp } from './srp.js';
import { areTokensOf } from './tokens.js';

/** A sign-in that waits for the user's answer. It stands beside the state and displaces no session. */
interface PendingChallenge extends Attempt {
  name: 'NEW_PASSWORD_REQUIRED';
  session: string | undefined;
  sinceMs: number;
}

/** With the password, without which no flow of this version goes on. */
export type CompleteSignInInput = SignInInput & { password: string };

/** Each client has its own sign-in under way: two tabs must not answer each other's challenges. */
export interface SignIn {
  signIn(input: CompleteSignInInput, clientId: string): Promise<SignInOutput>;
  confirmSignIn(input: ConfirmSignInInput, clientId: string): Promise<SignInOutput>;
}

interface Attempt {
  clientId: string;
  /** Device time of its last request: the device may sleep before the answer comes. */
  askedAtMs: number;
  /** The store's fence when it began. A sign-out since then ends it. */
  fence: number;
  loginId: string;
  userIdForSrp: string;
  authFlowType: AuthFlowType;
}

export function createSignIn(deps: Deps, knowledge: Knowledge, revoke: () => void): SignIn {
  const { cognito, config } = deps;
  const pending = new Map<string, PendingChallenge>();

  async function signIn(input: CompleteSignInInput, clientId: string): Promise<SignInOutput> {
    refuseWithoutUserPool();
    const { username, password, options } = input;
    const { fence } = await knowledge.read();
    if (knowledge.state.type === 'signed-in') throw alreadySignedIn();
    pending.delete(clientId);
    const authFlowType = options?.authFlowType ?? 'USER_SRP_AUTH';
    const metadata = options?.clientMetadata && { clientMetadata: options.clientMetadata };
    const askedAtMs = deps.clock.wallMs();
    const attempt: Attempt = {
      clientId,
      askedAtMs,
      fence,
      loginId: username,
      userIdForSrp: username,
      authFlowType,
    };
    if (authFlowType === 'USER_SRP_AUTH') return signInBySrp(attempt, password, metadata);
    const parameters = { USERNAME: username, PASSWORD: password };
    return proceed(attempt, await cognito.initiateAuth({ flow: authFlowType, parameters, ...metadata }));
  }

  async function signInBySrp(
    attempt: Attempt,
    password: string,
    metadata: { clientMetadata: Record<string, string> } | undefined,
  ): Promise<SignInOutput> {
    const srp = await startSrp({ crypto: deps.crypto, wallMs: () => deps.clock.wallMs() });
    const first = await cognito.initiateAuth({
      flow: 'USER_SRP_AUTH',
      parameters: { USERNAME: attempt.loginId, SRP_A: srp.publicValueHex },
      ...metadata,
    });
    if (first.type !== 'challenge' || first.name !== 'PASSWORD_VERIFIER') return proceed(attempt, first);
    const { USER_ID_FOR_SRP, SALT, SRP_B, SECRET_BLOCK } = first.parameters;
    if (!USER_ID_FOR_SRP || !SALT || !SRP_B || !SECRET_BLOCK) throw unreadableAnswer('InitiateAuth');
    const { signatureBase64, timestamp } = await srp.answer({
      poolName: config.userPoolId?.split('_')[1] ?? '',
      userIdForSrp: USER_ID_FOR_SRP,
      password,
      saltHex: SALT,
      srpBHex: SRP_B,
      secretBlockBase64: SECRET_BLOCK,
    });
    const answer = await cognito.respondToChallenge({
      name: 'PASSWORD_VERIFIER',
      ...(first.session !== undefined && { session: first.session }),
      responses: {
        USERNAME: USER_ID_FOR_SRP,
        PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
        PASSWORD_CLAIM_SIGNATURE: signatureBase64,
        TIMESTAMP: timestamp,
      },
      ...metadata,
    });
    return proceed({ ...attempt, userIdForSrp: USER_ID_FOR_SRP }, answer);
  }

  async function confirmSignIn(input: ConfirmSignInInput, clientId: string): Promise<SignInOutput> {
    refuseWithoutUserPool();
    const challenge = pending.get(clientId);
    if (!challenge || deps.clock.wallMs() - challenge.sinceMs > CHALLENGE_KEPT_MS) {
      throw new AuthError({
        name: 'SignInException',
        message: 'There is no sign-in that waits for an answer.',
        recoverySuggestion: 'Call signIn() first.',
      });
    }
    const { challengeResponse, options } = input;
    const responses: Record<string, string> = {
      USERNAME: challenge.userIdForSrp,
      NEW_PASSWORD: challengeResponse,
    };
    for (const [name, value] of Object.entries(options?.userAttributes ?? {})) {
      responses[`userAttributes.${name}`] = value;
    }
    const askedAtMs = deps.clock.wallMs();
    const answer = await cognito.respondToChallenge({
      name: challenge.name,
      ...(challenge.session !== undefined && { session: challenge.session }),
      responses,
      ...(options?.clientMetadata && { clientMetadata: options.clientMetadata }),
    });
    return proceed({ ...challenge, askedAtMs }, answer);
  }

  async function proceed(attempt: Attempt, answer: SignInAnswer): Promise<SignInOutput> {
    if (answer.type === 'tokens') return commit(attempt, answer.tokens);
    if (answer.name !== 'NEW_PASSWORD_REQUIRED') {
      throw new AuthError({
        name: 'SignInException',
        message: `Cognito asks for ${answer.name}, which this version can't answer.`,
        recoverySuggestion: 'Switch this challenge off for the user or the app client.',
      });
    }
    const userIdForSrp = answer.parameters['USER_ID_FOR_SRP'] ?? attempt.userIdForSrp;
    pending.set(attempt.clientId, {
      ...attempt,
      userIdForSrp,
      name: answer.name,
      session: answer.session,
      sinceMs: deps.clock.wallMs(),
    });
    const missingAttributes = parseMissingAttributes(answer.parameters['requiredAttributes']);
    return {
      isSignedIn: false,
      nextStep: { signInStep: 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED', ...missingAttributes },
    };
  }

  async function commit(attempt: Attempt, tokens: TokenAnswer): Promise<SignInOutput> {
    const { refreshToken } = tokens;
    if (refreshToken === undefined || !areTokensOf(tokens)) throw unreadableAnswer('The sign-in');
    const nowMs = deps.clock.wallMs();
    const { loginId, authFlowType } = attempt;
    const at = { askedAtMs: attempt.askedAtMs, loginId, authFlowType };
    pending.delete(attempt.clientId);
    const result = await knowledge.update((record) => {
      if (record.fence === attempt.fence && !record.session) {
        return { record: withSignIn(record, { ...tokens, refreshToken }, at), result: 'committed' as const };
      }
      // A store that lost its connection while it confirmed this may be given it once more.
      if (record.session?.originalRefreshToken === refreshToken) return { result: 'committed' as const };
      const refused = record.session ? ('second' as const) : ('ended' as const);
      return { record: withRevocations(record, [refreshToken], nowMs), result: refused };
    });
    if (result !== 'committed') {
      revoke();
      throw result === 'second' ? alreadySignedIn() : signedOutMeanwhile();
    }
    knowledge.publish({ type: 'signedIn' });
    return { isSignedIn: true, nextStep: { signInStep: 'DONE' } };
  }

  function refuseWithoutUserPool(): void {
    if (config.userPoolClientId !== undefined) return;
    throw new AuthError({
      name: 'AuthUserPoolException',
      message: 'No user pool is configured.',
      recoverySuggestion: 'Give configure() a userPoolId and a userPoolClientId.',
    });
  }

  return { signIn, confirmSignIn };
}

function signedOutMeanwhile(): AuthError {
  return new AuthError({
    name: 'SignInException',
    message: 'Somebody signed out while this sign-in was under way.',
    recoverySuggestion: 'Sign in again.',
  });
}

function alreadySignedIn(): AuthError {
  return new AuthError({
    name: 'UserAlreadyAuthenticatedException',
    message: 'There is already a signed in user.',
    recoverySuggestion: 'Call signOut() before signing in again.',
  });
}

/** Cognito gives `requiredAttributes` as a JSON array of names with a `userAttributes.` prefix. */
function parseMissingAttributes(json: string | undefined): { missingAttributes?: string[] } {
  try {
    const names: unknown = JSON.parse(json ?? '[]');
    if (!Array.isArray(names) || names.length === 0) return {};
    return { missingAttributes: names.map((name) => String(name).replace(/^userAttributes\./, '')) };
  } catch {
    return {};
  }
}
