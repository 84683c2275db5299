/** A bar and the words for the time that is left until something expires. */
import { element, setText } from './dom.js';
import { timeLeft } from './format.js';

/** Shows the span that it was given last; `tick` moves it. */
export interface TimeLeft {
  readonly root: HTMLElement;
  /** Both in milliseconds since the epoch, on the server's clock. */
  show(fromMs: number, untilMs: number): void;
  /** @param serverNowMs the server's clock, milliseconds since the epoch */
  tick(serverNowMs: number): void;
}

/** The bar is for the eyes; the words say the same. */
export function createTimeLeft(): TimeLeft {
  const words = element('span', { class: 'time-left-words' });
  const fill = element('span', { class: 'bar-fill' });
  const bar = element('span', { class: 'bar', 'aria-hidden': 'true' }, fill);
  const root = element('div', { class: 'time-left' }, words, bar);
  let from = 0;
  let until = 0;
  return {
    root,
    show(fromMs, untilMs) {
      from = fromMs;
      until = untilMs;
    },
    tick(serverNowMs) {
      const left = until - serverNowMs;
      setText(words, left > 0 ? `${timeLeft(left)} left` : 'expired');
      const share = Math.min(1, Math.max(0, left / (until - from)));
      fill.style.setProperty('--share', share.toFixed(4));
      root.classList.toggle('is-over', left <= 0);
    },
  };
}
