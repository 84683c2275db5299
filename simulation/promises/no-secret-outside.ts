/** No refresh token on a channel, in a log, or on its way to a page. */
import { SECRET_MARK } from '../user-directory.js';
import type { KeptPromise } from './promise.js';

export const noSecretOutside: KeptPromise = (_facts, violate) => {
  function check(where: string, what: unknown): void {
    if (JSON.stringify(what)?.includes(SECRET_MARK)) violate(`A refresh token went over ${where}.`);
  }
  return {
    onPosted: (realm, message) => realm && check('the channel', message),
    onMessage: (from, to, message) => check(`the port from ${from.name} to ${to.name}`, message),
    onLogged: (entry) => check('the log', entry),
  };
};
