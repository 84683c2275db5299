/** This package, behind the harness. */
import {
  configure,
  fetchAuthSession,
  inspectSession,
  onSessionChange,
  signIn,
  signOut,
} from '../../client/index.js';
import { install } from './harness.js';

install({
  configure,
  fetchSession: fetchAuthSession,
  signIn: (username, password) =>
    signIn({ username, password, options: { authFlowType: 'USER_PASSWORD_AUTH' } }),
  signOut,
  onEvent: (listener) =>
    onSessionChange((_session, event) => {
      listener(event.type);
    }),
  // It asks the worker, and a port keeps the order of its messages.
  received: () => inspectSession(),
});
