/** The page's part of a sign-in on Cognito's pages: it goes there, and shows the worker the URL that it came back to. */
import { scopeName, type News } from '../worker/contract.js';
import { NEWS_MS } from './bounds.js';
import type { Core } from './extras.js';
import { replaceInHistory } from './platform.js';
import type { SessionClient, SessionEvent } from './types.js';

export interface Redirects extends Pick<SessionClient, 'signInWithRedirect'> {
  /** Has the worker complete the sign-in, tidies the URL up, and tells what came of it. It does not reject. */
  completeReturn(href: string): Promise<void>;
}

export function createRedirects({ runtime, call, platform, AuthError, ask, onEvent }: Core): Redirects {
  /**
   * The news and the answer come by two ways. Had this page seen the session before it heard of the sign-in, it would take it for
   * one that was there at first, and tell nobody.
   */
  function signInNews(): { heard(): Promise<void>; stop(): void } {
    let tell!: () => void;
    const told = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const stopListening = platform.listen(scopeName(runtime), (message) => {
      const { type, event } = (message ?? {}) as Partial<News>;
      if (type === 'news' && event?.type === 'signedIn') tell();
    });
    let stopWaiting = (): void => undefined;
    return {
      async heard() {
        stopWaiting = platform.after(NEWS_MS, tell);
        await told;
      },
      stop() {
        stopListening();
        stopWaiting();
      },
    };
  }

  async function complete(href: string): Promise<SessionEvent[]> {
    const news = signInNews();
    try {
      const { search, events } = (await call('completeRedirect', { url: href })).value;
      if (events.some(({ type }) => type === 'signInWithRedirect')) await news.heard();
      // The app may have changed what else is in the URL meanwhile.
      const { replaceHref = replaceInHistory } = platform;
      replaceHref((platform.href ?? href).replace(...search));
      return events.map((event) =>
        'error' in event ? { ...event, error: new AuthError(event.error) } : event,
      );
    } catch (error) {
      return [{ type: 'signInWithRedirect_failure', error: error as InstanceType<typeof AuthError> }];
    } finally {
      news.stop();
    }
  }

  async function tell(events: SessionEvent[]): Promise<void> {
    const held = await ask({ peek: true }).catch(() => undefined);
    for (const event of events) if (held) onEvent(event, held);
  }

  return {
    async signInWithRedirect(input = {}, options) {
      const { value } = await call('beginRedirect', { ...input, pageUrl: platform.href ?? '' }, options);
      platform.assign(value);
    },
    async completeReturn(href) {
      // Not waited for: what it asks waits for the end of this.
      void tell(await complete(href));
    },
  };
}
