/** Compiled, never run: an app's first lines, against the types that are shipped. */
import { configure, fetchAuthSession, onSessionChange, type AuthSession } from 'cognito-session-worker';

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

export default header;
