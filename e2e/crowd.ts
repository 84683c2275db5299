/** Twelve tabs of one session: one that signs out, three that get frozen, one that leaves, one that gets busy, and six others. */
import type { CDPSession } from 'puppeteer-core';
import {
  beginCalls,
  blockFor,
  callAnew,
  callsAfter,
  endCalls,
  giveDiary,
  hasDiary,
  signOutTimed,
  whereabouts,
  type Call,
  type Span,
  type TimedSignOut,
  type Whereabouts,
} from './call-diary.js';
import { ada, expect, type ChaosTab, type OpenTabOptions } from './chaos/fixtures.js';
import { hearNothingWhileFrozen } from './chaos/freeze.js';

/** Longer than a sign-out waits for a page. */
const LONG_TASK_MS = 1_500;

/** From each page, after each sign-out. */
const CALLS_AFTERWARDS = 5;

interface FreezableTab {
  tab: ChaosTab;
  cdp: CDPSession;
}

export interface Crowd {
  first: ChaosTab;
  /** The last of them hears no news while it is frozen. */
  freezable: readonly FreezableTab[];
  /** Goes into the back/forward cache. */
  leaving: ChaosTab;
  busy: ChaosTab;
  others: readonly ChaosTab[];
  all: readonly ChaosTab[];
}

/** What a tab did in a round. */
export interface Record extends Whereabouts {
  calls: Call[];
}

/** One sign-out. */
export interface Round {
  signOut: TimedSignOut;
  /** By tab. */
  records: Map<ChaosTab, Record>;
  longTask?: Span;
}

export async function openCrowd(
  openTab: (options?: OpenTabOptions) => Promise<ChaosTab>,
  prepare: NonNullable<OpenTabOptions['prepare']>,
): Promise<Crowd> {
  const open = (count: number): Promise<ChaosTab[]> =>
    Promise.all(Array.from({ length: count }, () => openTab({ prepare })));
  const [first, leaving, busy, ...others] = (await open(9)) as [ChaosTab, ChaosTab, ChaosTab, ...ChaosTab[]];
  const deaf = await openTab({
    prepare: async (page) => {
      await prepare(page);
      await page.evaluateOnNewDocument(hearNothingWhileFrozen);
    },
  });
  const freezable = await Promise.all(
    [...(await open(2)), deaf].map(async (tab) => ({ tab, cdp: await tab.page.createCDPSession() })),
  );
  const all = [first, ...freezable.map(({ tab }) => tab), leaving, busy, ...others];
  await Promise.all(all.map(giveDiary));
  return { first, freezable, leaving, busy, others, all };
}

/** All tabs call; then the first one signs out, and nothing is in its way. */
export async function signOutAmongAwake(crowd: Crowd): Promise<Round> {
  await signInAndCall(crowd);
  const signOut = await signOutTimed(crowd.first, 'at once');
  return { signOut, records: await recordsOf(crowd, signOut) };
}

/** The same while some tabs are frozen, one is in the cache, and one has just begun a long task. They come back when it has resolved. */
export async function signOutUnderLoad(crowd: Crowd): Promise<Round> {
  const { first, freezable, leaving, busy } = crowd;
  await signInAndCall(crowd);
  await Promise.all([...freezable.map(freeze), leave(leaving)]);
  const signingOut = signOutTimed(first, 'in a long task');
  // It listens, now that a later message to the page has been answered.
  await first.run(() => undefined, undefined);
  const blocked = blockFor(busy, LONG_TASK_MS);
  // It would wait for ever for a task that could not begin.
  const signOut = await Promise.race([signingOut, blocked.then(() => signingOut)]);
  await Promise.all([...freezable.map(thaw), comeBack(leaving)]);
  const longTask = await blocked;
  return { signOut, longTask, records: await recordsOf(crowd, signOut) };
}

async function signInAndCall({ first, all }: Crowd): Promise<void> {
  await first.signIn({ ...ada, options: { authFlowType: 'USER_PASSWORD_AUTH' } });
  await Promise.all(all.map(beginCalls));
}

async function recordsOf({ all }: Crowd, { resolvedAtMs }: TimedSignOut): Promise<Map<ChaosTab, Record>> {
  const record = async (tab: ChaosTab): Promise<[ChaosTab, Record]> => {
    await callsAfter(tab, resolvedAtMs, CALLS_AFTERWARDS);
    return [tab, { calls: await endCalls(tab), ...(await whereabouts(tab)) }];
  };
  return new Map(await Promise.all(all.map(record)));
}

async function freeze({ tab, cdp }: FreezableTab): Promise<void> {
  await cdp.send('Page.setWebLifecycleState', { state: 'frozen' });
  await expect
    .poll(async () => (await whereabouts(tab)).frozen, { message: 'the freeze event fired', intervals: [20] })
    .toBeTruthy();
}

async function thaw({ cdp }: FreezableTab): Promise<void> {
  await cdp.send('Page.setWebLifecycleState', { state: 'active' });
}

async function leave({ page }: ChaosTab): Promise<void> {
  await page.goto(new URL('/blank.html', page.url()).href);
}

/** Where the session is in the page itself, Chromium drops it from the cache: a channel that is open there has brought news. */
async function comeBack(tab: ChaosTab): Promise<void> {
  await tab.page.goBack();
  if (!(await hasDiary(tab))) await callAnew(tab);
}
