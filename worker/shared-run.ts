/** One run of some work for all who ask for it at the same time. */

/**
 * A call gets the outcome of a run that begins after it: of its own, or, while one is under way, of the next one, together
 * with all others that wait for it.
 */
export function shareRuns<T>(work: () => Promise<T>): () => Promise<T> {
  let current: Promise<void> | undefined;
  let next: Promise<T> | undefined;

  function begin(): Promise<T> {
    next = undefined;
    const run = work();
    const end = (): void => {
      if (current === ended) current = undefined;
    };
    const ended = run.then(end, end);
    current = ended;
    return run;
  }

  return () => {
    if (next) return next;
    if (!current) return begin();
    next = current.then(begin);
    return next;
  };
}
