/** What each step of a sign-in says and asks for. Pure: step-form.ts draws it. */
import type { AuthCodeDeliveryDetails, SignInOutput } from '../client/index.js';
import type { CodeKind } from './codes.js';

/** A field of a step. */
export interface StepField {
  label: string;
  kind: 'code' | 'text' | 'email' | 'password' | 'new-password';
  hint?: string;
}

/** One of several answers, each with a button of its own. */
export interface StepChoice {
  answer: string;
  label: string;
  hint?: string;
}

/** A step, in words. It has a field or choices. */
export interface StepView {
  heading: string;
  words: string;
  field?: StepField;
  /** Attributes of the user that are asked for beside the field. */
  attributes?: string[];
  choices?: StepChoice[];
  /** What an authenticator app is set up with. */
  setup?: { uri: string; key: string };
  /** On the button of the field. */
  submit: string;
  /** Where the answer can be read on this page. */
  code?: CodeKind;
}

type NextStep = SignInOutput['nextStep'];

const APP_NAME = 'One session';
const CODE: StepField = { label: 'Code', kind: 'code' };

const MFA_CHOICES: Readonly<Record<string, StepChoice>> = {
  SMS: { answer: 'SMS', label: 'Text message', hint: 'A code is sent to your phone.' },
  EMAIL: { answer: 'EMAIL', label: 'E-mail', hint: 'A code is sent to your address.' },
  TOTP: { answer: 'TOTP', label: 'Authenticator app', hint: 'The app shows a code.' },
};

const FIRST_FACTORS: Readonly<Record<string, Omit<StepChoice, 'answer'>>> = {
  WEB_AUTHN: { label: 'Passkey', hint: 'Your device proves who you are.' },
  EMAIL_OTP: { label: 'Code by e-mail', hint: 'No password is needed.' },
  SMS_OTP: { label: 'Code by text message', hint: 'No password is needed.' },
  PASSWORD_SRP: { label: 'Password', hint: 'It never leaves the worker.' },
  PASSWORD: { label: 'Password', hint: 'It is sent to Cognito.' },
};

/** The step in words; undefined when there is nothing left to do. */
export function viewOf(step: NextStep): StepView | undefined {
  switch (step.signInStep) {
    case 'DONE':
      return undefined;
    case 'CONFIRM_SIGN_IN_WITH_SMS_CODE':
      return {
        heading: 'Look at your phone',
        words: `A code was sent by text message${to(step.codeDeliveryDetails)}.`,
        ...{ field: CODE, submit: 'Sign in', code: 'SMS' },
      };
    case 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE':
      return {
        heading: 'Look into your e-mail',
        words: `A code was sent${to(step.codeDeliveryDetails)}.`,
        ...{ field: CODE, submit: 'Sign in', code: 'EMAIL' },
      };
    case 'CONFIRM_SIGN_IN_WITH_TOTP_CODE':
      return {
        heading: 'Open your authenticator app',
        words: 'Type the code that it shows now.',
        ...{ field: CODE, submit: 'Sign in', code: 'APP' },
      };
    case 'CONFIRM_SIGN_IN_WITH_PASSWORD':
      return {
        heading: 'Your password',
        words: 'You chose to sign in with it.',
        field: { label: 'Password', kind: 'password' },
        submit: 'Sign in',
      };
    case 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED':
      return newPassword(step.missingAttributes);
    case 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE':
      return {
        heading: 'A question',
        words: questionIn(step.additionalInfo),
        field: { label: 'Answer', kind: 'text' },
        submit: 'Answer',
      };
    case 'CONTINUE_SIGN_IN_WITH_MFA_SELECTION':
      return {
        heading: 'How do you want to confirm?',
        words: 'The password was right. One more proof is needed.',
        choices: mfaChoices(step.allowedMFATypes),
        submit: '',
      };
    case 'CONTINUE_SIGN_IN_WITH_MFA_SETUP_SELECTION':
      return {
        heading: 'Choose a second factor',
        words: 'This account needs one. You set it up now, and use it at every sign-in.',
        choices: mfaChoices(step.allowedMFATypes),
        submit: '',
      };
    case 'CONTINUE_SIGN_IN_WITH_EMAIL_SETUP':
      return {
        heading: 'Where do codes go?',
        words: 'Cognito sends a code there to see that it is yours.',
        field: { label: 'E-mail address', kind: 'email' },
        submit: 'Send a code',
      };
    case 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP': {
      const { sharedSecret, getSetupUri } = step.totpSetupDetails;
      return {
        heading: 'Set up an authenticator app',
        words: 'Add this account to your app, then type the code that it shows.',
        setup: { uri: getSetupUri(APP_NAME).href, key: sharedSecret },
        ...{ field: CODE, submit: 'Finish and sign in', code: 'APP' },
      };
    }
    case 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION':
      return {
        heading: 'How do you want to sign in?',
        words: 'Cognito offers these ways.',
        choices: (step.availableChallenges ?? []).map((answer) => ({
          answer,
          ...(FIRST_FACTORS[answer] ?? { label: answer }),
        })),
        submit: '',
      };
  }
}

function newPassword(attributes: string[] = []): StepView {
  return {
    heading: 'Choose a new password',
    words: 'Cognito asks for it at the first sign-in with a password that an administrator has set.',
    field: {
      label: 'New password',
      kind: 'new-password',
      hint: 'At least 8 characters, with a capital, a small letter, a digit and a symbol.',
    },
    attributes,
    submit: 'Set it and sign in',
  };
}

function to(details: AuthCodeDeliveryDetails | undefined): string {
  return details?.destination ? ` to ${details.destination}` : '';
}

function mfaChoices(types: readonly string[] = []): StepChoice[] {
  return types.map((type) => MFA_CHOICES[type] ?? { answer: type, label: type });
}

/** What the app's own Lambda function gives for people to read; the names in it are its own. */
function questionIn({ question, ...others }: Record<string, string> = {}): string {
  if (question !== undefined) return question;
  const told = Object.entries(others).filter(([name]) => !/^USER/.test(name));
  return told.map(([name, value]) => `${name}: ${value}`).join(', ') || 'Your app asks for an answer.';
}
