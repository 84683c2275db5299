import { afterEach, describe, expect, test, vi } from 'vitest';
import type { CompletedRedirect } from '../worker/contract.js';
import { servePort } from '../worker/serve.js';
import { createPagePlatform, type PagePlatform } from '../worker/testing/page-platform.js';
import { settle } from '../worker/testing/virtual-time.js';
import { createWorld, CONFIG } from '../worker/testing/world.js';
import { NEWS_MS } from './bounds.js';
import { createClient } from './client.js';
import { readConfig } from './config.js';
import type { Core } from './extras.js';
import { createRedirects } from './redirect.js';
import { AuthError } from '../worker/errors.js';
import { createLadder } from './transports.js';
import type { SessionClient, SessionConfig, SessionEvent } from './types.js';

const PAGE = 'https://app.example/';
const OAUTH = { domain: 'auth.example.com', redirectSignIn: [PAGE], redirectSignOut: [PAGE] };

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Tab {
  client: SessionClient;
  platform: PagePlatform;
  events: SessionEvent[];
}

/** A tab at this URL, with a real port to a real session. */
function openTab(
  href: string,
  config: Partial<SessionConfig> = { oauth: OAUTH },
  world = createWorld(),
): Tab {
  const platform = createPagePlatform(world.time, world.hub, href);
  const { session, deps } = world.start({ config: { ...CONFIG, oauth: OAUTH } });
  const worker = (): SharedWorker => {
    const { port1, port2 } = new MessageChannel();
    closers.push(() => port1.close());
    servePort(port2, {
      instanceId: deps.instanceId,
      sessionFor: () => session,
      nextClientId: () => 'tab-1',
      addLogger: () => () => undefined,
      onCollected: () => undefined,
    });
    return { port: port1, onerror: null } as unknown as SharedWorker;
  };
  const { userPoolId = '', userPoolClientId = '' } = CONFIG;
  const whole: SessionConfig = { userPoolId, userPoolClientId, worker, ...config };
  const client = createClient(readConfig(whole), whole, platform, createLadder);
  const events: SessionEvent[] = [];
  client.onSessionChange((_session, event) => events.push(event));
  closers.push(() => client.close());
  return { client, platform, events };
}

/** The page's part alone, with a worker that answers so. @returns what it tells. */
async function completeReturn(
  platform: PagePlatform,
  href: string,
  complete: () => Promise<CompletedRedirect>,
): Promise<SessionEvent[]> {
  const call = async (): Promise<unknown> => ({ value: await complete() });
  const events: SessionEvent[] = [];
  const onEvent = (event: SessionEvent): void => void events.push(event);
  const ask = async (): Promise<unknown> => ({});
  const core = { runtime: CONFIG, platform, call, AuthError, ask, onEvent } as unknown as Core;
  await createRedirects(core).completeReturn(href);
  await settle();
  return events;
}

describe('a page that comes back', () => {
  test('tells a failure with an AuthError, tidies its URL, and answers signed out', async () => {
    const { client, platform, events } = openTab(`${PAGE}?tab=1&code=c&state=forged#here`);
    expect((await client.fetchAuthSession()).tokens).toBeUndefined();
    await vi.waitUntil(() => events.length > 0, { interval: 5 });
    expect(events).toMatchObject([
      { type: 'signInWithRedirect_failure', error: { name: 'OAuthSignInException' } },
    ]);
    expect(platform.href).toBe(`${PAGE}?tab=1#here`);
  });

  test('asks for the session only when the sign-in is done', async () => {
    const world = createWorld();
    const begun = openTab(PAGE, { oauth: OAUTH }, world);
    await begun.client.signInWithRedirect();
    const [authorize = ''] = begun.platform.assigned;
    const state = new URL(authorize).searchParams.get('state') ?? '';
    const hold = world.cognito.hold('exchangeCode');
    const back = openTab(`${PAGE}?code=c&state=${state}`, { oauth: OAUTH }, world);
    let isAnswered = false;
    const asked = back.client.fetchAuthSession().then(() => (isAnswered = true));
    await vi.waitUntil(() => world.cognito.count('exchangeCode') === 1, { interval: 5 });
    await back.client.inspectSession();
    expect(isAnswered).toBe(false);
    hold.release();
    await asked;
  });

  test.each([
    ['has no config for it', `${PAGE}?code=c&state=s`, {}],
    ['has no state in its URL', `${PAGE}?code=c&substate=s`, { oauth: OAUTH }],
  ])('is left alone when it %s', async (_what, href, config) => {
    const { client, platform, events } = openTab(href, config);
    await client.fetchAuthSession();
    expect(platform.href).toBe(href);
    expect(events).toEqual([]);
  });
});

describe('what the worker answers', () => {
  const done: CompletedRedirect = {
    search: ['?code=c&state=s', ''],
    events: [{ type: 'signInWithRedirect' }],
  };
  const { time, hub } = createWorld();

  test('tidies the URL that the app has gone on to, too', async () => {
    const platform = createPagePlatform(time, hub, `${PAGE}?code=c&state=s`);
    const returned = completeReturn(platform, `${PAGE}?code=c&state=s`, () => Promise.resolve(done));
    platform.replaceHref(`${PAGE}?code=c&state=s#/inbox`);
    await time.advance(NEWS_MS);
    expect(await returned).toEqual(done.events);
    expect(platform.href).toBe(`${PAGE}#/inbox`);
  });

  test('is told when the page has heard of the sign-in, which the session would be taken for an old one without', async () => {
    const platform = createPagePlatform(time, hub, PAGE);
    let isTold = false;
    const returned = completeReturn(platform, PAGE, () => Promise.resolve(done)).then(() => (isTold = true));
    await settle();
    hub.forge({ type: 'news', event: { type: 'tokenRefresh' } });
    await settle();
    expect(isTold).toBe(false);
    hub.forge({ type: 'news', event: { type: 'signedIn' } });
    await returned;
    expect(platform.channels).toEqual([]);
    expect(platform.timers).toBe(0);
  });

  test('leaves a URL alone that has nothing of it any more', async () => {
    const platform = createPagePlatform(time, hub, `${PAGE}inbox`);
    const returned = completeReturn(platform, `${PAGE}?code=c&state=s`, () => Promise.resolve(done));
    await time.advance(NEWS_MS);
    await returned;
    expect(platform.href).toBe(`${PAGE}inbox`);
  });
});

test('a worker that can not be asked is told as a failure; the URL stays, so that a reload tries again', async () => {
  const { time, hub } = createWorld();
  const platform = createPagePlatform(time, hub, `${PAGE}?code=c&state=s`);
  const error = new Error('no worker');
  const events = await completeReturn(platform, platform.href ?? '', () => Promise.reject(error));
  expect(events).toEqual([{ type: 'signInWithRedirect_failure', error }]);
  expect(platform.href).toBe(`${PAGE}?code=c&state=s`);
});

test('a sign-out goes to Cognito only where the worker says so', async () => {
  const world = createWorld();
  const { client, platform } = openTab(PAGE, { oauth: OAUTH }, world);
  await client.signIn({
    username: 'ada',
    password: 'right',
    options: { authFlowType: 'USER_PASSWORD_AUTH' },
  });
  const done = client.signOut();
  await vi.waitUntil(() => world.news().includes('signedOut'), { interval: 5 });
  await world.time.advance(1_000);
  await done;
  expect(platform.assigned).toEqual([]);
});
