/** The promises, and in each what is tried and how it went. */
import { element, setText } from '../../dom.js';
import type { Scenario } from '../kit.js';
import type { Result, State } from '../runner/run-scenario.js';
import { linesOf, seconds } from './report.js';

interface Look {
  className: string;
  sign: string;
  text: string;
}

const WAITING: Look = { className: 'is-waiting', sign: '', text: 'waiting' };
const RUNNING: Look = { className: 'is-running', sign: '', text: 'running …' };
const LOOKS: Record<State, Look> = {
  kept: { className: 'is-kept', sign: '✓', text: 'kept' },
  broken: { className: 'is-broken', sign: '✕', text: 'broken' },
  'cannot be tried here': { className: 'is-untried', sign: '–', text: 'cannot be tried here' },
};

export interface PromiseList {
  /** As before the first run. */
  clear(): void;
  running(title: string): void;
  done(result: Result): void;
}

export function createPromiseList(root: HTMLElement, scenarios: readonly Scenario[]): PromiseList {
  const rows = new Map<string, Row>();
  const promises = new Set(scenarios.map(({ promise }) => promise));
  for (const promise of promises) {
    const list = element('ul', { class: 'scenarios' });
    for (const { title } of scenarios.filter((scenario) => scenario.promise === promise)) {
      const row = createRow(title);
      rows.set(title, row);
      list.append(row.item);
    }
    root.append(element('article', { class: 'card promise' }, element('h3', {}, promise), list));
  }
  return {
    clear: () => rows.forEach((row) => row.show(WAITING)),
    running: (title) => rows.get(title)?.show(RUNNING),
    done(result) {
      const look = LOOKS[result.state];
      const wasTried = result.state !== 'cannot be tried here';
      const text = wasTried ? `${look.text}, ${seconds(result.tookMs)}` : look.text;
      rows.get(result.title)?.show({ ...look, text }, linesOf(result));
    },
  };
}

interface Row {
  item: HTMLElement;
  show(look: Look, lines?: readonly string[]): void;
}

function createRow(title: string): Row {
  const sign = element('span', { class: 'sign', 'aria-hidden': 'true' });
  const state = element('span', { class: 'scenario-state' });
  const item = element('li', {}, sign, element('span', { class: 'scenario-title' }, sentence(title)), state);
  const row: Row = {
    item,
    show({ className, sign: mark, text }, lines = []) {
      item.className = className;
      setText(sign, mark);
      setText(state, text);
      item.querySelectorAll('.scenario-detail').forEach((line) => line.remove());
      item.append(...lines.map((line) => element('span', { class: 'scenario-detail' }, line)));
    },
  };
  row.show(WAITING);
  return row;
}

function sentence(title: string): string {
  return `${title.charAt(0).toUpperCase()}${title.slice(1)}.`;
}
