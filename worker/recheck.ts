/** Asks Cognito whether the session still stands, when a tab is looked at again after long. */
import { countAgeMs } from './age.js';
import type { Deps } from './deps.js';
import type { Knowledge } from './knowledge.js';
import type { Refresher } from './refresh.js';
import { canRefresh } from './session-end.js';

/**
 * It is a refresh, which needs no scope: GetUser needs `aws.cognito.signin.user.admin`. Of several tabs and runtimes that find it
 * due, one asks, since the others' tokens are no longer the current ones by then.
 */
export function createRecheck(
  { config, clock }: Pick<Deps, 'config' | 'clock'>,
  knowledge: Knowledge,
  { refresh }: Pick<Refresher, 'refresh'>,
): () => Promise<void> {
  const { recheckSeconds = Infinity } = config.policy ?? {};

  return async () => {
    const { state } = knowledge;
    if (state.type !== 'signed-in') return;
    const { tokens } = state;
    if (countAgeMs(tokens.age, clock) <= recheckSeconds * 1_000) return;
    if (!canRefresh(tokens, config.refreshTokenValiditySeconds, clock)) return;
    await refresh({ forced: false, rejectedToken: tokens.accessToken, isBehind: true });
  };
}
