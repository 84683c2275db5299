/** The page's part of a sign-in on Cognito's pages: it goes there, and shows the worker the URL that it came back to. */
import type { Core } from './extras.js';
import type { SessionClient, SessionEvent } from './types.js';

export interface Redirects extends Pick<SessionClient, 'signInWithRedirect'> {
  /** Has the worker complete the sign-in, and tidies the URL up. @returns what is to be told then. It does not reject. */
  completeReturn(href: string): Promise<SessionEvent[]>;
}

export function createRedirects({ call, platform, AuthError }: Core): Redirects {
  return {
    async signInWithRedirect(input = {}, options) {
      const { value } = await call('beginRedirect', { ...input, pageUrl: platform.href ?? '' }, options);
      platform.assign(value);
    },
    async completeReturn(href) {
      try {
        const { search, events } = (await call('completeRedirect', { url: href })).value;
        // The app may have changed what else is in the URL meanwhile.
        platform.replaceHref((platform.href ?? href).replace(...search));
        return events.map((event) =>
          'error' in event ? { ...event, error: new AuthError(event.error) } : event,
        );
      } catch (error) {
        return [{ type: 'signInWithRedirect_failure', error: error as InstanceType<typeof AuthError> }];
      }
    },
  };
}
