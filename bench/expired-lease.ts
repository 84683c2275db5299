/**
 * A call whose lease has run out, so that the page asks the worker, against a raw round trip with an answer of the same size.
 * The lease runs out because the page's two clocks are moved on by a second before each call; the worker's clock,
 * the port and everything behind it are the real ones. The page counts its messages to prove that each call was asked.
 */
import type { Page } from '@playwright/test';
import type {} from './pages/lease.js';
import { formatMs, type Row } from './report.js';
import { openPage, USER, type Setting } from './setting.js';
import { median } from './statistics.js';

const CALLS_IN_A_BATCH = 50;
const WARM_UP_BATCHES = 5;
const BATCHES = 200;
const CALLS_COUNTED = 20;

const MOVABLE_PAGE_CLOCK = `(() => {
  const date = Date.now, monotonic = performance.now.bind(performance);
  let movedMs = 0;
  Date.now = () => date() + movedMs;
  performance.now = () => monotonic() + movedMs;
  window.pageClock = { advance(ms) { movedMs += ms; }, realNowMs: monotonic };
})()`;

export async function measureExpiredLease(setting: Setting): Promise<Row[]> {
  const context = await setting.browser.newContext();
  try {
    await context.addInitScript({ content: MOVABLE_PAGE_CLOCK });
    const starter = await openPage(context, setting, 'lease');
    await starter.evaluate(({ username, password }) => window.lease.signIn(username, password), USER);
    await starter.evaluate(() => window.lease.prepareEcho());
    const other = await openPage(context, setting, 'lease');
    return [
      await compare(starter, 'in the tab that started the worker'),
      await compare(other, 'in a tab opened later'),
    ];
  } finally {
    await context.close();
  }
}

async function compare(page: Page, where: string): Promise<Row> {
  const posted = await page.evaluate((calls) => window.lease.countMessages(calls), CALLS_COUNTED);
  if (posted.warm > 0 || posted.asked < CALLS_COUNTED) {
    throw new Error(
      `${CALLS_COUNTED} calls posted ${posted.warm} messages under the lease, ${posted.asked} after it.`,
    );
  }
  const perCallMs = { raw: [] as number[], asked: [] as number[] };
  for (let batch = 0; batch < WARM_UP_BATCHES + BATCHES; batch += 1) {
    const raw = await page.evaluate((calls) => window.lease.timeRaw(calls), CALLS_IN_A_BATCH);
    const asked = await page.evaluate((calls) => window.lease.timeAsked(calls), CALLS_IN_A_BATCH);
    perCallMs.raw.push(raw / CALLS_IN_A_BATCH);
    perCallMs.asked.push(asked / CALLS_IN_A_BATCH);
  }
  const raw = median(perCallMs.raw.slice(WARM_UP_BATCHES));
  const asked = median(perCallMs.asked.slice(WARM_UP_BATCHES));
  return {
    what: `call whose lease has run out, ${where}`,
    ours: formatMs(asked),
    beside: `raw round trip ${formatMs(raw)}`,
    ratio: asked / raw,
    target: 'at most 1.6',
    met: asked / raw <= 1.6,
  };
}
