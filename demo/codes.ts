/** The codes that reached the users, and those that their authenticator apps show: the local Cognito plays the phone. */
import { byId, element, setText } from './dom.js';
import type { ServerState } from './local-server.js';

/** Where a code can be read. */
export type CodeKind = 'SMS' | 'EMAIL' | 'APP';

/** Which code a step waits for. */
export interface AwaitedCode {
  kind: CodeKind;
  /** Undefined after a reload, when nobody has typed one. */
  username: string | undefined;
}

/** The list in the server's card, and the one beside the step that waits for a code. */
export interface Codes {
  show(state: ServerState): void;
  /** Shows the codes for the step that waits, beside it; undefined: none waits. */
  showFor(awaited: AwaitedCode | undefined): void;
}

interface Shown {
  kind: CodeKind;
  username: string;
  where: string;
  code: string;
  secondsLeft?: number;
}

/** Of those that were sent; each user's app has its own line. */
const MOST_SENT = 3;

/** Wires both. @param fillIn puts a code into the field of the step */
export function createCodes(fillIn: (code: string) => void): Codes {
  const all = createList(byId('codes'));
  const panel = byId('step-codes');
  const own = createList(byId('step-codes-list'), fillIn);
  let known: Shown[] = [];
  let awaited: AwaitedCode | undefined;

  function draw(): void {
    const sent = known.filter(({ kind }) => kind !== 'APP');
    all([...sent.slice(0, MOST_SENT), ...known.filter(({ kind }) => kind === 'APP')]);
    const fitting = known.filter(
      ({ kind, username }) =>
        kind === awaited?.kind && (awaited.username === undefined || username === awaited.username),
    );
    // Of what was sent, only the newest is good.
    const shown = awaited?.kind === 'APP' ? fitting : fitting.slice(0, 1);
    panel.hidden = shown.length === 0;
    own(shown);
  }

  return {
    show(state) {
      known = shownIn(state);
      draw();
    },
    showFor(next) {
      awaited = next;
      draw();
    },
  };
}

/** The newest first. */
function shownIn({ codes, authenticators }: ServerState): Shown[] {
  const sent = codes.map(({ medium, username, destination, code }): Shown => {
    const where = `${medium === 'SMS' ? 'Text message' : 'E-mail'} to ${destination}`;
    return { kind: medium, username, where, code };
  });
  const apps = authenticators.map((app): Shown => ({ kind: 'APP', where: `${app.username}’s app`, ...app }));
  return [...sent.reverse(), ...apps];
}

/** Lines are made anew when a code is; the seconds change in place, so that the focus stays. */
function createList(list: HTMLElement, fillIn?: (code: string) => void): (shown: Shown[]) => void {
  let drawn = '';
  return (shown) => {
    const key = shown.map(({ where, code }) => `${where} ${code}`).join('\n');
    if (key !== drawn) {
      drawn = key;
      list.replaceChildren(...shown.map((line) => lineOf(line, fillIn)));
    }
    for (const [index, { secondsLeft }] of shown.entries()) {
      const left = list.children[index]?.querySelector<HTMLElement>('.code-left');
      if (left) setText(left, secondsLeft === undefined ? '' : `, next in ${secondsLeft} s`);
    }
  };
}

function lineOf({ where, code }: Shown, fillIn?: (code: string) => void): HTMLElement {
  const line = element(
    'li',
    {},
    element('span', { class: 'code-where' }, where, element('span', { class: 'code-left' })),
    element('code', {}, code),
  );
  if (!fillIn) return line;
  const use = element('button', { type: 'button', class: 'quiet' }, 'Fill in');
  use.addEventListener('click', () => fillIn(code));
  line.append(use);
  return line;
}
