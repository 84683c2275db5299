/** The sign-in of a fake session: it comes to what the test has said, and any password is right. */
import { checked } from './arguments.js';
import type {
  AuthFlowType,
  ConfirmSignInInput,
  RuntimeConfig,
  SignInInput,
  SignInProgress,
  SignInStep,
  TotpSecret,
} from './contract.js';
import { ownError, type AuthError } from './errors.js';
import { alreadySignedIn, noUserPool } from './first-tokens.js';

/** What a sign-in comes to next: a step that waits for the user (of an authenticator app without its `getSetupUri`), or an error. */
export type FakeSignInAnswer = SignInStep<TotpSecret> | AuthError;

export interface FakeSignIn {
  readonly api: {
    signIn(given: SignInInput): SignInProgress;
    confirmSignIn(given: ConfirmSignInInput): SignInProgress;
    pendingSignIn(): SignInProgress | null;
  };
  answerWith(answers: FakeSignInAnswer[]): void;
  /** Somebody signed in or out: no step waits any more. */
  drop(): void;
}

export interface FakeSignInOptions {
  config: RuntimeConfig;
  isSignedIn(): boolean;
  begin(username: string, authFlowType: AuthFlowType): void;
}

export function createFakeSignIn({ config, isSignedIn, begin }: FakeSignInOptions): FakeSignIn {
  const answers: FakeSignInAnswer[] = [];
  let pending: { username: string; authFlowType: AuthFlowType; progress: SignInProgress } | undefined;

  function proceed(username: string, authFlowType: AuthFlowType): SignInProgress {
    const nextStep = answers.shift() ?? { signInStep: 'DONE' };
    if (nextStep instanceof Error) throw nextStep;
    if (nextStep.signInStep === 'DONE') {
      begin(username, authFlowType);
      return { isSignedIn: true, nextStep };
    }
    pending = { username, authFlowType, progress: { isSignedIn: false, nextStep } };
    return structuredClone(pending.progress);
  }

  function refuseWithoutUserPool(): void {
    if (config.userPoolClientId === undefined) throw noUserPool();
  }

  return {
    api: {
      signIn(given) {
        const { username, options: { authFlowType = 'USER_SRP_AUTH' } = {} } = checked('signIn', given);
        refuseWithoutUserPool();
        if (isSignedIn()) throw alreadySignedIn();
        pending = undefined;
        return proceed(username, authFlowType);
      },
      confirmSignIn(given) {
        checked('confirmSignIn', given);
        refuseWithoutUserPool();
        if (pending) return proceed(pending.username, pending.authFlowType);
        throw ownError(
          'SignInException',
          'There is no sign-in that waits for an answer.',
          'Call signIn() first.',
        );
      },
      pendingSignIn() {
        refuseWithoutUserPool();
        return pending ? structuredClone(pending.progress) : null;
      },
    },
    answerWith: (given) => void answers.push(...given),
    drop() {
      pending = undefined;
    },
  };
}
