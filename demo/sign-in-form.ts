/** Signing in: name and password, and a new password where Cognito asks for one. */
import type { AuthFlowType, SessionClient, SignInOutput } from '../client/index.js';
import { byId, element, setText } from './dom.js';
import { signInErrorText } from './error-text.js';
import { SEED_USERS } from './seed.js';

/** The two forms of the session card. */
export interface SignInForm {
  /** Shows them, or hides them. */
  show(visible: boolean): void;
}

/** Wires both forms. @param signedIn called when a sign-in of this tab went through */
export function createSignInForm(
  client: SessionClient,
  options: { seeded: boolean; signedIn: () => void },
): SignInForm {
  const form = byId('sign-in-form', HTMLFormElement);
  const username = byId('username', HTMLInputElement);
  const password = byId('password', HTMLInputElement);
  const error = byId('sign-in-error');
  const nextForm = byId('new-password-form', HTMLFormElement);
  const newPassword = byId('new-password', HTMLInputElement);
  const nextError = byId('new-password-error');
  const attributes = byId('missing-attributes');
  let visible = false;
  let choosing = false;

  function render(): void {
    form.hidden = !visible || choosing;
    nextForm.hidden = !visible || !choosing;
  }

  function advance({ isSignedIn, nextStep }: SignInOutput): void {
    choosing = !isSignedIn && nextStep.signInStep === 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED';
    if (nextStep.signInStep === 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED') {
      byId('new-username', HTMLInputElement).value = username.value;
      attributes.replaceChildren(...(nextStep.missingAttributes ?? []).map(attributeField));
      newPassword.value = '';
      render();
      byId('new-password-heading').focus();
    }
    if (isSignedIn) options.signedIn();
  }

  const clear = onSubmit(form, error, [username, password], async () => {
    const flow = new FormData(form).get('flow') as AuthFlowType;
    advance(
      await client.signIn({
        username: username.value,
        password: password.value,
        options: { authFlowType: flow },
      }),
    );
  });
  const clearNext = onSubmit(nextForm, nextError, [newPassword], async () => {
    const userAttributes = Object.fromEntries(
      [...attributes.querySelectorAll('input')].map((input) => [input.name, input.value]),
    );
    advance(
      await client.confirmSignIn({ challengeResponse: newPassword.value, options: { userAttributes } }),
    );
  });
  byId('new-password-back').addEventListener('click', () => {
    choosing = false;
    clearNext();
    render();
    username.focus();
  });
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-reveals]'))
    wireReveal(button);
  if (options.seeded) offerSeeds(byId('seeds'), username, password, clear);

  return {
    show(nowVisible) {
      visible = nowVisible;
      if (!visible) {
        choosing = false;
        // Another tab may have signed in after this one failed to.
        clear();
        clearNext();
      }
      render();
    },
  };
}

/**
 * Runs the work at each submit, one at a time; an error is shown beside the fields, and read out.
 * The function that it returns takes back what the last error has left.
 */
function onSubmit(
  form: HTMLFormElement,
  error: HTMLElement,
  inputs: HTMLInputElement[],
  work: () => Promise<void>,
): () => void {
  const button = form.querySelector<HTMLButtonElement>('button[type=submit]');
  const clear = () => {
    setText(error, '');
    for (const input of inputs) input.removeAttribute('aria-invalid');
  };
  for (const input of inputs) {
    const described = [input.getAttribute('aria-describedby'), error.id].filter(Boolean).join(' ');
    input.setAttribute('aria-describedby', described);
    input.addEventListener('input', () => input.removeAttribute('aria-invalid'));
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (form.getAttribute('aria-busy') === 'true') return;
    form.setAttribute('aria-busy', 'true');
    button?.setAttribute('aria-busy', 'true');
    clear();
    work()
      .catch((reason: unknown) => {
        setText(error, signInErrorText(reason));
        for (const input of inputs) input.setAttribute('aria-invalid', 'true');
        inputs.at(-1)?.focus();
      })
      .finally(() => {
        form.removeAttribute('aria-busy');
        button?.removeAttribute('aria-busy');
      });
  });
  return clear;
}

function attributeField(name: string): HTMLElement {
  const id = `attribute-${name}`;
  return element(
    'div',
    { class: 'field' },
    element('label', { for: id }, name),
    element('input', { id, name, required: '' }),
  );
}

function wireReveal(button: HTMLButtonElement): void {
  const input = byId(button.dataset.reveals ?? '', HTMLInputElement);
  button.setAttribute('aria-label', 'Show the password');
  button.addEventListener('click', () => {
    const reveals = input.type === 'password';
    input.type = reveals ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(reveals));
    setText(button, reveals ? 'Hide' : 'Show');
  });
}

function offerSeeds(
  list: HTMLElement,
  username: HTMLInputElement,
  password: HTMLInputElement,
  clear: () => void,
): void {
  const [first] = SEED_USERS;
  username.value = first.username;
  password.value = first.password;
  for (const seed of SEED_USERS) {
    const use = element('button', { type: 'button', class: 'quiet' }, `Use ${seed.username}`);
    use.addEventListener('click', () => {
      username.value = seed.username;
      password.value = seed.password;
      clear();
    });
    const words = element(
      'span',
      {},
      element('code', {}, seed.username),
      ' / ',
      element('code', {}, seed.password),
    );
    if (seed.status === 'FORCE_CHANGE_PASSWORD') {
      words.append(element('span', { class: 'hint' }, 'Must choose a new one at the first sign-in.'));
    }
    list.append(element('li', {}, words, use));
  }
}
