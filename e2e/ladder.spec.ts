/** Promise: each rung of the ladder is reached by its real cause, says why, and keeps the promises together with the others. */
import type { Frame } from '@playwright/test';
import type { LocalCognito } from '../demo/local-cognito/server.js';
import type { PlainConfig } from './page/window.js';
import { ada, expect, test } from './fixtures.js';
import type { OpenTabOptions } from './fixtures.js';
import type { StaticServer } from './static-server.js';
import { SessionTab } from './tab.js';
import { forceAtOnce, REFRESH } from './refreshing.js';

interface Cause {
  title: string;
  transport: 'shared-worker' | 'worker' | 'page';
  /** What the diagnostics say of the rungs above. */
  reason?: RegExp;
  /** How the page comes to it. */
  open(site: StaticServer): OpenTabOptions;
}

/** The test page, served with these headers. */
function withHeaders(site: StaticServer, headers: Record<string, string>): OpenTabOptions {
  site.serve('/strict.html', { sameAs: '/', headers });
  return { path: '/strict.html' };
}

function without(...names: string[]): OpenTabOptions {
  return {
    prepare: (page) =>
      page.addInitScript((globals) => {
        for (const name of globals) Reflect.deleteProperty(window, name);
      }, names),
  };
}

/** As in Firefox before 114 and Safari before 15, which know no `type` and take every worker for a classic one. */
function withoutModuleWorkers(): OpenTabOptions {
  return {
    // A worker of its own: no browser lets a classic and a module worker share an address and a name.
    config: { workerUrl: '/dist/session.worker.js?classic' },
    prepare: (page) =>
      page.addInitScript(() => {
        const classic = <Kind extends typeof Worker | typeof SharedWorker>(kind: Kind): Kind =>
          new Proxy(kind, {
            construct: (target, [url, { name }]: [string, WorkerOptions]) =>
              Reflect.construct(target, [url, { name }]) as object,
          });
        Object.assign(window, { SharedWorker: classic(SharedWorker), Worker: classic(Worker) });
      }),
  };
}

const EMBEDDER_POLICY = { 'cross-origin-embedder-policy': 'require-corp' };

const DID_NOT_START = /^shared-worker: did not start; worker: did not start$/;

/** A worker's file of a version to come, which begins nothing with a page of this one. */
const WORKER_OF_VERSION_99 = `
  const serve = (port) => {
    port.onmessage = ({ data: { id } }) => {
      const value = { instanceId: 'of version 99', revision: 0, ok: true, value: { protocolVersion: 99 } };
      port.postMessage({ id, type: 'RAW', value });
    };
  };
  self.onconnect = self.onmessage = ({ ports: [port] }) => serve(port);
`;

const CAUSES: Cause[] = [
  { title: 'a browser without SharedWorker', transport: 'worker', open: () => without('SharedWorker') },
  {
    title: 'a browser without workers',
    transport: 'page',
    reason: /^worker: Worker is not defined$/,
    open: () => without('SharedWorker', 'Worker'),
  },
  {
    // The worker's file has no import and no export, so that it runs as a classic script, too.
    title: 'a browser without module workers',
    transport: 'shared-worker',
    open: withoutModuleWorkers,
  },
  {
    title: 'a content security policy that forbids workers',
    transport: 'page',
    reason: DID_NOT_START,
    open: (site) => withHeaders(site, { 'content-security-policy': "worker-src 'none'" }),
  },
  {
    title: "a worker's file that is not there",
    transport: 'page',
    reason: DID_NOT_START,
    open: () => ({ config: { workerUrl: '/dist/no-such-file.js' } }),
  },
  {
    title: 'a policy that requires Trusted Types',
    transport: 'page',
    reason: /^shared-worker: .*TrustedScriptURL.*; worker: .*TrustedScriptURL/,
    open: (site) => withHeaders(site, { 'content-security-policy': "require-trusted-types-for 'script'" }),
  },
  {
    // Chromium 156 asks a SharedWorker for no policy of its own.
    title: "an embedder policy that the worker's file does not share",
    transport: 'shared-worker',
    open: (site) => withHeaders(site, EMBEDDER_POLICY),
  },
  {
    title: "an embedder policy that the worker's file does not share, in a browser without SharedWorker,",
    transport: 'page',
    reason: /^worker: did not start$/,
    open: (site) => ({ ...withHeaders(site, EMBEDDER_POLICY), ...without('SharedWorker') }),
  },
  {
    title: 'a worker of another protocol version',
    transport: 'page',
    reason: /^shared-worker: another version; worker: another version$/,
    open: (site) => {
      site.serve('/of-version-99.js', { body: WORKER_OF_VERSION_99 });
      return { config: { workerUrl: '/of-version-99.js' } };
    },
  },
];

