/** The warning that the session ends soon. Every tab shows it, and all take it back together. */
import type { SessionEnding, SessionEvent } from '../client/index.js';
import { inWords, reachedMark } from './countdown.js';
import { byId, onPress, setText } from './dom.js';
import { errorText } from './error-text.js';
import { clock, timeLeft } from './format.js';

const TICK_MS = 250;

/** What can be done about it. */
export interface EndingChoices {
  stay: () => Promise<void>;
  signInAgain: () => Promise<void>;
}

/** Wires the dialog; what it returns is told every event of the session. */
export function createEndingDialog(choices: EndingChoices): (event: SessionEvent) => void {
  const dialog = byId('ending', HTMLDialogElement);
  const stay = byId('ending-stay', HTMLButtonElement);
  const signInAgain = byId('ending-sign-in', HTMLButtonElement);
  const left = byId('ending-left');
  const said = byId('ending-said');
  const error = byId('ending-error');
  let shown: SessionEnding | undefined;
  let saidMark: number | undefined;

  function open(ending: SessionEnding): void {
    shown = ending;
    const leftMs = ending.endsAtMs - Date.now();
    const isIdle = ending.cause === 'idle';
    setText(byId('ending-heading'), isIdle ? 'Are you still there?' : 'This sign-in ends soon');
    setText(byId('ending-words'), endingWords(ending));
    setText(byId('ending-holds'), holdsWords(ending.holds));
    stay.hidden = !isIdle;
    signInAgain.hidden = isIdle;
    setText(error, '');
    // Read out with the words when the dialog opens.
    setText(said, leftWords(leftMs));
    saidMark = reachedMark(leftMs);
    if (!dialog.open) dialog.showModal();
    (isIdle ? stay : signInAgain).focus();
    tick();
  }

  function tick(): void {
    if (!shown || !dialog.open) return;
    const leftMs = shown.endsAtMs - Date.now();
    setText(left, timeLeft(leftMs));
    const mark = reachedMark(leftMs);
    if (mark !== saidMark) setText(said, leftWords(leftMs));
    saidMark = mark;
  }

  async function attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      dialog.close();
    } catch (reason) {
      setText(error, errorText(reason));
    }
  }

  onPress(stay, () => attempt(choices.stay));
  onPress(signInAgain, () => attempt(choices.signInAgain));
  // Escape does the same: it closes, and nothing else.
  byId('ending-later').addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => (shown = undefined));
  setInterval(tick, TICK_MS);

  return (event) => {
    if (event.type === 'sessionEnding') open(event);
    else if (event.type === 'signedOut' || event.type === 'signedIn') dialog.close();
    // Whoever is still there prolongs no sign-in.
    else if (event.type === 'sessionExtended' && shown?.cause === 'idle') dialog.close();
  };
}

/** No time that is left: that would soon be wrong beside the one that counts down. */
function endingWords({ cause, endsAtMs }: SessionEnding): string {
  return cause === 'idle'
    ? 'Nobody has used this page for a while. When this time is over, the session ends in every tab.'
    : `It ends at ${clock(endsAtMs)}, and nothing can prolong it. Sign in again when it suits you.`;
}

function leftWords(leftMs: number): string {
  return `${inWords(leftMs)} left.`;
}

function holdsWords(holds: string[]): string {
  if (holds.length === 0) return 'Nothing is unsaved.';
  return `Not saved yet: ${[...new Set(holds)].join(', ')}. It is saved before the session ends.`;
}
