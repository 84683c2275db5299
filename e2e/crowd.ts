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
import { isStoreFree } from './chaos/stored.js';

/** Longer than a sign-out waits for a page. */
const LONG_TASK_MS = 1_500;

/** From each page, after each sign-out. */
const CALLS_AFTERWARDS = 5;

/** A transaction takes milliseconds, on a busy machine some tens of them. */
const HELD_MS = 500;
const MOST_TRIES = 10;

/** More than the calls of a page take that lives: each ends within 15 s. */
const RECORD_MS = 30_000;
const EVALUATION_MS = 5_000;

interface FreezableTab {
  tab: ChaosTab;
  cdp: CDPSession;
  /** Another one of its kind. */
  openAnother(): Promise<FreezableTab>;
}

export interface Crowd {
  first: ChaosTab;
  /** The last of them hears no news while it is frozen. Those whose page dies are replaced. */
  freezable: FreezableTab[];
  /** Goes into the back/forward cache. */
  leaving: ChaosTab;
  busy: ChaosTab;
  others: readonly ChaosTab[];
  readonly all: readonly ChaosTab[];
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
  /** Pages that did not outlive their thaw, and are replaced. */
  lost: number;
}

export async function openCrowd(
  openTab: (options?: OpenTabOptions) => Promise<ChaosTab>,
  prepare: NonNullable<OpenTabOptions['prepare']>,
): Promise<Crowd> {
  const open = async (make = prepare): Promise<ChaosTab> => {
    const tab = await openTab({ prepare: make });
    await giveDiary(tab);
    return tab;
  };
  const openFreezable = async (make = prepare): Promise<FreezableTab> => {
    const tab = await open(make);
    return { tab, cdp: await tab.page.createCDPSession(), openAnother: () => openFreezable(make) };
  };
  const openDeaf = (): Promise<FreezableTab> =>
    openFreezable(async (page) => {
      await prepare(page);
      await page.evaluateOnNewDocument(hearNothingWhileFrozen);
    });
  // One after the other: twelve workers that start at once may each take too long, and their pages go one rung down.
  const [first, leaving, busy] = [await open(), await open(), await open()];
  const others: ChaosTab[] = [];
  while (others.length < 6) others.push(await open());
  const freezable = [await openFreezable(), await openFreezable(), await openDeaf()];
  return {
    first,
    freezable,
    leaving,
    busy,
    others,
    get all() {
      return [first, ...freezable.map(({ tab }) => tab), leaving, busy, ...others];
    },
  };
}

/** All tabs call; then the first one signs out, and nothing is in its way. */
export async function signOutAmongAwake(crowd: Crowd): Promise<Round> {
  await signInAndCall(crowd);
  const signOut = await signOutTimed(crowd.first, 'at once');
  return { signOut, records: await recordsOf(crowd, signOut), lost: 0 };
}

/** The same while some tabs are frozen, one is in the cache, and one has just begun a long task. They come back when it has resolved. */
export async function signOutUnderLoad(crowd: Crowd): Promise<Round> {
  const { first, freezable, leaving, busy } = crowd;
  await signInAndCall(crowd);
  await Promise.all([freezeAll(crowd), leave(leaving)]);
  const signingOut = signOutTimed(first, 'in a long task');
  // It listens, now that a later message to the page has been answered.
  await first.run(() => undefined, undefined);
  const blocked = blockFor(busy, LONG_TASK_MS);
  // It would wait for ever for a task that could not begin.
  const signOut = await Promise.race([signingOut, blocked.then(() => signingOut)]);
  await Promise.all([...freezable.map(thaw), comeBack(leaving)]);
  const longTask = await blocked;
  const records = await recordsOf(crowd, signOut);
  const dead = freezable.filter(({ tab }) => !records.has(tab));
  for (const one of dead) {
    await one.tab.page.close();
    freezable.splice(freezable.indexOf(one), 1, await one.openAnother());
  }
  return { signOut, longTask, records, lost: dead.length };
}

async function signInAndCall({ first, all }: Crowd): Promise<void> {
  await first.signIn({ ...ada, options: { authFlowType: 'USER_PASSWORD_AUTH' } });
  await Promise.all(all.map(beginCalls));
}

/** Without the pages that are dead. */
async function recordsOf({ all }: Crowd, signOut: TimedSignOut): Promise<Map<ChaosTab, Record>> {
  const records = new Map<ChaosTab, Record>();
  const record = async (tab: ChaosTab): Promise<void> => {
    const own = await within(RECORD_MS, recordOf(tab, signOut));
    if (own) records.set(tab, own);
    else if (
      await within(
        EVALUATION_MS,
        tab.run(() => true, undefined),
      )
    )
      throw new Error('The page lives, and its calls are not answered.');
  };
  await Promise.all(all.map(record));
  return records;
}

async function recordOf(tab: ChaosTab, { resolvedAtMs }: TimedSignOut): Promise<Record> {
  await callsAfter(tab, resolvedAtMs, CALLS_AFTERWARDS);
  return { calls: await endCalls(tab), ...(await whereabouts(tab)) };
}

/** What it resolves with, or undefined when it has not by then. */
async function within<T>(patienceMs: number, work: Promise<T>): Promise<T | undefined> {
  const isOver = new Promise<undefined>((resolve) => {
    AbortSignal.timeout(patienceMs).onabort = () => resolve(undefined);
  });
  const first = await Promise.race([work, isOver]);
  work.catch(() => undefined);
  return first;
}

/**
 * Chromium freezes no page whose transaction others wait for (blink-dev, "Freezing on Energy Saver"). By the protocol one freezes in the
 * middle of its transaction, too, and keeps all others from the store: such a one is thawed, and frozen anew.
 */
async function freezeAll({ first, freezable }: Crowd): Promise<void> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    await Promise.all(freezable.map(freeze));
    if (await isStoreFree(first, HELD_MS)) return;
    await Promise.all(freezable.map(thawAndWait));
  }
  throw new Error('A frozen tab held the store each time.');
}

async function freeze({ tab, cdp }: FreezableTab): Promise<void> {
  const { frozen: before } = await whereabouts(tab);
  await cdp.send('Page.setWebLifecycleState', { state: 'frozen' });
  await expect
    .poll(async () => (await whereabouts(tab)).frozen?.atMs, {
      message: 'the freeze event fired',
      intervals: [20],
    })
    .not.toBe(before?.atMs);
}

async function thawAndWait(one: FreezableTab): Promise<void> {
  const { resumed: before } = await whereabouts(one.tab);
  await thaw(one);
  await expect
    .poll(async () => (await whereabouts(one.tab)).resumed?.atMs, { message: 'the resume event fired' })
    .not.toBe(before?.atMs);
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
