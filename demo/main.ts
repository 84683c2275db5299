/** The demo page: it wires the session to the cards. */
import type { AuthSession, SessionClient, SessionEvent } from '../client/index.js';
import { createCodes } from './codes.js';
import { createCredentialsCard } from './credentials-card.js';
import { byId, onPress, setText } from './dom.js';
import { createEndingDialog } from './ending-dialog.js';
import { readEndRules, wireEndRules } from './end-rules.js';
import { readEnvironment } from './environment.js';
import { errorName, errorText } from './error-text.js';
import { createEventLog } from './event-log.js';
import { createFaultsCard } from './faults-card.js';
import { short, tokenMark } from './format.js';
import { createPicture } from './idea-picture.js';
import { type LocalServer, type ServerState, watchLocalServer } from './local-server.js';
import { createNotesCard } from './notes-card.js';
import { createNotesStore } from './notes-store.js';
import { openTabs } from './open-tabs.js';
import { openPageSession } from './page-session.js';
import { joinRounds } from './refresh-round.js';
import { createServerCard, REFRESH } from './server-card.js';
import { createSessionCard, usernameOf } from './session-card.js';
import { fillIn } from './step-form.js';
import { openTabChannel } from './tab-channel.js';
import { joinTabs } from './tab-presence.js';
import { createTabsCard } from './tabs-card.js';
import { createTokensCard } from './tokens-card.js';

const TICK_MS = 500;
/** On a busy machine a dev server hands out the worker, file by file, too slowly for the package: the next time they are at hand. */
const LOOK_AGAIN_MS = 3_000;

async function start(): Promise<void> {
  const environment = readEnvironment();
  const { localUrl, serverName } = environment;
  showServerName(serverName, localUrl !== undefined);

  let tabNumber = 0;
  let serverState: ServerState | undefined;
  let workerInstanceId: string | undefined;
  const log = createEventLog(
    {
      list: byId('log'),
      empty: byId('log-empty'),
      debug: byId('log-debug', HTMLInputElement),
      clear: byId('log-clear', HTMLButtonElement),
    },
    () => `tab ${tabNumber || '…'}`,
  );

  const pageSession = openPageSession(
    {
      ...environment.config,
      // From source, the worker is TypeScript that the dev server translates; an app needs no such line.
      worker: (options) =>
        new SharedWorker(new URL('../worker/session.worker.ts', import.meta.url), /* @vite-ignore */ options),
      logger: (entry) => log.worker(entry),
    },
    readEndRules(),
  );

  const channel = openTabChannel();
  const presence = await joinTabs(channel, () => redraw());
  tabNumber = presence.self.number;
  const picture = createPicture();
  const tabsCard = createTabsCard(byId('tabs'));
  const tokens = createTokensCard(byId('tokens'));
  const credentials = createCredentialsCard(
    { list: byId('credentials'), none: byId('credentials-none'), guestNote: byId('guest-note') },
    {
      identityPool: environment.config.identityPoolId !== undefined,
      guests: environment.config.allowGuestAccess === true,
    },
  );
  const server = localUrl === undefined ? undefined : wireServer(localUrl, hearServer);
  const codes = server && createCodes(fillIn);
  const card = createSessionCard(pageSession, {
    local: server && codes && { codes, addPasskey: server.addPasskey },
    managedLogin: environment.config.oauth !== undefined,
    changed: () => void look(),
    did(text) {
      log.tab(text);
      server?.look();
    },
  });
  const notes = createNotesCard(
    pageSession,
    createNotesStore(localStorage, () => presence.self.number),
  );
  const tellDialog = createEndingDialog({
    stay: () => pageSession.client().extendSession(),
    async signInAgain() {
      await pageSession.client().signOut();
      byId('session-heading').focus();
    },
  });
  const refreshAll = joinRounds({
    channel,
    selfId: () => presence.self.id,
    tabIds: () => presence.tabs().map((tab) => tab.id),
    forceRefresh: () => pageSession.client().fetchAuthSession({ forceRefresh: true }),
    refreshesAsked: async () => (server ? ((await server.state()).counts[REFRESH] ?? 0) : undefined),
  });

  function show(session: AuthSession): void {
    card.show(session);
    notes.show(usernameOf(session));
    tokens.show(session);
    credentials.show(session);
    const { tokens: held } = session;
    presence.tell({ tokenMark: held && tokenMark(held.accessToken), sessionSeenAtMs: Date.now() });
    if (held) byId('step-sign-in').classList.add('is-done');
    tick();
  }

  /** Asks for the session and for who gives it. */
  async function look(): Promise<void> {
    const client = pageSession.client();
    try {
      show(await client.fetchAuthSession());
    } catch (error) {
      // Closed meanwhile, since another one has taken its place: that one is asked as well.
      if (client !== pageSession.client()) return;
      log.tab(`could not get the session: ${errorText(error)}`, 'error');
      card.failed(error);
      setTimeout(() => void look(), LOOK_AGAIN_MS);
    }
    workerInstanceId = await lookAtWorker(pageSession.client()).catch(() => undefined);
    redraw();
  }

  function hearServer(state: ServerState | undefined): void {
    serverState = state ?? serverState;
    if (state) codes?.show(state);
    redraw();
  }

  function tick(): void {
    const serverNowMs = Date.now() + (serverState?.settings.clockOffsetSeconds ?? 0) * 1_000;
    tokens.tick(serverNowMs);
    credentials.tick(serverNowMs);
  }

  function redraw(): void {
    const { self } = presence;
    const tabs = presence.tabs();
    tabsCard.show(tabs, self.id, Date.now());
    const refreshes = server ? (serverState?.counts[REFRESH] ?? 0) : undefined;
    picture.show({ tabs, selfId: self.id, workerInstanceId, refreshes });
    setText(byId('fact-tab'), `Tab ${self.number} of ${tabs.length}`);
    document.title = `Tab ${self.number} · One session for every tab`;
    if (tabs.length > 1) byId('step-open-tabs').classList.add('is-done');
  }

  function hear(session: AuthSession | null, event: SessionEvent): void {
    log.tab(`heard ${eventName(event)}`, event.type === 'tokenRefresh_failure' ? 'warn' : 'info');
    card.heard(session, event);
    notes.heard(event);
    tellDialog(event);
    server?.look();
    if (event.type === 'tokenRefresh' || event.type === 'signedIn') picture.pulse();
    if (event.type === 'signedOut')
      byId(event.reason === 'user' ? 'step-sign-out' : 'step-notes').classList.add('is-done');
    // Signed out may still mean a guest with credentials: ask.
    if (session) show(session);
    else void look();
  }

  pageSession.follow((client) => client.onSessionChange(hear));
  wireEndRules((rules) => {
    pageSession.change(rules);
    void look();
  });
  onPress(byId('refresh-all', HTMLButtonElement), async () => {
    const note = byId('refresh-all-note');
    setText(note, 'All tabs ask now …');
    log.tab('told all tabs to force a refresh');
    try {
      setText(note, await refreshAll());
      byId('step-refresh-all').classList.add('is-done');
    } catch (error) {
      setText(note, errorText(error));
    }
  });
  byId('open-tabs').addEventListener('click', () => setText(byId('open-tabs-note'), openTabs()));
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void look();
  });
  setInterval(() => {
    if (document.visibilityState === 'hidden') return;
    tick();
    redraw();
  }, TICK_MS);
  await look();
}

