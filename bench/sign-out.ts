/** From the call of `signOut()` in one tab until the last of 7 other tabs has had the event. */
import type { Page } from '@playwright/test';
import { formatMs, type Row } from './report.js';
import { interleave, openPage, openSignedInPage, signIn, type Setting, type SideName } from './setting.js';
import { median } from './statistics.js';

const OTHER_TABS = 7;
const WARM_UP_ROUNDS = 2;
const ROUNDS = 12;

export async function measureSignOut(setting: Setting): Promise<Row[]> {
  const context = await setting.browser.newContext();
  try {
    const tabs = { ours: await openTabs(setting, 'ours'), amplify: await openTabs(setting, 'amplify') };
    const lastTabMs: Record<SideName, number[]> = { ours: [], amplify: [] };
    await interleave(WARM_UP_ROUNDS + ROUNDS, async (side) => {
      const { first, others } = tabs[side];
      lastTabMs[side].push(await signOutOnce(first, others));
      await signInAgain(first, others);
    });

    const ours = median(lastTabMs.ours.slice(WARM_UP_ROUNDS));
    const amplify = median(lastTabMs.amplify.slice(WARM_UP_ROUNDS));
    return [
      {
        what: `\`signedOut\` has reached ${OTHER_TABS} other tabs, from the call of \`signOut()\``,
        ours: formatMs(ours),
        beside: `Amplify, cross-tab events on: ${formatMs(amplify)}`,
        ratio: ours / amplify,
        target: 'at most 1/2',
        met: ours / amplify <= 1 / 2,
      },
    ];
  } finally {
    await context.close();
  }

  async function openTabs(from: Setting, side: SideName): Promise<{ first: Page; others: Page[] }> {
    const first = await openSignedInPage(context, from, side);
    const others: Page[] = [];
    for (let tab = 0; tab < OTHER_TABS; tab += 1) others.push(await openPage(context, from, side));
    return { first, others };
  }
}

async function signOutOnce(first: Page, others: readonly Page[]): Promise<number> {
  const watching = await watch(others, 'signedOut');
  const calledAtMs = await first.evaluate(() => window.bench.signOut());
  const seen = await watching();
  return Math.max(...seen) - calledAtMs;
}

async function signInAgain(first: Page, others: readonly Page[]): Promise<void> {
  const watching = await watch(others, 'signedIn');
  await signIn(first);
  await watching();
}

/** Notes each tab's clock now, and returns a function that waits for each tab's first such event after it. */
async function watch(tabs: readonly Page[], type: string): Promise<() => Promise<number[]>> {
  const afterMs = await Promise.all(
    tabs.map((tab) => tab.evaluate(() => performance.timeOrigin + performance.now())),
  );
  return () =>
    Promise.all(
      tabs.map(async (tab, index) => {
        const seen = await tab.evaluate(([name, after]) => window.bench.event(name, after), [
          type,
          afterMs[index] ?? 0,
        ] as const);
        return seen.atMs;
      }),
    );
}