for (const { title, transport, reason, open } of CAUSES) {
  test(`${title} leads to the rung '${transport}'; the session is shared with tabs on the others`, async ({
    openTab,
    site,
    cognito,
  }) => {
    const options = open(site);
    const low = [await openTab(options), await openTab(options)] as const;
    const ordinary = await openTab();
    const tabs = [...low, ordinary];

    for (const tab of low) {
      const inspection = await tab.inspect();
      expect(inspection.transport).toBe(transport);
      if (reason) expect(inspection.transportReason).toMatch(reason);
      else expect(inspection.transportReason).toBeUndefined();
    }
    expect((await ordinary.inspect()).transport).toBe('shared-worker');

    await expectSharedSession(tabs, low[0], cognito);
  });
}

/** One sign-in, one refresh and one sign-out serve all the tabs. */
async function expectSharedSession(
  tabs: readonly SessionTab[],
  first: SessionTab,
  cognito: LocalCognito,
): Promise<void> {
  await first.signIn(ada);
  const session = await first.fetch();
  for (const tab of tabs) {
    await tab.toldOf('signedIn');
    expect(await tab.fetch()).toEqual(session);
  }

  const [renewed, ...others] = await forceAtOnce(tabs, cognito);
  expect(renewed?.accessToken).not.toBe(session.accessToken);
  for (const other of others) expect(other).toEqual(renewed);
  for (const tab of tabs) await tab.toldOf('signedIn', 'tokenRefresh');
  expect(cognito.accepted()).toMatchObject({ InitiateAuth: 1, GetId: 1, [REFRESH]: 1 });
  expect(cognito.counts()[REFRESH]).toBe(1);

  expect(await tabs.at(-1)?.signOut()).toEqual({ revoked: true, clients: tabs.length });

  for (const tab of tabs) {
    expect((await tab.fetch()).accessToken).toBeUndefined();
    await tab.toldOf('signedIn', 'tokenRefresh', 'signedOut:user');
  }
}

/** A frame that runs the test page. */
class FrameTab extends SessionTab {
  constructor(
    readonly frame: Frame,
    config: PlainConfig,
  ) {
    super(config);
  }

  run<A, R>(work: (argument: A) => R | Promise<R>, argument: A): Promise<R> {
    return this.frame.evaluate(work as (argument: unknown) => R | Promise<R>, argument);
  }

  protected load(): Promise<unknown> {
    return this.frame.goto(this.frame.url());
  }
}

test('in a sandboxed frame with allow-same-origin the session is that of the tabs', async ({
  openTab,
  page,
  site,
  cognito,
}) => {
  await page.goto(`${site.url}/blank.html`);
  await page.evaluate((source) => {
    const frame = document.createElement('iframe');
    frame.setAttribute('sandbox', 'allow-scripts allow-same-origin');
    frame.name = 'sandboxed';
    frame.src = source;
    document.body.append(frame);
    return new Promise((resolve) => frame.addEventListener('load', resolve));
  }, `${site.url}/`);
  const framed = new FrameTab(page.frame('sandboxed') as Frame, cognito.config);
  await framed.start();
  const tab = await openTab();

  expect((await framed.inspect()).transport).toBe('shared-worker');
  expect((await framed.inspect()).workerInstanceId).toBe((await tab.inspect()).workerInstanceId);
  await expectSharedSession([framed, tab], framed, cognito);
});
