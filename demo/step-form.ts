/** The form for whatever Cognito asks after the first one. */
import { byId, element, setText } from './dom.js';
import { stepErrorText } from './error-text.js';
import { onSubmit, wireReveal } from './form-submit.js';
import type { StepChoice, StepField, StepView } from './sign-in-steps.js';

/** What the user answers. */
export interface StepAnswer {
  challengeResponse: string;
  userAttributes: Record<string, string>;
}

/** The form of the step that waits. */
export interface StepForm {
  /** Draws the step and takes the focus to it; undefined takes it away. @param username for password managers, if known */
  show(view: StepView | undefined, username: string): void;
  hide(hidden: boolean): void;
}

const ERROR_ID = 'step-error';
const ANSWER_ID = 'step-answer';

const FIELD_ATTRIBUTES: Readonly<Record<StepField['kind'], Record<string, string>>> = {
  code: { inputmode: 'numeric', autocomplete: 'one-time-code', class: 'code-field' },
  text: { autocomplete: 'off' },
  email: { type: 'email', autocomplete: 'email' },
  password: { type: 'password', autocomplete: 'current-password' },
  'new-password': { type: 'password', autocomplete: 'new-password', minlength: '8' },
};

/** Wires it. @param answer rejects when the answer was not taken; then the step waits on */
export function createStepForm(options: {
  answer: (given: StepAnswer) => Promise<void>;
  startOver: () => void;
}): StepForm {
  const form = byId('step-form', HTMLFormElement);
  const body = byId('step-body');
  const submit = byId('step-submit', HTMLButtonElement);

  const clear = onSubmit({ form, error: byId(ERROR_ID), words: stepErrorText }, (pressed) => {
    const chosen = pressed instanceof HTMLButtonElement ? pressed.value : '';
    const attributes = [...body.querySelectorAll<HTMLInputElement>('input[data-attribute]')];
    return options.answer({
      challengeResponse: chosen || byId(ANSWER_ID, HTMLInputElement).value.trim(),
      userAttributes: Object.fromEntries(attributes.map(({ name, value }) => [name, value])),
    });
  });
  byId('step-back').addEventListener('click', options.startOver);

  return {
    show(view, username) {
      clear();
      body.replaceChildren();
      if (!view) return;
      setText(byId('step-heading'), view.heading);
      setText(byId('step-words'), view.words);
      setText(submit, view.submit);
      submit.hidden = view.choices !== undefined;
      if (view.setup) body.append(setupOf(view.setup));
      if (view.field?.kind.endsWith('password') && username) body.append(usernameField(username));
      if (view.field) body.append(answerField(view.field));
      for (const name of view.attributes ?? []) body.append(attributeField(name));
      if (view.choices) body.append(choiceList(view.choices));
      byId('step-heading').focus();
    },
    hide(hidden) {
      form.hidden = hidden;
    },
  };
}

/** Puts a code into the field of the step that waits. */
export function fillIn(code: string): void {
  const field = byId(ANSWER_ID, HTMLInputElement);
  field.value = code;
  field.focus();
}

function answerField({ label, kind, hint }: StepField): HTMLElement {
  const described = ['step-words', hint && 'step-hint', ERROR_ID].filter(Boolean).join(' ');
  const input = element('input', {
    ...{ id: ANSWER_ID, required: '', 'aria-describedby': described },
    ...FIELD_ATTRIBUTES[kind],
  });
  const field = element('div', { class: 'field' }, element('label', { for: ANSWER_ID }, label));
  if (kind.endsWith('password')) {
    const reveal = element('button', { type: 'button', class: 'quiet', 'aria-pressed': 'false' }, 'Show');
    wireReveal(reveal, input);
    field.append(element('div', { class: 'with-button' }, input, reveal));
  } else field.append(input);
  if (hint) field.append(element('p', { class: 'hint', id: 'step-hint' }, hint));
  return field;
}

function usernameField(username: string): HTMLElement {
  const input = element('input', {
    id: 'step-username',
    autocomplete: 'username',
    readonly: '',
    value: username,
  });
  return element('div', { class: 'field' }, element('label', { for: input.id }, 'User name'), input);
}

function attributeField(name: string): HTMLElement {
  const id = `attribute-${name}`;
  const words = name.replace(/^custom:/, '').replaceAll('_', ' ');
  return element(
    'div',
    { class: 'field' },
    element('label', { for: id }, words.charAt(0).toUpperCase() + words.slice(1)),
    element('input', { id, name, required: '', 'data-attribute': '', 'aria-describedby': ERROR_ID }),
  );
}

function choiceList(choices: readonly StepChoice[]): HTMLElement {
  return element(
    'div',
    { class: 'ways' },
    ...choices.map(({ answer, label, hint }) =>
      element(
        'button',
        { type: 'submit', value: answer },
        label,
        ...(hint ? [' ', element('span', { class: 'hint' }, hint)] : []),
      ),
    ),
  );
}

/** The link opens an app on this device; the key is for one elsewhere. */
function setupOf({ uri, key }: NonNullable<StepView['setup']>): HTMLElement {
  return element(
    'div',
    { class: 'setup' },
    element('p', {}, element('a', { href: uri }, 'Open it in an app on this device')),
    element('p', {}, 'Or type this key into the app:'),
    element('code', { class: 'setup-key' }, key.match(/.{1,4}/g)?.join(' ') ?? key),
    element('details', {}, element('summary', {}, 'The address for a QR code'), element('code', {}, uri)),
  );
}
