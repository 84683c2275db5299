/** Unsaved work in tabs. Each hold is a lock that its page holds: a page that crashes or is closed lets go of it. */
import { MOST_HOLDS } from './bounds.js';
import { holdLockStem, LONGEST_REASON } from './contract.js';
import type { Deps } from './deps.js';
import { ownError, type AuthError } from './errors.js';

export interface Holds {
  /** The reasons of all tabs' holds, sorted, at most {@link MOST_HOLDS}. Never rejects. */
  held(): Promise<string[]>;
}

export function createHolds({ config, locks }: Pick<Deps, 'config' | 'locks'>): Holds {
  return { held: async () => reasonsOf(config, await locks.heldNames()) };
}

/** Of all locks that are held, what is told of the holds among them. */
export function reasonsOf(config: Deps['config'], lockNames: readonly string[]): string[] {
  const stem = holdLockStem(config);
  return lockNames
    .filter((name) => name.startsWith(stem))
    .map((name) => reasonIn(name.slice(stem.length)))
    .filter((reason) => reason.length > 0 && reason.length <= LONGEST_REASON)
    .sort()
    .slice(0, MOST_HOLDS);
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
