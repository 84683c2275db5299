/** Child processes that lead a group of their own, and end with all that they started. */
import type { ChildProcess } from 'node:child_process';

/**
 * For a child that was started with `detached`.
 * @returns ends the whole group, at once. Also done when this process exits.
 */
export function endWithThisProcess(child: ChildProcess): () => void {
  const end = (): void => {
    process.off('exit', end);
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Nobody is left in it.
    }
  };
  process.once('exit', end);
  return end;
}
