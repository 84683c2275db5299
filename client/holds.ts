/** This page's unsaved work. Each hold is a lock, so that every runtime can see it, and it is gone with its page. */
import { holdLockStem, LONGEST_REASON } from '../worker/contract.js';
import type { Core } from './extras.js';
import type { PageLocks } from './page-locks.js';

export interface Holds {
  /** @returns what ends the hold. */
  holdSession(reason: string): Promise<() => void>;
}

export function createHolds({ runtime, lifetime, ownError }: Core, locks: PageLocks): Holds {
  return {
    async holdSession(reason) {
      if (typeof reason !== 'string' || reason === '' || reason.length > LONGEST_REASON) {
        throw ownError(
          'InvalidInputException',
          'reason is missing or wrong.',
          `Give a text of 1 to ${LONGEST_REASON} characters.`,
        );
      }
      if (lifetime.aborted) return () => undefined;
      const release = locks.hold((id) => `${holdLockStem(runtime)}${id}:${reason}`);
      const end = (): void => {
        lifetime.removeEventListener('abort', end);
        release();
      };
      lifetime.addEventListener('abort', end);
      return end;
    },
  };
}
