/** The list of the tabs that share the session. */
import { element } from './dom.js';
import { ago } from './format.js';
import type { TabInfo } from './tab-channel.js';
import { showMark } from './tokens-card.js';

/** Draws the list anew. There is nothing in it to press, so nothing loses the focus. */
export function showTabs(list: HTMLElement, tabs: TabInfo[], selfId: string, nowMs: number): void {
  list.replaceChildren(...tabs.map((tab) => tabItem(tab, tab.id === selfId, nowMs)));
}

function tabItem(tab: TabInfo, isSelf: boolean, nowMs: number): HTMLElement {
  const name = element('span', { class: 'tab-name' }, `Tab ${tab.number}`);
  if (isSelf) name.append(' ', element('span', { class: 'badge' }, 'this tab'));
  const seen = tab.sessionSeenAtMs === 0 ? 'not yet' : ago(nowMs - tab.sessionSeenAtMs);
  const item = element(
    'li',
    isSelf ? { class: 'is-self', 'aria-current': 'true' } : {},
    element('div', {}, name, element('span', { class: 'tab-state' }, tab.visible ? 'visible' : 'hidden')),
    element('span', { class: 'tab-seen' }, `saw the session ${seen}`),
  );
  if (tab.tokenMark) {
    const mark = element('span', { class: 'mark' });
    showMark(mark, tab.tokenMark);
    item.append(
      element('span', { class: 'tab-token' }, element('span', { class: 'visually-hidden' }, 'token '), mark),
    );
  } else {
    item.append(element('span', { class: 'tab-token muted' }, 'signed out'));
  }
  return item;
}
