/** "Open five tabs", and what to do when the browser lets fewer through. */
import { count } from './format.js';

const TABS = 5;

/** Must run in a click. Returns what happened, in words. */
export function openTabs(): string {
  let opened = 0;
  for (let index = 0; index < TABS; index++) if (window.open(location.href, '_blank')) opened++;
  if (opened === TABS) return 'Five tabs are open. Come back to this one.';
  return (
    `Your browser let ${opened} of ${count(TABS, 'tab')} open. Allow pop-ups for this page ` +
    '(a sign in the address bar offers it) and press again, or press once for each tab.'
  );
}
