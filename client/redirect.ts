/** The page's part of a sign-in on Cognito's pages: it shows the worker its URL, and tidies that up. */
import type { CompletedRedirect } from '../worker/contract.js';
import { AuthError } from '../worker/errors.js';
import type { Platform } from './platform.js';
import type { SessionEvent } from './types.js';

/** Has the worker complete the sign-in. @returns what is to be told then. It does not reject. */
export async function completeReturn(
  platform: Platform,
  href: string,
  complete: (url: string) => Promise<CompletedRedirect>,
): Promise<SessionEvent[]> {
  try {
    const { search, events } = await complete(href);
    // The app may have changed what else is in the URL meanwhile.
    platform.replaceHref((platform.href ?? href).replace(...search));
    return events.map((event) =>
      'error' in event ? { ...event, error: new AuthError(event.error) } : event,
    );
  } catch (error) {
    return [{ type: 'signInWithRedirect_failure', error: error as AuthError }];
  }
}
