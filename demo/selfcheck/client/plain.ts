/** What the package hands out, as it can be posted. */
import type { AuthSession, SessionEvent, SignInOrigin } from '../../../client/index.js';
import type { Outcome, PlainEvent, PlainSession } from '../messages.js';

export function plainSession(session: AuthSession): PlainSession {
  const { tokens, credentials, identityId, userSub, credentialsError } = session;
  const access = tokens?.accessToken;
  const id = tokens?.idToken;
  return {
    ...(access && {
      accessToken: access.toString(),
      username: String(access.payload['username']),
    }),
    ...(id && { idToken: id.toString(), idSub: id.payload.sub }),
    ...(userSub !== undefined && { userSub }),
    ...(identityId !== undefined && { identityId }),
    ...(credentials && { accessKeyId: credentials.accessKeyId }),
    ...(credentialsError && { credentialsError: credentialsError.name }),
  };
}

export function plainEvent(session: AuthSession | null, event: SessionEvent): PlainEvent {
  const error = 'error' in event ? event.error : undefined;
  return {
    name: nameOf(event),
    session: session && plainSession(session),
    ...(error && { error: error.name }),
    ...(event.type === 'signedIn' && plainOrigin(event)),
  };
}

function nameOf(event: SessionEvent): string {
  if (event.type === 'signedOut') return `signedOut:${event.reason}`;
  return event.type === 'sessionEnding' ? `sessionEnding:${event.beforeSeconds}` : event.type;
}

function plainOrigin({ resumed, previousUser }: SignInOrigin): Partial<PlainEvent> {
  return { resumed, ...(previousUser && { previousUsername: previousUser.username }) };
}

export async function outcomeOf<T>(work: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    const value = await work();
    return { ok: true, value, atMs: Date.now() };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { ok: false, error: { name, message }, atMs: Date.now() };
  }
}
