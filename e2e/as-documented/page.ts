/** Puts the programs where the tests find them. */
import * as credentials from './credentials.js';
import * as errors from './errors.js';
import * as sessionManager from './session-manager.js';
import * as tokens from './tokens.js';

const documented = { credentials, errors, sessionManager, tokens };

declare global {
  interface Window {
    documented: typeof documented;
  }
}

window.documented = documented;
