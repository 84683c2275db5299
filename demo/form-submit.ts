/** What the forms of the session card have in common. */
import { byId, setText } from './dom.js';

/** What a form needs to say that something went wrong. */
export interface FormParts {
  form: HTMLFormElement;
  /** Its `role="alert"`, which describes the fields. */
  error: HTMLElement;
  words: (reason: unknown) => string;
}

/**
 * Runs the work at each submit, one at a time; an error is shown beside the fields, and read out.
 * The function that it returns takes back what the last error has left.
 * @param work gets the button that was pressed
 */
export function onSubmit(
  { form, error, words }: FormParts,
  work: (pressed: HTMLElement | null) => Promise<void>,
): () => void {
  const clear = () => {
    setText(error, '');
    for (const input of fieldsOf(form)) input.removeAttribute('aria-invalid');
  };
  form.addEventListener('input', ({ target }) => {
    if (target instanceof HTMLInputElement) target.removeAttribute('aria-invalid');
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (form.getAttribute('aria-busy') === 'true') return;
    const pressed = event.submitter;
    form.setAttribute('aria-busy', 'true');
    pressed?.setAttribute('aria-busy', 'true');
    clear();
    work(pressed)
      .catch((reason: unknown) => {
        setText(error, words(reason));
        const fields = fieldsOf(form);
        for (const input of fields) input.setAttribute('aria-invalid', 'true');
        fields.at(-1)?.focus();
      })
      .finally(() => {
        form.removeAttribute('aria-busy');
        pressed?.removeAttribute('aria-busy');
      });
  });
  return clear;
}

/** The fields that can be mended. */
function fieldsOf(form: HTMLFormElement): HTMLInputElement[] {
  return [...form.querySelectorAll('input')].filter(
    (input) => !input.readOnly && input.offsetParent !== null,
  );
}

/** A button that shows and hides what is typed into a password field. */
export function wireReveal(
  button: HTMLButtonElement,
  input = byId(button.dataset.reveals ?? '', HTMLInputElement),
): void {
  button.setAttribute('aria-label', 'Show the password');
  button.addEventListener('click', () => {
    const reveals = input.type === 'password';
    input.type = reveals ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(reveals));
    setText(button, reveals ? 'Hide' : 'Show');
  });
}
