/** What an app imports for a session with sign-in, sign-out and events. Only weighed, never run. */
import { configure, fetchAuthSession, onSessionChange, signIn, signOut } from '../../client/index.js';

Object.assign(globalThis, { app: { configure, fetchAuthSession, onSessionChange, signIn, signOut } });
