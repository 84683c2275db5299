/** Promise: the refresh token never reaches the page. */
import { scopeName } from '../worker/contract.js';
import { ada, expect, grace, test } from './fixtures.js';
import { tap } from './page/tap.js';
import type { Tab } from './tab.js';

/** Every string that script in this tab could get hold of without opening the worker's database. */
async function everythingThePageKnows(tab: Tab): Promise<string> {
  const inPage = await tab.page.evaluate(async () => {
    const { held = [], pending = [] } = await navigator.locks.query();
    const resources = performance.getEntriesByType('resource').map(({ name }) => name);
    return window
      .stringsIn([
        window.handedOut,
        window.csw.peekSession(),
        window.csw,
        window.client,
        window.events,
        window.logs,
        window.tapped,
        { ...localStorage },
        { ...sessionStorage },
        document.cookie,
        document.documentElement.outerHTML,
        history.state,
        window.name,
        location.href,
        resources,
        held.map(({ name }) => name),
        pending.map(({ name }) => name),
      ])
      .join('\n');
  });
  const cookies = await tab.page.context().cookies();
  return [inPage, JSON.stringify(cookies)].join('\n');
}

/** The whole token, or a part long enough to be no accident. */
function fragmentsOf(secret: string): string[] {
  const length = Math.min(24, secret.length);
  const middle = Math.floor((secret.length - length) / 2);
  return [secret, secret.slice(-length), secret.slice(middle, middle + length)];
}

test('the refresh token is in nothing that a page can reach through a whole life of a session', async ({
  context,
  openTabs,
  openTab,
  cognito,
  wiretap,
}) => {
  await context.addInitScript(tap);
  const urls: string[] = [];
  context.on('request', (request) => urls.push(request.url()));
  const options = { config: { endpoints: wiretap.endpoints } };
  const tabs = await openTabs(2, options);
  const [first, second] = tabs;

  // A life with all that can happen in it, errors too.
  await first.rejection('signIn', { ...ada, password: 'Wrong-Password-1' });
  await first.signIn(ada);
  await first.fetch();
  await first.rejection('signIn', grace);
  await Promise.all(tabs.map((tab) => tab.fetch({ forceRefresh: true, clientMetadata: { reason: 'test' } })));
  await second?.getCurrentUser();
  await second?.inspect();
  cognito.addFault({ kind: 'drop', operation: 'GetTokensFromRefreshToken', times: 1_000 });
  await first.rejection('fetchAuthSession', { forceRefresh: true });
  cognito.clearFaults();
  cognito.addFault({
    kind: 'error',
    status: 400,
    type: 'InvalidParameterException',
    operation: 'GetTokensFromRefreshToken',
  });
  await first.rejection('fetchAuthSession', { forceRefresh: true });
  cognito.clearFaults();
  const { accessToken = '', idToken = '', credentials } = await first.fetch({ forceRefresh: true });
  await second?.fetch();
  await first.page.evaluate(() => window.csw.peekSession());
  const locked = await everythingWhileARefreshIsOut(first);
  const afterLife = await Promise.all(tabs.map(everythingThePageKnows));
  await second?.signOut();
  await first.signIn(grace);
  cognito.revokeUserSessions('grace');
  await first.rejection('fetchAuthSession', { forceRefresh: true });
  const third = await openTab(options);
  await third.fetch();
  for (const tab of tabs)
    await expect.poll(async () => (await tab.eventNames()).at(-1)).toBe('signedOut:rejected');

  const everything = [
    ...afterLife,
    ...(await Promise.all([...tabs, third].map(everythingThePageKnows))),
    locked,
    ...urls,
    ...wiretap.exchanges.map(({ url }) => url),
  ].join('\n');

  // The taps hear: what may reach the page is there.
  expect(everything).toContain(accessToken);
  expect(everything).toContain(idToken);
  expect(everything).toContain(credentials?.secretAccessKey);
  expect(everything).toContain(scopeName(cognito.config));
  const refreshTokens = wiretap.refreshTokens();
  expect(refreshTokens.length).toBeGreaterThanOrEqual(4);
  for (const token of refreshTokens) {
    for (const fragment of fragmentsOf(token)) expect(everything).not.toContain(fragment);
  }

  async function everythingWhileARefreshIsOut(tab: Tab): Promise<string> {
    const hold = cognito.hold('GetTokensFromRefreshToken');
    const refreshing = tab.fetch({ forceRefresh: true });
    await hold.waitForArrived(1);
    const seen = await everythingThePageKnows(tab);
    hold.release();
    await refreshing;
    return seen;
  }
});

