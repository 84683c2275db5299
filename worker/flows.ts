/** The flows of a sign-in: what each begins with, and how a password is proven in it. */
import type { SignInInput } from './contract.js';
import type { Challenge, Deps, SignInAnswer } from './deps.js';
import { unreadableAnswer } from './failures.js';
import { startSrp, type SrpSession } from './srp.js';

type Options = SignInInput['options'];

/** What goes with every request of one call. */
export interface Extras {
  clientMetadata?: Record<string, string>;
  /** Of a remembered device. */
  deviceKey?: string;
}

/** Whether the flow begins with the password. */
export function needsPassword(options: Options): boolean {
  const { authFlowType = 'USER_SRP_AUTH', preferredChallenge } = options ?? {};
  if (authFlowType !== 'USER_AUTH') return authFlowType !== 'CUSTOM_WITHOUT_SRP';
  return preferredChallenge === 'PASSWORD' || preferredChallenge === 'PASSWORD_SRP';
}

export interface Flows {
  /** InitiateAuth, and the proof of the password where the flow has one. */
  begin(input: SignInInput, extras: Extras): Promise<SignInAnswer>;
  /** The password, after it was chosen as the first factor: `PASSWORD` or `PASSWORD_SRP`. */
  answerWithPassword(
    challenge: Challenge,
    username: string,
    password: string,
    extras: Extras,
  ): Promise<SignInAnswer>;
}

export function createFlows(deps: Deps): Flows {
  const { cognito } = deps;
  const start = (): Promise<SrpSession> =>
    startSrp({ crypto: deps.crypto, wallMs: () => deps.clock.wallMs() });

  async function begin(input: SignInInput, extras: Extras): Promise<SignInAnswer> {
    const { username: USERNAME, password = '', options } = input;
    const { authFlowType = 'USER_SRP_AUTH', preferredChallenge } = options ?? {};
    const flow = authFlowType.startsWith('CUSTOM') ? 'CUSTOM_AUTH' : authFlowType;
    const isBySrp =
      authFlowType === 'USER_SRP_AUTH' ||
      authFlowType === 'CUSTOM_WITH_SRP' ||
      (flow === 'USER_AUTH' && preferredChallenge === 'PASSWORD_SRP');
    const srp = isBySrp ? await start() : undefined;
    const first = await cognito.initiateAuth({
      flow,
      parameters: {
        USERNAME,
        ...(srp && { SRP_A: srp.publicValueHex }),
        ...(srp && flow === 'CUSTOM_AUTH' && { CHALLENGE_NAME: 'SRP_A' }),
        ...(!srp && needsPassword(options) && { PASSWORD: password }),
        ...(flow === 'USER_AUTH' && preferredChallenge && { PREFERRED_CHALLENGE: preferredChallenge }),
        // The choice of a first factor knows no devices; the proof of a password that was chosen does, as in Amplify.
        ...(flow !== 'USER_AUTH' && deviceKeyOf(extras)),
      },
      ...metadataOf(extras),
    });
    return srp ? prove(srp, first, password, extras, 'InitiateAuth') : first;
  }

  async function answerWithPassword(
    { name, session }: Challenge,
    username: string,
    password: string,
    extras: Extras,
  ): Promise<SignInAnswer> {
    const srp = name === 'PASSWORD_SRP' ? await start() : undefined;
    const answer = await cognito.respondToChallenge({
      name: 'SELECT_CHALLENGE',
      ...(session !== undefined && { session }),
      responses: {
        USERNAME: username,
        ANSWER: name,
        ...(srp ? { SRP_A: srp.publicValueHex } : { PASSWORD: password }),
      },
      ...metadataOf(extras),
    });
    return srp ? prove(srp, answer, password, extras, 'RespondToAuthChallenge') : answer;
  }

  async function prove(
    srp: SrpSession,
    asked: SignInAnswer,
    password: string,
    extras: Extras,
    operation: string,
  ): Promise<SignInAnswer> {
    if (asked.type !== 'challenge' || asked.name !== 'PASSWORD_VERIFIER') return asked;
    const { USER_ID_FOR_SRP, SALT, SRP_B, SECRET_BLOCK } = asked.parameters;
    if (!USER_ID_FOR_SRP || !SALT || !SRP_B || !SECRET_BLOCK) throw unreadableAnswer(operation);
    const { signatureBase64, timestamp } = await srp.answer({
      poolName: deps.config.userPoolId?.split('_')[1] ?? '',
      userIdForSrp: USER_ID_FOR_SRP,
      password,
      saltHex: SALT,
      srpBHex: SRP_B,
      secretBlockBase64: SECRET_BLOCK,
    });
    const answer = await cognito.respondToChallenge({
      name: 'PASSWORD_VERIFIER',
      ...(asked.session !== undefined && { session: asked.session }),
      responses: {
        USERNAME: USER_ID_FOR_SRP,
        PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
        PASSWORD_CLAIM_SIGNATURE: signatureBase64,
        TIMESTAMP: timestamp,
        ...deviceKeyOf(extras),
      },
      ...metadataOf(extras),
    });
    // The next challenge is for the user of this one, unless it names another.
    return answer.type === 'challenge'
      ? { ...answer, parameters: { USER_ID_FOR_SRP, ...answer.parameters } }
      : answer;
  }

  return { begin, answerWithPassword };
}

export function metadataOf({ clientMetadata }: Extras): Pick<Extras, 'clientMetadata'> {
  return clientMetadata ? { clientMetadata } : {};
}

export function deviceKeyOf({ deviceKey }: Extras): Record<string, string> {
  return deviceKey === undefined ? {} : { DEVICE_KEY: deviceKey };
}
