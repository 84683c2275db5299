/** Signing in: the name and how, Cognito's own page, and every step that Cognito asks for after that. */
import type { AuthFlowType, SignInOutput } from '../client/index.js';
import type { Codes } from './codes.js';
import { offerUsers } from './demo-users.js';
import { byId, onPress, setText } from './dom.js';
import { signInErrorText, stepErrorText } from './error-text.js';
import { onSubmit, wireReveal } from './form-submit.js';
import type { PageSession } from './page-session.js';
import { createPasskeyMaker, type NewPasskey } from './passkey-maker.js';
import { SEED_USERS } from './seed.js';
import { viewOf } from './sign-in-steps.js';
import { createStepForm, type StepAnswer } from './step-form.js';

/** The forms of the session card. */
export interface SignInForm {
  /** Shows them, or hides them. The first time, a step that waited before a reload comes back. */
  show(visible: boolean): void;
  /** Fills in who signs in again. */
  fillIn(username: string): void;
}

/** What the local Cognito adds, since it plays the user's phone as well. */
export interface LocalHelp {
  codes: Codes;
  addPasskey(username: string, passkey: NewPasskey): Promise<void>;
}

export interface SignInFormOptions {
  /** Undefined against AWS. */
  local: LocalHelp | undefined;
  /** Whether Cognito's own page can be gone to. */
  managedLogin: boolean;
  /** Cognito asks for something, in these words. */
  asked: (heading: string) => void;
  /** A sign-in of this tab went through. */
  signedIn: () => void;
}

type Step = SignInOutput['nextStep'];

/** Flows that begin with the name alone. */
const WITHOUT_PASSWORD: ReadonlySet<AuthFlowType> = new Set(['USER_AUTH', 'CUSTOM_WITHOUT_SRP']);

export function createSignInForm(session: PageSession, options: SignInFormOptions): SignInForm {
  const { local } = options;
  const form = byId('sign-in-form', HTMLFormElement);
  const username = byId('username', HTMLInputElement);
  const password = byId('password', HTMLInputElement);
  const flow = byId('flow', HTMLSelectElement);
  const error = byId('sign-in-error');
  const passkeyMaker = local && createPasskeyMaker(passkeyUser(), local.addPasskey);
  let choose: ((username: string) => void) | undefined;
  let visible = false;
  let step: Step | undefined;
  /** Whose step it is; after a reload nobody knows. */
  let stepUsername: string | undefined;
  let resumed: Promise<void> | undefined;

  const stepForm = createStepForm({ answer, startOver });

  function render(): void {
    const waits = step !== undefined;
    form.hidden = !visible || waits;
    stepForm.hide(!visible || !waits);
    const view = visible && step ? viewOf(step) : undefined;
    local?.codes.showFor(view?.code && { kind: view.code, username: stepUsername });
    passkeyMaker?.(Boolean(view?.choices?.some((choice) => choice.answer === 'WEB_AUTHN')));
    if (visible) byId('session-wait').hidden = true;
  }

  function advance({ isSignedIn, nextStep }: SignInOutput, of: string | undefined): void {
    const before = step;
    const view = isSignedIn ? undefined : viewOf(nextStep);
    step = view && nextStep;
    stepUsername = of;
    render();
    stepForm.show(view, of ?? '');
    if (view) {
      options.asked(view.heading);
      // A wrong answer to a custom challenge may be answered with another challenge instead of an error.
      if (
        before?.signInStep === 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE' &&
        before.signInStep === nextStep.signInStep
      )
        setText(byId('step-error'), 'Cognito asks again.');
    }
    if (isSignedIn) options.signedIn();
  }

  async function answer({ challengeResponse, userAttributes }: StepAnswer): Promise<void> {
    const input = {
      challengeResponse,
      ...(Object.keys(userAttributes).length > 0 && { options: { userAttributes } }),
    };
    try {
      advance(await session.client().confirmSignIn(input), stepUsername);
    } catch (reason) {
      if (
        (await session
          .client()
          .pendingSignIn()
          .catch(() => undefined)) !== null
      )
        throw reason;
      startOver();
      setText(error, `${stepErrorText(reason)} This sign-in is over: begin again.`);
    }
  }

  function startOver(): void {
    forget();
    render();
    username.focus();
  }

  function forget(): void {
    step = undefined;
    stepUsername = undefined;
    stepForm.show(undefined, '');
  }

  /** Another page may have begun it, or this one before it was reloaded. */
  async function resume(): Promise<void> {
    const waiting = await session
      .client()
      .pendingSignIn()
      .catch(() => null);
    if (waiting && visible) advance(waiting, undefined);
  }

  function flowChanged(): void {
    const needsPassword = !WITHOUT_PASSWORD.has(flow.value as AuthFlowType);
    byId('password-field').hidden = !needsPassword;
    password.required = needsPassword;
  }

  const clear = onSubmit({ form, error, words: signInErrorText }, async () => {
    const authFlowType = flow.value as AuthFlowType;
    const given = {
      username: username.value,
      ...(!WITHOUT_PASSWORD.has(authFlowType) && { password: password.value }),
      options: { authFlowType },
    };
    advance(await session.client().signIn(given), given.username);
  });
  const redirect = byId('sign-in-redirect', HTMLButtonElement);
  byId('redirect-part').hidden = !options.managedLogin;
  onPress(redirect, async () => {
    try {
      await session.client().signInWithRedirect();
    } catch (reason) {
      setText(error, signInErrorText(reason));
    }
  });
  flow.addEventListener('change', flowChanged);
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-reveals]'))
    wireReveal(button);
  if (local) {
    choose = offerUsers((user) => {
      username.value = user.username;
      password.value = user.password;
      flow.value = user.flow;
      flowChanged();
      clear();
    });
  }
  flowChanged();

  return {
    show(nowVisible) {
      visible = nowVisible;
      if (!visible) {
        forget();
        // Another tab may have signed in after this one failed to.
        clear();
      }
      if (visible) void (resumed ??= resume()).then(render);
      else render();
    },
    fillIn(name) {
      username.value = name;
      choose?.(name);
    },
  };
}

/** The one who may sign in with a passkey. */
function passkeyUser(): string {
  return SEED_USERS.find(({ factors }) => factors?.firstFactors?.includes('WEB_AUTHN'))?.username ?? '';
}
