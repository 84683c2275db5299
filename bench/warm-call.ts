/** A `fetchAuthSession()` when nothing has to be fetched. */
import { formatMs, type Row } from './report.js';
import { interleave, openSignedInPage, type Setting, type SideName } from './setting.js';
import { median } from './statistics.js';

/** The page's clock has steps of 0.1 ms, so the faster side gets more calls. */
const CALLS_IN_A_BATCH: Record<SideName, number> = { ours: 20_000, amplify: 500 };
const WARM_UP_BATCHES = 3;
const BATCHES = 25;

export async function measureWarmCall(setting: Setting): Promise<Row[]> {
  const context = await setting.browser.newContext();
  try {
    const pages = {
      ours: await openSignedInPage(context, setting, 'ours'),
      amplify: await openSignedInPage(context, setting, 'amplify'),
    };
    const perCallMs: Record<SideName, number[]> = { ours: [], amplify: [] };
    setting.cognito.clearLog();
    await interleave(WARM_UP_BATCHES + BATCHES, async (side) => {
      const tookMs = await pages[side].evaluate(
        (calls) => window.bench.timeCalls(calls),
        CALLS_IN_A_BATCH[side],
      );
      perCallMs[side].push(tookMs / CALLS_IN_A_BATCH[side]);
    });
    if (setting.cognito.requests.length > 0) throw new Error('A warm call asked Cognito.');

    const ours = median(perCallMs.ours.slice(WARM_UP_BATCHES));
    const amplify = median(perCallMs.amplify.slice(WARM_UP_BATCHES));
    return [
      {
        what: 'warm `fetchAuthSession()`',
        ours: formatMs(ours),
        beside: `Amplify ${formatMs(amplify)}`,
        ratio: ours / amplify,
        target: 'at most 1/20',
        met: ours / amplify <= 1 / 20,
      },
    ];
  } finally {
    await context.close();
  }
}