test('news on the channel holds no token, no credentials and no name', async ({
  context,
  openTabs,
  cognito,
}) => {
  await context.addInitScript(tap);
  const [first, second] = await openTabs(2);
  await first.signIn(ada);
  const before = await first.fetch();
  const after = await first.fetch({ forceRefresh: true });
  await first.signOut();
  await second?.toldOf('signedIn', 'tokenRefresh', 'signedOut:user');

  const heard = await second?.page.evaluate(() => JSON.stringify(window.tapped.broadcasts));

  expect(heard).toContain('"tokenRefresh"');
  const secrets = [ada.password, 'ada@example.com', before.userSub ?? '', before.identityId ?? ''];
  for (const { accessToken, idToken, credentials } of [before, after]) {
    secrets.push(
      accessToken ?? '',
      idToken ?? '',
      credentials?.secretAccessKey ?? '',
      credentials?.sessionToken ?? '',
    );
  }
  for (const secret of secrets) {
    expect(secret).not.toBe('');
    for (const fragment of fragmentsOf(secret)) expect(heard).not.toContain(fragment);
  }
  expect(cognito.accepted()['InitiateAuth']).toBe(1);
});

test('the log holds no token, no password and no credentials', async ({ openTab, cognito }) => {
  const tab = await openTab();
  await tab.rejection('signIn', { ...ada, password: 'Wrong-Password-1' });
  await tab.signIn(ada);
  const before = await tab.fetch();
  cognito.addFault({ kind: 'drop', operation: 'GetTokensFromRefreshToken', times: 1_000 });
  await tab.rejection('fetchAuthSession', { forceRefresh: true });
  cognito.clearFaults();
  const after = await tab.fetch({ forceRefresh: true });
  await tab.signOut();

  const log = JSON.stringify(await tab.logs());

  expect(log).toContain('"Signed in."');
  const secrets = [ada.password, 'Wrong-Password-1'];
  for (const { accessToken, idToken, credentials } of [before, after]) {
    secrets.push(
      accessToken ?? '',
      idToken ?? '',
      credentials?.secretAccessKey ?? '',
      credentials?.sessionToken ?? '',
    );
  }
  for (const secret of secrets) {
    expect(secret).not.toBe('');
    for (const fragment of fragmentsOf(secret)) expect(log).not.toContain(fragment);
  }
});

test('a page that sends the worker what it likes gets no further than the listed calls', async ({
  openTab,
  cognito,
}) => {
  const tab = await openTab({
    prepare: (page) =>
      page.addInitScript(() => {
        const Original = SharedWorker;
        const opened: ConstructorParameters<typeof Original>[] = [];
        Object.assign(window, { opened });
        window.SharedWorker = class extends Original {
          constructor(...args: ConstructorParameters<typeof Original>) {
            super(...args);
            opened.push(args);
          }
        };
      }),
  });
  await tab.signIn(ada);
  const session = await tab.fetch();

  // The same worker, over a port of its own, in Comlink's language.
  const answers = await tab.page.evaluate(async () => {
    const [args] = (window as unknown as { opened: ConstructorParameters<typeof SharedWorker>[] }).opened;
    if (!args) throw new Error('no worker was opened');
    const { port } = new SharedWorker(...args);
    const heard: unknown[] = [];
    port.onmessage = ({ data }) => heard.push(data);
    const raw = (value: unknown): unknown => ({ type: 'RAW', value });
    const attacks = [
      { type: 'GET', path: [] },
      { type: 'GET', path: ['session'] },
      { type: 'SET', path: ['session'], value: raw('mine') },
      { type: 'SET', path: ['__proto__', 'hello'], value: raw('mine') },
      { type: 'APPLY', path: ['constructor', 'constructor'], argumentList: [raw('return self.pwned = 1')] },
      { type: 'APPLY', path: ['session', 'constructor'], argumentList: [raw('return self.pwned = 1')] },
      {
        type: 'CONSTRUCT',
        path: ['constructor', 'constructor'],
        argumentList: [raw('return self.pwned = 1')],
      },
      { type: 'ENDPOINT', path: [] },
      { type: 'APPLY', path: ['toString'], argumentList: [] },
      { type: 'APPLY', path: 'ping', argumentList: [] },
      { type: 'APPLY' },
      null,
      42,
      'ping',
    ];
    attacks.forEach((attack, index) =>
      port.postMessage(
        typeof attack === 'object' && attack !== null ? { ...attack, id: `attack-${index}` } : attack,
      ),
    );
    // A listed call after all of them shows that they have been taken in.
    await new Promise<void>((resolve) => {
      port.addEventListener('message', ({ data }) => {
        if ((data as { id?: string } | null)?.id === 'last') resolve();
      });
      port.postMessage({ type: 'APPLY', id: 'last', path: ['ping'], argumentList: [] });
    });
    return heard.filter((data) => (data as { id?: string }).id !== 'last');
  });

  // Whoever sends that is no client of ours, and gets no answer.
  expect(answers).toEqual([]);
  // And the worker still works.
  expect((await tab.fetch({ forceRefresh: true })).userSub).toBe(session.userSub);
  expect(cognito.accepted()['GetTokensFromRefreshToken']).toBe(1);
});
