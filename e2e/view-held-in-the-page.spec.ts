/** Promise: a page answers by itself for a second at most, and never after there was news. */
import { scopeName } from '../worker/contract.js';
import { ada, expect, test } from './fixtures.js';
import type { PlainSession } from './page/window.js';

/** Counts the messages that this page posts to any port. */
function countPosts(): void {
  const original = MessagePort.prototype.postMessage;
  const counter = { posts: 0 };
  Object.assign(window, { counter });
  MessagePort.prototype.postMessage = function (this: MessagePort, ...args: unknown[]) {
    counter.posts++;
    Reflect.apply(original, this, args);
  };
}

type WithCounter = Window & { counter: { posts: number } };

test('warm calls are answered in the page, without a message to the worker', async ({ openTab }) => {
  const tab = await openTab({ prepare: (page) => page.addInitScript(countPosts) });
  await tab.signIn(ada);

  const counted = await tab.page.evaluate(async () => {
    const { counter } = window as unknown as WithCounter;
    await window.csw.fetchAuthSession();
    const before = counter.posts;
    const sessions = new Set<unknown>();
    for (let call = 0; call < 100; call++) sessions.add(await window.csw.fetchAuthSession());
    return { before, posts: counter.posts - before, sessions: sessions.size };
  });

  expect(counted.before).toBeGreaterThan(0);
  expect(counted.posts).toBe(0);
  expect(counted.sessions).toBe(1);
});

test('a view is good for a second at most, then the worker is asked again', async ({ openTab }) => {
  const tab = await openTab({ prepare: (page) => page.addInitScript(countPosts) });
  await tab.signIn(ada);

  // When a call that follows on another costs a message. The first ones may be due to news.
  const askedAtMs = await tab.page.evaluate(async () => {
    const { counter } = window as unknown as WithCounter;
    const times: number[] = [];
    while (times.length < 4) {
      const before = counter.posts;
      const startedAtMs = performance.now();
      await window.csw.fetchAuthSession();
      if (counter.posts > before) times.push(startedAtMs);
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    return times;
  });

  const [, , third = 0, fourth = 0] = askedAtMs;
  expect(fourth - third).toBeGreaterThan(500);
  // A second, and a frame of a busy machine.
  expect(fourth - third).toBeLessThan(1_500);
});

test('the view is dropped the moment there is news, before the news has been followed', async ({
  openTabs,
  cognito,
}) => {
  const [first, second] = await openTabs(2);
  await first.signIn(ada);
  const { accessToken } = await first.fetch();
  await second?.fetch();
  // A channel of its own hears the news right after the client's.
  await second?.page.evaluate((name) => {
    const calls: Promise<unknown>[] = [];
    Object.assign(window, { calls });
    new BroadcastChannel(name).onmessage = ({ data }: MessageEvent<{ event?: { type: string } }>) => {
      const told = data.event?.type;
      if (told !== undefined && told !== 'changed') calls.push(window.attempt('fetchAuthSession'));
    };
  }, scopeName(cognito.config));
  const answers = async (): Promise<PlainSession[]> => {
    const outcomes = await second?.page.evaluate(() =>
      Promise.all((window as unknown as { calls: Promise<{ value: PlainSession }>[] }).calls),
    );
    return outcomes?.map(({ value }) => value) ?? [];
  };

  const refreshed = await first.fetch({ forceRefresh: true });
  await expect.poll(answers).toHaveLength(1);
  await first.signOut();
  await expect.poll(answers).toHaveLength(2);

  expect(refreshed.accessToken).not.toBe(accessToken);
  const tokens = (await answers()).map((session) => session.accessToken);
  expect(tokens).toEqual([refreshed.accessToken, undefined]);
});

test('peekSession gives the same object until something changes', async ({ openTab }) => {
  const tab = await openTab();
  await tab.signIn(ada);
  const seen = await tab.page.evaluate(async () => {
    const { csw } = window;
    const fetched = await csw.fetchAuthSession();
    const peeked = csw.peekSession();
    // A token that nobody has: the worker is asked, and answers the same.
    await csw.fetchAuthSession({ rejectedToken: 'of another session' });
    const again = csw.peekSession();
    const refreshed = await csw.fetchAuthSession({ forceRefresh: true });
    const changed = csw.peekSession();
    await csw.signOut();
    return {
      isFetched: peeked === fetched,
      isStable: again === peeked,
      isNew: changed !== peeked && changed === refreshed,
      tokensAfterSignOut: csw.peekSession()?.tokens,
    };
  });
  expect(seen).toEqual({ isFetched: true, isStable: true, isNew: true, tokensAfterSignOut: undefined });
});

test('peekSession knows the new session when the listener is called', async ({ openTabs }) => {
  const [first, second] = await openTabs(2);
  const peeked = second?.page.evaluate(
    () =>
      new Promise<unknown[]>((resolve) => {
        const off = window.csw.onSessionChange((session, event) => {
          off();
          resolve([event.type, session?.userSub, window.csw.peekSession() === session]);
        });
      }),
  );
  await first.signIn(ada);
  expect(await peeked).toEqual(['signedIn', (await first.fetch()).userSub, true]);
});

test('peekSession asks nobody', async ({ openTab, cognito }) => {
  const tab = await openTab({ prepare: (page) => page.addInitScript(countPosts) });
  await tab.signIn(ada);
  await tab.fetch();
  cognito.clearLog();
  const posts = await tab.page.evaluate(() => {
    const { counter } = window as unknown as WithCounter;
    const before = counter.posts;
    for (let call = 0; call < 10; call++) window.csw.peekSession();
    return counter.posts - before;
  });
  expect(posts).toBe(0);
  expect(cognito.counts()).toEqual({});
});
