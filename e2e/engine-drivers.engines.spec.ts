/** The drivers of the three engines: what the other tests in all engines rely on. */
import { expect, test } from '@playwright/test';
import { launchEngine } from './engines/launch.js';
import { inEveryEngine } from './engines/in-every-engine.js';
import { startStaticServer, type StaticServer } from './static-server.js';

let site: StaticServer;
test.beforeAll(async () => {
  site = await startStaticServer();
});
test.afterAll(() => site.close());

const blank = (): string => `${site.url}/blank.html`;

inEveryEngine((browser, name) => {
  test('an answer comes back as it was given, and a rejection with its name', async () => {
    const page = await browser().open(blank());

    expect(await page.evaluate((one, two) => ({ one, two }), 'ä', [1, null])).toEqual({
      one: 'ä',
      two: [1, null],
    });
    expect(await page.evaluate(async () => location.pathname)).toBe('/blank.html');
    await expect(
      page.evaluate(async () => {
        throw new RangeError('as asked');
      }),
    ).rejects.toMatchObject({ name: 'RangeError', message: 'as asked' });
    await page.close();
  });

  test('the pages of a browser can wait for each other', async () => {
    const [hearer, speaker] = [await browser().open(blank()), await browser().open(blank())];

    const heard = hearer.evaluate(
      () =>
        new Promise<string>((resolve) => {
          const channel = new BroadcastChannel('test');
          channel.onmessage = ({ data }: MessageEvent<string>) => {
            if (data === 'hello') resolve(data);
            else channel.postMessage('ready');
          };
        }),
    );
    await speaker.evaluate(
      () =>
        new Promise<void>((resolve) => {
          const channel = new BroadcastChannel('test');
          const ask = setInterval(() => channel.postMessage('ready?'), 20);
          channel.onmessage = () => {
            clearInterval(ask);
            channel.postMessage('hello');
            resolve();
          };
        }),
    );

    expect(await heard).toBe('hello');
    await hearer.close();
    await speaker.close();
  });

  test('a page opens eight tabs of its own without a click, and closes them', async () => {
    const page = await browser().open(blank());

    const counts = await page.evaluate(async () => {
      const until = (condition: () => boolean): Promise<void> =>
        new Promise((resolve) => {
          const timer = setInterval(() => {
            if (!condition()) return;
            clearInterval(timer);
            resolve();
          }, 20);
        });
      const tabs = Array.from({ length: 8 }, () => window.open('/blank.html')).filter((tab) => tab !== null);
      await until(() =>
        tabs.every(
          ({ location, document }) =>
            location.pathname === '/blank.html' && document.readyState === 'complete',
        ),
      );
      const opened = tabs.length;
      tabs.forEach((tab) => tab.close());
      await until(() => tabs.every((tab) => tab.closed));
      return { opened, closed: tabs.filter((tab) => tab.closed).length };
    });

    expect(counts).toEqual({ opened: 8, closed: 8 });
    await page.close();
  });

  test('a start knows nothing of the one before', async () => {
    const page = await browser().open(blank());
    await page.evaluate(() => localStorage.setItem('kept', 'yes'));
    expect(await page.evaluate(() => localStorage.getItem('kept'))).toBe('yes');

    const next = await launchEngine(name);
    try {
      const fresh = await next.open(blank());
      expect(await fresh.evaluate(() => localStorage.getItem('kept'))).toBeNull();
    } finally {
      await next.close();
    }
  });

  test('a browser that is killed ends what was waiting for it with an error', async () => {
    const victim = await launchEngine(name);
    const page = await victim.open(blank());
    const waiting = page.evaluate(() => new Promise<void>(() => undefined));
    const rejection = expect(waiting).rejects.toThrow(/ended|closed|no answer/i);

    process.kill(-victim.processId, 'SIGKILL');

    await rejection;
    await expect(page.evaluate(() => 1)).rejects.toThrow();
    await victim.close();
  });

  test('a page that never answers is given up in time, and its browser can be closed', async () => {
    // Opening a tab took more than 3 s on a busy machine.
    const victim = await launchEngine(name, { commandTimeoutMs: 10_000 });
    const page = await victim.open(blank());

    await expect(
      page.evaluate(() => {
        for (;;);
      }),
    ).rejects.toThrow(/10000 ms/);

    await victim.close();
  });
});
