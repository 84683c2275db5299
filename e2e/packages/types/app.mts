/** Compiled, never run: an app's first lines, against the types that are shipped. */
import { configure, fetchAuthSession, onSessionChange, type AuthSession } from 'cognito-session-worker';
import { useAuthSession, type AuthSessionState } from 'cognito-session-worker/react';
import { installFakeClient } from 'cognito-session-worker/testing';

configure({
  userPoolId: 'eu-central-1_AbCdEf123',
  userPoolClientId: '1example23456789',
  refreshMarginSeconds: 60,
});

const session: AuthSession = await fetchAuthSession({ forceRefresh: true });
const header: string = session.tokens?.accessToken.toString() ?? '';
const stop: () => void = onSessionChange((now, event) => {
  if (event.type === 'signedOut' && now === null && event.reason === 'user') stop();
});

// @ts-expect-error -- a number of seconds, not a string
configure({ refreshMarginSeconds: '60' });

const state: AuthSessionState = useAuthSession();
const name: string | undefined = state.error?.name;
const client = installFakeClient({ user: name ?? 'ada' });
client.fake.failNext('fetchAuthSession', 'NetworkError');

// @ts-expect-error -- what does not reject can't be made to
client.fake.failNext('peekSession', 'NetworkError');

export default header;
