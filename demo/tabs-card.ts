/** The list of the tabs that share the session. */
import { element, setText } from './dom.js';
import { ago } from './format.js';
import type { TabInfo } from './tab-channel.js';
import { showMark } from './tokens-card.js';

/** The card of tabs. */
export interface TabsCard {
  show(tabs: TabInfo[], selfId: string, nowMs: number): void;
}

/** Items are changed in place: a screen reader that stands on one is not thrown off it twice a second. */
export function createTabsCard(list: HTMLElement): TabsCard {
  const items = new Map<string, ReturnType<typeof createItem>>();
  let order = '';
  return {
    show(tabs, selfId, nowMs) {
      const ids = new Set(tabs.map((tab) => tab.id));
      for (const id of items.keys()) if (!ids.has(id)) items.delete(id);
      const roots = tabs.map((tab) => {
        const item = items.get(tab.id) ?? createItem(tab.id === selfId);
        items.set(tab.id, item);
        item.show(tab, nowMs);
        return item.root;
      });
      const newOrder = [...ids].join();
      if (newOrder === order) return;
      order = newOrder;
      list.replaceChildren(...roots);
    },
  };
}

function createItem(isSelf: boolean) {
  const name = element('span', { class: 'tab-name' });
  const badge = element('span', { class: 'badge' }, 'this tab');
  badge.hidden = !isSelf;
  const state = element('span', { class: 'tab-state' });
  const seen = element('span', { class: 'tab-seen' });
  const mark = element('span', { class: 'mark' });
  const token = element('span', {}, element('span', { class: 'visually-hidden' }, 'token '), mark);
  const none = element('span', { class: 'muted' }, 'signed out');
  const root = element(
    'li',
    isSelf ? { 'aria-current': 'true' } : {},
    element('div', {}, name, ' ', badge, ' ', state),
    seen,
    element('span', { class: 'tab-token' }, token, none),
  );
  return {
    root,
    show({ number, visible, sessionSeenAtMs, tokenMark }: TabInfo, nowMs: number) {
      setText(name, `Tab ${number}`);
      setText(state, visible ? 'visible' : 'hidden');
      setText(seen, `saw the session ${sessionSeenAtMs === 0 ? 'not yet' : ago(nowMs - sessionSeenAtMs)}`);
      token.hidden = tokenMark === undefined;
      none.hidden = tokenMark !== undefined;
      if (tokenMark !== undefined) showMark(mark, tokenMark);
    },
  };
}
