/** Sees to it that a call is answered with tokens that are good, and refreshes first where they are not. */
import type { SessionRequest } from './contract.js';
import type { Deps } from './deps.js';
import type { Knowledge } from './knowledge.js';
import type { Refresher } from './refresh.js';
import type { RefreshOutcome } from './rotation.js';
import { canRefresh } from './session-end.js';
import { marginMs, mustRefreshMs, timeLeftMs } from './tokens.js';

export interface Freshness {
  /** Rejects with the failure of a refresh that the call can't do without, and with Cognito's verdict. */
  ensure(request: SessionRequest): Promise<void>;
  /** Whether somebody is signed in whose tokens live. */
  isGood(): boolean;
}

/** @param refreshBehind Begins a refresh that nobody waits for. */
export function createFreshness(
  { clock, config }: Pick<Deps, 'clock' | 'config'>,
  knowledge: Knowledge,
  refresher: Refresher,
  refreshBehind: () => void,
): Freshness {
  async function refreshOnDemand({
    forceRefresh,
    rejectedToken,
    clientMetadata,
  }: SessionRequest): Promise<void> {
    const { state } = knowledge;
    if (state.type !== 'signed-in') return;
    const isCurrent = [state.tokens.accessToken, state.tokens.idToken].includes(rejectedToken);
    const isRejected = rejectedToken !== undefined && isCurrent;
    if (!forceRefresh && !isRejected) return;
    const outcome = await refresher.refresh({
      forced: forceRefresh === true,
      ...(isRejected && !forceRefresh && { rejectedToken }),
      ...(clientMetadata && { clientMetadata }),
    });
    throwFailure(outcome);
  }

  /** Also after a refresh: the device may have slept before its tokens came. */
  async function refreshWhileStale({ clientMetadata }: SessionRequest): Promise<void> {
    for (;;) {
      const { state } = knowledge;
      if (state.type !== 'signed-in') return;
      const { tokens } = state;
      const leftMs = timeLeftMs(tokens, clock);
      if (tokens.clockTrusted && leftMs > mustRefreshMs(tokens.lifeMs)) {
        const isDue = leftMs <= marginMs(tokens.lifeMs, config.refreshMarginSeconds);
        if (isDue && canRefresh(tokens, config.refreshTokenValiditySeconds, clock)) refreshBehind();
        return;
      }
      // The refresh token has ended: these are the last.
      if (leftMs > 0 && !canRefresh(tokens, config.refreshTokenValiditySeconds, clock)) return;
      // Cognito has just given these, or has asked for patience.
      if (refresher.hasJustRefreshed()) return;
      const refusal = refresher.refusal();
      if (refusal && leftMs > 0) return;
      if (refusal) throw refusal;
      const outcome = await refresher.refresh({ forced: false, ...(clientMetadata && { clientMetadata }) });
      if (outcome.type !== 'failed' && outcome.type !== 'ended') continue;
      // A token that can't be refreshed but still lives is served.
      if (outcome.type === 'ended' || timeLeftMs(tokens, clock) <= 0) throwFailure(outcome);
      return;
    }
  }

  return {
    async ensure(request) {
      await refreshOnDemand(request);
      await refreshWhileStale(request);
    },
    isGood() {
      const { state } = knowledge;
      return state.type === 'signed-in' && timeLeftMs(state.tokens, clock) > 0;
    },
  };
}

function throwFailure(outcome: RefreshOutcome): void {
  if ((outcome.type === 'failed' || outcome.type === 'ended') && outcome.failure) throw outcome.failure;
}
