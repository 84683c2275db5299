/** `fetchAuthSession({ waitForSignIn: true })`: a call that is answered when somebody is signed in. */
import type { Core } from './extras.js';
import type { AuthSession, FetchAuthSessionOptions } from './types.js';

type Needed = Pick<Core, 'fetchAuthSession' | 'call' | 'onSessionChange' | 'lifetime'>;

/** Nothing is asked while it waits: each sign-in is told, also to a page that was away. */
export async function fetchAfterSignIn(
  core: Needed,
  { waitForSignIn: _heeded, signal, ...request }: FetchAuthSessionOptions = {},
): Promise<AuthSession> {
  signal?.throwIfAborted();
  const settled = new AbortController();
  const ended = new Promise<never>((_resolve, reject) => {
    for (const end of [core.lifetime, signal]) {
      end?.addEventListener('abort', () => reject(end.reason as Error), settled);
    }
  });
  let goOn = (): void => undefined;
  // Before it is asked: a sign-in between the answer and the wait would be missed.
  const stop = core.onSessionChange((session) => session?.tokens && goOn());
  try {
    for (let isFirst = true; ; isFirst = false) {
      const signedIn = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      // Tokens of a sign-in that it waited for are new enough.
      const asked = unlessEnded(core, isFirst ? request : { ...request, forceRefresh: false });
      const session = await Promise.race([asked, ended]);
      if (session?.tokens) return session;
      await Promise.race([signedIn, ended]);
    }
  } finally {
    stop();
    settled.abort();
  }
}

/** @returns undefined when Cognito's verdict has just ended the session. */
async function unlessEnded(
  { fetchAuthSession, call }: Needed,
  request: FetchAuthSessionOptions,
): Promise<AuthSession | undefined> {
  try {
    return await fetchAuthSession(request);
  } catch (error) {
    const known = await call('session', { peek: true }).catch(() => undefined);
    if (known?.value.status === 'signed-out') return undefined;
    throw error;
  }
}