/** Connects the two cards of the local Cognito. */
function wireServer(localUrl: string, hear: (state: ServerState | undefined) => void): LocalServer {
  const server = watchLocalServer(localUrl, (state, error) => {
    setText(byId('server-error'), state ? '' : `The local Cognito does not answer (${errorName(error)}).`);
    if (state) {
      showCounters(state);
      showSwitches(state);
    }
    hear(state);
  });
  const showCounters = createServerCard({ counters: byId('counters'), requests: byId('requests') });
  const showSwitches = createFaultsCard(server);
  onPress(byId('server-clear', HTMLButtonElement), () => server.clearLog().catch(() => undefined));
  return server;
}

/** Says in the header how the page reaches the session. */
async function lookAtWorker(client: SessionClient): Promise<string | undefined> {
  const { transport, transportReason, workerInstanceId } = await client.inspectSession();
  const kinds = {
    'shared-worker': 'SharedWorker',
    worker: 'Worker of this tab',
    page: 'In the page',
    none: 'Closed',
  };
  const instance = workerInstanceId ? ` ${short(workerInstanceId)}` : '';
  setText(byId('fact-worker'), kinds[transport] + instance);
  byId('fact-worker').title = transportReason ?? '';
  return workerInstanceId;
}

function showServerName(serverName: string, isLocal: boolean): void {
  setText(byId('fact-server'), serverName);
  setText(
    byId('footer-server'),
    isLocal
      ? 'All of this runs on your machine. Nothing leaves it.'
      : 'This page runs against AWS. Users, tokens and credentials are real.',
  );
  setText(byId('aws-note'), `${serverName}. There are no counters and no faults to switch here.`);
  for (const part of document.querySelectorAll<HTMLElement>('[data-local]')) part.hidden = !isLocal;
  for (const part of document.querySelectorAll<HTMLElement>('[data-aws]')) part.hidden = isLocal;
}

function eventName(event: SessionEvent): string {
  if (event.type === 'signedOut') {
    return [`signedOut, reason: ${event.reason}`, event.error && errorText(event.error)]
      .filter(Boolean)
      .join(', ');
  }
  return event.type === 'tokenRefresh_failure' ? `${event.type}, ${errorText(event.error)}` : event.type;
}

start().catch((error: unknown) => {
  byId('session-wait').hidden = true;
  setText(byId('fatal'), errorText(error));
});
