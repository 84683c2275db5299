/** Whose session the store holds: the pools and endpoints, and what happens when a config names others. */
import type { RuntimeConfig } from './contract.js';
import type { Deps, Scope } from './deps.js';
import { AuthError } from './errors.js';
import type { Knowledge } from './knowledge.js';
import type { Peers } from './peers.js';
import { markOf } from './state.js';
import { withoutSession } from './record.js';

export function scopeOf({ userPoolId, identityPoolId, endpoints }: RuntimeConfig): Scope {
  return {
    ...(userPoolId !== undefined && { userPoolId }),
    ...(identityPoolId !== undefined && { identityPoolId }),
    ...(endpoints.userPool !== undefined && { userPoolEndpoint: endpoints.userPool }),
    ...(endpoints.identityPool !== undefined && { identityPoolEndpoint: endpoints.identityPool }),
  };
}

/** The config's fields in which two scopes contradict each other. A page without an identity pool contradicts none. */
export function mismatches(ours: Scope, theirs: Scope): string[] {
  const fields: string[] = [];
  if (ours.userPoolId !== theirs.userPoolId) fields.push('userPoolId');
  if (ours.userPoolEndpoint !== theirs.userPoolEndpoint) fields.push('endpoints.userPool');
  if (ours.identityPoolId !== undefined && theirs.identityPoolId !== undefined) {
    if (ours.identityPoolId !== theirs.identityPoolId) fields.push('identityPoolId');
    if (ours.identityPoolEndpoint !== theirs.identityPoolEndpoint) fields.push('endpoints.identityPool');
  }
  return fields;
}

export function mismatchError(fields: readonly string[]): AuthError {
  return new AuthError({
    name: 'ConfigurationMismatchException',
    message: `This app client is in use in another tab or client with another ${fields.join(', ')}.`,
    recoverySuggestion:
      'Use the same pools and endpoints in all tabs, or close the tabs with the other ones.',
  });
}

/** Answers roll calls for as long as somebody uses this runtime, and calls the roll itself. */
export interface ScopeKeeper {
  /**
   * Makes the store's record ours. Rejects while a live runtime uses it for other pools.
   * @returns false when the store is silent, and nobody knows whose record it holds.
   */
  claim(): Promise<boolean>;
  /** Another runtime calls the roll. */
  answer(): void;
}

export function createScopeKeeper(
  deps: Deps,
  knowledge: Knowledge,
  peers: Pick<Peers, 'rollCall'>,
  isInUse: () => boolean,
): ScopeKeeper {
  const ours = scopeOf(deps.config);
  let isClaimed = false;

  return {
    async claim() {
      isClaimed = false;
      const { scope } = await knowledge.read();
      if (knowledge.state.type === 'restoring') return false;
      if (scope && mismatches(ours, scope).length > 0) {
        const fields = (await peers.rollCall()).flatMap((rival) => mismatches(ours, rival.scope));
        if (fields.length > 0) throw mismatchError([...new Set(fields)]);
      }
      await knowledge.update((record) => {
        if (record.scope && mismatches(ours, record.scope).length === 0) {
          const added = { ...ours, ...record.scope };
          const isSame = Object.keys(added).length === Object.keys(record.scope).length;
          return isSame ? { result: undefined } : { record: { ...record, scope: added }, result: undefined };
        }
        // Another endpoint leads to the same pool; another pool's tokens are of no use here.
        const isOtherPool = record.scope !== undefined && record.scope.userPoolId !== ours.userPoolId;
        const base = isOtherPool && record.session ? withoutSession(record, { reason: 'policy' }) : record;
        return { record: { ...base, scope: ours }, result: undefined };
      });
      isClaimed = true;
      return true;
    },
    answer() {
      if (!isClaimed || !isInUse()) return;
      const { state } = knowledge;
      deps.channel.post({
        type: 'claim',
        instanceId: deps.instanceId,
        scope: ours,
        ...(state.type === 'signed-in' && { session: markOf(state) }),
      });
    },
  };
}
