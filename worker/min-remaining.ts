/** Ends a session that has too little left to begin work in it, before the work begins. */
import type { Deps } from './deps.js';
import type { Holds } from './holds.js';
import type { Knowledge } from './knowledge.js';
import type { Peers } from './peers.js';
import type { SavePhase } from './save-phase.js';
import { sessionEnd } from './session-end.js';
import type { SignOut } from './sign-out.js';
import { fenceOf } from './state.js';

export interface MinRemaining {
  /** The first tab of this runtime is here, and has not been answered. */
  atFirstLoad(): Promise<void>;
  /** The user was away, and is back. */
  onReturn(): Promise<void>;
}

/** @param refresh Of tokens of an unknown age, no end is known: then it is asked for others. */
export function createMinRemaining(
  { config, clock }: Pick<Deps, 'config' | 'clock'>,
  knowledge: Knowledge,
  { endByPolicy }: Pick<SignOut, 'endByPolicy'>,
  { rollCall }: Pick<Peers, 'rollCall'>,
  holds: Holds,
  saving: Pick<SavePhase, 'run'>,
  refresh: () => Promise<unknown>,
): MinRemaining {
  const { atFirstLoadSeconds, onReturnSeconds } = config.policy?.minRemaining ?? {};

  /** Whether the session has less left than that, and no tab holds it. */
  async function isShort(leastSeconds: number | undefined): Promise<boolean> {
    const { state } = knowledge;
    if (leastSeconds === undefined || state.type !== 'signed-in') return false;
    const end = sessionEnd(state.tokens, config.refreshTokenValiditySeconds, clock);
    if (!end || end.leftMs >= leastSeconds * 1_000) return false;
    return (await holds.held()).length === 0;
  }

  const endOf = (fence: number): Promise<void> => endByPolicy('policy', (record) => record.fence === fence);

  return {
    async atFirstLoad() {
      if (atFirstLoadSeconds === undefined) return;
      const { state } = knowledge;
      if (state.type === 'signed-in' && !state.tokens.clockTrusted) await refresh();
      const fence = fenceOf(knowledge.state);
      // No tab has work yet, and none gets a token before this is decided: nothing is to be saved.
      if ((await isShort(atFirstLoadSeconds)) && (await rollCall()).length === 0) await endOf(fence);
    },
    async onReturn() {
      const fence = fenceOf(knowledge.state);
      if (!(await isShort(onReturnSeconds))) return;
      await saving.run('policy');
      // There may be work that began meanwhile.
      if (await isShort(onReturnSeconds)) await endOf(fence);
    },
  };
}
