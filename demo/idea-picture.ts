/** The picture of the idea, drawn from what is going on: many tabs, one worker, few questions to Cognito. */
import { byId, element, setText } from './dom.js';
import { count, short } from './format.js';
import type { TabInfo } from './tab-channel.js';

const MOST_TABS = 8;
const SVG = 'http://www.w3.org/2000/svg';

/** What the picture shows. */
export interface PictureState {
  tabs: TabInfo[];
  selfId: string;
  workerInstanceId: string | undefined;
  /** How many refreshes Cognito was asked for; undefined where nobody can know. */
  refreshes: number | undefined;
}

/** The picture and its caption, which says the same in words. */
export interface Picture {
  show(state: PictureState): void;
  /** Tokens have just come from Cognito. */
  pulse(): void;
}

/** Fills `#stage` and `#picture-caption`. */
export function createPicture(): Picture {
  const stage = byId('stage');
  let drawn = '';

  function draw(tabs: TabInfo[], selfId: string): void {
    const shown = tabs.slice(0, MOST_TABS);
    const key = JSON.stringify(shown.map((tab) => [tab.number, tab.visible, tab.tokenMark !== undefined]));
    if (key === drawn) return;
    drawn = key;
    const items = shown.map((tab, index) => {
      const rest = index === MOST_TABS - 1 ? tabs.length - MOST_TABS : 0;
      const classes = ['mini', tab.tokenMark ? 'has-session' : '', tab.id === selfId ? 'is-self' : ''];
      const label =
        rest > 0 ? [`+${rest + 1}`] : [element('span', { class: 'mini-word' }, 'tab '), String(tab.number)];
      return element('li', { class: classes.join(' ').trim() }, element('span', {}, ...label));
    });
    byId('stage-tabs').replaceChildren(...items);
    drawFan('fan-across', shown.length, (at) => `M0 ${at} C 55 ${at} 45 50 100 50`);
    drawFan('fan-down', shown.length, (at) => `M${at} 0 C ${at} 55 50 45 50 100`);
  }

  return {
    show({ tabs, selfId, workerInstanceId, refreshes }) {
      draw(tabs, selfId);
      setText(byId('stage-worker'), workerInstanceId ? short(workerInstanceId) : '…');
      setText(byId('stage-count'), refreshes === undefined ? 'AWS' : String(refreshes));
      setText(byId('stage-count-note'), refreshes === undefined ? 'asked once for all' : 'asked to refresh');
      const asked =
        refreshes === undefined ? '' : ` Cognito was asked for a refresh ${count(refreshes, 'time')}.`;
      setText(
        byId('picture-caption'),
        `${count(tabs.length, 'tab')} ask one worker.${asked}`.replace('1 tab ask', '1 tab asks'),
      );
    },
    pulse() {
      stage.classList.remove('pulses');
      // Reading the width restarts the animation.
      void stage.offsetWidth;
      stage.classList.add('pulses');
    },
  };
}

function drawFan(id: string, lines: number, path: (at: number) => string): void {
  const svg = document.getElementById(id);
  svg?.replaceChildren(
    ...Array.from({ length: lines }, (_, index) => {
      const line = document.createElementNS(SVG, 'path');
      line.setAttribute('d', path(((index + 0.5) / lines) * 100));
      return line;
    }),
  );
}
