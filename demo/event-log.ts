/** What happened, in which tab or which run of the worker. The newest entry stands first. */
import type { LogEntry } from '../client/index.js';
import { element } from './dom.js';
import { clock, short } from './format.js';

const MOST_ENTRIES = 200;

/** The log on the page. */
export interface EventLog {
  /** An entry of the worker's log. */
  worker(entry: LogEntry): void;
  /** Something that this tab did or heard. */
  tab(text: string, level?: LogEntry['level']): void;
}

/** Wires the list, the switch for debug entries and the button that clears it. */
export function createEventLog(
  parts: { list: HTMLElement; empty: HTMLElement; debug: HTMLInputElement; clear: HTMLButtonElement },
  tabName: () => string,
): EventLog {
  const { list, empty, debug, clear } = parts;
  list.classList.toggle('hides-debug', !debug.checked);
  debug.addEventListener('change', () => list.classList.toggle('hides-debug', !debug.checked));
  clear.addEventListener('click', () => {
    list.replaceChildren();
    empty.hidden = false;
  });

  function add(
    atMs: number,
    level: LogEntry['level'],
    source: HTMLElement,
    text: string,
    details = '',
  ): void {
    empty.hidden = true;
    const words = element('span', { class: 'log-text' }, text);
    if (details) words.append(' ', element('span', { class: 'log-details' }, details));
    list.prepend(
      element(
        'li',
        { class: `level-${level}` },
        element('time', { datetime: new Date(atMs).toISOString() }, clock(atMs)),
        source,
        words,
      ),
    );
    while (list.children.length > MOST_ENTRIES) list.lastElementChild?.remove();
  }

  return {
    worker(entry) {
      const source = element('span', { class: 'source source-worker' }, `worker ${short(entry.instanceId)}`);
      add(entry.atMs, entry.level, source, entry.message, detailsText(entry.details));
    },
    tab(text, level = 'info') {
      add(Date.now(), level, element('span', { class: 'source source-tab' }, tabName()), text);
    },
  };
}

function detailsText(details: LogEntry['details'] = {}): string {
  return Object.entries(details)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join(', ');
}
