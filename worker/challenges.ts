/** Cognito's challenges: which step of Amplify's each of them is, and what answers it. Pure. */
import type {
  AuthCodeDeliveryDetails,
  AuthFactorType,
  AuthMFAType,
  ConfirmSignInInput,
  SignInProgress,
} from './contract.js';
import type { Challenge } from './deps.js';
import { ownError, type AuthError } from './errors.js';

type NextStep = SignInProgress['nextStep'];

/** The names of Cognito for second factors. */
const MFA_NAMES: Readonly<Record<AuthMFAType, string>> = {
  SMS: 'SMS_MFA',
  TOTP: 'SOFTWARE_TOKEN_MFA',
  EMAIL: 'EMAIL_OTP',
};

/** Where the code goes in the answer to each challenge that asks for one. */
const CODE_FIELDS: Readonly<Record<string, string>> = {
  SMS_MFA: 'SMS_MFA_CODE',
  SMS_OTP: 'SMS_OTP_CODE',
  EMAIL_OTP: 'EMAIL_OTP_CODE',
  SOFTWARE_TOKEN_MFA: 'SOFTWARE_TOKEN_MFA_CODE',
};

/**
 * The step that a challenge is for the user.
 * @throws AuthError `SignInException` where there is none.
 */
export function nextStepOf(challenge: Challenge, totp: { secret?: string; accountName: string }): NextStep {
  const { name, parameters, availableChallenges } = challenge;
  switch (name) {
    case 'NEW_PASSWORD_REQUIRED': {
      const missingAttributes = namesIn(parameters['requiredAttributes']).map((attribute) =>
        attribute.replace(/^userAttributes\./, ''),
      );
      const signInStep = 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED';
      return missingAttributes.length > 0 ? { signInStep, missingAttributes } : { signInStep };
    }
    case 'SMS_MFA':
    case 'SMS_OTP':
      return { signInStep: 'CONFIRM_SIGN_IN_WITH_SMS_CODE', ...deliveryOf(parameters) };
    case 'EMAIL_OTP':
      return { signInStep: 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE', ...deliveryOf(parameters) };
    case 'SOFTWARE_TOKEN_MFA':
      return { signInStep: 'CONFIRM_SIGN_IN_WITH_TOTP_CODE' };
    case 'SELECT_MFA_TYPE':
      return {
        signInStep: 'CONTINUE_SIGN_IN_WITH_MFA_SELECTION',
        allowedMFATypes: mfaTypesIn(parameters['MFAS_CAN_CHOOSE']),
      };
    case 'MFA_SETUP':
      return setupStepOf(challenge, totp);
    case 'CUSTOM_CHALLENGE':
      return { signInStep: 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE', additionalInfo: parameters };
    case 'PASSWORD':
    case 'PASSWORD_SRP':
      return { signInStep: 'CONFIRM_SIGN_IN_WITH_PASSWORD' };
    // Whoever doesn't answer with the passkey at once can still choose it.
    case 'WEB_AUTHN':
      return {
        signInStep: 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION',
        availableChallenges: (availableChallenges as AuthFactorType[] | undefined) ?? ['WEB_AUTHN'],
      };
    case 'SELECT_CHALLENGE':
      return {
        signInStep: 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION',
        // One that is new in Cognito is the app's to know.
        ...(availableChallenges && { availableChallenges: availableChallenges as AuthFactorType[] }),
      };
    default:
      throw ownError(
        'SignInException',
        `Cognito asks for ${name}, which this version can't answer.`,
        'Switch this challenge off for the user or the app client.',
      );
  }
}

function setupStepOf({ parameters }: Challenge, totp: { secret?: string; accountName: string }): NextStep {
  const { secret, accountName } = totp;
  const types = settableIn(parameters);
  if (types.length > 1) {
    return { signInStep: 'CONTINUE_SIGN_IN_WITH_MFA_SETUP_SELECTION', allowedMFATypes: types };
  }
  if (types[0] === 'EMAIL') return { signInStep: 'CONTINUE_SIGN_IN_WITH_EMAIL_SETUP' };
  if (types[0] === 'TOTP' && secret !== undefined) {
    return {
      signInStep: 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP',
      totpSetupDetails: { sharedSecret: secret, accountName },
    };
  }
  throw ownError(
    'SignInException',
    'Cognito wants a second factor to be set up, and names none that can be.',
    'Allow TOTP or e-mail as a second factor in the user pool.',
  );
}

/** Whether the next step is to set up an authenticator app. */
export function isTotpSetup({ name, parameters }: Challenge): boolean {
  const types = settableIn(parameters);
  return name === 'MFA_SETUP' && types.length === 1 && types[0] === 'TOTP';
}

/** What is to be done with the user's answer. */
export type Reply =
  /** Sent as it is. */
  | { type: 'respond'; name: string; responses: Record<string, string> }
  /** The first factor is a password, which is to be asked for. */
  | { type: 'choose'; challenge: Challenge }
  | { type: 'password' }
  /** The code of an authenticator app, to be verified before the challenge is answered. */
  | { type: 'verify-totp' };

/** @throws AuthError `InvalidInputException` when this can be no answer. */
export function replyTo(challenge: Challenge, username: string, input: ConfirmSignInInput): Reply {
  const { name } = challenge;
  const { challengeResponse: given, options } = input;
  const respond = (responses: Record<string, string>, to = name): Reply => ({
    type: 'respond',
    name: to,
    responses: { USERNAME: username, ...responses },
  });
  switch (name) {
    case 'NEW_PASSWORD_REQUIRED': {
      const responses: Record<string, string> = { NEW_PASSWORD: given };
      for (const [attribute, value] of Object.entries(options?.userAttributes ?? {})) {
        responses[`userAttributes.${attribute}`] = value;
      }
      return respond(responses);
    }
    case 'SELECT_MFA_TYPE':
      return respond({
        ANSWER: MFA_NAMES[chosen(given, mfaTypesIn(challenge.parameters['MFAS_CAN_CHOOSE']))],
      });
    case 'MFA_SETUP':
      return replyToSetup(challenge, given, respond);
    case 'CUSTOM_CHALLENGE':
      return respond({ ANSWER: given });
    case 'PASSWORD':
    case 'PASSWORD_SRP':
      return { type: 'password' };
    case 'WEB_AUTHN':
    case 'SELECT_CHALLENGE':
      if (given === 'PASSWORD' || given === 'PASSWORD_SRP')
        return { type: 'choose', challenge: { ...challenge, name: given } };
      // A credential is a JSON object; all else is the name of another factor.
      if (name === 'WEB_AUTHN' && given.startsWith('{')) return respond({ CREDENTIAL: credentialIn(given) });
      return respond({ ANSWER: given }, 'SELECT_CHALLENGE');
    default:
      return respond({ [CODE_FIELDS[name] ?? 'ANSWER']: given });
  }
}

/** What the page answers for a passkey. */
function credentialIn(json: string): string {
  const passkeyError = passkeyErrorIn(json);
  if (passkeyError === undefined) return json;
  // `PublicKeyCredential`, or a method of it, is not there.
  if (passkeyError === 'ReferenceError' || passkeyError === 'TypeError')
    throw ownError('PasskeyNotSupported', "This browser can't use passkeys.", 'Choose another factor.');
  if (passkeyError === 'NotAllowedError')
    throw ownError('PasskeyAuthenticationCanceled', 'The user gave no passkey.', 'Choose a factor again.');
  throw ownError(
    'PasskeyRetrievalFailed',
    `The passkey could not be had: ${passkeyError}.`,
    "Check the pool's relying party, which must be this page's domain.",
  );
}

function passkeyErrorIn(json: string): string | undefined {
  try {
    return (JSON.parse(json) as { passkeyError?: string }).passkeyError;
  } catch {
    throw ownError('InvalidInputException', 'challengeResponse is no credential.', 'Choose a factor.');
  }
}

function replyToSetup(
  challenge: Challenge,
  given: string,
  respond: (responses: Record<string, string>) => Reply,
): Reply {
  const types = settableIn(challenge.parameters);
  if (types.length > 1) {
    const parameters = {
      ...challenge.parameters,
      MFAS_CAN_SETUP: JSON.stringify([MFA_NAMES[chosen(given, types)]]),
    };
    return { type: 'choose', challenge: { ...challenge, parameters } };
  }
  return types[0] === 'EMAIL' ? respond({ EMAIL: given }) : { type: 'verify-totp' };
}

function chosen(given: string, allowed: readonly AuthMFAType[]): AuthMFAType {
  const type = allowed.find((candidate) => candidate === given);
  if (!type) throw wrongChoice(allowed);
  return type;
}

function wrongChoice(allowed: readonly string[]): AuthError {
  return ownError(
    'InvalidInputException',
    'challengeResponse is none of the factors that can be chosen.',
    `Give one of ${allowed.join(', ')}.`,
  );
}

function settableIn(parameters: Record<string, string>): AuthMFAType[] {
  return mfaTypesIn(parameters['MFAS_CAN_SETUP']).filter((type) => type !== 'SMS');
}

function mfaTypesIn(json: string | undefined): AuthMFAType[] {
  const names = namesIn(json);
  const types = Object.keys(MFA_NAMES) as AuthMFAType[];
  return names.flatMap((name) => types.filter((type) => MFA_NAMES[type] === name));
}

/** Cognito gives lists as JSON arrays of texts. */
function namesIn(json: string | undefined): string[] {
  try {
    const names: unknown = JSON.parse(json ?? '[]');
    return Array.isArray(names) ? names.map(String) : [];
  } catch {
    return [];
  }
}

function deliveryOf(parameters: Record<string, string>): { codeDeliveryDetails?: AuthCodeDeliveryDetails } {
  const { CODE_DELIVERY_DELIVERY_MEDIUM: medium, CODE_DELIVERY_DESTINATION: destination } = parameters;
  if (medium === undefined && destination === undefined) return {};
  return {
    codeDeliveryDetails: {
      ...(medium !== undefined && {
        deliveryMedium: medium as NonNullable<AuthCodeDeliveryDetails['deliveryMedium']>,
      }),
      ...(destination !== undefined && { destination }),
    },
  };
}
