/** The few things that the page does to its document. */

/** The element with this id, which must be there and of this type. */
export function byId<T extends HTMLElement = HTMLElement>(id: string, type?: new () => T): T {
  const found = document.getElementById(id);
  if (!found || (type && !(found instanceof type))) throw new Error(`index.html lacks the element #${id}`);
  return found as T;
}

/** A new element. `class` and all else are attributes; children are nodes or text. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A name and a value of a `<dl>`, kept together in a `<div>` so that they can be laid out as a row. */
export function row(name: string, ...value: (Node | string)[]): HTMLElement {
  return element('div', {}, element('dt', {}, name), element('dd', {}, ...value));
}

/** Sets text only where it differs, so that a live region speaks once. */
export function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** A button that cannot be pressed a second time while its work runs, and keeps the focus. */
export function onPress(button: HTMLButtonElement, work: () => Promise<void>): void {
  button.addEventListener('click', () => {
    if (button.getAttribute('aria-busy') === 'true') return;
    button.setAttribute('aria-busy', 'true');
    void work().finally(() => button.removeAttribute('aria-busy'));
  });
}
