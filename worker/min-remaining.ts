/** Ends a session that has too little left to begin work in it, before the work begins. */
import type { Deps } from './deps.js';
import type { Holds } from './holds.js';
import type { Knowledge } from './knowledge.js';
import type { Peers } from './peers.js';
import { sessionEnd } from './session-end.js';
import type { SignOut } from './sign-out.js';

export interface MinRemaining {
  /** The first tab of this runtime is here, and has not been answered. */
  atFirstLoad(): Promise<void>;
  /** The user was away, and is back. */
  onReturn(): Promise<void>;
}

export function createMinRemaining(
  { config, clock }: Pick<Deps, 'config' | 'clock'>,
  knowledge: Knowledge,
  { endByPolicy }: Pick<SignOut, 'endByPolicy'>,
  { rollCall }: Pick<Peers, 'rollCall'>,
  holds: Holds,
): MinRemaining {
  const { atFirstLoadSeconds, onReturnSeconds } = config.policy?.minRemaining ?? {};

  async function endIfLess(leastSeconds: number | undefined, isAlone: () => Promise<boolean>): Promise<void> {
    const { state } = knowledge;
    if (leastSeconds === undefined || state.type !== 'signed-in') return;
    const end = sessionEnd(state.tokens, config.refreshTokenValiditySeconds, clock);
    if (!end || end.leftMs >= leastSeconds * 1_000) return;
    if (!(await isAlone()) || (await holds.held()).length > 0) return;
    const { fence } = state;
    await endByPolicy('policy', (record) => record.fence === fence);
  }

  return {
    atFirstLoad: () => endIfLess(atFirstLoadSeconds, async () => (await rollCall()).length === 0),
    onReturn: () => endIfLess(onReturnSeconds, async () => true),
  };
}
