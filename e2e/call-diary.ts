/** Lets a page call `fetchAuthSession()` without a pause, and write down what came of it and where it was meanwhile. */
import type { SessionTab } from './tab.js';

/** One call, on the clock that all pages of a machine share. */
export interface Call {
  startedAtMs: number;
  hadTokens: boolean;
}

/** Calls made up to a moment. */
interface Moment {
  atMs: number;
  calls: number;
}

/** When a page stood still, of the round that is under way. */
export interface Whereabouts {
  frozen?: Moment;
  resumed?: Moment;
  left?: Moment;
  /** Out of the back/forward cache, not loaded again. */
  restored?: Moment;
}

interface Diary extends Whereabouts {
  calls: Call[];
  started: number;
  begin(): void;
  call(): void;
  /** The second of two must not be answered from what was held before, either. */
  callTwice(): void;
  /** Resolves when this holds after some call was answered. */
  until(condition: () => boolean): Promise<void>;
  /** No call is made any more, and all have been answered. */
  end(): Promise<Call[]>;
}

type DiaryPage = Window & { diary: Diary };

const EVERY_MS = 5;

/** Once for each page. */
export async function giveDiary(tab: SessionTab): Promise<void> {
  await tab.run((everyMs) => {
    const underWay = new Set<Promise<void>>();
    const looks = new Set<() => void>();
    let timer: ReturnType<typeof setInterval> | undefined;
    const diary: Diary = {
      calls: [],
      started: 0,
      begin() {
        Object.assign(diary, { calls: [], started: 0 });
        for (const moment of ['frozen', 'resumed', 'left', 'restored'] as const) delete diary[moment];
        timer = setInterval(() => diary.call(), everyMs);
      },
      call() {
        const startedAtMs = Date.now();
        diary.started += 1;
        const call = window.csw
          .fetchAuthSession()
          .then(({ tokens }) => void diary.calls.push({ startedAtMs, hadTokens: tokens !== undefined }))
          .finally(() => {
            underWay.delete(call);
            for (const look of looks) look();
          });
        underWay.add(call);
      },
      callTwice() {
        diary.call();
        diary.call();
      },
      until: (condition) =>
        new Promise((resolve) => {
          const look = (): void => {
            if (!condition()) return;
            looks.delete(look);
            resolve();
          };
          looks.add(look);
          look();
        }),
      async end() {
        clearInterval(timer);
        await Promise.all(underWay);
        return diary.calls;
      },
    };
    const now = (): Moment => ({ atMs: Date.now(), calls: diary.started });
    addEventListener('freeze', () => (diary.frozen = now()), { capture: true });
    addEventListener('pagehide', () => (diary.left = now()));
    addEventListener(
      'resume',
      () => {
        diary.resumed = now();
        diary.callTwice();
      },
      { capture: true },
    );
    addEventListener('pageshow', ({ persisted }) => {
      if (!persisted) return;
      diary.restored = now();
      diary.callTwice();
    });
    Object.assign(window, { diary });
  }, EVERY_MS);
}

/** Begins a round. Resolves when a call had tokens, so that the page is in the middle of it. */
export function beginCalls(tab: SessionTab): Promise<void> {
  return tab.run(() => {
    const { diary } = window as unknown as DiaryPage;
    diary.begin();
    return diary.until(() => diary.calls.some(({ hadTokens }) => hadTokens));
  }, undefined);
}

/** The page is there as it was before, not loaded again. */
export function hasDiary(tab: SessionTab): Promise<boolean> {
  return tab.run(() => 'diary' in window, undefined);
}

/** Goes on with a round in a page that was loaded again. */
export async function callAnew(tab: SessionTab): Promise<void> {
  await tab.start();
  await giveDiary(tab);
  await tab.run(() => {
    const { diary } = window as unknown as DiaryPage;
    diary.begin();
    diary.callTwice();
  }, undefined);
}

/** Resolves when so many calls have been answered that were begun after this. */
export function callsAfter(tab: SessionTab, afterMs: number, count: number): Promise<void> {
  return tab.run(
    (wanted) => {
      const { diary } = window as unknown as DiaryPage;
      return diary.until(
        () => diary.calls.filter(({ startedAtMs }) => startedAtMs > wanted.afterMs).length >= wanted.count,
      );
    },
    { afterMs, count },
  );
}

/** Ends a round. */
export function endCalls(tab: SessionTab): Promise<Call[]> {
  return tab.run(() => (window as unknown as DiaryPage).diary.end(), undefined);
}

export function whereabouts(tab: SessionTab): Promise<Whereabouts> {
  return tab.run(() => {
    const { frozen, resumed, left, restored } = (window as unknown as DiaryPage).diary;
    return {
      ...(frozen && { frozen }),
      ...(resumed && { resumed }),
      ...(left && { left }),
      ...(restored && { restored }),
    };
  }, undefined);
}

/** The name of the channel on which a page says that its long task has begun. */
const TASK = 'long task';

/** A span on the clock that all pages share. */
export interface Span {
  beganAtMs: number;
  endedAtMs: number;
}

/** One long task, in which the page goes on to call. It has just asked, so that its lease is as long as it can be. */
export function blockFor(tab: SessionTab, forMs: number): Promise<Span> {
  return tab.run(
    async ({ name, durationMs, everyMs }) => {
      const { diary } = window as unknown as DiaryPage;
      const channel = new BroadcastChannel(name);
      await window.csw.fetchAuthSession({ rejectedToken: 'of somebody else' });
      const beganAtMs = Date.now();
      channel.postMessage('begun');
      for (let calledAtMs = beganAtMs; Date.now() < beganAtMs + durationMs;) {
        if (Date.now() < calledAtMs + everyMs) continue;
        calledAtMs = Date.now();
        diary.call();
      }
      channel.close();
      return { beganAtMs, endedAtMs: Date.now() };
    },
    { name: TASK, durationMs: forMs, everyMs: EVERY_MS },
  );
}

/** A sign-out as the page saw it. */
export interface TimedSignOut {
  calledAtMs: number;
  resolvedAtMs: number;
  revoked: boolean;
  clients: number;
}

/** Signs out as soon as another page's long task has begun, or else at once. */
export function signOutTimed(tab: SessionTab, when: 'at once' | 'in a long task'): Promise<TimedSignOut> {
  return tab.run(
    async (name) => {
      if (name !== undefined) {
        const channel = new BroadcastChannel(name);
        await new Promise((resolve) => (channel.onmessage = resolve));
        channel.close();
      }
      const calledAtMs = Date.now();
      const { revoked, clients } = await window.csw.signOut();
      return { calledAtMs, resolvedAtMs: Date.now(), revoked, clients };
    },
    when === 'at once' ? undefined : TASK,
  );
}
