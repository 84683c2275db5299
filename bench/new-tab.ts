/** A new tab, signed in elsewhere: how long from the start of its navigation until it has tokens and credentials. */
import { formatMs, type Row } from './report.js';
import { interleave, openPage, openSignedInPage, type Setting, type SideName } from './setting.js';
import { median } from './statistics.js';

const WARM_UP_ROUNDS = 2;
const ROUNDS = 15;

export async function measureNewTab(setting: Setting): Promise<Row[]> {
  const context = await setting.browser.newContext();
  try {
    await openSignedInPage(context, setting, 'ours');
    await openSignedInPage(context, setting, 'amplify');
    const tookMs: Record<SideName, number[]> = { ours: [], amplify: [] };
    const requests: Record<SideName, number[]> = { ours: [], amplify: [] };
    await interleave(WARM_UP_ROUNDS + ROUNDS, async (side) => {
      setting.cognito.clearLog();
      const page = await openPage(context, setting, side, { auto: true });
      const first = await page.evaluate(() => window.bench.first);
      if (first === undefined) throw new Error('The page did not time its first session.');
      tookMs[side].push(first);
      requests[side].push(setting.cognito.requests.length);
      await page.close();
    });

    const ours = median(tookMs.ours.slice(WARM_UP_ROUNDS));
    const amplify = median(tookMs.amplify.slice(WARM_UP_ROUNDS));
    const asked = { ours: Math.max(...requests.ours), amplify: median(requests.amplify) };
    return [
      {
        what: 'new tab, from navigation to tokens and credentials',
        ours: formatMs(ours),
        beside: `Amplify ${formatMs(amplify)}`,
        ratio: ours / amplify,
        target: 'at most 1/2',
        met: ours / amplify <= 1 / 2,
      },
      {
        what: 'new tab, requests to Cognito',
        ours: String(asked.ours),
        beside: `Amplify ${asked.amplify}`,
        target: '0',
        met: asked.ours === 0,
      },
    ];
  } finally {
    await context.close();
  }
}
