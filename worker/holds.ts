/** Unsaved work in tabs. Each hold is a lock that its page holds: a page that crashes or is closed lets go of it. */
import { LONGEST_REASON, MOST_HOLDS } from './bounds.js';
import { holdLockStem } from './contract.js';
import type { Deps } from './deps.js';
import { ownError, type AuthError } from './errors.js';

export interface Holds {
  /** The reasons of all tabs' holds, sorted, at most {@link MOST_HOLDS}. Never rejects. */
  held(): Promise<string[]>;
}

export function createHolds({ config, locks }: Pick<Deps, 'config' | 'locks'>): Holds {
  const stem = holdLockStem(config);
  return {
    async held() {
      const names = await locks.heldNames();
      return names
        .filter((name) => name.startsWith(stem))
        .map((name) => reasonIn(name.slice(stem.length)))
        .filter((reason) => reason.length > 0 && reason.length <= LONGEST_REASON)
        .sort()
        .slice(0, MOST_HOLDS);
    },
  };
}

/** After the id that makes the lock's name its own. */
function reasonIn(rest: string): string {
  return rest.slice(rest.indexOf(':') + 1);
}

export function unsavedWork(reasons: readonly string[]): AuthError {
  return ownError(
    'UnsavedWorkException',
    `There is unsaved work: ${reasons.join(', ')}.`,
    'Save it, or sign out without respectHolds.',
  );
}
